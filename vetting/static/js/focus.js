// After a page with mistakes loads, the summary is where a person needs to be.
export default function focusSummary(root) {
  root.querySelector("[data-focus]")?.focus();
}
