"""Forms of a school and of the fund: the assessment and a fund year."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, SelectField, StringField
from wtforms.validators import DataRequired, Optional, ValidationError

from vetting.forms.base import BaseForm
from vetting.forms.fields import LINE, DayField, MoneyField, Row, limit, options
from vetting.fund.allocation import HIGHEST_INDEX, LOWEST_INDEX
from vetting.standards.effectiveness import EffectivenessFramework
from vetting.workflows.commands import PlannedAction, SaveAssessment

MOST_NOTE = 1000
MOST_ACTIONS = 15

_INDEX = re.compile(r"(?:0?\.)(\d{1,2})")


class FundYearForm(BaseForm):
    """A fund year before anything is divided."""

    fiscal_year = StringField(
        _l("Fiscal year"),
        [DataRequired(_l("Enter the fiscal year"))],
        description=_l("Such as FY27, the year that ends on June 30, 2027."),
    )
    total = MoneyField(_l("Money to share"), [DataRequired(_l("Enter how much is to be shared")), limit(20)])
    threshold = StringField(
        _l("Lowest Opportunity Index that gets a share"),
        [DataRequired(_l("Enter an index between 0.01 and 0.99"))],
        description=_l("Schools at this score or above share the money."),
    )
    need_weight = SelectField(
        _l("How need counts"),
        choices=options(
            (
                ("oi", _l("Enrollment times the index")),
                ("oi_minus_threshold", _l("Enrollment times the index above the line")),
            )
        ),
    )
    enrollment_year = SelectField(_l("Enrollment of"))
    index_year = SelectField(_l("Index scores of"))

    def validate_fiscal_year(self, field: StringField) -> None:
        field.data = (field.data or "").upper()
        if not re.fullmatch(r"FY\d\d", field.data):
            raise ValidationError(_("Enter the fiscal year as FY and two digits, such as FY27"))

    def validate_threshold(self, field: StringField) -> None:
        if hundredths_of(field.data or "") is None:
            raise ValidationError(_("Enter an index between 0.01 and 0.99, such as 0.56"))

    def validate_total(self, field: MoneyField) -> None:
        if not field.errors and not field.cents:
            raise ValidationError(_("Enter an amount above zero"))


def hundredths_of(text: str) -> int | None:
    """``0.56`` as 56; None for anything that is no index score."""
    match = _INDEX.fullmatch(text.strip())
    if match is None:
        return None
    value = int(match.group(1).ljust(2, "0"))
    return value if LOWEST_INDEX <= value <= HIGHEST_INDEX else None


class ActionRow(Row):
    """One line of the action plan."""

    action = StringField(_l("What you will do"), [limit(500)])
    owner = StringField(_l("Who"), [Optional(), limit(LINE)])
    due_on = DayField(_l("By when"), [Optional()])

    def validate_action(self, field: StringField) -> None:
        if not field.data and (self.owner.data or self.due_on.data):
            raise ValidationError(_("Say what you will do, or empty the row"))


class ActionPlanForm(BaseForm):
    """What the school and its partners will do next."""

    actions = FieldList(FormField(ActionRow), label=_l("Action plan"), min_entries=1, max_entries=MOST_ACTIONS)

    def planned(self) -> tuple[PlannedAction, ...]:
        """The lines that say something."""
        rows = [row.form for row in self.actions]
        return tuple(
            PlannedAction(action=row.action.data, owner=row.owner.data or "", due_on=row.due_on.data)
            for row in rows
            if row.action.data
        )


class RatingsRefused(ValueError):
    """Levels or notes that cannot be kept; ``errors`` has the sentences by indicator key."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def read_ratings(framework: EffectivenessFramework, posted: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Levels with their notes from ``rating-<key>`` and ``reason-<key>``. Raises ``RatingsRefused``.

    An indicator without a level is left as it was; a note without a level cannot be kept, so it is refused.
    """
    known = {str(level.value) for level in framework.scale.levels}
    found: dict[str, tuple[int, str]] = {}
    errors: dict[str, str] = {}
    for indicator in framework.indicators:
        level = posted.get(f"rating-{indicator.key}", "")
        note = posted.get(f"reason-{indicator.key}", "").replace("\r\n", "\n").strip()
        if level and level not in known:
            errors[indicator.key] = _("Choose one of the levels")
        elif note and not level:
            errors[indicator.key] = _("Choose a level, so that your note can be kept")
        elif len(note) > MOST_NOTE:
            errors[indicator.key] = _("Shorten this to %(n)s characters or fewer", n=MOST_NOTE)
        elif level:
            found[indicator.key] = (int(level), note)
    if errors:
        raise RatingsRefused(errors)
    return found


def save_command(ratings: Mapping[str, tuple[int, str]], actions: tuple[PlannedAction, ...]) -> SaveAssessment:
    """The assessment as typed."""
    return SaveAssessment(ratings=dict(ratings), actions=actions)


def action_values(actions: Any) -> list[dict[str, str | date | None]]:
    """Stored lines of an action plan as the form shows them."""
    return [{"action": item.action, "owner": item.owner, "due_on": item.due_on} for item in actions]
