"""The exact content of a scope-of-service agreement, and who signs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.canonical import digest
from vetting.models import Agreement, Conflict, ConflictState, GrantState, Role, RoleGrant, SignerRole, User
from vetting.queries import settings
from vetting.text import N_

SCHEMA = "scope-of-service/1"
CONTENT_DOMAIN = "content.v1"

REQUIRED: Mapping[str, str] = {
    "services": N_("Services"),
    "schedule": N_("Days and times"),
    "place": N_("Place"),
    "students_planned": N_("Students planned"),
    "grades": N_("Grades"),
    "roles_school": N_("What the school does"),
    "roles_partner": N_("What the partner does"),
    "communication_rhythm": N_("How you stay in touch"),
    "improvement_goal": N_("School improvement goal"),
    "goals": N_("Shared goals"),
    "data_terms": N_("Data terms"),
    "payment_schedule": N_("Payment schedule"),
}
"""Parts of the scope that must be written before anyone is asked to sign."""

SOURCES: Mapping[str, str] = {
    "partnership_fund": N_("Partnership Fund"),
    "school_budget": N_("School budget"),
    "other": N_("Other district money"),
    "none": N_("No cost to the district"),
}

LABELS: Mapping[SignerRole, str] = {
    SignerRole.PARTNER_SIGNER: N_("the partner's authorized signer"),
    SignerRole.SCHOOL_LEADER: N_("the school leader"),
    SignerRole.DISTRICT_SIGNATORY: N_("the district signatory"),
}

_ROLE_BEHIND = {
    SignerRole.PARTNER_SIGNER: Role.ORG_SIGNER,
    SignerRole.SCHOOL_LEADER: Role.SCHOOL_LEADER,
    SignerRole.DISTRICT_SIGNATORY: Role.DISTRICT_SIGNATORY,
}


@dataclass(frozen=True)
class Place:
    """A place in the signing order: who may take it, and who was chosen (the only one, where there is one)."""

    position: int
    role: SignerRole
    label: str
    eligible: tuple[User, ...]
    user: User | None


def signers_of(session: Session, agreement: Agreement) -> list[Place]:
    """The places of the configured signing order with the people who hold the roles now."""
    order = settings.process_settings(session).content["agreement"]["signing_order"]
    chosen = {SignerRole(key): value for key, value in agreement.draft.get("signer_ids", {}).items() if value}
    places = []
    for position, key in enumerate(order, start=1):
        role = SignerRole(key)
        eligible = tuple(_holders(session, agreement, role))
        wanted = chosen.get(role)
        user = next((u for u in eligible if u.id == wanted), None)
        if user is None and wanted is None and len(eligible) == 1:
            user = eligible[0]
        places.append(Place(position, role, LABELS[role], eligible, user))
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


def content_of(agreement: Agreement, number: int, places: list[Place], district: str) -> dict[str, Any]:
    """The frozen content: plain JSON with cents and ISO dates, complete enough to be read without this system."""
    draft = agreement.draft
    school, organization = agreement.school, agreement.organization
    if agreement.starts_on is None or agreement.ends_on is None:
        raise ValueError("an agreement is frozen with its dates")
    names = {role["key"]: role["name"] for role in agreement.template_version.content["roles"]}
    return {
        "schema": SCHEMA,
        "reference": agreement.reference,
        "version": number,
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
        "starts_on": agreement.starts_on.isoformat(),
        "ends_on": agreement.ends_on.isoformat(),
        **{key: draft.get(key, "") for key in TEXTS},
        "students_planned": int(draft.get("students_planned") or 0),
        "contacts": draft.get("contacts", []),
        "goals": draft.get("goals", []),
        "money": {
            "amount_cents": agreement.amount_cents,
            "source": agreement.funding_source,
            "source_label": SOURCES[agreement.funding_source],
            "payment_schedule": draft.get("payment_schedule", ""),
        },
        "reporting_dates": draft.get("reporting_dates", []),
        "clauses": [
            {"heading": clause["heading"], "text": clause["text"]}
            for clause in agreement.template_version.content["clauses"]
        ],
        "signers": [
            {
                "order": place.position,
                "role": place.role.value,
                "role_label": names[place.role.value],
                "name": place.user.name if place.user else "",
                "title": place.user.title if place.user else "",
                "organization": _side(agreement, place.role, district),
                "email": place.user.email if place.user else "",
            }
            for place in places
        ],
        "made_up": organization.made_up,
    }


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


def _side(agreement: Agreement, role: SignerRole, district: str) -> str:
    if role is SignerRole.PARTNER_SIGNER:
        return agreement.organization.legal_name
    return agreement.school.name if role is SignerRole.SCHOOL_LEADER else district


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content's canonical form; what every signature names."""
    return digest(CONTENT_DOMAIN, content)
