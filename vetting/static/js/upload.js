import { Failed, transfer } from "./transfer.js";
import { fill, size } from "./words.js";

// Chosen files are sent at once, one after the other, each in a row of its own that says how it is. The form is saved
// when all are ready; the page without this sends them with the form.
const SPOKEN = 2000;

export default function uploads(root) {
  // Without hashes (a page that is not served safely) the plain form does it.
  if (!window.crypto?.subtle || !window.AbortController) return;
  for (const box of root.querySelectorAll("[data-begin]")) {
    delete box.dataset.file;
    box.classList.add("in-rows");
    watch(box);
  }
}

function watch(box) {
  const words = box.dataset;
  const form = box.closest("form");
  const input = box.querySelector("input[type=file]");
  const list = box.querySelector("[data-rows]");
  const pattern = box.querySelector("template");
  const said = box.querySelector("[data-chosen]");
  const speak = speaker(box.querySelector("[data-spoken]"));
  const most = Number(words.most);
  const token = { read: () => form.elements.csrf_token.value, renew: (value) => { form.elements.csrf_token.value = value; } };
  const rows = [];
  let busy = false;
  let saving = null;

  for (const node of list.children) {
    const row = { node, state: "ready", bytes: Number(node.dataset.bytes), sha256: node.dataset.sha256, cancel: node.dataset.cancel };
    rows.push(row);
    node.querySelector("[data-remove]").addEventListener("click", () => remove(row));
  }

  input.addEventListener("change", () => {
    say("");
    for (const file of Array.from(input.files)) add(file);
    // What is on its way is not sent once more with the form.
    input.value = "";
    pump();
  });
  // Before anybody else hears of it: nothing is saved without the files that are still on their way.
  form.addEventListener("submit", (event) => {
    const open = rows.filter((row) => row.state !== "ready");
    if (!open.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const stuck = open.find((row) => row.state === "failed");
    saving = stuck ? null : { submitter: event.submitter };
    say(stuck ? words.stuckText : words.holdText, Boolean(stuck));
    if (stuck) focus(stuck);
  }, true);
  window.addEventListener("beforeunload", (event) => {
    if (rows.some((row) => row.state === "waiting" || row.state === "busy")) event.preventDefault();
  });
  window.addEventListener("online", () => {
    for (const row of rows) if (row.state === "failed" && row.again) restart(row);
  });

  function add(file) {
    if (most === 1) for (const row of [...rows]) remove(row, true);
    const node = pattern.content.firstElementChild.cloneNode(true);
    const row = { node, file, state: "waiting", bytes: file.size };
    for (const name of node.querySelectorAll("[data-name]")) name.textContent = file.name;
    node.querySelector("[data-size]").textContent = size(file.size);
    node.querySelector("[data-remove]").addEventListener("click", () => remove(row));
    node.querySelector("[data-again]").addEventListener("click", () => { restart(row); focus(row); });
    const against = objection(file);
    rows.push(row);
    list.append(node);
    if (against) fail(row, against, false);
    else show(row, words.waitingText);
  }

  // What the server would refuse is said before anything is sent.
  function objection(file) {
    const wanted = (input.accept || "").split(",").map((each) => each.trim().toLowerCase()).filter(Boolean);
    const end = /\.[^.]+$/.exec(file.name)?.[0].toLowerCase() ?? "";
    if (rows.filter((row) => row.state !== "failed").length >= most) return fill(words.manyText, { most });
    if (file.size === 0) return words.emptyText;
    if (file.size > Number(words.limit)) return fill(words.tooLargeText, { name: file.name, size: size(file.size) });
    const together = rows.filter((row) => row.state !== "failed").reduce((sum, row) => sum + row.bytes, file.size);
    if (together > Number(words.together)) return words.togetherText;
    if (wanted.length && (end || file.type) && !wanted.includes(end) && !wanted.includes(file.type)) return words.kindText;
    return "";
  }

  async function pump() {
    if (busy) return;
    const row = rows.find((each) => each.state === "waiting");
    if (!row) {
      settle();
      return;
    }
    busy = true;
    row.state = "busy";
    row.stop = new AbortController();
    try {
      const place = await transfer(row.file, {
        begin: words.begin,
        token,
        signal: row.stop.signal,
        known: (sha256) => {
          row.sha256 = sha256;
          found(sha256);
          return rows.some((other) => other !== row && other.sha256 === sha256 && other.state !== "failed");
        },
        tell: (state, values = {}) => tell(row, state, values),
      });
      ready(row, place.note);
    } catch (error) {
      if (row.state === "gone") {
        // Removed meanwhile.
      } else if (error instanceof Failed) {
        if (error.text === "twice") {
          remove(row, true);
          say(fill(words.twiceText, { name: row.file.name }));
        } else {
          fail(row, error.text === "unreadable" ? words.unreadableText : error.text || words.failedText, error.again);
        }
      } else {
        fail(row, words.failedText, true);
      }
    }
    busy = false;
    pump();
  }

  // What was half here goes on in a row of its own.
  function found(sha256) {
    const half = box.querySelector("[data-half]");
    half?.querySelector(`[data-sha256="${sha256}"]`)?.remove();
    if (half && !half.querySelector("li")) half.remove();
  }

  function tell(row, state, values) {
    if (row.state !== "busy") return;
    const bar = row.node.querySelector("progress");
    if (state === "known") {
      row.cancel = values.cancel;
      return;
    }
    if (state === "sending") {
      bar.hidden = false;
      bar.value = values.percent;
    }
    if (state === "checking") bar.hidden = true;
    const text = { reading: words.readingText, sending: words.sendingText, checking: words.checkingText }[state];
    show(row, text ? fill(text, values) : values.text || (values.online ? words.slowText : words.offlineText), state === "waiting");
  }

  function ready(row, note) {
    row.state = "ready";
    const held = row.node.querySelector("[data-held]");
    held.name = "held";
    held.value = note;
    row.node.querySelector("progress").hidden = true;
    row.node.classList.add("ready");
    show(row, words.readyText);
  }

  function fail(row, text, again) {
    row.state = "failed";
    row.again = again;
    row.node.querySelector("progress").hidden = true;
    row.node.querySelector("[data-again]").hidden = !again;
    show(row, text, true);
    if (saving) say(words.stuckText, true);
    saving = null;
  }

  function restart(row) {
    row.state = "waiting";
    row.node.querySelector("[data-again]").hidden = true;
    show(row, words.waitingText);
    say("");
    pump();
  }

  function remove(row, quietly = false) {
    const next = row.node.nextElementSibling ?? row.node.previousElementSibling;
    row.state = "gone";
    row.stop?.abort(new Failed("", false));
    rows.splice(rows.indexOf(row), 1);
    row.node.remove();
    if (row.cancel) {
      // Nobody waits for this; what stays behind goes by itself after a day.
      fetch(row.cancel, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": token.read() } }).catch(() => {});
    }
    if (quietly) return;
    (next?.querySelector("[data-remove]") ?? input).focus();
    say("");
    settle();
  }

  // A form that was to be saved before its files were here is saved now.
  function settle() {
    if (!saving || rows.some((row) => row.state !== "ready")) return;
    const { submitter } = saving;
    saving = null;
    form.requestSubmit(submitter);
  }

  function show(row, text, wrong = false) {
    const line = row.node.querySelector("[data-state]");
    if (line.textContent === text) return;
    line.textContent = text;
    line.parentElement.classList.toggle("mistake", wrong);
    speak(`${row.file?.name ?? ""}: ${text}`);
  }

  function say(text, wrong = false) {
    said.textContent = text;
    said.classList.toggle("mistake", wrong);
  }

  function focus(row) {
    const again = row.node.querySelector("[data-again]");
    (again.hidden ? row.node.querySelector("[data-remove]") : again).focus();
  }
}

// Screen readers hear the newest words, not more often than they can follow.
function speaker(node) {
  let waiting = "";
  let timer;
  const speak = () => {
    node.textContent = waiting;
    waiting = "";
    timer = setTimeout(() => { timer = undefined; if (waiting) speak(); }, SPOKEN);
  };
  return (text) => {
    waiting = text;
    if (!timer) speak();
  };
}
