"""The exact content of a scope-of-service agreement, what is still missing in it, and who signs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import clock
from vetting.canonical import digest
from vetting.data.agreement_types import AgreementType
from vetting.data.vocabulary import word_lists
from vetting.models import (
    Agreement,
    AgreementTerms,
    Conflict,
    ConflictState,
    GrantState,
    Role,
    RoleGrant,
    SignerRole,
    User,
)
from vetting.queries import delegations, settings
from vetting.queries.agreement_types import template, type_of
from vetting.text import N_, Message, dollars, say

SCHEMA = "scope-of-service/1"
CONTENT_DOMAIN = "content.v1"
WORDS_DOMAIN = "words.v1"
TERMS_DOMAIN = "terms.v1"

VARIES = frozenset(
    {
        "reference",
        "version",
        "title",
        "school",
        "organization",
        "program",
        "school_year",
        "fiscal_year",
        "starts_on",
        "ends_on",
        "sites",
        "place",
        "sessions",
        "schedule",
        "students_planned",
        "grades",
        "contacts",
        "reporting_dates",
        "made_up",
    }
)
"""Parts in which agreements of identical terms may differ: who, where, when, for whom. Money has its own: how much."""

MONEY_VARIES = frozenset({"amount_cents", "payments", "payment_schedule"})

TEXTS = (
    "services",
    "schedule",
    "place",
    "grades",
    "roles_school",
    "roles_partner",
    "communication_rhythm",
    "improvement_goal",
    "data_terms",
    "termination",
)
"""Parts of the scope that are words and nothing else."""


@dataclass(frozen=True)
class Needed:
    """A part that is written before anybody is asked to sign: any of ``keys`` is enough. ``section`` is where."""

    label: str
    section: str
    keys: tuple[str, ...]
    paid_only: bool = False


REQUIRED: tuple[Needed, ...] = (
    Needed(N_("Services"), "service", ("services",)),
    Needed(N_("Place"), "service", ("sites", "place")),
    Needed(N_("Days and times"), "service", ("sessions", "schedule")),
    Needed(N_("Students planned"), "service", ("students_planned",)),
    Needed(N_("Grades"), "service", ("grades",)),
    Needed(N_("School improvement goal"), "purpose", ("improvement_goal",)),
    Needed(N_("Shared goals"), "purpose", ("goals",)),
    Needed(N_("What the school does"), "roles", ("roles_school",)),
    Needed(N_("What the partner does"), "roles", ("roles_partner",)),
    Needed(N_("How you stay in touch"), "roles", ("communication_rhythm",)),
    Needed(N_("Payment schedule"), "money", ("payments",), paid_only=True),
    Needed(N_("Data terms"), "information", ("data_terms",)),
)
"""Parts of the scope that must be there before anyone is asked to sign, with the section each is written in."""

LABELS: Mapping[SignerRole, str] = {
    SignerRole.PARTNER_SIGNER: N_("the partner's authorized signer"),
    SignerRole.SCHOOL_LEADER: N_("the school leader"),
    SignerRole.DISTRICT_SIGNATORY: N_("the district signatory"),
}

CONFIRMING: Mapping[str, str] = {
    "school_leader": N_("School leader"),
    "coordinator": N_("Partnerships office"),
    "director": N_("Director of the partnerships office"),
    "risk": N_("Risk office"),
    "data_privacy": N_("Data privacy office"),
    "finance": N_("Finance office"),
}
"""How those who confirm and do not sign are named in the document."""

_ROLE_BEHIND = {
    SignerRole.PARTNER_SIGNER: Role.ORG_SIGNER,
    SignerRole.SCHOOL_LEADER: Role.SCHOOL_LEADER,
    SignerRole.DISTRICT_SIGNATORY: Role.DISTRICT_SIGNATORY,
}


@dataclass(frozen=True)
class Place:
    """A place in the signing order: who may take it, and who was chosen (the only one, where there is one).

    ``stand_ins`` may take it only when it is handed to them: they act for a school's leader today, signing included.
    """

    position: int
    role: SignerRole
    label: str
    eligible: tuple[User, ...]
    user: User | None
    stand_ins: tuple[User, ...] = ()

    @property
    def able(self) -> tuple[User, ...]:
        """Everybody whose signature counts here now."""
        return (*self.eligible, *self.stand_ins)


def missing_parts(agreement: Agreement) -> list[Needed]:
    """What must still be written, in the order of the sections."""
    draft = agreement.draft
    return [
        part
        for part in REQUIRED
        if not any(draft.get(key) for key in part.keys) and (agreement.amount_cents or not part.paid_only)
    ]


def payments_total(agreement: Agreement) -> int:
    """What the payments of the schedule come to, in cents."""
    return sum(int(row["amount_cents"]) for row in agreement.draft.get("payments", []))


def payments_fault(agreement: Agreement) -> Message | None:
    """The payments come to the price, to the cent."""
    total, rows = payments_total(agreement), agreement.draft.get("payments", [])
    if not rows or total == agreement.amount_cents:
        return None
    return say(
        N_("The payments come to %(total)s. The price is %(amount)s."),
        total=dollars(total),
        amount=dollars(agreement.amount_cents),
    )


def signers_of(session: Session, agreement: Agreement) -> list[Place]:
    """The places of the signing order of its kind (or the district's) with the people who hold the roles now."""
    order = type_of(session, agreement).signing
    if not order:
        order = tuple(settings.process_settings(session).content["agreement"]["signing_order"])
    chosen = {SignerRole(key): value for key, value in agreement.draft.get("signer_ids", {}).items() if value}
    places = []
    for position, key in enumerate(order, start=1):
        role = SignerRole(key)
        eligible = tuple(_holders(session, agreement, role))
        wanted = chosen.get(role)
        user = next((u for u in eligible if u.id == wanted), None)
        if user is None and wanted is None and len(eligible) == 1:
            user = eligible[0]
        places.append(Place(position, role, LABELS[role], eligible, user, _stand_ins(session, agreement, role)))
    return places


def _holders(session: Session, agreement: Agreement, role: SignerRole) -> list[User]:
    query = (
        sa.select(User)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == _ROLE_BEHIND[role], RoleGrant.state == GrantState.ACTIVE, User.active.is_(True))
        .order_by(User.name, User.id)
    )
    if role is SignerRole.PARTNER_SIGNER:
        query = query.where(RoleGrant.organization_id == agreement.organization_id)
    if role is SignerRole.DISTRICT_SIGNATORY:
        # Nobody signs for the district towards an organization in which they have declared an interest.
        declared = sa.select(Conflict.user_id).where(
            Conflict.organization_id == agreement.organization_id, Conflict.state == ConflictState.DECLARED
        )
        query = query.where(User.id.not_in(declared))
    if role is SignerRole.SCHOOL_LEADER:
        query = query.where(RoleGrant.school_id == agreement.school_id)
    return list(session.scalars(query))


def _stand_ins(session: Session, agreement: Agreement, role: SignerRole) -> tuple[User, ...]:
    """Who may sign for a leader of the school today, where the district lets leaders leave signing to somebody."""
    if role is not SignerRole.SCHOOL_LEADER or not settings.delegates_sign(session):
        return ()
    return tuple(delegations.signing_for_leaders(session, agreement.school_id, clock.today()))


def draft_content(session: Session, agreement: Agreement) -> dict[str, Any]:
    """The content as it would be frozen now; days that are not chosen yet are empty."""
    places = signers_of(session, agreement)
    return _content(session, agreement, agreement.current_number + 1, places, settings.district_name(session))


def content_of(session: Session, agreement: Agreement, number: int, places: list[Place]) -> dict[str, Any]:
    """The frozen content: plain JSON with cents and ISO dates, complete enough to be read without this system."""
    if agreement.starts_on is None or agreement.ends_on is None:
        raise ValueError("an agreement is frozen with its dates")
    return _content(session, agreement, number, places, settings.district_name(session))


def _content(session: Session, agreement: Agreement, number: int, places: list[Place], district: str) -> dict[str, Any]:
    draft, kind = agreement.draft, type_of(session, agreement)
    school, organization = agreement.school, agreement.organization
    words = template(agreement.template_version)
    names = {role.key: role.name for role in words.roles}
    sources = {source.key: source.name for source in words.money_sources}
    payments = draft.get("payments", []) if agreement.amount_cents else []
    bases = {basis.key: basis.name for basis in words.data_bases}
    return {
        "schema": SCHEMA,
        "reference": agreement.reference,
        "version": number,
        "kind": {"key": kind.key, "name": kind.name},
        "title": f"Scope of service: {agreement.partnership.program.name} at {school.name}",
        "school": {"dese_id": school.dese_id, "name": school.name, "address": school.address},
        "organization": {
            "reference": organization.reference,
            "legal_name": organization.legal_name,
            "address": organization.address,
        },
        "district": {"name": district},
        "program": {"name": agreement.partnership.program.name},
        "school_year": agreement.school_year,
        "fiscal_year": agreement.fiscal_year,
        "starts_on": agreement.starts_on.isoformat() if agreement.starts_on else "",
        "ends_on": agreement.ends_on.isoformat() if agreement.ends_on else "",
        "renewal": {"notice_days": kind.notice_days if draft.get("renews") and kind.renews_by_itself else 0},
        **{key: draft.get(key, "") for key in TEXTS},
        "sites": draft.get("sites", []),
        "place": "; ".join(site["name"] for site in draft.get("sites", [])) or draft.get("place", ""),
        "sessions": draft.get("sessions", []),
        "schedule": joined([session_words(row) for row in draft.get("sessions", [])], draft.get("schedule", "")),
        "students_planned": int(draft.get("students_planned") or 0),
        "contacts": draft.get("contacts", []),
        "goals": draft.get("goals", []),
        "data_basis": bases.get(draft.get("data_basis", ""), ""),
        "money": {
            "amount_cents": agreement.amount_cents,
            "source": agreement.funding_source,
            "source_label": sources.get(agreement.funding_source, agreement.funding_source),
            "payments": payments,
            "payment_schedule": joined([payment_words(row) for row in payments], draft.get("payment_schedule", "")),
        },
        "reporting_dates": draft.get("reporting_dates", []),
        "clauses": clauses_of(agreement, kind),
        "confirmed_by": [CONFIRMING[role] for role in kind.confirms],
        "signers": [
            {
                "order": place.position,
                "role": place.role.value,
                "role_label": names[place.role.value],
                "name": place.user.name if place.user else "",
                "title": place.user.title if place.user else "",
                "organization": side_of(agreement, place.role, district),
                "email": place.user.email if place.user else "",
            }
            for place in places
        ],
        "made_up": organization.made_up,
    }


def joined(rows: list[str], more: str) -> str:
    """Rows in words and what was written besides, each on a line of its own."""
    return "\n".join([*rows, *([more] if more else [])])


def session_words(row: Mapping[str, Any]) -> str:
    """``Monday and Wednesday, 3:00 p.m. to 5:00 p.m.`` for one row of the times of service."""
    names = {word.key: word.name for word in word_lists()["days"].items}
    days = [names.get(day, day) for day in row["days"]]
    listed = " and ".join([", ".join(days[:-1]), days[-1]] if len(days) > 1 else days)
    return f"{listed}, {clock_words(row['starts'])} to {clock_words(row['ends'])}"


def clock_words(text: str) -> str:
    """``15:00`` as ``3:00 p.m.``"""
    hour, minute = (int(part) for part in text.split(":"))
    return f"{(hour + 11) % 12 + 1}:{minute:02d} {'a.m.' if hour < 12 else 'p.m.'}"


def payment_words(row: Mapping[str, Any]) -> str:
    """``March 31, 2027: $2,500 for all sessions`` for one payment. Documents are in English."""
    return f"{spelled(row['due_on'])}: {dollars(row['amount_cents'], short=True)} for {row['what']}"


def spelled(text: str) -> str:
    """``2027-03-31`` as ``March 31, 2027``; nothing for a day that is not chosen yet."""
    if not text:
        return ""
    day = date.fromisoformat(text)
    return f"{day:%B} {day.day}, {day.year}"


def clauses_of(agreement: Agreement, kind: AgreementType) -> list[dict[str, str]]:
    """The clauses of the template that stand in this kind, its own ones, and what the sides agreed to say instead."""
    words = template(agreement.template_version)
    changed = agreement.draft.get("clauses", {}) if agreement.terms is AgreementTerms.NEGOTIATED else {}
    kept = [clause for clause in words.clauses if clause.key not in kind.leave_out]
    return [
        {"key": clause.key, "heading": clause.heading, "text": changed.get(clause.key, clause.text)}
        for clause in (*kept, *kind.clauses)
    ]


def side_of(agreement: Agreement, role: SignerRole, district: str) -> str:
    """The organization that a signer in this role speaks for, by its name."""
    if role is SignerRole.PARTNER_SIGNER:
        return agreement.organization.legal_name
    return agreement.school.name if role is SignerRole.SCHOOL_LEADER else district


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content's canonical form; what every signature names."""
    return digest(CONTENT_DOMAIN, content)


def words_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of what people read in a content: the same for a draft and for the version that is frozen from it."""
    return digest(WORDS_DOMAIN, {key: value for key, value in content.items() if key != "version"})


def terms_hash(content: Mapping[str, Any], template: str) -> str:
    """SHA-256 of a content without the parts that vary: equal for texts that say the same to other people elsewhere.

    ``template`` names the template's version. Who signs varies, in which order and for which side does not.
    """
    kept = {key: value for key, value in content.items() if key not in VARIES}
    kept["money"] = {key: value for key, value in content["money"].items() if key not in MONEY_VARIES}
    kept["signers"] = [{"order": one["order"], "role": one["role"]} for one in content["signers"]]
    return digest(TERMS_DOMAIN, {"template": template, "terms": kept})
