"""What steps between organizations and their people change: owners, fiscal sponsors, look-alikes, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vetting.models import (
    DuplicatePair,
    EmailChange,
    GrantState,
    OwnershipOffer,
    Role,
    RoleGrant,
    Sponsorship,
    SponsorshipState,
)
from vetting.workflows.commands import AgreeToAddress, MergeOrganizations
from vetting.workflows.definition import Context
from vetting.workflows.effects import merging


def ask_to_answer(offer: OwnershipOffer, context: Context) -> Mapping[str, Any]:
    """The history keeps until when that person may answer."""
    return {"answer_by": offer.answer_by.isoformat()}


def settle_now(offer: OwnershipOffer, context: Context) -> None:
    offer.settled_at = context.now


def _roles_there(context: Context, user_id: int, organization_id: int) -> dict[Role, RoleGrant]:
    held = context.session.scalars(
        sa.select(RoleGrant).where(
            RoleGrant.user_id == user_id,
            RoleGrant.organization_id == organization_id,
            RoleGrant.state == GrantState.ACTIVE,
        )
    )
    return {grant.role: grant for grant in held}


def _give(context: Context, user_id: int, role: Role, organization_id: int, by: int | None) -> None:
    if role not in _roles_there(context, user_id, organization_id):
        grant = RoleGrant(user_id=user_id, role=role, organization_id=organization_id, granted_by_id=by)
        context.then("role_grant", grant, "grant")


def hand_over_ownership(offer: OwnershipOffer, context: Context) -> Mapping[str, Any]:
    """The new owner first, so that the organization is never without one; the former owner stays as an editor."""
    offer.settled_at = context.now
    _give(context, offer.to_user_id, Role.ORG_OWNER, offer.organization_id, offer.from_user_id)
    _give(context, offer.from_user_id, Role.ORG_EDITOR, offer.organization_id, offer.from_user_id)
    former = _roles_there(context, offer.from_user_id, offer.organization_id)[Role.ORG_OWNER]
    context.then("role_grant", former, "end")
    return {"from": offer.from_user_id, "to": offer.to_user_id}


def sponsor_named(sponsorship: Sponsorship, context: Context) -> Mapping[str, Any]:
    """The name stands in the office's file; the public reads it once the sponsor confirms."""
    sponsorship.organization.fiscal_sponsor_name = sponsorship.sponsor_name
    return {"registered": sponsorship.sponsor_id is not None}


def sponsor_confirmed(sponsorship: Sponsorship, context: Context) -> None:
    sponsorship.settled_at = context.now
    sponsorship.organization.fiscal_sponsor_id = sponsorship.sponsor_id
    if sponsorship.sponsor is not None:
        sponsorship.organization.fiscal_sponsor_name = sponsorship.sponsor.legal_name


def sponsor_gone(sponsorship: Sponsorship, context: Context) -> None:
    sponsorship.settled_at = context.now
    sponsorship.organization.fiscal_sponsor_id = None
    sponsorship.organization.fiscal_sponsor_name = ""


LIVE_SPONSORSHIPS = (SponsorshipState.NAMED, SponsorshipState.ASKED, SponsorshipState.CONFIRMED)


def pair_settled(pair: DuplicatePair, context: Context) -> None:
    pair.settled_because = context.reason
    pair.settled_by_id = context.actor.user_id
    pair.settled_at = context.now


def pair_reopened(pair: DuplicatePair, context: Context) -> None:
    pair.settled_because = ""
    pair.settled_by_id = None
    pair.settled_at = None


def merge_pair(pair: DuplicatePair, context: Context) -> Mapping[str, Any]:
    """One record stays; everything of the other goes there, and the other is kept as an empty one that points to it."""
    command: MergeOrganizations = context.data
    pair_settled(pair, context)
    stays, goes = merging.sides(pair, command.stays_id)
    moved = merging.merge(stays, goes, pair, context)
    return {"stays": stays.id, "goes": goes.id, "moved": moved}


def address_agreed(change: EmailChange, context: Context) -> Mapping[str, Any]:
    """Which of the two addresses agreed, and when."""
    command: AgreeToAddress = context.data
    if command.new:
        change.new_agreed_at = change.new_agreed_at or context.now
    else:
        change.old_agreed_at = change.old_agreed_at or context.now
    return {"address": "new" if command.new else "present"}


def address_changed(change: EmailChange, context: Context) -> None:
    change.user.email = change.new_email
