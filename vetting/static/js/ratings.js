import { fill } from "./words.js";

// The checklist: how much is rated, from one indicator to the next by keyboard, citing the open page without leaving.
const LEVELS = { 1: "level-1", 2: "level-2", 3: "level-3", 4: "level-4", not_met: "level-1", met: "level-2", na: "not-applicable" };

export default function ratings(root) {
  const items = Array.from(root.querySelectorAll("[data-item]"));
  const form = items[0]?.closest("form");
  if (!form) return;
  const line = root.querySelector("[data-progress]");
  let current = null;

  function count() {
    if (!line) return;
    const done = items.filter((item) => item.querySelector("input[type=radio]:checked")).length;
    const text = fill(line.dataset.progress, { done, all: items.length });
    if (line.textContent !== text) line.textContent = text;
  }

  // Keys act on the indicator one is in, so its controls carry the names of the keys.
  function enter(item) {
    if (item === current) return;
    current?.querySelectorAll("[data-shortcut]").forEach((control) => control.removeAttribute("data-shortcut"));
    current?.classList.remove("current");
    current = item;
    item.classList.add("current");
    for (const radio of item.querySelectorAll("input[type=radio]")) radio.dataset.shortcut = LEVELS[radio.value] ?? "";
    const cite = item.querySelector("button[name=cite]");
    if (cite) cite.dataset.shortcut = "cite";
  }

  function move(by) {
    const at = current ? items.indexOf(current) : by > 0 ? -1 : items.length;
    const item = items[Math.min(Math.max(at + by, 0), items.length - 1)];
    enter(item);
    (item.querySelector("input[type=radio]:checked") ?? item.querySelector("input[type=radio]"))?.focus();
    item.scrollIntoView({ block: "nearest" });
  }

  for (const item of items) item.addEventListener("focusin", () => enter(item));
  for (const button of root.querySelectorAll("[data-move]")) {
    button.addEventListener("click", () => move(Number(button.dataset.move)));
  }
  form.addEventListener("change", count);
  // Without one to start from, the keys would act on nothing.
  const first = items.find((item) => !item.querySelector("input[type=radio]:checked"));
  if (first && !first.closest("fieldset:disabled")) enter(first);

  // Only a form that saves itself can cite in place; any other sends the button as a browser does.
  if (form.dataset.autosave) {
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=cite], button[name=uncite], button[name=action][value=save]");
      // What was refused is shown whole by the page that the button leads to.
      if (!button || form.querySelector("[data-saved].mistake")) return;
      event.preventDefault();
      const detail = button.name === "action" ? {} : { [button.name]: button.value };
      form.dispatchEvent(new CustomEvent("vetting:save", { detail }));
      if (button.name === "uncite") button.closest("[data-item]").querySelector("button[name=cite]")?.focus();
    });
  }
  count();
}
