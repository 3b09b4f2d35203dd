"""The base of every form: text is trimmed, line ends are one line feed, hidden characters are refused in words."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.validators import ValidationError

# Control characters other than tab and line feed, and those that reverse or hide text.
HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]")

# Letters that are never seen. Joiners and marks of direction stay: some scripts cannot be written without them.
UNSEEN = re.compile("[\u00ad\u034f\u115f\u1160\u180e\u200b\u2060-\u2064\u3164\uffa0\U000e0000-\U000e0fff]")


def trimmed(value: Any) -> Any:
    """Text without space around it and with one kind of line end; anything else unchanged."""
    if not isinstance(value, str):
        return value
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


def shown_again(text: str) -> str:
    """Text that a page can show: without hidden and half characters."""
    return "".join(letter for letter in HIDDEN.sub("", text) if not 0xD800 <= ord(letter) <= 0xDFFF)


def no_hidden_characters(form: Any, field: Field) -> None:
    """Refuse characters that a person cannot see, and half characters, which cannot be stored.

    The rest of the text goes back to the page, so that nothing else is typed twice.
    """
    text = field.data
    if isinstance(text, str) and (cleaned := shown_again(text)) != text:
        field.data = cleaned
        raise ValidationError(_l("This holds hidden characters. Type it again, or paste it as plain text"))


class BaseForm(FlaskForm):  # type: ignore[misc]
    """A form with CSRF protection whose text fields are read the same way everywhere."""

    class Meta:
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            if issubclass(unbound_field.field_class, StringField):
                own = unbound_field.kwargs.get("filters", ())
                options = {**options, "filters": [trimmed, *(f for f in own if f is not trimmed)]}
            return unbound_field.bind(form=form, **options)

    def validate(self, extra_validators: Any = None) -> bool:
        """Every field's own rules and, for text, the rule on hidden characters."""
        extra = {name: list(rules) for name, rules in (extra_validators or {}).items()}
        for name, field in self._fields.items():
            if isinstance(field, StringField):
                extra.setdefault(name, []).append(no_hidden_characters)
        return bool(super().validate(extra))


def one_line(value: Any) -> Any:
    """Names never hold line ends, which would reach subjects of mail and headers, nor letters that nobody sees."""
    return " ".join(UNSEEN.sub("", value).split()) if isinstance(value, str) else value
