// Works out a file's SHA-256 in the browser, so that a document can be checked without being sent anywhere.
// <form data-verify>: [data-verify-file] is the hidden field with the file input, [data-verify-hash] the text input that receives
// the value, [data-verify-status] the line that says so. The file input has no name, so it is never sent.
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

export default function verify(root) {
  // Browsers offer this on safe connections only; elsewhere the field stays hidden and the value can be typed.
  if (!globalThis.crypto?.subtle) return;
  for (const form of root.querySelectorAll("form[data-verify]")) {
    const box = form.querySelector("[data-verify-file]");
    const target = form.querySelector("[data-verify-hash]");
    const line = form.querySelector("[data-verify-status]");
    box.hidden = false;
    box.querySelector("input").addEventListener("change", async ({ target: { files } }) => {
      const [file] = files;
      target.value = "";
      line.textContent = "";
      if (!file) return;
      try {
        target.value = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
        line.textContent = line.dataset.doneText;
      } catch {
        line.textContent = line.dataset.failedText;
      }
    });
  }
}
