import { fill, size } from "./words.js";

// Says what was chosen, refuses a file that is too large before it is sent, and shows how far the sending is.
export default function fileInputs(root) {
  for (const box of root.querySelectorAll("[data-file]")) {
    const input = box.querySelector("input[type=file]");
    const chosen = box.querySelector("[data-chosen]");
    input.addEventListener("change", () => {
      const files = Array.from(input.files);
      const large = files.find((file) => file.size > Number(box.dataset.limit));
      const text = large
        ? fill(box.dataset.tooLargeText, { name: large.name, size: size(large.size) })
        : files.map((file) => `${file.name}, ${size(file.size)}`).join("; ");
      input.setCustomValidity(large ? text : "");
      chosen.classList.toggle("mistake", Boolean(large));
      chosen.textContent = text;
    });
  }
  for (const form of root.querySelectorAll("form[data-upload]")) {
    form.addEventListener("submit", (event) => {
      const boxes = Array.from(form.querySelectorAll("[data-file]"));
      const wrong = boxes.find((box) => !box.querySelector("input[type=file]").checkValidity());
      if (wrong) {
        event.preventDefault();
        wrong.querySelector("input[type=file]").focus();
        return;
      }
      const sending = boxes.find((box) => box.querySelector("input[type=file]").files.length);
      if (sending) {
        event.preventDefault();
        send(form, event.submitter, sending);
      }
    });
  }
}

function send(form, submitter, box) {
  if (form.dataset.sending) return;
  form.dataset.sending = "1";
  const bar = box.querySelector("progress");
  const text = box.querySelector("[data-chosen]");
  const failed = () => {
    delete form.dataset.sending;
    bar.hidden = true;
    text.classList.add("mistake");
    text.textContent = box.dataset.failedText;
  };
  const address = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  const body = new FormData(form, submitter);
  const request = new XMLHttpRequest();
  request.open("POST", address);
  request.responseType = "text";
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.hidden = false;
    bar.value = Math.round((100 * event.loaded) / event.total);
    text.textContent = fill(box.dataset.sendingText, { percent: bar.value });
  });
  request.addEventListener("error", failed);
  request.addEventListener("timeout", failed);
  request.addEventListener("load", () => {
    form.dispatchEvent(new CustomEvent("vetting:saved"));
    // A redirect has been followed: go where it led. Otherwise the answer is the page itself, with its mistakes.
    if (request.responseURL !== address) {
      location.assign(request.responseURL);
    } else {
      document.open();
      document.write(request.responseText);
      document.close();
    }
  });
  request.send(body);
}
