"""Rows and fields of a scope of service: a place, a time, a goal, a contact, a report, a payment."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from vetting.data.vocabulary import word_lists
from vetting.forms.fields import LINE, DayField, MoneyField, Row, limit, options

_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(a\.?m\.?|p\.?m\.?)?", re.IGNORECASE)


class MayWait(Optional):
    """Needed before anybody signs; a draft may leave it open, so an empty field is no mistake."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags = {"required": True}


def clock_of(text: str) -> str:
    """``3 pm``, ``3:30 p.m.`` or ``15:00`` as ``15:00``. Raises ``ValueError`` for anything else."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise ValueError(text)
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    if hour > 23 or minute > 59:
        raise ValueError(text)
    return f"{hour:02d}:{minute:02d}"


class TimeField(StringField):
    """A time of day as people write it."""

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            return
        try:
            clock_of(self.data)
        except ValueError:
            raise ValidationError(_l("Enter a time such as 3:30 p.m. or 15:30")) from None


class DaysField(SelectMultipleField):
    """Days of the week, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SiteRow(Row):
    """A place where the service happens."""

    name = StringField(_l("Place"), [limit(LINE)])


class SessionRow(Row):
    """Days of the week with one time."""

    days = DaysField(_l("Days"), choices=[])
    starts = TimeField(_l("From"), [Optional(), limit(20)])
    ends = TimeField(_l("To"), [Optional(), limit(20)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days.choices = options((word.key, _l(word.name)) for word in word_lists()["days"].items)

    def validate_days(self, field: DaysField) -> None:
        given = [bool(field.data), bool(self.starts.data), bool(self.ends.data)]
        if any(given) and not all(given):
            raise ValidationError(_("Choose the days and both times, or empty the row"))

    def validate_ends(self, field: TimeField) -> None:
        try:
            wrong = clock_of(field.data or "") <= clock_of(self.starts.data or "")
        except ValueError:
            return
        if wrong:
            raise ValidationError(_("The end must be after the start"))


class GoalRow(Row):
    """One shared goal with its measure."""

    goal = StringField(_l("Goal"), [limit(LINE)])
    measure = StringField(_l("How you measure it"), [Optional(), limit(LINE)])
    target = StringField(_l("Target"), [Optional(), limit(LINE)])

    def validate_goal(self, field: StringField) -> None:
        if not field.data and (self.measure.data or self.target.data):
            raise ValidationError(_("Say what the goal is, or empty its measure and target"))


class ContactRow(Row):
    """Someone to call."""

    side = SelectField(
        _l("For"),
        [Optional()],
        choices=options((("School", _l("School")), ("Partner", _l("Partner")), ("District", _l("District")))),
    )
    name = StringField(_l("Name"), [limit(LINE)])
    title = StringField(_l("Title"), [Optional(), limit(LINE)])
    email = EmailField(_l("E-mail"), [Optional(), limit(LINE)])

    def validate_name(self, field: StringField) -> None:
        if not field.data and (self.title.data or self.email.data):
            raise ValidationError(_("Enter the name of the contact, or empty the row"))

    def validate_email(self, field: EmailField) -> None:
        name, at, host = (field.data or "").rpartition("@")
        if field.data and not (at and name and "." in host and " " not in field.data):
            raise ValidationError(_("Enter an e-mail address such as name@school.example"))


class ReportRow(Row):
    """A day on which the partner reports."""

    day = DayField(_l("Report due on"), [Optional()])


class PaymentRow(Row):
    """One payment of the schedule."""

    due_on = DayField(_l("Due on"), [Optional()])
    amount = MoneyField(_l("Amount"), [Optional(), limit(20)])
    what = StringField(_l("For what"), [Optional(), limit(LINE)])

    def validate_amount(self, field: MoneyField) -> None:
        given = [bool(self.due_on.data), bool(field.data), bool(self.what.data)]
        if any(given) and not all(given):
            raise ValidationError(_("Give the day, the amount and what it is for, or empty the row"))
