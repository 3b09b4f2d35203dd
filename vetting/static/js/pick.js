// One checkbox in the head of a table chooses every row of the page. Without script there is a button for the whole view.
export default function pick(root) {
  for (const place of root.querySelectorAll("[data-pick-all]")) {
    const boxes = Array.from(place.closest("table").querySelectorAll("tbody .pick input"));
    if (!boxes.length) continue;
    const all = document.createElement("input");
    all.type = "checkbox";
    all.setAttribute("aria-label", place.dataset.pickAllText);
    const show = () => {
      const chosen = boxes.filter((box) => box.checked).length;
      all.checked = chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    };
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
    });
    for (const box of boxes) box.addEventListener("change", show);
    place.append(all);
    show();
  }
}
