import { fill } from "./words.js";

// Saves a pause after typing. What it says is what the server answered: never "saved" before it is.
const PAUSE = 1500;

export default function autosave(root) {
  for (const form of root.querySelectorAll("form[data-autosave]")) watch(form);
}

function watch(form) {
  const line = form.querySelector("[data-saved]");
  let timer;
  let saving = false;
  let again = false;
  let dirty = false;

  async function save() {
    if (saving) {
      again = true;
      return;
    }
    saving = true;
    dirty = false;
    const body = new FormData(form);
    // Files travel with the save button only; sending them on every pause would be slow and costly on a phone.
    for (const input of form.querySelectorAll("input[type=file]")) body.delete(input.name);
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body, credentials: "same-origin", redirect: "error", headers: { Accept: "application/json" },
      });
      const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
      // Marks of what is stored now, so that the next save compares with it; sent with a refusal too.
      for (const [name, value] of Object.entries(said.fields ?? {})) if (form.elements[name]) form.elements[name].value = value;
      if (!answer.ok || !said.saved_at) throw new Error(said.message || "");
      if (said.version !== undefined && form.elements.version) form.elements.version.value = said.version;
      line.textContent = fill(line.dataset.savedText, { time: said.saved_at });
      line.classList.remove("mistake");
    } catch (error) {
      dirty = true;
      line.textContent = error.message && error.name === "Error" ? error.message : line.dataset.failedText;
      line.classList.add("mistake");
    } finally {
      saving = false;
      if (again) {
        again = false;
        save();
      }
    }
  }

  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    dirty = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty || saving) event.preventDefault();
  });
}
