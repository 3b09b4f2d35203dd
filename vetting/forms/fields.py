"""Fields that read what people type the way people type it, and say in plain words what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Length, ValidationError

from vetting.forms.base import BaseForm

LINE = 200
"""Most characters of an answer on one line."""
PARAGRAPHS = 5000
"""Most characters of a long answer."""
MOST_CENTS = 1_000_000_000_00

_MONEY = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})*|\d+)(?:\.(\d{1,2}))?")


class Listed:
    """Refuses what is not among the choices that the view offered, in words of its own. Nothing chosen passes."""

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, form: BaseForm, field: Any) -> None:
        if field.data and field.data not in {choice.value for choice in field.choices or ()}:
            raise ValidationError(self.message)


PEOPLE_LISTED = Listed(_l("Choose one of the people in the list"))


def cents_of(text: str) -> int:
    """``$18,500``, ``18500.5`` or ``18,500.00`` as whole cents. Raises ``ValueError`` for anything else."""
    match = _MONEY.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    whole, part = match.groups()
    return int(whole.replace(",", "")) * 100 + int((part or "0").ljust(2, "0"))


def money_text(cents: int | None) -> str:
    """Cents as a person would type them: ``18,500`` or ``18,500.50``."""
    if cents is None:
        return ""
    return f"{cents // 100:,}" if cents % 100 == 0 else f"{cents // 100:,}.{cents % 100:02d}"


class MoneyField(StringField):
    """An amount in dollars. ``cents`` is its value; the text stays as it was typed."""

    @property
    def cents(self) -> int:
        """Whole cents; an empty field is zero. Only after validation."""
        return cents_of(self.data) if self.data else 0

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            return
        try:
            cents = cents_of(self.data)
        except ValueError:
            raise ValidationError(_l("Enter an amount in dollars, such as 18,500 or 18,500.50")) from None
        if cents > MOST_CENTS:
            raise ValidationError(_l("Enter an amount of one billion dollars or less"))


class DayField(DateField):
    """A calendar day."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_l("Enter a day as year-month-day, such as 2026-09-14")) from None


class CountField(IntegerField):
    """A whole number."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata([value.replace(",", "") for value in valuelist])
        except ValueError:
            self.data = None
            raise ValueError(_l("Enter a whole number, such as 24")) from None


class Row(BaseForm):
    """A row inside another form, which carries the token for both."""

    class Meta(BaseForm.Meta):
        csrf = False


def options(pairs: Iterable[tuple[str, Any]]) -> list[Any]:
    """Choices of a list from values and their words."""
    return [SelectChoice(value, words) for value, words in pairs]


def limit(most: int) -> Length:
    """At most this many characters; the sentence says how many."""
    return Length(max=most, message=_l("Shorten this to %(n)s characters or fewer", n=f"{most:,}"))
