// A copy of a form's unsaved text in this tab: it outlives a lost connection, a reload and a sign-out, and is forgotten
// as soon as the server has it. The copy holds the marks it was typed under, so what is put back is compared with what
// was stored since, like any other page.
export default function keepCopy(form) {
  const name = form.dataset.kept ? `vetting:kept:${form.dataset.kept}` : "";
  if (!name) return { keep() {}, forget() {}, putBack: () => false };

  return {
    // `sent`: the form is on its way, so a mark that changed means that it arrived.
    keep(sent = false) {
      try {
        sessionStorage.setItem(name, JSON.stringify({ sent, fields: fields(form) }));
      } catch {
        // Storage is full or forbidden; the page still holds the text.
      }
    },
    forget() {
      try {
        sessionStorage.removeItem(name);
      } catch {
        // Nothing was kept.
      }
    },
    putBack() {
      let kept;
      try {
        kept = JSON.parse(sessionStorage.getItem(name) ?? "null");
      } catch {
        return false;
      }
      this.forget();
      // A page with mistakes already shows what was typed.
      if (!kept || document.querySelector("[data-focus]")) return false;
      return restore(form, kept);
    },
  };
}

function fields(form) {
  const own = ([key, value]) => typeof value === "string" && !["csrf_token", "shown", "show-page"].includes(key);
  return Object.fromEntries(Array.from(new FormData(form)).filter(own));
}

function restore(form, kept) {
  const now = fields(form);
  const plain = (value) => (value ?? "").replaceAll("\r\n", "\n").trim();
  const markOf = (key) => `seen-${key.slice(key.indexOf("-") + 1)}`;
  let found = false;
  for (const [key, value] of Object.entries(kept.fields)) {
    if (key.startsWith("seen-") || plain(value) === plain(now[key]) || !form.elements[key]) continue;
    const mark = markOf(key);
    if (kept.sent && kept.fields[mark] !== now[mark]) continue;
    form.elements[key].value = value;
    if (mark in kept.fields) form.elements[mark].value = kept.fields[mark];
    form.elements[key].closest?.("details")?.setAttribute("open", "");
    found = true;
  }
  return found;
}
