"""What waits for the district's signature: its outline, its pages, holds, and lists of identical terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.models import (
    Agreement,
    AgreementVersion,
    Consent,
    Organization,
    Partnership,
    Program,
    School,
    Signer,
    SignerRole,
    SignerState,
    SigningBatch,
    SigningBatchState,
    SigningHold,
    SigningHoldState,
    SigningItem,
    SigningItemState,
    TextOpened,
)
from vetting.policy import Actor
from vetting.queries.agreements import OUT

MOST_LISTED = 2000
"""So many lines of the outline are looked at; nobody has more waiting at once."""
PAGE_SIZE = 50


@dataclass(frozen=True)
class Line:
    """One agreement that waits, with what lists are filtered and grouped by. ``cents`` is its price."""

    signer_id: int
    reference: str
    since: datetime
    kind: str
    school_key: str
    school: str
    partner_key: str
    partner: str
    cents: int
    terms: str
    held: bool


def _waiting(actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Signer.user_id == actor.user_id,
        Signer.role == SignerRole.DISTRICT_SIGNATORY,
        Signer.state == SignerState.INVITED,
        Agreement.state.in_(OUT),
        Agreement.current_number == AgreementVersion.number,
        Agreement.organization_id.not_in(sorted(actor.conflicts)),
    )


def _held() -> sa.ColumnElement[bool]:
    return (
        sa.select(SigningHold.id)
        .where(SigningHold.signer_id == Signer.id, SigningHold.state == SigningHoldState.HELD)
        .exists()
    )


def _from(query: sa.Select[int]) -> sa.Select[int]:
    return (
        query.select_from(Signer)
        .join(AgreementVersion, AgreementVersion.id == Signer.agreement_version_id)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
    )


def outline(session: Session, actor: Actor) -> list[Line]:
    """Everything that waits for this person as the district's signatory, the oldest first; held ones included."""
    since = sa.func.coalesce(Signer.invited_at, AgreementVersion.frozen_at, type_=Signer.invited_at.type)
    query = (
        sa.select(
            Signer.id,
            Agreement.reference,
            since,
            Agreement.type_key,
            School.dese_id,
            School.name,
            Organization.reference,
            Organization.legal_name,
            Agreement.amount_cents,
            AgreementVersion.terms_sha256,
            _held(),
        )
        .select_from(Signer)
        .join(AgreementVersion, AgreementVersion.id == Signer.agreement_version_id)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .join(School, School.id == Agreement.school_id)
        .join(Organization, Organization.id == Agreement.organization_id)
        .where(*_waiting(actor))
        .order_by(since, Signer.id)
        .limit(MOST_LISTED)
    )
    return [Line(*row) for row in session.execute(query)]


def count(session: Session, actor: Actor) -> int:
    """How many wait and are not held; for the navigation."""
    return session.scalar(_from(sa.select(sa.func.count(Signer.id))).where(*_waiting(actor), ~_held())) or 0


def groups(lines: Sequence[Line]) -> Mapping[str, int]:
    """How many of these lines share their terms, for terms that more than one has."""
    counted = Counter(line.terms for line in lines if line.terms and not line.held)
    return {terms: many for terms, many in counted.items() if many > 1}


def _whole() -> Any:
    version = joinedload(Signer.agreement_version)
    return version.joinedload(AgreementVersion.agreement).options(
        joinedload(Agreement.school),
        joinedload(Agreement.organization),
        joinedload(Agreement.template_version),
        joinedload(Agreement.partnership).joinedload(Partnership.program).joinedload(Program.organization),
    )


def _to_read() -> tuple[Any, ...]:
    """What a page needs besides when texts are read and signed on it."""
    version = joinedload(Signer.agreement_version)
    return (
        _whole(),
        version.selectinload(AgreementVersion.signers),
        version.joinedload(AgreementVersion.unsigned_copy),
        selectinload(Signer.consents).joinedload(Consent.withdrawal),
        selectinload(Signer.delegations),
    )


def places(session: Session, ids: Collection[int]) -> list[Signer]:
    """These places with everything a list shows of their agreements, in the order of ``ids``."""
    query = (
        sa.select(Signer)
        .where(Signer.id.in_(ids))
        .options(_whole(), joinedload(Signer.agreement_version).selectinload(AgreementVersion.signers))
    )
    found = {signer.id: signer for signer in session.scalars(query)}
    return [found[number] for number in ids if number in found]


def waiting_place(session: Session, actor: Actor, reference: str) -> Signer | None:
    """The person's own place in the agreement, while it waits for them as the district's signatory."""
    query = _from(sa.select(Signer.id)).where(Agreement.reference == reference, *_waiting(actor))
    number = session.scalars(query).first()
    return places(session, [number])[0] if number is not None else None


def holds(session: Session, signer_ids: Collection[int]) -> Mapping[int, SigningHold]:
    """The holds that are on these places now, by place."""
    query = sa.select(SigningHold).where(
        SigningHold.signer_id.in_(signer_ids), SigningHold.state == SigningHoldState.HELD
    )
    return {hold.signer_id: hold for hold in session.scalars(query)}


def hold_on(session: Session, agreement: Agreement) -> SigningHold | None:
    """The hold on the newest version of an agreement that is out for signature."""
    if agreement.state not in OUT or not agreement.versions:
        return None
    return next(iter(holds(session, [signer.id for signer in agreement.versions[-1].signers]).values()), None)


def past_holds(session: Session, signer_id: int) -> Sequence[SigningHold]:
    """Everything that was ever put on hold at this place, the newest first."""
    return session.scalars(
        sa.select(SigningHold).where(SigningHold.signer_id == signer_id).order_by(SigningHold.id.desc()).limit(50)
    ).all()


def to_wake(today: date) -> sa.Select[int]:
    """Holds whose day has come, and those on places at which nothing waits any more."""
    return (
        sa.select(SigningHold.id)
        .join(Signer, Signer.id == SigningHold.signer_id)
        .where(
            SigningHold.state == SigningHoldState.HELD,
            sa.or_(SigningHold.wakes_on <= today, Signer.state != SignerState.INVITED),
        )
    )


def batch(session: Session, reference: str) -> SigningBatch | None:
    """The list that the address names, with its items and everything they show."""
    item = selectinload(SigningBatch.items).joinedload(SigningItem.signer)
    query = sa.select(SigningBatch).where(SigningBatch.reference == reference).options(item.options(*_to_read()))
    return session.scalars(query).first()


def shown_items(found: SigningBatch, actor: Actor) -> list[SigningItem]:
    """The items of a list but for those of an organization in which the reader has declared an interest since."""
    return [item for item in found.items if item.organization_id not in actor.conflicts]


def unfinished(session: Session, actor: Actor) -> Sequence[SigningBatch]:
    """Lists of this person that are not signed yet, or being signed, the newest first."""
    query = (
        sa.select(SigningBatch)
        .where(
            SigningBatch.user_id == actor.user_id,
            SigningBatch.state.in_([SigningBatchState.DRAWN_UP, SigningBatchState.RUNNING]),
        )
        .options(selectinload(SigningBatch.items))
        .order_by(SigningBatch.id.desc())
        .limit(10)
    )
    return session.scalars(query).all()


def opened(session: Session, signer_ids: Collection[int]) -> set[int]:
    """Which of these places have had their exact text opened by the signer."""
    return set(session.scalars(sa.select(TextOpened.signer_id).where(TextOpened.signer_id.in_(signer_ids))))


def item_counts(items: Sequence[SigningItem]) -> Mapping[SigningItemState, int]:
    """How many of these items are in each state."""
    counted = Counter(item.state for item in items)
    return {state: counted[state] for state in SigningItemState}
