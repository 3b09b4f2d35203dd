import { fill } from "./words.js";

// How many characters are left. The number shows at once; it is announced only when typing pauses.
const PAUSE = 1000;

export default function counts(root) {
  for (const line of root.querySelectorAll("[data-count-for]")) {
    const input = root.getElementById(line.dataset.countFor);
    const spoken = root.createElement("span");
    spoken.className = "for-readers";
    spoken.setAttribute("role", "status");
    line.after(spoken);
    let timer;
    const show = () => {
      // The server counts line ends as one character, as the browser's own value does.
      const left = Number(input.dataset.max) - Array.from(input.value).length;
      line.textContent = fill(left < 0 ? line.dataset.overText : line.dataset.leftText, { n: Math.abs(left) });
      line.classList.toggle("over", left < 0);
    };
    input.addEventListener("input", () => {
      show();
      clearTimeout(timer);
      timer = setTimeout(() => { spoken.textContent = line.textContent; }, PAUSE);
    });
    show();
  }
}
