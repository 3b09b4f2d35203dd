"""What every form shares: text is cleaned the same way, and what cannot be kept is refused in plain words."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.validators import Length

LINE = 200
"""Most characters of an answer on one line."""
PARAGRAPHS = 5000
"""Most characters of a long answer."""

_KEPT = frozenset({"\n", "\t"})


def clean_text(value: Any) -> Any:
    """Text without outer spaces, with ``\\n`` line ends, in composed form. Raises ``ValueError`` for control characters."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in _KEPT for c in text):
        raise ValueError(_l("Remove the characters that cannot be shown. They may have come with pasted text."))
    return text


class CleanForm(FlaskForm):  # type: ignore[misc]
    """A form whose text fields are cleaned before they are checked."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Put the cleaning in front of a text field's own filters."""
            if isinstance(unbound_field.field_class, type) and issubclass(unbound_field.field_class, StringField):
                own = unbound_field.kwargs.get("filters", ())
                options["filters"] = [clean_text, *(item for item in own if item is not clean_text)]
            field: Field = unbound_field.bind(form=form, **options)
            return field


class CleanRow(CleanForm):
    """A row inside another form, which carries the token for both."""

    class Meta(CleanForm.Meta):
        csrf = False


def limit(most: int) -> Length:
    """At most this many characters; the sentence says how many."""
    return Length(max=most, message=_l("Shorten this to %(n)s characters or fewer", n=f"{most:,}"))
