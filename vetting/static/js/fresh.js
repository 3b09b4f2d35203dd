import poll from "./poll.js";
import unsaved from "./unsaved.js";

// What the worker has found takes the place of the line that waited for it, without loading the page around it: nothing
// typed or chosen elsewhere is touched, and whoever reads or types stays where they are.
export default function fresh(root) {
  if (!root.querySelector("[data-fresh]")) return;
  const said = root.createElement("p");
  said.className = "for-readers";
  said.setAttribute("role", "status");
  root.querySelector("main").append(said);

  root.addEventListener("vetting:ready", (event) => {
    const part = event.target.closest("[data-fresh]");
    if (!part) return;
    event.preventDefault();
    renew(root, part, said);
  });
}

async function renew(root, part, said) {
  let now;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    now = page.querySelector(`[data-fresh="${CSS.escape(part.dataset.fresh)}"]`);
  } catch {
    // Away for a moment: the link beside the line always works.
  }
  if (!now || !part.isConnected) return;
  const inside = part.contains(root.activeElement);
  part.replaceWith(root.adoptNode(now));
  if (inside) {
    now.tabIndex = -1;
    now.focus({ preventScroll: true });
  }
  said.textContent = now.dataset.said ?? "";
  unsaved(now);
  poll(now);
}
