"""The sections of a scope of service: short forms whose text becomes a part of the draft, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import NumberRange, Optional, ValidationError

from vetting.canonical import digest
from vetting.data.agreement_template import NO_MONEY, AgreementTemplate
from vetting.forms.agreement_rows import (
    ContactRow,
    GoalRow,
    MayWait,
    PaymentRow,
    ReportRow,
    SessionRow,
    SiteRow,
    clock_of,
)
from vetting.forms.base import BaseForm
from vetting.forms.fields import LINE, PARAGRAPHS, CountField, DayField, MoneyField, limit, money_text, options
from vetting.models import Agreement
from vetting.workflows.commands import AgreementDraft
from vetting.workflows.scope_of_service import Place, clock_words

MOST_ROWS = 12
ROLES = ("partner_signer", "school_leader", "district_signatory")


class SectionForm(BaseForm):
    """A section. ``rows`` names its lists; ``values`` is the part of the draft it holds once it is valid."""

    rows: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def offer(self, agreement: Agreement, template: AgreementTemplate, places: Sequence[Place]) -> None:
        """Put into the lists what can be chosen now."""

    def values(self) -> dict[str, Any]:
        """The part of the draft, empty rows left out."""
        return {key: self[key].data or "" for key in self.texts}

    def facts(self, agreement: Agreement) -> dict[str, Any]:
        """What stands beside the draft; unchanged by a section that does not hold it."""
        return {
            "amount_cents": agreement.amount_cents,
            "funding_source": agreement.funding_source,
            "starts_on": agreement.starts_on,
            "ends_on": agreement.ends_on,
        }

    def command(self, agreement: Agreement, section: str) -> AgreementDraft:
        """The whole draft with this section as it was typed."""
        looked_at = [key for key in agreement.draft.get("unread", []) if key != section]
        content = {**agreement.draft, **self.values(), "unread": looked_at}
        return AgreementDraft(content=content, **self.facts(agreement))


class ServiceForm(SectionForm):
    rows = ("sites", "sessions")
    texts = ("services", "schedule", "grades")

    services = TextAreaField(
        _l("Services"),
        [MayWait(), limit(PARAGRAPHS)],
        description=_l("What the partner will do, for whom and how often."),
    )
    sites = FieldList(FormField(SiteRow), label=_l("Places"), min_entries=1, max_entries=MOST_ROWS)
    starts_on = DayField(_l("First day of service"), [MayWait()])
    ends_on = DayField(_l("Last day of service"), [MayWait()])
    sessions = FieldList(FormField(SessionRow), label=_l("Days and times"), min_entries=1, max_entries=MOST_ROWS)
    schedule = StringField(
        _l("Anything else about days and times"),
        [Optional(), limit(LINE)],
        description=_l("Such as: not in school vacations."),
    )
    students_planned = CountField(
        _l("Students planned"),
        [MayWait(), NumberRange(min=1, max=5000, message=_l("Enter a number from 1 to 5,000"))],
        description=_l("A number only. Please do not name students."),
    )
    grades = StringField(_l("Grades"), [MayWait(), limit(LINE)], description=_l("Such as 3 to 5."))

    def validate_ends_on(self, field: DayField) -> None:
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("The last day must not be before the first day"))

    def values(self) -> dict[str, Any]:
        sessions = [
            {
                "days": list(row.form.days.data),
                "starts": clock_of(row.form.starts.data or ""),
                "ends": clock_of(row.form.ends.data or ""),
            }
            for row in self.sessions
            if row.form.days.data
        ]
        return {
            **super().values(),
            "place": "",
            "students_planned": self.students_planned.data or 0,
            "sites": [{"name": row.form.name.data} for row in self.sites if row.form.name.data],
            "sessions": sessions,
        }

    def facts(self, agreement: Agreement) -> dict[str, Any]:
        return {**super().facts(agreement), "starts_on": self.starts_on.data, "ends_on": self.ends_on.data}


class PurposeForm(SectionForm):
    rows = ("goals", "reporting_dates")
    texts = ("improvement_goal",)

    improvement_goal = TextAreaField(_l("School improvement goal this serves"), [MayWait(), limit(PARAGRAPHS)])
    goals = FieldList(FormField(GoalRow), label=_l("Shared goals"), min_entries=1, max_entries=MOST_ROWS)
    reporting_dates = FieldList(FormField(ReportRow), label=_l("Reports"), min_entries=2, max_entries=MOST_ROWS)

    def values(self) -> dict[str, Any]:
        goals = [
            {key: row.form[key].data or "" for key in ("goal", "measure", "target")}
            for row in self.goals
            if row.form.goal.data
        ]
        days = {row.form.day.data.isoformat() for row in self.reporting_dates if row.form.day.data}
        return {**super().values(), "goals": goals, "reporting_dates": sorted(days)}


class RolesForm(SectionForm):
    rows = ("contacts",)
    texts = ("roles_school", "roles_partner", "communication_rhythm")

    roles_school = TextAreaField(_l("What the school does"), [MayWait(), limit(PARAGRAPHS)])
    roles_partner = TextAreaField(_l("What the partner does"), [MayWait(), limit(PARAGRAPHS)])
    contacts = FieldList(FormField(ContactRow), label=_l("Contacts"), min_entries=2, max_entries=MOST_ROWS)
    communication_rhythm = StringField(
        _l("How you stay in touch"), [MayWait(), limit(LINE)], description=_l("Such as a call every second Friday.")
    )

    def values(self) -> dict[str, Any]:
        contacts = [
            {key: row.form[key].data or "" for key in ("side", "name", "title", "email")}
            for row in self.contacts
            if row.form.name.data
        ]
        return {**super().values(), "contacts": contacts}


class MoneyForm(SectionForm):
    rows = ("payments",)
    texts = ("payment_schedule",)

    funding_source = RadioField(_l("Where the money comes from"), [MayWait()])
    amount = MoneyField(
        _l("Total price"),
        [Optional(), limit(20)],
        description=_l("The whole price in dollars. Leave empty if there is none."),
    )
    payments = FieldList(FormField(PaymentRow), label=_l("Payments"), min_entries=1, max_entries=MOST_ROWS)
    payment_schedule = TextAreaField(
        _l("Anything else about payment"),
        [Optional(), limit(PARAGRAPHS)],
        description=_l("Such as what an invoice must show."),
    )

    def offer(self, agreement: Agreement, template: AgreementTemplate, places: Sequence[Place]) -> None:
        self.funding_source.choices = options((source.key, _(source.name)) for source in template.money_sources)

    def validate_amount(self, field: MoneyField) -> None:
        if field.errors or field.process_errors:
            return
        if field.cents and self.funding_source.data == NO_MONEY:
            raise ValidationError(_("Say where the money comes from, or leave the amount empty"))
        rows = self._rows()
        total = sum(row["amount_cents"] for row in rows)
        if rows and total != field.cents:
            raise ValidationError(
                _("The payments come to $%(total)s. Make them and the price the same.", total=money_text(total))
            )

    def _rows(self) -> list[dict[str, Any]]:
        try:
            return [
                {
                    "due_on": row.form.due_on.data.isoformat(),
                    "amount_cents": row.form.amount.cents,
                    "what": row.form.what.data,
                }
                for row in self.payments
                if row.form.due_on.data and row.form.amount.data
            ]
        except ValueError:
            return []

    def values(self) -> dict[str, Any]:
        return {**super().values(), "payments": sorted(self._rows(), key=lambda row: str(row["due_on"]))}

    def facts(self, agreement: Agreement) -> dict[str, Any]:
        money = {"amount_cents": self.amount.cents, "funding_source": self.funding_source.data or NO_MONEY}
        return {**super().facts(agreement), **money}


class InformationForm(SectionForm):
    texts = ("data_basis", "data_terms")

    data_basis = RadioField(_l("On what ground may the partner know something about students?"), [MayWait()])
    data_terms = TextAreaField(
        _l("Information about students"),
        [MayWait(), limit(PARAGRAPHS)],
        description=_l(
            "What the partner may know, and how it is kept. No records of single students without a data agreement."
        ),
    )

    def offer(self, agreement: Agreement, template: AgreementTemplate, places: Sequence[Place]) -> None:
        self.data_basis.choices = options((basis.key, _(basis.name)) for basis in template.data_bases)


class EndingForm(SectionForm):
    texts = ("termination",)

    termination = TextAreaField(_l("How it can end early"), [Optional(), limit(PARAGRAPHS)])
    renews = BooleanField(
        _l("It goes on by itself for another year, unless somebody says no"),
        description=_l("Everybody is told before the last day and can stop it."),
    )
    partner_signer = SelectField(_l("Signs for the partner"), [Optional()], validate_choice=False)
    school_leader = SelectField(_l("Signs for the school"), [Optional()], validate_choice=False)
    district_signatory = SelectField(_l("Signs for the district"), [Optional()], validate_choice=False)

    def offer(self, agreement: Agreement, template: AgreementTemplate, places: Sequence[Place]) -> None:
        """The people who hold each role now; a role that does not sign this kind has no field."""
        for role in set(ROLES) - {place.role.value for place in places}:
            del self[role]
        for place in places:
            people = [(str(user.id), _named(user)) for user in place.eligible]
            if len(people) == 1:
                # Whoever holds a role alone signs without being chosen.
                self[place.role.value].choices = options([("", people[0][1])])
                self[place.role.value].data = ""
                continue
            nobody = _("Nobody chosen yet") if people else _("Nobody holds this role yet")
            self[place.role.value].choices = options([("", nobody), *people])

    def values(self) -> dict[str, Any]:
        chosen = {role: str(self[role].data) for role in ROLES if role in self and self[role].data}
        return {
            **super().values(),
            "renews": bool(self.renews.data) if "renews" in self else False,
            "signer_ids": {role: int(value) for role, value in chosen.items() if value.isdecimal()},
        }


def _named(user: Any) -> str:
    return f"{user.name}, {user.title}" if user.title else str(user.name)


@dataclass(frozen=True)
class AgreementSection:
    """A section of the draft: its address, its name, and its form."""

    key: str
    title: str
    form: Callable[..., SectionForm]


SECTIONS: tuple[AgreementSection, ...] = (
    AgreementSection("service", _l("What, where and when"), ServiceForm),
    AgreementSection("purpose", _l("Goals and reports"), PurposeForm),
    AgreementSection("roles", _l("Who does what"), RolesForm),
    AgreementSection("money", _l("Money"), MoneyForm),
    AgreementSection("information", _l("Information about students"), InformationForm),
    AgreementSection("ending", _l("Ending and signers"), EndingForm),
)


def draft_values(agreement: Agreement) -> Mapping[str, Any]:
    """What the forms show for a stored draft."""
    draft = agreement.draft
    sites = draft.get("sites") or ([{"name": draft["place"]}] if draft.get("place") else [])
    return {
        **{key: draft.get(key, "") for key in KEPT_AS_TYPED},
        "students_planned": draft.get("students_planned") or None,
        "sites": list(sites),
        "sessions": [
            {**row, "starts": clock_words(row["starts"]), "ends": clock_words(row["ends"])}
            for row in draft.get("sessions", [])
        ],
        "goals": list(draft.get("goals", [])),
        "contacts": list(draft.get("contacts", [])),
        "payments": [
            {
                "due_on": date.fromisoformat(row["due_on"]),
                "amount": money_text(row["amount_cents"]),
                "what": row["what"],
            }
            for row in draft.get("payments", [])
        ],
        "reporting_dates": [{"day": date.fromisoformat(day)} for day in draft.get("reporting_dates", [])],
        "renews": bool(draft.get("renews")),
        "funding_source": agreement.funding_source,
        "amount": money_text(agreement.amount_cents) if agreement.amount_cents else "",
        "starts_on": agreement.starts_on,
        "ends_on": agreement.ends_on,
        **{role: str(user_id) for role, user_id in draft.get("signer_ids", {}).items()},
    }


KEPT_AS_TYPED = tuple(
    key for form in (ServiceForm, PurposeForm, RolesForm, MoneyForm, InformationForm, EndingForm) for key in form.texts
)


def mark_of(form: SectionForm, agreement: Agreement) -> str:
    """A mark of what is stored of a section now, to notice that somebody else wrote meanwhile."""
    known = {key: value for key, value in draft_values(agreement).items() if key in form}
    return digest("section.v1", {key: _plain(value) for key, value in known.items()})[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value
