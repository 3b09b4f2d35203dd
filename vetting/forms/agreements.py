"""Forms of partnerships and scope-of-service agreements: what is typed becomes a frozen command, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, ValidationError

from vetting.data.agreement_template import load_agreement_template
from vetting.forms.base import BaseForm
from vetting.forms.fields import LINE, PARAGRAPHS, CountField, DayField, MoneyField, Row, limit, money_text, options
from vetting.models import Agreement
from vetting.workflows.commands import AgreementDraft, GiveConsent, Sign
from vetting.workflows.scope_of_service import TEXTS as SCOPE_TEXTS
from vetting.workflows.scope_of_service import Place

MOST_ROWS = 12

TEXTS = (*SCOPE_TEXTS, "payment_schedule")
"""Parts of the scope that are words and nothing else."""


class MayWait(Optional):
    """Needed before anybody signs; a draft may leave it open, so an empty field is no mistake."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags = {"required": True}


class ProposeForm(BaseForm):
    """A school's wish to work with a program."""

    school = SelectField(_l("School"), [InputRequired(_l("Choose a school"))])
    school_year = RadioField(_l("School year"), [InputRequired(_l("Choose a school year"))])
    note = TextAreaField(
        _l("What do you have in mind?"),
        [Optional(), limit(1000)],
        description=_l("The partner reads this. Please do not name students."),
    )


class GoalRow(Row):
    """One shared goal with its measure."""

    goal = StringField(_l("Goal"), [limit(LINE)])
    measure = StringField(_l("How you measure it"), [Optional(), limit(LINE)])
    target = StringField(_l("Target"), [Optional(), limit(LINE)])

    def validate_goal(self, field: StringField) -> None:
        if not field.data and (self.measure.data or self.target.data):
            raise ValidationError(_("Say what the goal is, or empty its measure and target"))


class ContactRow(Row):
    """Someone to call."""

    side = SelectField(
        _l("For"),
        [Optional()],
        choices=options((("School", _l("School")), ("Partner", _l("Partner")), ("District", _l("District")))),
    )
    name = StringField(_l("Name"), [limit(LINE)])
    title = StringField(_l("Title"), [Optional(), limit(LINE)])
    email = EmailField(_l("E-mail"), [Optional(), limit(LINE)])

    def validate_name(self, field: StringField) -> None:
        if not field.data and (self.title.data or self.email.data):
            raise ValidationError(_("Enter the name of the contact, or empty the row"))

    def validate_email(self, field: EmailField) -> None:
        name, at, host = (field.data or "").rpartition("@")
        if field.data and not (at and name and "." in host and " " not in field.data):
            raise ValidationError(_("Enter an e-mail address such as name@school.example"))


class ReportRow(Row):
    """A day on which the partner reports."""

    day = DayField(_l("Report due on"), [Optional()])


class AgreementForm(BaseForm):
    """The whole scope of service. A draft may have gaps; what is there must make sense."""

    services = TextAreaField(
        _l("Services"),
        [MayWait(), limit(PARAGRAPHS)],
        description=_l("What the partner will do, for whom and how often."),
    )
    schedule = StringField(_l("Days and times"), [MayWait(), limit(LINE)])
    place = StringField(_l("Place"), [MayWait(), limit(LINE)])
    students_planned = CountField(
        _l("Students planned"),
        [MayWait(), NumberRange(min=1, max=5000, message=_l("Enter a number from 1 to 5,000"))],
        description=_l("A number only. Please do not name students."),
    )
    grades = StringField(_l("Grades"), [MayWait(), limit(LINE)], description=_l("Such as 3 to 5."))
    starts_on = DayField(_l("First day of service"), [MayWait()])
    ends_on = DayField(_l("Last day of service"), [MayWait()])
    improvement_goal = TextAreaField(_l("School improvement goal this serves"), [MayWait(), limit(PARAGRAPHS)])
    goals = FieldList(FormField(GoalRow), label=_l("Shared goals"), min_entries=1, max_entries=MOST_ROWS)
    roles_school = TextAreaField(_l("What the school does"), [MayWait(), limit(PARAGRAPHS)])
    roles_partner = TextAreaField(_l("What the partner does"), [MayWait(), limit(PARAGRAPHS)])
    contacts = FieldList(FormField(ContactRow), label=_l("Contacts"), min_entries=2, max_entries=MOST_ROWS)
    communication_rhythm = StringField(
        _l("How you stay in touch"), [MayWait(), limit(LINE)], description=_l("Such as a call every second Friday.")
    )
    funding_source = RadioField(
        _l("Where the money comes from"),
        [MayWait()],
        choices=options((source.key, _l(source.name)) for source in load_agreement_template().money_sources),
    )
    amount = MoneyField(
        _l("Total price"),
        [Optional(), limit(20)],
        description=_l("The whole price in dollars. Leave empty if there is none."),
    )
    payment_schedule = TextAreaField(
        _l("Payment schedule"),
        [MayWait(), limit(PARAGRAPHS)],
        description=_l("When and for what the partner is paid. Write “No payment” if there is none."),
    )
    data_terms = TextAreaField(
        _l("Information about students"),
        [MayWait(), limit(PARAGRAPHS)],
        description=_l(
            "What the partner may know, and how it is kept. No records of single students without a data agreement."
        ),
    )
    reporting_dates = FieldList(FormField(ReportRow), label=_l("Reports"), min_entries=2, max_entries=MOST_ROWS)
    termination = TextAreaField(_l("How it can end early"), [Optional(), limit(PARAGRAPHS)])
    partner_signer = SelectField(_l("Signs for the partner"), [Optional()], validate_choice=False)
    school_leader = SelectField(_l("Signs for the school"), [Optional()], validate_choice=False)
    district_signatory = SelectField(_l("Signs for the district"), [Optional()], validate_choice=False)

    def offer_signers(self, places: Sequence[Place]) -> None:
        """Put the people who hold each role now into the lists."""
        for place in places:
            field = self[place.role.value]
            nobody = _("Nobody chosen yet") if place.eligible else _("Nobody holds this role yet")
            field.choices = options([("", nobody), *((str(user.id), _named(user)) for user in place.eligible)])

    def validate_ends_on(self, field: DayField) -> None:
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("The last day must not be before the first day"))

    def validate_amount(self, field: MoneyField) -> None:
        if field.errors or field.process_errors:
            return
        if field.cents and self.funding_source.data == "none":
            raise ValidationError(_("Say where the money comes from, or leave the amount empty"))

    def command(self) -> AgreementDraft:
        """The draft as typed, empty rows left out."""
        roles = ("partner_signer", "school_leader", "district_signatory")
        content: dict[str, Any] = {key: self[key].data or "" for key in TEXTS}
        content["students_planned"] = self.students_planned.data or 0
        content["goals"] = [
            {key: row.form[key].data or "" for key in ("goal", "measure", "target")}
            for row in self.goals
            if row.form.goal.data
        ]
        content["contacts"] = [
            {key: row.form[key].data or "" for key in ("side", "name", "title", "email")}
            for row in self.contacts
            if row.form.name.data
        ]
        content["reporting_dates"] = sorted(
            {row.form.day.data.isoformat() for row in self.reporting_dates if row.form.day.data}
        )
        content["signer_ids"] = {
            role: int(self[role].data) for role in roles if self[role].data and str(self[role].data).isdecimal()
        }
        return AgreementDraft(
            content=content,
            amount_cents=self.amount.cents,
            funding_source=self.funding_source.data or "none",
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )


def _named(user: Any) -> str:
    return f"{user.name}, {user.title}" if user.title else str(user.name)


def draft_values(agreement: Agreement) -> Mapping[str, Any]:
    """What the form shows for a stored draft."""
    from datetime import date

    draft = agreement.draft
    return {
        **{key: draft.get(key, "") for key in TEXTS},
        "students_planned": draft.get("students_planned") or None,
        "goals": list(draft.get("goals", [])),
        "contacts": list(draft.get("contacts", [])),
        "reporting_dates": [{"day": date.fromisoformat(day)} for day in draft.get("reporting_dates", [])],
        "funding_source": agreement.funding_source,
        "amount": money_text(agreement.amount_cents) if agreement.amount_cents else "",
        "starts_on": agreement.starts_on,
        "ends_on": agreement.ends_on,
        **{role: str(user_id) for role, user_id in draft.get("signer_ids", {}).items()},
    }


class ConsentForm(BaseForm):
    """Consent to do business electronically. Never ticked beforehand."""

    text_version = HiddenField()
    text_sha256 = HiddenField()
    agree = BooleanField(
        _l("I agree to sign and to get this agreement electronically"),
        [InputRequired(_l("Tick the box if you agree. If you do not, ask for paper."))],
    )

    def command(self) -> GiveConsent:
        return GiveConsent(text_version=self.text_version.data or "", text_sha256=self.text_sha256.data or "")


class SignForm(BaseForm):
    """The signature itself."""

    content_sha256 = HiddenField()
    title = StringField(
        _l("Your title"),
        [DataRequired(_l("Enter your title")), limit(LINE)],
        description=_l("Such as principal or director."),
    )
    authority = BooleanField(
        _l("I am allowed to sign for this side"),
        [InputRequired(_l("Tick the box if you may sign for this side. If not, decline and say who may."))],
    )
    typed_name = StringField(
        _l("Type your full name to sign"),
        [DataRequired(_l("Type your full name")), limit(LINE)],
        render_kw={"autocomplete": "name"},
    )

    def command(self, intent: str, method: str) -> Sign:
        """``intent`` is the statement on the page; ``method`` says how we knew who it was."""
        return Sign(
            typed_name=self.typed_name.data or "",
            title=self.title.data or "",
            intent=intent,
            content_sha256=self.content_sha256.data or "",
            method=method,
        )


class ReasonForm(BaseForm):
    """A step that asks why."""

    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Give a reason")), limit(1000)])
