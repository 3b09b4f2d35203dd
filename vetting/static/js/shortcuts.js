// One key for what the page offers under that name: data-shortcut="next" and so on, and the rows of a table that carries
// data-row-keys. The page names keys only for people who switched them on. Nothing happens while somebody types.
const TYPING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])";
const ROW = "table[data-row-keys] tbody tr";

export default function shortcuts(root) {
  const help = root.querySelector("[data-shortcut-help]");
  if (!help) return;
  const names = new Map(Array.from(help.querySelectorAll("[data-key]"), (row) => [row.dataset.key, row.dataset.name]));
  for (const [key, name] of names)
    for (const control of root.querySelectorAll(`[data-shortcut="${name}"]`)) control.setAttribute("aria-keyshortcuts", key);

  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (root.querySelector("dialog[open]") || event.target.closest?.(TYPING)) return;
    const name = names.get(event.key.toLowerCase());
    if (name && act(root, help, name)) event.preventDefault();
  });
}

function act(root, help, name) {
  if (name === "help") return open(root, help);
  if (name === "row-next" || name === "row-previous") return move(root, name === "row-next" ? 1 : -1);
  const row = root.activeElement?.closest(ROW);
  const control = (row && (name === "open" ? row.querySelector("th a") : visible(row, name)[0])) || alone(root, name);
  if (!control) return false;
  control.focus();
  if (!control.matches(TYPING)) control.click();
  return true;
}

// What stands in a row is meant only when the focus is in that row.
function alone(root, name) {
  return visible(root, name).find((control) => !control.closest(ROW));
}

function visible(within, name) {
  const found = Array.from(within.querySelectorAll(`[data-shortcut="${name}"]`));
  return found.filter((control) => !control.disabled && control.checkVisibility());
}

function move(root, step) {
  const rows = Array.from(root.querySelectorAll(ROW));
  if (!rows.length) return false;
  const at = rows.indexOf(root.activeElement?.closest(ROW));
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[next].querySelector("th a")?.focus();
  return true;
}

function open(root, help) {
  for (const row of help.querySelectorAll("[data-name]")) {
    const name = row.dataset.name;
    const rows = name.startsWith("row-") || name === "open" ? root.querySelector(ROW) : null;
    row.hidden = !(name === "help" || rows || visible(root, name).length);
  }
  help.showModal();
  return true;
}
