"""Asking for more time, answering that, and moving the day of a request."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, StringField, TextAreaField, TimeField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from vetting.forms.base import BaseForm, one_line, trimmed
from vetting.forms.fields import DayField
from vetting.forms.moments import FIRST_YEAR, LAST_YEAR, check_time, instant
from vetting.workflows.commands import ExtendRequest, GiveExtension

LONG = 2000
TOO_LONG = _l("Shorten this to %(max)d characters or fewer")


class MoreTimeForm(BaseForm):
    """An applicant asks for more time."""

    wish = TextAreaField(
        _l("Why do you need more time, and how much?"),
        [DataRequired(_l("Say why you need more time")), Length(max=LONG, message=TOO_LONG)],
        filters=[trimmed],
        description=_l("A few sentences are enough. Please name no student and nobody's health."),
    )


class _NewEnd(BaseForm):
    """A new end on the district's clock."""

    ends_on = DateField(_l("New last day"), [Optional()])
    ends_time = TimeField(_l("At"), [Optional()])
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Give a reason")), Length(max=LONG, message=TOO_LONG)],
        filters=[trimmed],
        description=_l("The applicant reads this."),
    )

    def validate_ends_time(self, field: TimeField) -> None:
        check_time(self.ends_on.data, field.data)

    @property
    def ends_at(self) -> datetime | None:
        """The end that is meant; the later one where the time comes twice."""
        return instant(self.ends_on.data, self.ends_time.data)

    def command(self) -> GiveExtension:
        """The new end as the workflow takes it; only after ``validate``."""
        if self.ends_at is None:
            raise ValueError("the form was not validated")
        return GiveExtension(self.ends_at)


class AnswerExtensionForm(_NewEnd):
    """The office's answer to somebody who asks for more time."""

    answer = RadioField(
        _l("Your answer"),
        [InputRequired(_l("Choose whether you give more time"))],
        choices=[
            SelectChoice("give", _l("Give more time, until the day and time below")),
            SelectChoice("decline", _l("Do not give more time")),
        ],
        default="",
    )

    def validate_ends_on(self, field: DateField) -> None:
        if self.answer.data == "give" and self.ends_at is None and not self.ends_time.errors:
            raise ValidationError(_("Enter the new last day and the time"))


class GrantExtensionForm(_NewEnd):
    """More time for an application whose people asked by phone or mail."""

    reference = StringField(
        _l("Reference of the application"),
        [DataRequired(_l("Enter the reference of the application"))],
        filters=[one_line],
        description=_l("The applicant finds it at the top of their application. It begins with VET."),
    )

    ends_on = DateField(_l("New last day"), [InputRequired(_l("Enter the new last day"))])
    ends_time = TimeField(_l("At"), [InputRequired(_l("Enter the time at which it ends"))])

    def validate_ends_on(self, field: DateField) -> None:
        if self.ends_at is None and field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
            raise ValidationError(_("Check the year of this date"))


class ExtendRequestForm(BaseForm):
    """A later day for one request."""

    due_on = DayField(_l("New day to answer by"), [InputRequired(_l("Enter the new day"))])
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Give a reason")), Length(max=LONG, message=TOO_LONG)],
        filters=[trimmed],
        description=_l("The applicant reads this."),
    )

    def command(self) -> ExtendRequest:
        """The new day as the workflow takes it; only after ``validate``."""
        if self.due_on.data is None:
            raise ValueError("the form was not validated")
        return ExtendRequest(self.due_on.data)
