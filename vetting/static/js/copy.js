// Copies a long value; where the browser does not allow it, selects the value so that a person can.
export default function copy(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const box = button.parentElement;
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.querySelector("[data-copy-label]").textContent = button.dataset.copiedText;
        box.querySelector("[data-copy-status]").textContent = button.dataset.copiedText;
      } catch {
        getSelection().selectAllChildren(box.querySelector("[data-copy-source]"));
      }
    });
  }
}
