"""The three screening questions that a visitor answers before making an account."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from vetting.forms.base import BaseForm


class Fit(StrEnum):
    """Where the answers lead. Only `partner` leads on to an account."""

    PARTNER = "partner"
    ONE_TIME = "one_time"
    VOLUNTEER = "volunteer"
    RESEARCH = "research"
    SPACE = "space"
    VENDOR = "vendor"
    OTHER_PEOPLE = "other_people"


class ScreeningForm(BaseForm):
    """Which kind of help it is, for whom, and who gives it. Answers are kept without a name."""

    service = RadioField(
        _l("How do you work with schools, or want to?"),
        [InputRequired(_l("Choose how you work with schools"))],
        choices=[
            SelectChoice("ongoing", _l("We give an ongoing service, again and again over weeks or months")),
            SelectChoice("one_time", _l("We come once, for a visit, a show, a field trip or an event")),
            SelectChoice("space", _l("We want to rent or use a room, a field or a building")),
            SelectChoice("research", _l("We want to do research in schools")),
            SelectChoice("vendor", _l("We sell goods or services that nobody at a school takes part in")),
        ],
    )
    people = RadioField(
        _l("Who takes part?"),
        [InputRequired(_l("Choose who takes part"))],
        choices=[
            SelectChoice("direct", _l("Students, families, school staff or others at the school, directly")),
            SelectChoice("nobody", _l("Nobody at the school takes part directly")),
        ],
    )
    giver = RadioField(
        _l("Who gives the service?"),
        [InputRequired(_l("Choose who gives the service"))],
        choices=[
            SelectChoice("organization", _l("An organization, a group or a coalition")),
            SelectChoice("alone", _l("I, as one volunteer")),
        ],
    )

    def fit(self) -> Fit:
        """Where valid answers lead. The first answer decides before the others."""
        if self.service.data != "ongoing":
            return Fit(self.service.data)
        if self.people.data != "direct":
            return Fit.OTHER_PEOPLE
        return Fit.PARTNER if self.giver.data == "organization" else Fit.VOLUNTEER
