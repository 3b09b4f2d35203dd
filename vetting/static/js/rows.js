// j and k move between rows of a table that carries data-row-keys, o opens one. Pages set the attribute only for people who
// switched the keys on: single letters get in the way of speech input.
export default function rowKeys(root) {
  const table = root.querySelector("table[data-row-keys]");
  if (!table) return;
  const links = Array.from(table.querySelectorAll("tbody th a"));
  if (!links.length) return;
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const at = links.indexOf(root.activeElement);
    if (event.key === "j") links[Math.min(at + 1, links.length - 1)].focus();
    else if (event.key === "k") links[Math.max(at - 1, 0)].focus();
    else if (event.key === "o" && at >= 0) links[at].click();
  });
}
