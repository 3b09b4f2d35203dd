import copy from "./copy.js";
import poll from "./poll.js";

// Turns and resizes the pages of a document in place: the same addresses as its links, without loading the page around
// it, so that nothing typed beside it is touched.
export default function viewer(root) {
  const first = root.querySelector("[data-viewer]");
  if (!first) return;
  const said = root.createElement("p");
  said.className = "for-readers";
  said.setAttribute("role", "status");
  first.after(said);
  const now = () => root.querySelector("[data-viewer]");
  let latest = 0;

  async function show(address) {
    const turn = ++latest;
    const old = now();
    old.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-viewer]");
      if (!answer.ok || !fresh) throw new Error("no viewer");
      await loaded(fresh);
      if (turn !== latest) return;
      put(old, root.adoptNode(fresh));
      history.replaceState(null, "", address);
    } catch {
      // Signed out, or away for a moment: the ordinary way shows what is the matter.
      if (turn === latest) location.assign(address);
    }
  }

  function put(old, fresh) {
    const key = old.contains(root.activeElement) ? root.activeElement.dataset.key ?? "" : null;
    const paged = root.activeElement === old.querySelector("[data-view-page]");
    const place = old.querySelector("[data-view-page]");
    const same = old.dataset.said === fresh.dataset.said;
    const down = same && place?.scrollHeight ? place.scrollTop / place.scrollHeight : 0;
    const open = old.querySelector("details")?.open;
    old.replaceWith(fresh);
    const pane = fresh.querySelector("[data-view-page]");
    if (pane) pane.scrollTop = down * pane.scrollHeight;
    if (open && fresh.querySelector("details")) fresh.querySelector("details").open = true;
    if (key !== null) {
      const control = key && fresh.querySelector(`[data-key="${key}"]`);
      (paged ? pane : control || pane)?.focus({ preventScroll: true });
    }
    for (const choice of root.querySelectorAll("[data-doc]")) {
      if (choice.dataset.doc === fresh.dataset.of) choice.setAttribute("aria-current", "true");
      else choice.removeAttribute("aria-current");
    }
    // Somebody who followed a citation far up the page sees what it cites.
    const box = fresh.getBoundingClientRect();
    if (box.top < 0 || box.top > innerHeight * 0.7) fresh.scrollIntoView({ block: "start" });
    said.textContent = fresh.dataset.said;
    poll(fresh);
    copy(fresh);
    root.dispatchEvent(new CustomEvent("vetting:viewer"));
  }

  // Controls of the viewer, the list of documents, and any citation that opens on this page.
  root.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const control = event.target.closest("[data-view]");
    const link = event.target.closest("a[href]");
    const address = control?.dataset.view ?? (link && opensHere(link) ? link.href : "");
    if (!address) return;
    event.preventDefault();
    show(address);
  });

  // The page asked for by number. Pressed in a form of ratings, Enter must turn the page and nothing else.
  const jump = (event) => {
    const field = now()?.querySelector("[data-page]");
    if (!field || !/^\d+$/.test(field.value.trim())) return;
    event.preventDefault();
    const address = new URL(now().dataset.viewer, location.href);
    address.searchParams.set("page", field.value.trim());
    show(address.href);
  };
  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-viewer] [data-page]")) jump(event);
  });
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-viewer] [data-go]")) jump(event);
  });

  // Page Down at the end of a page goes on to the next one, as in any reader of documents.
  root.addEventListener("keydown", (event) => {
    const pane = event.target.closest("[data-view-page]");
    if (!pane || (event.key !== "PageDown" && event.key !== "PageUp")) return;
    const forward = event.key === "PageDown";
    const left = forward ? pane.scrollHeight - pane.clientHeight - pane.scrollTop : pane.scrollTop;
    const control = now().querySelector(`[data-key="${forward ? "next" : "previous"}"]`);
    if (left > 2 || !control) return;
    event.preventDefault();
    show(control.dataset.view);
  });

  root.addEventListener("vetting:ready", (event) => {
    const box = event.target.closest("[data-viewer]");
    if (!box) return;
    event.preventDefault();
    show(box.dataset.viewer);
  });
}

function opensHere(link) {
  return link.pathname === location.pathname && link.hash === "#evidence" && new URLSearchParams(link.search).has("doc");
}

// The picture is there before it is shown, so that the page does not flicker.
async function loaded(fresh) {
  const shown = fresh.querySelector("img");
  if (!shown) return;
  const image = new Image();
  image.sizes = shown.sizes;
  image.srcset = shown.srcset;
  await image.decode().catch(() => {});
}
