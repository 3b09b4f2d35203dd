"""Merging two records of one organization: everything of the one that goes is moved, row by row, to the one that stays.

Nothing is deleted and nothing that happened is rewritten: the history of the absorbed record stays under its own number,
and the record itself stays as an empty one that points to the survivor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import (
    Agreement,
    AgreementState,
    Application,
    ApplicationKind,
    ApplicationState,
    Base,
    BroughtAlong,
    Conflict,
    ConflictState,
    DuplicatePair,
    DuplicateState,
    GrantState,
    OfferState,
    Organization,
    OwnershipOffer,
    PartnerState,
    Program,
    ProgramSearch,
    RoleGrant,
    Sponsorship,
    SponsorshipState,
    SuspensionState,
)
from vetting.queries import lapses, search
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context
from vetting.workflows.effects import custody, designations
from vetting.workflows.effects.reviews import declare_interest

LIVE = frozenset(ApplicationState) - {
    ApplicationState.APPROVED,
    ApplicationState.NOT_SELECTED,
    ApplicationState.WITHDRAWN,
    ApplicationState.EXPIRED,
}
REGISTERS = (ApplicationKind.REGISTRATION, ApplicationKind.RENEWAL)
BEING_SIGNED = (AgreementState.OUT_FOR_SIGNATURE, AgreementState.PARTLY_SIGNED, AgreementState.EXECUTING)
SPONSORED = (SponsorshipState.NAMED, SponsorshipState.ASKED, SponsorshipState.CONFIRMED)
FACTS = ("doing_business_as", "mission", "website", "phone", "email", "address")
BECAUSE = N_("The two records are one organization.")


def sides(pair: DuplicatePair, stays_id: int) -> tuple[Organization, Organization]:
    """The record that stays and the one that goes. Raises ``ValueError`` for a record that is not of the pair."""
    if stays_id == pair.first_id:
        return pair.first, pair.second
    if stays_id == pair.second_id:
        return pair.second, pair.first
    raise ValueError("the record that stays must be one of the two")


def obstacles(session: Session, stays: Organization, goes: Organization) -> list[Message]:
    """What has to be settled before two records can be one, each with what to do first."""
    found: list[Message] = []
    if PartnerState.MERGED in {stays.state, goes.state}:
        found.append(say(N_("One of the two was merged already.")))
    if stays.state is PartnerState.EXITED:
        found.append(say(N_("“%(name)s” has left the partnership. Keep the other record."), name=stays.legal_name))
    found += [
        say(N_("“%(name)s” is suspended. Settle the suspension first."), name=side.legal_name)
        for side in (stays, goes)
        if any(s.state is not SuspensionState.LIFTED for s in side.suspensions)
    ]
    if goes.fiscal_sponsor_id == stays.id or stays.fiscal_sponsor_id == goes.id:
        found.append(say(N_("One is the fiscal sponsor of the other. They are two organizations.")))
    live = [side for side in (stays, goes) if _live_registrations(session, side.id)]
    if len(live) == 2:
        found.append(
            say(
                N_("Both have a registration on its way. Ask “%(name)s” to withdraw theirs, or decide it first."),
                name=goes.legal_name,
            )
        )
    signing = session.scalars(
        sa.select(Agreement.reference)
        .where(Agreement.organization_id == goes.id, Agreement.state.in_(BEING_SIGNED))
        .order_by(Agreement.id)
        .limit(1)
    ).first()
    if signing is not None:
        found.append(
            say(
                N_("The agreement %(reference)s is being signed. Wait until it is signed, or void it."),
                reference=signing,
            )
        )
    return found


def _live_registrations(session: Session, organization_id: int) -> bool:
    return (
        session.scalars(
            sa.select(Application.id)
            .where(
                Application.organization_id == organization_id,
                Application.kind.in_(REGISTERS),
                Application.state.in_(LIVE),
            )
            .limit(1)
        ).first()
        is not None
    )


STAYS_BEHIND = frozenset({"organization", "duplicate_pair"})
"""Tables whose rows say something about the record itself, so they do not move with what belongs to it."""


def places() -> list[tuple[type[Base], str]]:
    """Every column that names an organization something belongs to, read off the tables so that none is forgotten."""
    found = []
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__name__):
        table = mapper.local_table
        if not isinstance(table, sa.Table) or table.name in STAYS_BEHIND:
            continue
        found += [
            (mapper.class_, mapper.get_property_by_column(column).key)
            for column in table.columns
            if any(key.target_fullname == "organization.id" for key in column.foreign_keys)
        ]
    return found


def belongings(session: Session, organization_id: int) -> list[tuple[str, str, int]]:
    """How many rows of each table and column name this organization; what a merge would move."""
    counted = []
    for kind, attribute in places():
        column = getattr(kind, attribute)
        many = session.scalar(sa.select(sa.func.count()).select_from(kind).where(column == organization_id)) or 0
        counted.append((kind.__tablename__, attribute, many))
    return counted


def merge(stays: Organization, goes: Organization, pair: DuplicatePair, context: Context) -> dict[str, int]:
    """Move everything, settle where both stand, and close the record that goes. Returns rows moved, by table."""
    session = context.session
    _make_way(stays, goes, context)
    for program in session.scalars(sa.select(Program).where(Program.organization_id == goes.id)):
        program.came_from_id = program.came_from_id or goes.id
    moved: Counter[str] = Counter()
    for kind, attribute in places():
        column = getattr(kind, attribute)
        for row in session.scalars(sa.select(kind).where(column == goes.id).order_by(sa.inspect(kind).primary_key[0])):
            if not _stays_as_it_is(row, stays, session):
                setattr(row, attribute, stays.id)
                moved[kind.__tablename__] += 1
    for other in session.scalars(sa.select(Organization).where(Organization.fiscal_sponsor_id == goes.id)):
        other.fiscal_sponsor_id = stays.id
        other.fiscal_sponsor_name = stays.legal_name
    _complete(stays, goes)
    session.flush()
    if goes.import_key is not None and stays.import_key is None:
        # The office's list finds the survivor from now on. No two records may have the key at once.
        key, goes.import_key = goes.import_key, None
        session.flush()
        stays.import_key = key
    goes.merged_into_id = stays.id
    goes.listed = False
    session.flush()
    # What was read through the two records before is read anew.
    session.expire_all()
    context.then("partner", goes, "merge", reason=context.reason)
    designations.settle(stays, context)
    designations.follow(stays, context)
    _keep_the_wall(stays, context)
    _pass_on_pairs(stays, goes, pair, context)
    # What was never public is not to be found now.
    search.refresh(session, [p for p in stays.programs if session.get(ProgramSearch, p.id) is not None])
    search.refresh_cases_of(session, stays)
    return dict(sorted(moved.items()))


def _make_way(stays: Organization, goes: Organization, context: Context) -> None:
    """Where both records hold what an organization has only once, the one that goes gives its own up."""
    # The daily round sees what the survivor lacks anew, with the documents of both.
    for lapse in lapses.open_lapses(context.session, goes.id).values():
        context.then("lapse", lapse, "drop")
    session = context.session
    offers = sa.select(OwnershipOffer).where(
        OwnershipOffer.organization_id == goes.id, OwnershipOffer.state == OfferState.OFFERED
    )
    for offer in session.scalars(offers).all():
        context.then("ownership_offer", offer, "take_back")
    sponsored = sa.select(Sponsorship).where(Sponsorship.state.in_(SPONSORED))
    if session.scalars(sponsored.where(Sponsorship.organization_id == stays.id)).first() is not None:
        for sponsorship in session.scalars(sponsored.where(Sponsorship.organization_id == goes.id)).all():
            context.then("sponsorship", sponsorship, "end")
    elif goes.fiscal_sponsor_name and not stays.fiscal_sponsor_name:
        stays.fiscal_sponsor_id, stays.fiscal_sponsor_name = goes.fiscal_sponsor_id, goes.fiscal_sponsor_name
    held = {(grant.user_id, grant.role) for grant in _active(session, stays.id)}
    for grant in _active(session, goes.id):
        if (grant.user_id, grant.role) in held:
            context.then("role_grant", grant, "fall_away")
    session.flush()


def _active(session: Session, organization_id: int) -> Iterable[RoleGrant]:
    return session.scalars(
        sa.select(RoleGrant)
        .where(RoleGrant.organization_id == organization_id, RoleGrant.state == GrantState.ACTIVE)
        .order_by(RoleGrant.id)
    ).all()


def _stays_as_it_is(row: Any, stays: Organization, session: Session) -> bool:
    """What an organization has only once, and the survivor has already, stays on record where it was."""
    if isinstance(row, BroughtAlong):
        own = sa.select(BroughtAlong.id).where(
            BroughtAlong.organization_id == stays.id, BroughtAlong.program_id.is_(None)
        )
        return row.program_id is None and session.scalars(own).first() is not None
    if not isinstance(row, Conflict) or row.state is not ConflictState.DECLARED:
        return False
    there = sa.select(Conflict.id).where(
        Conflict.organization_id == stays.id,
        Conflict.user_id == row.user_id,
        Conflict.state == ConflictState.DECLARED,
    )
    return session.scalars(there).first() is not None


def _complete(stays: Organization, goes: Organization) -> None:
    """What the survivor never said is taken from the other; nothing it said is replaced."""
    for name in FACTS:
        if not getattr(stays, name):
            setattr(stays, name, getattr(goes, name))
    if stays.ein_digest is None and goes.ein_digest is not None:
        stays.ein_digest, stays.ein_last4, stays.ein_encrypted = goes.ein_digest, goes.ein_last4, goes.ein_encrypted


def _keep_the_wall(stays: Organization, context: Context) -> None:
    """Whoever has an interest in, or belongs to, one of the two keeps no case of what is now one."""
    session = context.session
    declared = sa.select(Conflict).where(Conflict.organization_id == stays.id, Conflict.state == ConflictState.DECLARED)
    for conflict in session.scalars(declared.order_by(Conflict.id)).all():
        declare_interest(conflict, context)
    for person in sorted({grant.user_id for grant in _active(session, stays.id)}):
        custody.give_up(context, person, stays.id)


def _pass_on_pairs(stays: Organization, goes: Organization, pair: DuplicatePair, context: Context) -> None:
    """Other records that looked like the one that went now look like the one that stays."""
    session = context.session
    others = session.scalars(
        sa.select(DuplicatePair).where(
            sa.or_(DuplicatePair.first_id == goes.id, DuplicatePair.second_id == goes.id),
            DuplicatePair.state == DuplicateState.SUSPECTED,
            DuplicatePair.id != pair.id,
        )
    ).all()
    for other in others:
        third = other.second_id if other.first_id == goes.id else other.first_id
        context.then("duplicate_pair", other, "set_aside", reason=BECAUSE)
        first, second = sorted((third, stays.id))
        known = sa.select(DuplicatePair.id).where(DuplicatePair.first_id == first, DuplicatePair.second_id == second)
        if session.scalars(known).first() is None:
            fresh = DuplicatePair(
                first=session.get_one(Organization, first),
                second=session.get_one(Organization, second),
                first_id=first,
                second_id=second,
                reasons=list(other.reasons),
            )
            context.then("duplicate_pair", fresh, "suspect")
