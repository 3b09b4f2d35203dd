"""Questions about handing over, fiscal sponsors, look-alikes and new addresses."""

from __future__ import annotations

import sqlalchemy as sa

from vetting.models import (
    DuplicatePair,
    EmailChange,
    GrantState,
    OfferState,
    Organization,
    OwnershipOffer,
    PartnerState,
    Role,
    RoleGrant,
    Sponsorship,
    SponsorshipState,
    User,
)
from vetting.text import N_, Message, say
from vetting.workflows.commands import MergeOrganizations
from vetting.workflows.definition import Context
from vetting.workflows.effects import merging


def _holds(context: Context, user_id: int, organization_id: int, *roles: Role) -> bool:
    query = (
        sa.select(RoleGrant.id)
        .join(RoleGrant.user)
        .where(
            RoleGrant.user_id == user_id,
            RoleGrant.organization_id == organization_id,
            RoleGrant.state == GrantState.ACTIVE,
            User.active.is_(True),
        )
        .limit(1)
    )
    if roles:
        query = query.where(RoleGrant.role.in_(roles))
    return context.session.scalar(query) is not None


def offered_to_one_of_its_people(offer: OwnershipOffer, context: Context) -> Message | None:
    """Only to somebody who has a role there already, and never to oneself."""
    if offer.to_user_id == offer.from_user_id:
        return say(N_("You own this organization already. Choose somebody else."))
    if not _holds(context, offer.to_user_id, offer.organization_id):
        return say(N_("Invite this person first. Only people of the organization can take it over."))
    if _holds(context, offer.to_user_id, offer.organization_id, Role.ORG_OWNER):
        return say(N_("This person is an owner already. You can give up your own role under Your account."))
    return None


def nothing_is_offered_yet(offer: OwnershipOffer, context: Context) -> Message | None:
    with context.session.no_autoflush:
        waiting = context.session.scalar(
            sa.select(OwnershipOffer.id).where(
                OwnershipOffer.organization_id == offer.organization_id, OwnershipOffer.state == OfferState.OFFERED
            )
        )
    return say(N_("Somebody was asked already. Take that back first.")) if waiting is not None else None


def offer_still_stands(offer: OwnershipOffer, context: Context) -> Message | None:
    if offer.answer_by < context.today:
        return say(N_("The time to answer is over. Ask an owner to offer it again."))
    return None


def time_to_answer_is_over(offer: OwnershipOffer, context: Context) -> Message | None:
    return say(N_("There is still time to answer.")) if offer.answer_by >= context.today else None


def offerer_is_still_owner(offer: OwnershipOffer, context: Context) -> Message | None:
    if not _holds(context, offer.from_user_id, offer.organization_id, Role.ORG_OWNER):
        return say(N_("The person who offered this is no longer an owner. Ask an owner to offer it again."))
    return None


LIVE = (SponsorshipState.NAMED, SponsorshipState.ASKED, SponsorshipState.CONFIRMED)


def no_sponsor_yet(sponsorship: Sponsorship, context: Context) -> Message | None:
    with context.session.no_autoflush:
        there = context.session.scalar(
            sa.select(Sponsorship.id).where(
                Sponsorship.organization_id == sponsorship.organization.id, Sponsorship.state.in_(LIVE)
            )
        )
    return say(N_("There is a fiscal sponsor already. End that first.")) if there is not None else None


def sponsor_is_another(sponsorship: Sponsorship, context: Context) -> Message | None:
    """Not oneself, not somebody gone, and not two who stand in for each other."""
    sponsor = sponsorship.sponsor
    if sponsor is None or sponsor.state in {PartnerState.MERGED, PartnerState.EXITED}:
        return say(N_("This sponsor is not with us any more."))
    if sponsor.id == sponsorship.organization.id:
        return say(N_("An organization cannot be its own fiscal sponsor."))
    if sponsor.fiscal_sponsor_id is not None:
        return say(N_("This organization has a fiscal sponsor itself, so it cannot be one."))
    return None


def two_that_are_there(pair: DuplicatePair, context: Context) -> Message | None:
    first = context.session.get(Organization, pair.first_id)
    second = context.session.get(Organization, pair.second_id)
    if first is None or second is None or PartnerState.MERGED in {first.state, second.state}:
        return say(N_("One of the two was merged already."))
    return None


def merge_is_possible(pair: DuplicatePair, context: Context) -> Message | None:
    """Whether everything of one can go to the other, and what to do first where it cannot."""
    if not isinstance(context.data, MergeOrganizations):
        return None
    stays, goes = merging.sides(pair, context.data.stays_id)
    obstacles = merging.obstacles(context.session, stays, goes)
    return obstacles[0] if obstacles else None


def change_is_fresh(change: EmailChange, context: Context) -> Message | None:
    if change.expires_at <= context.now:
        return say(N_("This link is too old. Ask for the change again under Your account."))
    return None


def both_agreed(change: EmailChange, context: Context) -> Message | None:
    if change.old_agreed_at is None or change.new_agreed_at is None:
        return say(N_("Both addresses have to agree first."))
    return None


def address_is_free(change: EmailChange, context: Context) -> Message | None:
    """Said only to somebody who reads mail at both addresses, so that nobody learns who has an account."""
    if change.new_agreed_at is None and change.old_agreed_at is None:
        return None
    taken = context.session.scalar(sa.select(User.id).where(User.email == change.new_email, User.id != change.user_id))
    if taken is not None:
        return say(N_("The new address belongs to another account. Write to us and we sort it out together."))
    return None
