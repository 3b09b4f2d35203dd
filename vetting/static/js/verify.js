// Works out a file's SHA-256 in the browser, so that a document can be checked without being sent anywhere.
// <form data-verify> with a file input; [data-verify-hash] is the text input that receives the value, [data-verify-status] the line that says so.
export default function verify(root) {
  for (const form of root.querySelectorAll("form[data-verify]")) {
    const input = form.querySelector("input[type=file]");
    const target = form.querySelector("[data-verify-hash]");
    const line = form.querySelector("[data-verify-status]");
    if (!input || !target || !globalThis.crypto?.subtle) continue;
    input.addEventListener("change", async () => {
      const file = input.files[0];
      if (!file) return;
      const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
      target.value = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
      if (line) line.textContent = line.dataset.doneText;
    });
  }
}
