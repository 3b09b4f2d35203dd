"""Whose word stands behind an application: entered by the office and confirmed, or signed off by a senior person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import Application, Organization, PartnerState, Sponsorship, SponsorshipState
from vetting.queries import tasklist
from vetting.workflows.commands import AssistedEntry, ConfirmEntry, SignOff
from vetting.workflows.definition import Context


def entered(application: Application, context: Context) -> Mapping[str, Any]:
    """Who takes it down, for whom, and how they spoke."""
    command: AssistedEntry = context.data
    application.assisted_by_id = context.actor.user_id
    application.assisted_how = command.how
    application.assisted_facts = {
        "caller": command.caller,
        "language": command.language,
        "interpreter": command.interpreter,
    }
    return {"assisted": command.how, "interpreter": command.interpreter}


def changed(application: Application) -> Mapping[str, Any]:
    """Words given on an application hold for what it said then. What was given stays known, so that pages can say so."""
    ended: dict[str, Any] = {}
    if application.signed_off_at is not None:
        application.signed_off_at = None
        application.sign_off_asked_at = None
        ended["sign_off"] = "ended"
    if application.confirmed_at is not None:
        application.confirmed_at = None
        ended["confirmation"] = "ended"
    return ended


def sign_off_asked(application: Application, context: Context) -> None:
    application.sign_off_asked_at = context.now


def signed_off(application: Application, context: Context) -> Mapping[str, Any]:
    command: SignOff = context.data
    application.signed_off_at = context.now
    application.signed_off_by_id = context.actor.user_id
    application.signed_off_sha256 = command.sha256
    return {"sha256": command.sha256}


def confirmed(application: Application, context: Context) -> Mapping[str, Any]:
    """``confirmed_by`` is who confirmed in the account, or who of the office wrote down whose word it was."""
    command: ConfirmEntry = context.data
    application.confirmed_at = context.now
    application.confirmed_by_id = context.actor.user_id
    application.confirmed_how = command.how
    application.assisted_facts = {**application.assisted_facts, "confirmed_name": command.name}
    return {"how": command.how, "sha256": command.sha256}


LIVE = (SponsorshipState.NAMED, SponsorshipState.ASKED, SponsorshipState.CONFIRMED)


def sponsor_from_answers(application: Application, context: Context) -> Mapping[str, Any]:
    """Keep the fiscal sponsor that the answers name. One that is registered here is asked; the same is not asked twice."""
    answers = tasklist.answers_of(application)
    if "nonprofit_status" not in answers:
        return {}
    organization = application.organization
    named = str(answers.get("fiscal_sponsor_name") or "").strip()
    tax_id = answers.get("ein")
    wanted = named if answers["nonprofit_status"] == "fiscal_sponsor" else ""
    digest = tax_id["digest"] if isinstance(tax_id, Mapping) and wanted else None
    live = context.session.scalars(
        sa.select(Sponsorship).where(Sponsorship.organization_id == organization.id, Sponsorship.state.in_(LIVE))
    ).first()
    if live is not None and wanted and (live.ein_digest == digest or live.sponsor_name == wanted):
        return {}
    if live is not None:
        context.then("sponsorship", live, "end")
    if not wanted:
        return {"sponsor": "ended"} if live is not None else {}
    sponsor = registered_sponsor(context.session, organization, digest)
    sponsorship = Sponsorship(
        organization=organization,
        organization_id=organization.id,
        sponsor=sponsor,
        sponsor_id=sponsor.id if sponsor is not None else None,
        sponsor_name=wanted,
    )
    if isinstance(tax_id, Mapping):
        sponsorship.ein_digest, sponsorship.ein_last4 = tax_id["digest"], tax_id["last4"]
        sponsorship.ein_encrypted = tax_id["sealed"].encode("ascii")
    context.then("sponsorship", sponsorship, "ask" if sponsor is not None else "name")
    return {"sponsor": "asked" if sponsor is not None else "named"}


def registered_sponsor(session: Session, organization: Organization, digest: str | None) -> Organization | None:
    """The organization with this tax id, if it can stand in for another."""
    if digest is None:
        return None
    return session.scalars(
        sa.select(Organization)
        .where(
            Organization.ein_digest == digest,
            Organization.id != organization.id,
            Organization.state.not_in([PartnerState.MERGED, PartnerState.EXITED]),
            Organization.fiscal_sponsor_id.is_(None),
        )
        .order_by(Organization.id)
        .limit(1)
    ).first()
