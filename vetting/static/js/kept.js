// A copy of a form's unsaved text in this tab: it outlives a lost connection, a reload and a sign-out, and is forgotten
// as soon as the server has it. The copy holds the marks it was typed under, so what is put back is compared with what
// was stored since, like any other page.
export default function keepCopy(form) {
  const name = form.dataset.kept ? `vetting:kept:${form.dataset.kept}` : "";
  if (!name) return { keep() {}, arrived() {}, forget() {}, putBack: () => false };

  return {
    // `sent`: the form is on its way, so a mark that changed means that it arrived.
    keep(sent = false) {
      try {
        sessionStorage.setItem(name, JSON.stringify({ sent, fields: fields(form) }));
      } catch {
        // Storage is full or forbidden; the page still holds the text.
      }
    },
    // The server has it; the marks stay those it was typed under, for a page that was made before it arrived.
    arrived() {
      try {
        const kept = JSON.parse(sessionStorage.getItem(name) ?? "null");
        if (kept) sessionStorage.setItem(name, JSON.stringify({ ...kept, sent: true }));
      } catch {
        // Nothing was kept.
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

// Every named answer with all its values: a list of checkboxes has several, or none.
function fields(form) {
  const found = {};
  for (const control of form.elements) {
    if (!control.name || ["file", "submit", "button", "fieldset"].includes(control.type)) continue;
    if (["csrf_token", "shown", "show-page"].includes(control.name)) continue;
    // A number that is typed twice is a tax id; it is not left lying in a browser that others may use.
    if (control.name.endsWith("_again") || form.elements[`${control.name}_again`]) continue;
    found[control.name] ??= [];
    if (!["radio", "checkbox"].includes(control.type) || control.checked) found[control.name].push(control.value);
  }
  return found;
}

function restore(form, kept) {
  const now = fields(form);
  const plain = (values) => JSON.stringify((values ?? []).map((value) => value.replaceAll("\r\n", "\n").trim()));
  let found = false;
  for (const [key, values] of Object.entries(kept.fields)) {
    if (isMark(key) || plain(values) === plain(now[key]) || !form.elements[key]) continue;
    const mark = markOf(key);
    if (kept.sent && plain(kept.fields[mark]) !== plain(now[mark])) continue;
    put(form, key, values);
    if (mark in kept.fields) put(form, mark, kept.fields[mark]);
    found = true;
  }
  // What the page before this one saved is not somebody else's.
  if (found && kept.fields.page) put(form, "page", kept.fields.page);
  return found;
}

// `seen-mission` goes with `q_mission`, `seen-P1.1` with `level-P1.1` and `reason-P1.1`.
function markOf(key) {
  return `seen-${key.replace(/^q_/, "").replace(/^[a-z]+-/, "")}`;
}

function isMark(key) {
  return key.startsWith("seen-") || key === "page";
}

function put(form, key, values) {
  for (const control of form.elements) {
    if (control.name !== key) continue;
    if (["radio", "checkbox"].includes(control.type)) control.checked = values.includes(control.value);
    else control.value = values[0] ?? "";
    control.closest("details")?.setAttribute("open", "");
  }
}
