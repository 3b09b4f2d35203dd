"""The yearly attestation as a form: a list of lines for each kind of interest, and the word itself."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from vetting.data.attestation import load_attestation
from vetting.forms.base import BaseForm, one_line

MOST_LINES = 30
LONGEST_LINE = 200


class AttestationForm(BaseForm):
    """The names and helps of the lists come with the version of the text."""

    employer = TextAreaField()
    board = TextAreaField()
    payment = TextAreaField()
    person = TextAreaField()
    address = TextAreaField()
    school = TextAreaField()
    word = BooleanField(
        _l("I give my word that this is complete"), [DataRequired(_l("Tick the box to give your word, then save"))]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in load_attestation().kinds:
            self[kind.key].label.text = _(kind.label)
            self[kind.key].description = _(kind.help)

    def _check_lines(self, field: TextAreaField) -> None:
        lines = _lines(field.data)
        if len(lines) > MOST_LINES:
            raise ValidationError(
                _("Give at most %(max)d lines. Put what belongs together on one line", max=MOST_LINES)
            )
        for number, line in enumerate(lines, start=1):
            if len(line) > LONGEST_LINE:
                raise ValidationError(
                    _("Shorten line %(number)d to %(max)d characters or fewer", number=number, max=LONGEST_LINE)
                )

    validate_employer = _check_lines
    validate_board = _check_lines
    validate_payment = _check_lines
    validate_person = _check_lines
    validate_address = _check_lines
    validate_school = _check_lines

    def interests(self) -> list[dict[str, str]]:
        """What was listed, line by line; only after ``validate``."""
        return [
            {"kind": kind.key, "text": line}
            for kind in load_attestation().kinds
            for line in _lines(self[kind.key].data)
        ]


def values_of(interests: list[Any]) -> dict[str, str]:
    """What the form shows of interests that were listed before."""
    return {
        kind.key: "\n".join(str(item["text"]) for item in interests if item["kind"] == kind.key)
        for kind in load_attestation().kinds
    }


def _lines(text: str | None) -> list[str]:
    return list(dict.fromkeys(line for raw in (text or "").splitlines() if (line := str(one_line(raw)))))
