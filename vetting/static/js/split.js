// Two panes beside each other whose border can be moved by mouse, finger or arrow keys. The width is kept in this browser.
const LEAST = 25;
const MOST = 75;
const STEP = 2;

export default function split(root) {
  const box = root.querySelector("[data-split]");
  const handle = box?.querySelector("[data-handle]");
  if (handle) border(box, handle);
  places(root);
}

function border(box, handle) {
  const name = `vetting:split:${box.dataset.split}`;

  function set(share) {
    const percent = Math.round(Math.min(MOST, Math.max(LEAST, share)));
    box.style.setProperty("--split", percent);
    handle.setAttribute("aria-valuenow", percent);
    try {
      localStorage.setItem(name, percent);
    } catch {
      // Without storage the width lasts as long as the page.
    }
  }

  const now = () => Number(handle.getAttribute("aria-valuenow"));
  let kept = null;
  try {
    kept = Number(localStorage.getItem(name));
  } catch {
    // The width the page came with is as good.
  }
  if (kept) set(kept);

  handle.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: now() - STEP, ArrowRight: now() + STEP, Home: LEAST, End: MOST }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    set(to);
  });
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const frame = box.getBoundingClientRect();
    const share = (100 * (event.clientX - frame.left)) / frame.width;
    set(getComputedStyle(box).direction === "rtl" ? 100 - share : share);
  });
}

// On a narrow screen the panes stand one above the other; the way back leads to where one was, not to the top.
function places(root) {
  const bar = root.querySelector("[data-switch]");
  if (!bar) return;
  const links = Array.from(bar.querySelectorAll("a[href^='#']"));
  const tops = new Map();
  const start = (link) => root.getElementById(link.hash.slice(1)).getBoundingClientRect().top + scrollY - bar.offsetHeight;
  for (const link of links) {
    link.addEventListener("click", (event) => {
      const second = links[1];
      const from = scrollY + 1 >= start(second) ? second : links[0];
      tops.set(from, scrollY);
      if (from === link || !tops.has(link)) return;
      event.preventDefault();
      scrollTo(0, tops.get(link));
    });
  }
}
