"""Who says yes before an agreement is sent, and what they said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from vetting.models import Agreement, AgreementState, Approval, ApprovalState, HistoryEntry, Partnership, Role
from vetting.policy import Actor
from vetting.queries import procurement
from vetting.queries.agreement_types import type_of

CONFIRMS = "confirms"
"""Why a person is asked who confirms an agreement and does not sign it."""


@dataclass(frozen=True)
class Wanted:
    """A yes that is needed, and why: the key of a buying rule, or ``CONFIRMS``."""

    role: Role
    because: str


def wanted(session: Session, agreement: Agreement, day: date) -> list[Wanted]:
    """Every yes that the agreement needs on a local day, in order: first who confirms, then by the partner's total."""
    found = [Wanted(Role(key), CONFIRMS) for key in type_of(session, agreement).confirms]
    if agreement.amount_cents > 0:
        band = procurement.standing(session, agreement, day).band
        found += [Wanted(Role(key), band.rule.value) for key in band.approvals]
    return found


def all_of(session: Session, agreement: Agreement) -> list[Approval]:
    """Every yes that was ever asked for, in the order it was asked."""
    return list(
        session.scalars(
            sa.select(Approval)
            .where(Approval.agreement_id == agreement.id)
            .options(joinedload(Approval.decided_by))
            .order_by(Approval.id)
        )
    )


def standing_ones(session: Session, agreement: Agreement) -> list[Approval]:
    """What is asked for now or was given, in order."""
    kept = {ApprovalState.WAITING, ApprovalState.APPROVED}
    return sorted((one for one in all_of(session, agreement) if one.state in kept), key=lambda one: one.position)


def missing(session: Session, agreement: Agreement, day: date, words: str) -> list[Wanted]:
    """What is still to be said yes to, for exactly these words (their hash)."""
    given = {
        (one.role, one.because)
        for one in standing_ones(session, agreement)
        if one.state is ApprovalState.APPROVED and one.content_sha256 == words
    }
    return [one for one in wanted(session, agreement, day) if (one.role, one.because) not in given]


def to_ask_for(session: Session, agreement: Agreement, day: date, words: str) -> bool:
    """Whether a yes to exactly these words (their hash) is needed and nobody was asked for it yet."""
    asked = any(
        one.state is ApprovalState.WAITING and one.content_sha256 == words for one in standing_ones(session, agreement)
    )
    return not asked and bool(missing(session, agreement, day, words))


def writers(session: Session, agreement_id: int) -> frozenset[int]:
    """Everybody who wrote on the draft; none of them says yes to it."""
    rows = session.scalars(
        sa.select(HistoryEntry.actor_id).where(
            HistoryEntry.subject_type == "agreement",
            HistoryEntry.subject_id == agreement_id,
            HistoryEntry.step.in_(["draft", "save"]),
            HistoryEntry.actor_id.is_not(None),
        )
    )
    return frozenset(row for row in rows if row is not None)


def waiting_for(session: Session, actor: Actor, roles: Collection[Role]) -> list[Approval]:
    """Agreements that wait for a yes of this person now, those that were asked for first on top."""
    earlier = aliased(Approval)
    before = sa.exists().where(
        earlier.agreement_id == Approval.agreement_id,
        earlier.state == ApprovalState.WAITING,
        earlier.position < Approval.position,
    )
    query = (
        sa.select(Approval)
        .join(Agreement, Agreement.id == Approval.agreement_id)
        .where(
            Approval.state == ApprovalState.WAITING,
            Approval.role.in_(list(roles)),
            Agreement.state == AgreementState.IN_REVIEW,
            Agreement.organization_id.not_in(sorted(actor.conflicts)),
            ~before,
        )
        .options(
            joinedload(Approval.agreement).options(
                joinedload(Agreement.school),
                joinedload(Agreement.organization),
                joinedload(Agreement.partnership).joinedload(Partnership.program),
            )
        )
        .order_by(Approval.id)
        .limit(100)
    )
    return list(session.scalars(query))


def waiting_since(session: Session, found: Collection[Approval]) -> dict[int, datetime]:
    """Since when each yes can be said, by its id: when it was asked for, or when the last one before it was given."""
    earlier = aliased(Approval)
    given = (
        sa.select(Approval.id, sa.func.max(earlier.decided_at))
        .join(earlier, earlier.agreement_id == Approval.agreement_id)
        .where(
            Approval.id.in_([one.id for one in found]),
            earlier.state == ApprovalState.APPROVED,
            earlier.content_sha256 == Approval.content_sha256,
            earlier.position < Approval.position,
        )
        .group_by(Approval.id)
    )
    since = {one.id: one.created_at for one in found}
    for number, moment in session.execute(given):
        since[number] = max(since[number], moment or since[number])
    return since
