"""The texts of a form in another language, as an editor types them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wtforms import TextAreaField
from wtforms.validators import Optional

from vetting.forms.base import BaseForm
from vetting.forms.fields import limit
from vetting.questionnaires.faults import LONGEST_TEXT
from vetting.questionnaires.form import Translation
from vetting.questionnaires.texts import mark

SEEN = "seen-"
STILL_RIGHT = "right-"


def name_of(path: str) -> str:
    """The name of the field of a text."""
    return f"text--{path.replace('.', '--')}"


def texts_form(texts: Mapping[str, str], kept: Mapping[str, Translation]) -> BaseForm:
    """A field for each text. ``texts`` are the English ones by path, ``kept`` the translations there are."""
    fields = {
        name_of(path): TextAreaField(english, [Optional(), limit(LONGEST_TEXT)]) for path, english in texts.items()
    }
    data = {name_of(path): kept[path].text for path in texts if path in kept}
    built: BaseForm = type("BuiltTextsForm", (BaseForm,), fields)(data=data)
    return built


def seen_texts(texts: Mapping[str, str], kept: Mapping[str, Translation]) -> dict[str, str]:
    """Hidden fields that say which English and which translation the page showed beside each text."""
    return {
        SEEN + name_of(path): f"{mark(english)}.{mark(kept[path].text) if path in kept else ''}"
        for path, english in texts.items()
    }


@dataclass
class ReadTexts:
    """What was typed: new words with the mark of the English they were made from, and texts that clash, by path."""

    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)


def read_texts(
    form: BaseForm, paths: Mapping[str, str], kept: Mapping[str, Translation], posted: Mapping[str, Any]
) -> ReadTexts:
    """Every text that the person changed. A field left as it was shown says nothing, whatever others did meanwhile.

    A text that is said to be still right counts as made from the English that the page showed.
    """
    found = ReadTexts()
    for path in paths:
        seen = posted.get(SEEN + name_of(path))
        if seen is None or name_of(path) not in form:
            continue
        english, _dot, shown = str(seen).partition(".")
        typed = str(form[name_of(path)].data or "")
        now = mark(kept[path].text) if path in kept else ""
        old = path in kept and shown == now and kept[path].made_from != english
        confirmed = old and bool(posted.get(STILL_RIGHT + name_of(path)))
        if (mark(typed) if typed else "") == shown and not confirmed:
            continue
        if shown != now and typed != (kept[path].text if path in kept else ""):
            found.clashes.append(path)
        else:
            found.texts[path] = (typed, english)
    return found
