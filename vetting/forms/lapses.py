"""Forms about what runs out, waivers, how long files are kept, and legal holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from vetting import clock
from vetting.forms.base import BaseForm
from vetting.forms.desk import LONG, TOO_LONG
from vetting.forms.fields import DayField
from vetting.workflows.guards.lapses import MOST_GRACE
from vetting.workflows.lapse_commands import GiveGrace, GiveWaiver, HoldLapse

WHY = (DataRequired(_l("Say why")), Length(max=LONG, message=TOO_LONG))


class GraceForm(BaseForm):
    """More days before anything happens."""

    days = IntegerField(
        _l("How many more days?"),
        [InputRequired(_l("Give a number of days")), NumberRange(1, MOST_GRACE, _l("Give between 1 and 60 days"))],
    )
    reason = TextAreaField(
        _l("Why?"), WHY, description=_l("It stays with the history. The organization does not read it.")
    )

    @property
    def number(self) -> int:
        """The days given."""
        return self.days.data or 0

    def command(self) -> GiveGrace:
        """What the workflow takes; only after ``validate``."""
        return GiveGrace(self.number)


class HoldOffForm(BaseForm):
    """Nothing happens until a day."""

    until = DayField(_l("Through which day does nothing happen?"), [InputRequired(_l("Give a day"))])
    reason = TextAreaField(
        _l("Why?"), WHY, description=_l("It stays with the history. The organization does not read it.")
    )

    def validate_until(self, field: DayField) -> None:
        if field.data is not None and field.data < clock.today():
            raise ValidationError(_("Give a day that is not over"))

    def command(self) -> HoldLapse:
        """What the workflow takes; only after ``validate``."""
        return HoldLapse(self.until.data or clock.today())


class WaiverForm(BaseForm):
    """Ask to do without a document for a time."""

    kind = SelectField(_l("Which document?"), [InputRequired(_l("Choose a document"))], choices=[])
    starts_on = DayField(_l("From which day?"), [InputRequired(_l("Give the first day"))])
    ends_on = DayField(_l("Through which day?"), [InputRequired(_l("Give the last day"))])
    reason = TextAreaField(
        _l("Why can you do without it?"),
        WHY,
        description=_l("For example: school staff are with the students at all times. Do not name students."),
    )

    def offer(self, kinds: Sequence[tuple[str, str]]) -> None:
        """Set the documents that can be waived."""
        self.kind.choices = [SelectChoice("", _("Choose one")), *(SelectChoice(key, name) for key, name in kinds)]

    def validate_ends_on(self, field: DayField) -> None:
        if field.data is not None and self.starts_on.data is not None and field.data < self.starts_on.data:
            raise ValidationError(_("The last day cannot be before the first"))


class WaiverAnswerForm(BaseForm):
    """Give a waiver under conditions, for the days that fit."""

    conditions = TextAreaField(
        _l("Under which conditions?"),
        [DataRequired(_l("Say under which conditions")), Length(max=LONG, message=TOO_LONG)],
        description=_l("The organization and the schools read this."),
    )
    starts_on = DayField(_l("From which day?"), [InputRequired(_l("Give the first day"))])
    ends_on = DayField(_l("Through which day?"), [InputRequired(_l("Give the last day"))])
    reason = TextAreaField(_l("Why?"), [Optional(), Length(max=LONG, message=TOO_LONG)])

    def command(self) -> GiveWaiver:
        """What the workflow takes; only after ``validate``."""
        first, last = self.starts_on.data or clock.today(), self.ends_on.data or clock.today()
        return GiveWaiver(self.conditions.data or "", first, last)


class ReasonForm(BaseForm):
    """One reason, which has to be given."""

    reason = TextAreaField(_l("Why?"), WHY)


class HoldRecordsForm(BaseForm):
    """Why nothing may be removed, and of what."""

    scope = SelectField(_l("What must be kept?"), [InputRequired(_l("Choose what must be kept"))], choices=[])
    reason = TextAreaField(
        _l("Why must it be kept?"), WHY, description=_l("For example the number of a records request or a lawsuit.")
    )

    def offer(self, cases: Sequence[tuple[str, str]]) -> None:
        """Set the cases that can be held alone: reference and words."""
        self.scope.choices = [SelectChoice("all", _("Everything of this organization"))] + [
            SelectChoice(reference, words) for reference, words in cases
        ]


def schedule_form(rows: Mapping[str, Any]) -> type[BaseForm]:
    """A form with the years of every row of a schedule, and the reason for them."""
    fields: dict[str, Any] = {
        f"years_{key}": IntegerField(
            key,
            [InputRequired(_l("Give a number of years")), NumberRange(1, 99, _l("Give between 1 and 99 years"))],
            default=int(row["years"]),
        )
        for key, row in rows.items()
    }
    fields["reason"] = TextAreaField(
        _l("Where do these periods come from?"),
        WHY,
        description=_l("For example the name of the schedule and its date."),
    )
    return type("ScheduleForm", (BaseForm,), fields)
