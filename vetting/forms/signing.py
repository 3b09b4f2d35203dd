"""Forms around a signature: who signs instead, until when, and taking consent back."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional

from vetting.forms.base import BaseForm
from vetting.forms.fields import DayField, limit
from vetting.models import User
from vetting.workflows.commands import Delegate, GiveTime, ReplaceSigners
from vetting.workflows.scope_of_service import Place

LONGEST_NUMBER = 16

CHOOSE = _l("Choose who signs")


def listed(people: Sequence[User]) -> list[tuple[str, str]]:
    """People to choose from, with their titles; nobody is chosen beforehand."""
    return [("", ""), *((str(one.id), f"{one.name}, {one.title}" if one.title else one.name) for one in people)]


class DelegateForm(BaseForm):
    """Somebody else signs in one's place."""

    person = SelectField(_l("Who signs instead of you?"), [InputRequired(_l("Choose who signs instead of you"))])
    until = DayField(_l("Until which day?"), [InputRequired(_l("Choose the last day"))])
    reason = TextAreaField(
        _l("Why?"),
        [DataRequired(_l("Give a reason")), limit(1000)],
        description=_l("It stands on the certificate, and everybody involved can read it."),
    )

    def command(self) -> Delegate:
        if self.until.data is None:
            raise ValueError("the form is read once it is valid")
        return Delegate(int(self.person.data), self.until.data)


class WithdrawForm(BaseForm):
    """Consent to electronic business is taken back."""

    reason = TextAreaField(_l("Reason"), [Optional(), limit(1000)])
    sure = BooleanField(
        _l("I take back my consent to do business electronically"),
        [InputRequired(_l("Tick the box to take your consent back"))],
    )


class GiveTimeForm(BaseForm):
    """More time to sign."""

    until = DayField(_l("Last day to sign"), [InputRequired(_l("Choose the last day to sign"))])
    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Give a reason")), limit(1000)])

    def command(self) -> GiveTime:
        if self.until.data is None:
            raise ValueError("the form is read once it is valid")
        return GiveTime(self.until.data)


class ReplaceForm(BaseForm):
    """Who signs from now on, for each place."""

    partner_signer = SelectField(
        _l("Signs for the partner"), [InputRequired(_l("Choose who signs"))], validate_choice=False
    )
    school_leader = SelectField(
        _l("Signs for the school"), [InputRequired(_l("Choose who signs"))], validate_choice=False
    )
    district_signatory = SelectField(
        _l("Signs for the district"), [InputRequired(_l("Choose who signs"))], validate_choice=False
    )
    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Give a reason")), limit(1000)])

    def offer(self, places: Sequence[Place]) -> None:
        """The people who hold each role now; a place that this agreement does not have is left out."""
        by_role = {place.role.value: place for place in places}
        for name in ("partner_signer", "school_leader", "district_signatory"):
            if name in by_role:
                self[name].choices = listed(by_role[name].eligible)
            else:
                del self[name]

    def shown(self) -> list[SelectField]:
        """The fields of people, in the order of signing."""
        return [field for field in self if isinstance(field, SelectField)]

    def command(self) -> ReplaceSigners:
        """Who was chosen. Whatever is no number names nobody, and the workflow says so."""
        return ReplaceSigners({field.name: _number(field.data or "") for field in self.shown()})


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < LONGEST_NUMBER else 0
