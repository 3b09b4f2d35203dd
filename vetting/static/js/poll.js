// A page that waits for the worker asks now and then, ever less often, and reloads when the thing is ready.
const FIRST = 1000;
const LONGEST = 10000;

export default function poll(root) {
  for (const box of root.querySelectorAll("[data-poll]")) ask(box, FIRST);
}

function ask(box, wait) {
  setTimeout(async () => {
    if (!box.isConnected) return;
    try {
      const answer = await fetch(box.dataset.poll, { credentials: "same-origin", headers: { Accept: "application/json" } });
      const said = answer.ok ? await answer.json() : {};
      if (said.ready) {
        // Whoever can show it in place says so; otherwise the page is loaded again.
        if (box.dispatchEvent(new CustomEvent("vetting:ready", { bubbles: true, cancelable: true }))) location.reload();
        return;
      }
      const line = box.querySelector("[data-poll-text]");
      if (said.text && said.text !== line.textContent) line.textContent = said.text;
    } catch {
      // Away for a moment: the next question may get through, and the link on the page always works.
    }
    ask(box, Math.min(wait * 1.5, LONGEST));
  }, wait);
}
