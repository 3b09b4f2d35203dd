"""Forms of the partnerships office: asking, assigning, declaring, deciding, suspending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, FieldList, FormField, RadioField, SelectField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from vetting import clock
from vetting.forms.base import BaseForm, shown_again, trimmed
from vetting.forms.fields import PEOPLE_LISTED
from vetting.models import Outcome, RequestItem
from vetting.queries.findings import Proposal
from vetting.workflows.commands import DraftDecision, RequestedItem, RequestInformation

LONG = 2000
SUMMARY = 4000
MOST_ITEMS = 12

TOO_LONG = _l("Shorten this to %(max)d characters or fewer")


class ReasonForm(BaseForm):
    """A step that asks why."""

    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Give a reason")), Length(max=LONG, message=TOO_LONG)])


class InterestForm(BaseForm):
    """Declare an interest in an organization. Saying which is a choice: the fact alone is enough."""

    reason = TextAreaField(
        _l("What is the interest?"),
        [Optional(), Length(max=LONG, message=TOO_LONG)],
        description=_l("A few words are enough, such as “I was on its board until 2024”. You may leave this empty."),
    )


class DeclarationForm(BaseForm):
    """A reviewer's first page: no conflict of interest, or step aside."""

    choice = RadioField(
        _l("Do you have an interest in this organization?"),
        [InputRequired(_l("Choose whether you have an interest in this organization"))],
        choices=[
            SelectChoice("none", _l("No. I have no conflict of interest.")),
            SelectChoice("aside", _l("Yes, or it may look that way. I step aside.")),
        ],
        default="",
    )
    reason = TextAreaField(
        _l("If you step aside: why?"),
        [Optional(), Length(max=LONG, message=TOO_LONG)],
        description=_l("You may leave this empty."),
    )


class LeaveForm(BaseForm):
    """Decline or abstain. The reason stays with the case, unlike a conflict of interest, which is private."""

    reason = TextAreaField(
        _l("Why?"),
        [
            DataRequired(_l("Say why, so that the coordinator can find somebody else")),
            Length(max=LONG, message=TOO_LONG),
        ],
        description=_l("The office reads this. If you have an interest in the organization, step aside instead."),
    )


class CorrectionForm(BaseForm):
    """Why a review that was sent in is corrected."""

    why = TextAreaField(
        _l("Why do you correct your review?"),
        [DataRequired(_l("Say why you correct your review")), Length(max=LONG, message=TOO_LONG)],
        description=_l("It stays with the review, beside what you sent before."),
    )


class AssignForm(BaseForm):
    """Choose a reviewer; the choices are set by the view and are only people who may judge the case."""

    reviewer = RadioField(
        _l("Reviewer"),
        [InputRequired(_l("Choose a reviewer")), PEOPLE_LISTED],
        choices=[],
        default="",
        validate_choice=False,
    )
    due_on = DateField(
        _l("Review due on"),
        [Optional()],
        description=_l("Leave this empty for the usual time. It then counts from the day the case goes to review."),
    )

    def offer(self, people: Sequence[tuple[str, str]]) -> None:
        """Set who can be chosen: reference and name."""
        self.reviewer.choices = [SelectChoice(reference, name) for reference, name in people]

    def validate_due_on(self, field: DateField) -> None:
        if field.data is not None and field.data <= clock.today():
            raise ValidationError(_("Give a date after today"))


class RequestItemForm(PlainForm):
    """One thing to ask for, and why."""

    item = SelectField(_l("What do you need?"), choices=[], validate_choice=False, default="")
    reason = TextAreaField(
        _l("What is missing or wrong?"),
        filters=[trimmed],
        description=_l("The applicant reads this. Say what would be right."),
    )


class RequestForm(BaseForm):
    """Ask the applicant for several things at once, by one date."""

    items = FieldList(FormField(RequestItemForm), min_entries=1, max_entries=MOST_ITEMS)
    due_on = DateField(_l("Answer by"), [InputRequired(_l("Give the date by which you need it"))])

    def offer(self, groups: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Set what can be asked for, by group; every row offers the same."""
        choices = [SelectChoice("", _("Choose one"))]
        choices += [
            SelectChoice(value, label, optgroup=name) for name, group in groups.items() for value, label in group
        ]
        for entry in self.items:
            entry.form.item.choices = choices
        for asked in (self.items[0].form.item, self.items[0].form.reason):
            asked.flags.required = True
        self._known = {value for group in groups.values() for value, _label in group}

    def validate_due_on(self, field: DateField) -> None:
        if field.data is not None and field.data <= clock.today():
            raise ValidationError(_("Give the applicant a date after today"))

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        seen: set[str] = set()
        filled = [e.form for e in self.items if e.form.item.data or e.form.reason.data]
        for row in filled or [self.items[0].form]:
            for name, message in self._wrong(row, seen):
                getattr(row, name).errors = [*getattr(row, name).errors, message]
                good = False
            seen.add(row.item.data)
        return good

    def _wrong(self, row: Any, seen: set[str]) -> list[tuple[str, str]]:
        found = []
        if not row.item.data:
            found.append(("item", _("Choose what you need")))
        elif row.item.data not in self._known:
            found.append(("item", _("Choose one of the things in the list")))
        elif row.item.data in seen:
            found.append(("item", _("You ask for this twice. Put it into one request")))
        reason = row.reason.data or ""
        if not reason:
            found.append(("reason", _("Say what is missing, so that the applicant knows what to do")))
        elif len(reason) > LONG:
            found.append(("reason", _("Shorten this to %(max)s characters or fewer", max=LONG)))
        elif shown_again(reason) != reason:
            row.reason.data = shown_again(reason)
            found.append(("reason", _("This holds hidden characters. Type it again, or paste it as plain text")))
        return found

    def command(self) -> RequestInformation:
        """The request as the workflow takes it; only after ``validate``."""
        given: dict[str, Any] = self.data
        asked = []
        for row in given["items"]:
            if row["item"]:
                kind, _colon, key = row["item"].partition(":")
                asked.append(RequestedItem(RequestItem(kind), key, row["reason"]))
        return RequestInformation(tuple(asked), given["due_on"])


class DecisionForm(BaseForm):
    """The outcome with its words. A text field for each standard is added by ``decision_form``."""

    outcome = RadioField(
        _l("Decision"), [InputRequired(_l("Choose the decision"))], choices=[], default="", validate_choice=False
    )
    summary = TextAreaField(
        _l("Message to the applicant"),
        [DataRequired(_l("Write what the applicant should know")), Length(max=SUMMARY, message=TOO_LONG)],
        description=_l("It stands in the letter under the decision. An empty line begins a new paragraph."),
    )

    def validate_outcome(self, field: RadioField) -> None:
        if field.data and field.data not in set(Outcome):
            raise ValidationError(_("Choose the decision"))


def finding_field(key: str) -> str:
    """The form's name for the text about a standard."""
    return f"finding_{key}"


def decision_form(proposal: Proposal, *, approve: str, not_select: str, data: Mapping[str, Any]) -> DecisionForm:
    """The form with a text for each standard, filled from the ratings where nothing was typed yet."""

    class Form(DecisionForm):
        pass

    for line in proposal.standards:
        needed = line.result == "below"
        rules: list[Any] = (
            [DataRequired(_("Say what %(key)s needs", key=line.standard.key))] if needed else [Optional()]
        )
        setattr(
            Form,
            finding_field(line.standard.key),
            TextAreaField(
                _("What the letter says about %(key)s", key=line.standard.key),
                [*rules, Length(max=LONG, message=TOO_LONG)],
                default=line.reason,
            ),
        )
    form = Form(data=dict(data))
    form.outcome.choices = [
        SelectChoice(Outcome.APPROVE.value, approve),
        SelectChoice(Outcome.NOT_SELECT.value, not_select),
    ]
    return form


def draft_from(form: DecisionForm, proposal: Proposal) -> DraftDecision:
    """The draft as the workflow takes it; only after ``validate``. Results come from the ratings."""
    return DraftDecision(
        outcome=Outcome(form.outcome.data),
        summary=form.summary.data or "",
        findings=tuple(
            {
                "standard": line.standard.key,
                "name": line.standard.name,
                "family": line.standard.family.value,
                "result": line.result,
                "mean": line.mean,
                "reason": form[finding_field(line.standard.key)].data or "",
            }
            for line in proposal.standards
        ),
    )


class SuspendForm(BaseForm):
    """An emergency suspension. The reason is read by the applicant and by the person who reviews it."""

    reason = TextAreaField(
        _l("Why must services stop now?"),
        [DataRequired(_l("Say why services must stop now")), Length(max=LONG, message=TOO_LONG)],
        description=_l("The organization and the person who reviews this read it. Do not name students."),
    )


class SuspensionReviewForm(BaseForm):
    """The second person's look at a suspension."""

    choice = RadioField(
        _l("What do you decide?"),
        [InputRequired(_l("Choose whether the suspension stays"))],
        choices=[
            SelectChoice("confirm", _l("Keep the suspension")),
            SelectChoice("lift", _l("Lift the suspension")),
        ],
        default="",
    )
    reason = TextAreaField(
        _l("Reason"),
        [Length(max=LONG, message=TOO_LONG)],
        description=_l("Needed when you lift it. The organization reads it."),
    )

    def validate_reason(self, field: TextAreaField) -> None:
        if self.choice.data == "lift" and not field.data:
            raise ValidationError(_("Say why the suspension is lifted"))
