// Asks before a page with typed, unsent text is left. Autosaving forms look after themselves.
export default function unsaved(root) {
  for (const form of root.querySelectorAll("form[data-unsaved]")) {
    let dirty = false;
    form.addEventListener("input", () => { dirty = true; });
    form.addEventListener("submit", () => { dirty = false; });
    form.addEventListener("vetting:saved", () => { dirty = false; });
    window.addEventListener("beforeunload", (event) => {
      if (dirty) event.preventDefault();
    });
  }
}
