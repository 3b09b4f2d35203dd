"""A round as the director writes it: window, categories, criteria and listing dates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from vetting.clock import DISTRICT_ZONE
from vetting.data.vocabulary import load_categories
from vetting.forms.base import BaseForm, one_line
from vetting.forms.moments import FIRST_YEAR, LAST_YEAR, check_time, instant
from vetting.models import Round
from vetting.workflows.commands import SaveRound

TOO_LONG = _l("Shorten this to %(max)d characters or fewer")


class RoundForm(BaseForm):
    """Times are the district's local times."""

    title = StringField(
        _l("Name of the round"),
        [DataRequired(_l("Enter a name for the round")), Length(max=200, message=TOO_LONG)],
        filters=[one_line],
        description=_l("Such as “Opportunity Portfolio 2027-28”."),
    )
    summary = TextAreaField(
        _l("What the round is for"),
        [DataRequired(_l("Say what the round is for")), Length(max=2000, message=TOO_LONG)],
        description=_l("Applicants read this first."),
    )
    opens_on = DateField(_l("Opens on"), [InputRequired(_l("Enter the day the round opens"))])
    opens_time = TimeField(_l("At"), [InputRequired(_l("Enter the time the round opens"))])
    closes_on = DateField(_l("Closes on"), [InputRequired(_l("Enter the last day to apply"))])
    closes_time = TimeField(_l("At"), [InputRequired(_l("Enter the time the round closes"))])
    decision_by = DateField(_l("Decisions by"), [InputRequired(_l("Enter the day by which you decide"))])
    listing_starts_on = DateField(_l("Listing begins"), [InputRequired(_l("Enter the first day of the listing"))])
    listing_ends_on = DateField(_l("Listing ends"), [InputRequired(_l("Enter the last day of the listing"))])
    categories = SelectMultipleField(
        _l("Service categories in this round"),
        [InputRequired(_l("Choose at least one service category"))],
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    min_years = IntegerField(
        _l("Years an organization must have worked"),
        [InputRequired(_l("Enter a number of years, or 0")), NumberRange(0, 50, _l("Enter a number from 0 to 50"))],
    )
    other_criteria = TextAreaField(
        _l("Other minimum criteria"),
        [Optional(), Length(max=4000, message=TOO_LONG)],
        description=_l("One on each line. Applicants confirm them before they start."),
    )

    blind = BooleanField(
        _l("Reviewers of this round do not learn who applies"),
        description=_l(
            "Names of organizations, programs and people, addresses and files stay hidden from them until the decision "
            "is released. Once the round is open, this can no longer be changed."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.categories.choices = [
            SelectChoice(category.key, category.name) for category in load_categories().categories
        ]

    def _check_day(self, field: DateField) -> None:
        if field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
            raise ValidationError(_("Check the year of this date"))

    validate_opens_on = _check_day
    validate_decision_by = _check_day
    validate_listing_starts_on = _check_day

    def validate_closes_on(self, field: DateField) -> None:
        self._check_day(field)
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValidationError(_("The round must close after it opens"))

    def validate_listing_ends_on(self, field: DateField) -> None:
        self._check_day(field)
        if field.data and self.listing_starts_on.data and field.data < self.listing_starts_on.data:
            raise ValidationError(_("The listing must end after it begins"))

    def validate_opens_time(self, field: TimeField) -> None:
        check_time(self.opens_on.data, field.data)

    def validate_closes_time(self, field: TimeField) -> None:
        check_time(self.closes_on.data, field.data)

    @property
    def opens_at(self) -> datetime | None:
        return instant(self.opens_on.data, self.opens_time.data, late=False)

    @property
    def closes_at(self) -> datetime | None:
        return instant(self.closes_on.data, self.closes_time.data)

    def command(self) -> SaveRound:
        """The round as the workflow takes it; only after ``validate``."""
        opens_at, closes_at = self.opens_at, self.closes_at
        if opens_at is None or closes_at is None:
            raise ValueError("the form was not validated")
        given: dict[str, Any] = self.data
        return SaveRound(
            title=given["title"],
            summary=given["summary"],
            opens_at=opens_at,
            closes_at=closes_at,
            decision_by=given["decision_by"],
            listing_starts_on=given["listing_starts_on"],
            listing_ends_on=given["listing_ends_on"],
            category_keys=tuple(given["categories"]),
            criteria={
                "min_years_operating": given["min_years"],
                "other": [line.strip() for line in (given["other_criteria"] or "").splitlines() if line.strip()],
            },
            # A district that does not use blind review is not asked.
            blind=bool(given.get("blind", False)),
        )


def values_of(round_: Round) -> dict[str, Any]:
    """What the form shows of a stored round."""
    opens, closes = round_.opens_at.astimezone(DISTRICT_ZONE), round_.closes_at.astimezone(DISTRICT_ZONE)
    return {
        "title": round_.title,
        "summary": round_.summary,
        "opens_on": opens.date(),
        "opens_time": opens.time(),
        "closes_on": closes.date(),
        "closes_time": closes.time(),
        "decision_by": round_.decision_by,
        "listing_starts_on": round_.listing_starts_on,
        "listing_ends_on": round_.listing_ends_on,
        "categories": list(round_.category_keys),
        "blind": round_.blind,
        "min_years": round_.criteria.get("min_years_operating", 0),
        "other_criteria": "\n".join(round_.criteria.get("other", [])),
    }
