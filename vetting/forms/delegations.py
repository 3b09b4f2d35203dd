"""Who acts for a school's leader, from when to when, and whether they may sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, ValidationError

from vetting import clock, refs
from vetting.forms.base import BaseForm
from vetting.forms.fields import PEOPLE_LISTED, DayField
from vetting.models import Delegation, School
from vetting.queries.delegations import LONGEST


class DelegationForm(BaseForm):
    """A person of the school and the days; the choices are set by the view."""

    person = SelectField(
        _l("Who acts for you?"),
        [InputRequired(_l("Choose who acts for you")), PEOPLE_LISTED],
        choices=[],
        default="",
        validate_choice=False,
        description=_l("Everybody with a role at your school. They are told by mail, and so are you."),
    )
    starts_on = DayField(_l("First day"), [InputRequired(_l("Give the first day"))])
    ends_on = DayField(
        _l("Last day"), [InputRequired(_l("Give the last day"))], description=_l("It ends by itself after this day.")
    )
    may_sign = BooleanField(_l("They may also sign agreements for me in these days"))

    def offer(self, people: Sequence[tuple[str, str]], *, signing: bool) -> None:
        """Set who can be chosen (reference and name), and whether signing can be left to them at all."""
        self.person.choices = [SelectChoice("", _("Choose a person")), *(SelectChoice(*pair) for pair in people)]
        if not signing:
            del self.may_sign

    def validate_ends_on(self, field: DayField) -> None:
        if field.data is None:
            return
        if field.data < clock.today():
            raise ValidationError(_("Give a last day that is not before today"))
        if self.starts_on.data is not None and field.data < self.starts_on.data:
            raise ValidationError(_("The last day cannot be before the first"))
        if self.starts_on.data is not None and field.data - self.starts_on.data > LONGEST:
            raise ValidationError(_("Somebody can act for you for a year at most"))

    def delegation(self, ids: Mapping[str, int], school: School, leader_id: int) -> Delegation:
        """What was asked for; ``ids`` are accounts by reference. Only after ``validate``."""
        signing: Any = self.may_sign
        return Delegation(
            reference=refs.new_reference("DEL"),
            school_id=school.id,
            school=school,
            leader_id=leader_id,
            delegate_id=ids[self.person.data],
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            may_sign=bool(signing is not None and signing.data),
        )
