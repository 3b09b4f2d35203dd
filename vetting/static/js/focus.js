// After a page with mistakes loads, the summary is where a person needs to be; after a step, the words that say it was
// taken, unless the address leads further down the page.
export default function focusFirst(root) {
  const told = location.hash ? null : root.querySelector("[data-told]");
  (root.querySelector("[data-focus]") ?? told)?.focus();
}
