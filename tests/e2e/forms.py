"""Fill in whatever a form asks, as a person who has an answer to everything."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

BY_TYPE = {
    "email": "office@harbor-strings.example",
    "tel": "617-555-0142",
    "url": "https://harbor-strings.example/",
    "number": "12",
    "date": "2027-01-15",
}
BY_NAME = {"^ein": "04-1234567", "zip": "02125"}
BY_KEYBOARD = {"numeric": "12", "decimal": "1,000,000"}
SENTENCE = "We meet twice a week. Two teachers play with each group, and families hear us twice a year."


def fill_everything(page: Page, special: dict[str, str] | None = None, *, keep: bool = False) -> None:
    """Answer every visible field of the page's main form; ``special`` answers fields by their name.

    Radio buttons take the choice named in ``special``, else the last one ("no" stands last), and every list of
    checkboxes its first. ``keep`` leaves text that is there.
    """
    special = special or {}
    form = page.locator("main form").first
    for field in form.locator("input, select, textarea").all():
        if not field.is_visible() or field.is_disabled():
            continue
        name = field.get_attribute("name") or ""
        short = name.removeprefix("q_")
        kind = field.get_attribute("type") or "text"
        tag = str(field.evaluate("node => node.tagName.toLowerCase()"))
        if kind in {"hidden", "submit", "file"}:
            continue
        if kind in {"radio", "checkbox"}:
            _choose(form, field, name, kind, special.get(short))
        elif tag == "select":
            options = field.locator("option")
            values = [str(o.get_attribute("value")) for o in options.all()]
            # Where there is but one person to choose, nobody is asked.
            field.select_option(special.get(short) or next((v for v in values if v), values[0]))
        elif not (keep and field.input_value()):
            field.fill(special.get(short) or _text(field, short, kind, tag))


def _choose(form: Locator, field: Locator, name: str, kind: str, wanted: str | None) -> None:
    group = form.locator(f'input[name="{name}"]')
    if wanted is not None:
        form.locator(f'input[name="{name}"][value="{wanted}"]').check()
    elif any(box.is_checked() for box in group.all()):
        return
    elif kind == "checkbox":
        field.check()
    else:
        group.last.check()


def _text(field: Locator, name: str, kind: str, tag: str) -> str:
    """An answer by the field's name, type, keyboard or length, else a sentence."""
    return (
        BY_TYPE.get(kind)
        or next((value for part, value in BY_NAME.items() if re.search(part, name)), "")
        or BY_KEYBOARD.get(field.get_attribute("inputmode") or "", "")
        or ("MA" if field.get_attribute("maxlength") == "2" else "")
        or (SENTENCE if tag == "textarea" else "Harbor Strings answer")
    )
