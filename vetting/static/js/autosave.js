import keepCopy from "./kept.js";
import { fill } from "./words.js";

// Saves a pause after typing. What it says is what the server answered: never "saved" before it is. While the server is
// out of reach it says since when, keeps trying, and keeps a copy of what is not saved in this browser.
const PAUSE = 1500;
const FIRST_RETRY = 3000;
const LONGEST_RETRY = 60000;

export default function autosave(root) {
  for (const form of root.querySelectorAll("form[data-autosave]")) watch(form);
}

function watch(form) {
  const line = form.querySelector("[data-saved]");
  const copy = keepCopy(form);
  let timer;
  let saving = false;
  let again = null;
  let dirty = false;
  let leaving = false;
  let wait = FIRST_RETRY;
  let savedAt = line.dataset.savedAt ?? "";

  // `extra` is a button's name and value, sent once.
  async function save(extra = {}) {
    clearTimeout(timer);
    if (saving) {
      again = { ...again, ...extra };
      return;
    }
    saving = true;
    dirty = false;
    number();
    const body = new FormData(form);
    for (const [name, value] of Object.entries(extra)) body.set(name, value);
    // Files travel with the save button only; sending them on every pause would be slow and costly on a phone.
    for (const input of form.querySelectorAll("input[type=file]")) body.delete(input.name);
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body, credentials: "same-origin", redirect: "error", headers: { Accept: "application/json" },
      });
      const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
      take(said);
      if (answer.status === 401) throw new Later(said.message);
      if (!answer.ok || !said.saved_at) throw new Refused(said.message || "");
      if (said.version !== undefined && form.elements.version) form.elements.version.value = said.version;
      savedAt = said.saved_at;
      wait = FIRST_RETRY;
      // While the page is being left, the next one may have been made before this save was taken: it decides by the marks.
      if (!dirty) leaving ? copy.arrived() : copy.forget();
      say(fill(line.dataset.savedText, { time: savedAt }), false);
    } catch (error) {
      dirty = true;
      copy.keep();
      if (error instanceof Refused && error.message) {
        say(error.message, true);
      } else {
        const since = savedAt ? fill(line.dataset.sinceText, { time: savedAt }) : line.dataset.failedText;
        say(error instanceof Later ? error.message : since, true);
        again = { ...extra, ...again };
        timer = setTimeout(() => { const more = again ?? {}; again = null; save(more); }, wait);
        wait = Math.min(wait * 2, LONGEST_RETRY);
        saving = false;
        return;
      }
    }
    saving = false;
    if (again) {
      const more = again;
      again = null;
      save(more);
    }
  }

  // Saves of a page are numbered, so that one that is held up on the way cannot undo a later one.
  function number() {
    const mark = form.elements.page;
    if (!mark) return;
    const [page, turn] = mark.value.split(".");
    mark.value = `${page}.${Number(turn ?? 0) + 1}`;
  }

  // Marks of what is stored now, so that the next save compares with it, and parts of the page that the server writes.
  function take(said) {
    if (said.csrf_token) form.elements.csrf_token.value = said.csrf_token;
    for (const [name, value] of Object.entries(said.fields ?? {})) if (form.elements[name]) form.elements[name].value = value;
    for (const [id, html] of Object.entries(said.parts ?? {})) {
      const place = document.getElementById(id);
      if (place) place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    }
  }

  function say(text, wrong) {
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("mistake", wrong);
  }

  form.addEventListener("input", () => {
    dirty = true;
    leaving = false;
    copy.keep();
    clearTimeout(timer);
    timer = setTimeout(() => save(), PAUSE);
  });
  form.addEventListener("vetting:save", (event) => save(event.detail ?? {}));
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    dirty = false;
    number();
    copy.keep(true);
  });
  // Back on the net, or back from the tab in which the person signed in again.
  for (const event of ["online", "focus"]) window.addEventListener(event, () => { if (dirty) save(); });
  window.addEventListener("beforeunload", (event) => {
    if (!dirty && !saving) return;
    leaving = true;
    copy.keep(!dirty);
    event.preventDefault();
  });
  if (copy.putBack()) {
    say(line.dataset.foundText, false);
    form.dispatchEvent(new Event("change"));
    dirty = true;
    timer = setTimeout(() => save(), PAUSE);
  }
}

// The server was there and said why not; trying again by itself would change nothing.
class Refused extends Error {}

// The server cannot take it now, but will when the person has signed in again.
class Later extends Error {}
