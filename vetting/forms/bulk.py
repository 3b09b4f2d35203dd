"""Forms for an act on many cases: which act, and what it needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from vetting import clock
from vetting.forms.base import BaseForm
from vetting.forms.desk import LONG, TOO_LONG
from vetting.forms.fields import CountField, DayField, Listed
from vetting.models import BulkAct

Offer = Sequence[tuple[str, str]]
PERSON, EXPERTISE, AUTOMATIC = "person", "expertise", "automatic"


LISTED = Listed(_l("Choose one of the things in the list"))


def _to_come(field: Any) -> None:
    if field.data is not None and field.data <= clock.today():
        raise ValidationError(_("Give a date after today"))


class ActForm(BaseForm):
    """What to do with the chosen cases."""

    act = RadioField(
        _l("What do you want to do?"),
        [InputRequired(_l("Choose what you want to do")), LISTED],
        choices=[],
        default="",
        validate_choice=False,
    )

    def offer(self, acts: Offer) -> None:
        self.act.choices = [SelectChoice(*pair) for pair in acts]


class ManyForm(BaseForm):
    """One act. Each kind says what the run is told; references become ids in the view."""

    def parameters(self) -> dict[str, Any]:
        """The parameters of the run, dates as ISO text. Only after ``validate``."""
        raise NotImplementedError


class AssignManyForm(ManyForm):
    """By person, by expertise, or automatically."""

    mode = RadioField(
        _l("Who reviews?"),
        [InputRequired(_l("Choose who reviews")), LISTED],
        choices=[],
        default=PERSON,
        validate_choice=False,
    )
    reviewer = SelectField(_l("If one person: who?"), [LISTED], choices=[], default="", validate_choice=False)
    expertise = SelectField(
        _l("If people who know something: what?"), [LISTED], choices=[], default="", validate_choice=False
    )
    most = CountField(
        _l("Most reviews for one person"),
        [Optional(), NumberRange(1, 500, _l("Give a number from 1 to 500"))],
        description=_l("Counts what they owe already. A limit of their own comes first."),
    )
    due_on = DayField(
        _l("Reviews due on"),
        [Optional()],
        description=_l("Leave this empty for the usual time. It then counts from the day the case goes to review."),
    )

    def offer(self, people: Offer, expertise: Mapping[str, Offer], *, automatic: bool) -> None:
        """Set reviewers with their load, what people know by group, and whether the program may choose among all."""
        modes = [(PERSON, _("One person, on every case")), (EXPERTISE, _("Shared out among people who know something"))]
        if not expertise:
            modes = modes[:1]
        if automatic:
            modes.append((AUTOMATIC, _("Shared out among all reviewers")))
        self.mode.choices = [SelectChoice(*pair) for pair in modes]
        self.reviewer.choices = [SelectChoice("", _("Choose one")), *(SelectChoice(*pair) for pair in people)]
        self.expertise.choices = [
            SelectChoice("", _("Choose one")),
            *(SelectChoice(value, text, optgroup=group) for group, pairs in expertise.items() for value, text in pairs),
        ]

    def validate_reviewer(self, field: SelectField) -> None:
        if self.mode.data == PERSON and not field.data:
            raise ValidationError(_("Choose a reviewer"))

    def validate_expertise(self, field: SelectField) -> None:
        if self.mode.data == EXPERTISE and not field.data:
            raise ValidationError(_("Choose what the reviewers should know"))

    def validate_due_on(self, field: DayField) -> None:
        _to_come(field)

    def parameters(self) -> dict[str, Any]:
        return {
            "mode": self.mode.data,
            "expertise": self.expertise.data if self.mode.data == EXPERTISE else "",
            "most": self.most.data,
            "due_on": self.due_on.data.isoformat() if self.due_on.data else "",
        }


class HandOverManyForm(ManyForm):
    """Who is in charge of the cases from now on."""

    person = SelectField(
        _l("Who takes them?"),
        [InputRequired(_l("Choose a colleague")), LISTED],
        choices=[],
        default="",
        validate_choice=False,
    )

    def offer(self, people: Offer) -> None:
        self.person.choices = [SelectChoice("", _("Choose one")), *(SelectChoice(*pair) for pair in people)]

    def parameters(self) -> dict[str, Any]:
        return {}


class RemindManyForm(ManyForm):
    """Whom to remind; nobody is reminded twice on one day."""

    whom = RadioField(
        _l("Who gets a reminder?"),
        [InputRequired(_l("Choose who gets a reminder"))],
        choices=[
            SelectChoice("applicants", _l("Applicants we asked for something")),
            SelectChoice("reviewers", _l("Reviewers who owe a review")),
        ],
        default="",
        description=_l("Nobody gets a second reminder for the same case on one day."),
    )

    def parameters(self) -> dict[str, Any]:
        return {"whom": self.whom.data}


class DocumentManyForm(ManyForm):
    """Ask every applicant for the same document."""

    document = SelectField(
        _l("Which document?"),
        [InputRequired(_l("Choose a document")), LISTED],
        choices=[],
        default="",
        validate_choice=False,
    )
    reason = TextAreaField(
        _l("What is missing or wrong?"),
        [
            DataRequired(_l("Say what is missing, so that the applicants know what to do")),
            Length(max=LONG, message=TOO_LONG),
        ],
        description=_l("Every applicant reads this. Say what would be right."),
    )
    due_on = DayField(_l("Answer by"), [InputRequired(_l("Give the date by which you need it"))])

    def offer(self, documents: Offer) -> None:
        self.document.choices = [SelectChoice("", _("Choose one")), *(SelectChoice(*pair) for pair in documents)]

    def validate_due_on(self, field: DayField) -> None:
        _to_come(field)

    def parameters(self) -> dict[str, Any]:
        return {
            "document": self.document.data,
            "reason": self.reason.data,
            "due_on": self.due_on.data.isoformat() if self.due_on.data else "",
        }


class MoveManyForm(ManyForm):
    """A step that asks for nothing more."""

    step = RadioField(
        _l("Which step?"), [InputRequired(_l("Choose a step")), LISTED], choices=[], default="", validate_choice=False
    )

    def offer(self, steps: Offer) -> None:
        self.step.choices = [SelectChoice(*pair) for pair in steps]

    def parameters(self) -> dict[str, Any]:
        return {"step": self.step.data}


FORMS: Mapping[BulkAct, type[ManyForm]] = {
    BulkAct.ASSIGN_REVIEWERS: AssignManyForm,
    BulkAct.HAND_OVER: HandOverManyForm,
    BulkAct.REMIND: RemindManyForm,
    BulkAct.REQUEST_DOCUMENT: DocumentManyForm,
    BulkAct.MOVE: MoveManyForm,
}
