"""Keyboard shortcuts of the desk: what they do, on which key unless a person chose another, and the form to choose."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import Optional

from vetting.forms.base import BaseForm

SHORTCUTS: Mapping[str, tuple[Any, str]] = {
    "help": (_l("Show the shortcuts of the page"), "?"),
    "search": (_l("Go to the search field"), "s"),
    "row-next": (_l("Next row of the list"), "j"),
    "row-previous": (_l("Row before"), "k"),
    "open": (_l("Open the row"), "o"),
    "claim": (_l("Take the case"), "c"),
    "next": (_l("Next case or page"), "n"),
    "previous": (_l("Case or page before"), "p"),
    "next-indicator": (_l("Next indicator"), "l"),
    "previous-indicator": (_l("Indicator before"), "h"),
    "level-1": (_l("Level 1, or not met"), "1"),
    "level-2": (_l("Level 2, or met"), "2"),
    "level-3": (_l("Level 3"), "3"),
    "level-4": (_l("Level 4"), "4"),
    "not-applicable": (_l("Not applicable"), "0"),
    "cite": (_l("Cite the page of the document"), "e"),
    "submit": (_l("Send in"), "y"),
}
"""What each shortcut does and its usual key, in the order of the page. Templates name them in ``data-shortcut``."""

ALLOWED = frozenset(string.ascii_lowercase + string.digits + "?/.,;:[]#*!")
# Browsers keep these for searching a page and for its size.
RESERVED = frozenset("'-=+ ")
KEY = "shortcuts"


def chosen(preferences: Mapping[str, Any]) -> dict[str, str] | None:
    """A person's keys by what they do; None while shortcuts are off, as they are until somebody switches them on."""
    kept = preferences.get(KEY)
    if not isinstance(kept, dict) or kept.get("on") is not True:
        return None
    return keys_of(preferences)


def keys_of(preferences: Mapping[str, Any]) -> dict[str, str]:
    """The keys a person chose, also while they are off. What cannot be read counts as never chosen."""
    kept = preferences.get(KEY)
    own = kept.get("keys") if isinstance(kept, dict) else None
    given = own if isinstance(own, dict) else {}
    return {
        name: given[name] if isinstance(given.get(name), str) and _fits(given[name]) else usual
        for name, (_words, usual) in SHORTCUTS.items()
    }


def _fits(key: str) -> bool:
    return key == "" or key in ALLOWED


def field_name(shortcut: str) -> str:
    """The form's name for a shortcut."""
    return f"key_{shortcut.replace('-', '_')}"


class ShortcutsForm(BaseForm):
    """Whether shortcuts are on. A field for each key is added by ``shortcuts_form``."""

    on = BooleanField(
        _l("Use keyboard shortcuts"),
        description=_l("They work on pages of the desk, and never while you type in a field."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        taken: dict[str, str] = {}
        for name, (words, _usual) in SHORTCUTS.items():
            field = self[field_name(name)]
            raw = field.raw_data[0] if field.raw_data else ""
            key = field.data = (field.data or "").lower()
            problem = "" if field.errors else _problem(key, raw, taken)
            if problem:
                field.errors = [problem]
            good = good and not field.errors
            if key:
                taken.setdefault(key, str(words))
        return good

    def preference(self) -> dict[str, Any]:
        """What is kept; only after ``validate``."""
        return {"on": bool(self.on.data), "keys": {name: self[field_name(name)].data for name in SHORTCUTS}}


def _problem(key: str, raw: str, taken: Mapping[str, str]) -> str:
    if (raw and not raw.strip()) or key in RESERVED - {" "}:
        return str(_("Your browser needs this key. Choose another one"))
    if not key:
        return ""
    if len(key) > 1:
        return str(_("Type one key only, such as n"))
    if key not in ALLOWED:
        return str(_("Choose a letter from a to z, a digit, or one of ? / . , ; : [ ] # * !"))
    if key in taken:
        return str(_("You use this key for “%(other)s” already", other=taken[key]))
    return ""


def shortcuts_form(preferences: Mapping[str, Any]) -> ShortcutsForm:
    """The form with a field for each shortcut, filled with the keys a person has."""

    class Form(ShortcutsForm):
        pass

    for name, (words, _usual) in SHORTCUTS.items():
        setattr(Form, field_name(name), StringField(words, [Optional()], render_kw={"autocomplete": "off"}))
    keys = {field_name(name): key for name, key in keys_of(preferences).items()}
    return Form(data={"on": chosen(preferences) is not None, **keys})
