"""Forms about whose a case is: give it to a colleague, put it on hold, arrange cover."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from vetting import clock
from vetting.forms.base import BaseForm
from vetting.forms.desk import LONG, TOO_LONG
from vetting.forms.fields import PEOPLE_LISTED, DayField, Listed
from vetting.models import Cover
from vetting.queries.custody import next_open_day, wake_objection
from vetting.workflows.commands import ChoosePool, HoldCase

ANOTHER_DAY = "day"
SHARED_POOL = "shared"


class HandOverForm(BaseForm):
    """Choose a colleague; the choices are set by the view and are only people who can take the case."""

    person = RadioField(
        _l("Who takes it?"),
        [InputRequired(_l("Choose a colleague")), PEOPLE_LISTED],
        choices=[],
        default="",
        validate_choice=False,
    )
    reason = TextAreaField(
        _l("What should they know?"),
        [Optional(), Length(max=LONG, message=TOO_LONG)],
        description=_l("They read this on the case."),
    )

    def offer(self, people: Sequence[tuple[str, str]]) -> None:
        """Set who can be chosen: reference and name."""
        self.person.choices = [SelectChoice(reference, name) for reference, name in people]


class PoolForm(BaseForm):
    """Choose the pool of a lane, or the shared one; the choices are set by the view."""

    pool = RadioField(
        _l("Which pool?"),
        [InputRequired(_l("Choose a pool")), Listed(_l("Choose one of the pools in the list"))],
        choices=[],
        default="",
        validate_choice=False,
    )
    reason = TextAreaField(
        _l("What should they look at?"),
        [Optional(), Length(max=LONG, message=TOO_LONG)],
        description=_l("They read this on the case."),
    )

    def offer(self, lanes: Sequence[tuple[str, str]], now: str | None) -> None:
        """Set the pools, without the one in which the case lies (None: somebody has it)."""
        pools = [("", _("Shared pool")), *lanes]
        self.pool.choices = [SelectChoice(key or SHARED_POOL, name) for key, name in pools if key != now]

    def command(self) -> ChoosePool:
        """What the workflow takes; only after ``validate``."""
        return ChoosePool("" if self.pool.data == SHARED_POOL else self.pool.data)


class HoldForm(BaseForm):
    """Why a case waits, and until when. The quick choices are days on which the office is open."""

    reason = TextAreaField(
        _l("Why does this case have to wait?"),
        [DataRequired(_l("Say why this case has to wait")), Length(max=LONG, message=TOO_LONG)],
        description=_l("Your colleagues read this on the case. Applicants do not."),
    )
    until = RadioField(
        _l("When does it come back?"),
        [InputRequired(_l("Choose when the case comes back"))],
        choices=[],
        default="",
        validate_choice=False,
    )
    wakes_on = DayField(_l("If another day: which one?"), [Optional()])

    def offer(self, today: date, words: Any) -> None:
        """Set the quick choices, counted from ``today``; ``words`` spells a day out."""
        choices = [
            ("1", _("On the next open day, %(day)s", day=words(quick_day(today, 1)))),
            ("7", _("In a week, on %(day)s", day=words(quick_day(today, 7)))),
            ("14", _("In two weeks, on %(day)s", day=words(quick_day(today, 14)))),
            (ANOTHER_DAY, _("On another day")),
        ]
        self.until.choices = [SelectChoice(value, text) for value, text in choices]

    def validate_until(self, field: RadioField) -> None:
        if field.data and field.data not in {"1", "7", "14", ANOTHER_DAY}:
            raise ValidationError(_("Choose when the case comes back"))

    def validate_wakes_on(self, field: DayField) -> None:
        if self.until.data != ANOTHER_DAY or field.data is None:
            return
        if objection := wake_objection(field.data, clock.today()):
            raise ValidationError(objection.translated(_))

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if self.until.data == ANOTHER_DAY and self.wakes_on.data is None and not self.wakes_on.errors:
            self.wakes_on.errors = [_("Give the day on which the case comes back")]
            return False
        return good

    def command(self) -> HoldCase:
        """What the workflow takes; only after ``validate``."""
        if self.until.data == ANOTHER_DAY and self.wakes_on.data is not None:
            return HoldCase(self.wakes_on.data)
        return HoldCase(quick_day(clock.today(), int(self.until.data)))


def quick_day(today: date, days: int) -> date:
    """The first open day that is at least ``days`` days away."""
    return next_open_day(today + timedelta(days=days))


class CoverForm(BaseForm):
    """Who is away from when to when, and who stands in."""

    absent = SelectField(
        _l("Who is away?"),
        [InputRequired(_l("Choose who is away")), PEOPLE_LISTED],
        choices=[],
        default="",
        validate_choice=False,
    )
    substitute = SelectField(
        _l("Who stands in?"),
        [InputRequired(_l("Choose who stands in")), PEOPLE_LISTED],
        choices=[],
        default="",
        validate_choice=False,
        description=_l("They see the cases in their queue and get the mail. Reviews are never covered."),
    )
    starts_on = DayField(_l("First day away"), [InputRequired(_l("Give the first day away"))])
    ends_on = DayField(_l("Last day away"), [InputRequired(_l("Give the last day away"))])
    kind = SelectField(
        _l("Which cases?"),
        [Listed(_l("Choose one of the kinds in the list"))],
        choices=[],
        default="",
        validate_choice=False,
    )

    def offer(
        self,
        absent: Sequence[tuple[str, str]],
        people: Sequence[tuple[str, str]],
        kinds: Sequence[tuple[str, str]],
    ) -> None:
        """Set who may be away, who may stand in, and the kinds of cases."""
        for field, pairs in ((self.absent, absent), (self.substitute, people)):
            field.choices = [SelectChoice("", _("Choose a person")), *(SelectChoice(*pair) for pair in pairs)]
        self.kind.choices = [SelectChoice("", _("All cases")), *(SelectChoice(*pair) for pair in kinds)]

    def validate_substitute(self, field: SelectField) -> None:
        if field.data and field.data == self.absent.data:
            raise ValidationError(_("Somebody else has to stand in"))

    def validate_ends_on(self, field: DayField) -> None:
        if field.data is None:
            return
        if field.data < clock.today():
            raise ValidationError(_("Give a last day that is not before today"))
        if self.starts_on.data is not None and field.data < self.starts_on.data:
            raise ValidationError(_("The last day cannot be before the first"))
        if self.starts_on.data is not None and field.data - self.starts_on.data > timedelta(days=366):
            raise ValidationError(_("Arrange cover for a year at most"))

    def cover(self, ids: dict[str, int], set_by_id: int) -> Cover:
        """The cover asked for; ``ids`` are accounts by reference. Only after ``validate``."""
        return Cover(
            absent_id=ids[self.absent.data],
            substitute_id=ids[self.substitute.data],
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            kind=self.kind.data or "",
            set_by_id=set_by_id,
        )
