"""Agreements signed on paper: what is being compared, what counts, and what waits for the office."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from vetting.models import (
    Agreement,
    DocumentVersion,
    PaperRecord,
    PaperSignature,
    PaperState,
    Partnership,
    Signer,
    SignerState,
)
from vetting.policy import Actor

OPEN = (PaperState.RECORDED, PaperState.COMPARED)
SHOWN = 50
SCAN_KIND = "scope_of_service_agreement"
"""The kind of document that a scan of a signed agreement is kept as."""


def _whole() -> tuple[ORMOption, ...]:
    agreement = joinedload(PaperRecord.agreement)
    return (
        agreement.joinedload(Agreement.school),
        agreement.joinedload(Agreement.organization),
        agreement.joinedload(Agreement.partnership).joinedload(Partnership.program),
        joinedload(PaperRecord.document_version).joinedload(DocumentVersion.document),
        selectinload(PaperRecord.signatures),
        joinedload(PaperRecord.recorded_by),
        joinedload(PaperRecord.compared_by),
        joinedload(PaperRecord.confirmed_by),
    )


def by_reference(session: Session, reference: str) -> PaperRecord | None:
    """One record by its public reference."""
    return session.scalars(sa.select(PaperRecord).where(PaperRecord.reference == reference).options(*_whole())).first()


def of_agreement(session: Session, agreement_id: int) -> list[PaperRecord]:
    """Everything recorded about paper for an agreement, newest first."""
    query = sa.select(PaperRecord).where(PaperRecord.agreement_id == agreement_id).options(*_whole())
    return list(session.scalars(query.order_by(PaperRecord.id.desc())))


def open_record(session: Session, agreement_id: int) -> PaperRecord | None:
    """The scan of an agreement that is being compared now."""
    query = sa.select(PaperRecord).where(PaperRecord.agreement_id == agreement_id, PaperRecord.state.in_(OPEN))
    return session.scalars(query).first()


def confirmed(session: Session, agreement_id: int) -> list[PaperRecord]:
    """The papers whose signatures count, in the order they were confirmed."""
    query = (
        sa.select(PaperRecord)
        .where(PaperRecord.agreement_id == agreement_id, PaperRecord.state == PaperState.CONFIRMED)
        .options(*_whole())
        .order_by(PaperRecord.id)
    )
    return list(session.scalars(query))


def of_version(session: Session, agreement: Agreement) -> list[PaperRecord]:
    """The papers that count for the newest version of an agreement; none where it was signed electronically."""
    if not agreement.on_paper or not agreement.versions:
        return []
    version = agreement.versions[-1]
    places = {signer.id for signer in version.signers}
    return [
        record
        for record in confirmed(session, agreement.id)
        if any(mark.signer_id is None or mark.signer_id in places for mark in record.signatures)
    ]


@dataclass(frozen=True)
class Piles:
    """Records by what they wait for."""

    to_compare: tuple[PaperRecord, ...]
    to_confirm: tuple[PaperRecord, ...]
    done: tuple[PaperRecord, ...]


def piles(session: Session, actor: Actor) -> Piles:
    """What the office has to do about paper, oldest first, and what was done last, newest first.

    Agreements with an organization that the reader has an interest in are left out.
    """
    closed_to = sorted({*actor.conflicts, *actor.organizations})
    seen = Agreement.organization_id.not_in(closed_to)
    query = sa.select(PaperRecord).join(Agreement, Agreement.id == PaperRecord.agreement_id).where(seen)
    waiting = list(
        session.scalars(query.where(PaperRecord.state.in_(OPEN)).options(*_whole()).order_by(PaperRecord.id))
    )
    done = session.scalars(
        query.where(PaperRecord.state.not_in(OPEN)).options(*_whole()).order_by(PaperRecord.id.desc()).limit(SHOWN)
    )
    return Piles(
        tuple(record for record in waiting if record.state is PaperState.RECORDED),
        tuple(record for record in waiting if record.state is PaperState.COMPARED),
        tuple(done),
    )


def mark_of(session: Session, signer: Signer) -> PaperSignature | None:
    """What was read on the paper of a place that was signed on paper; None for any other place."""
    if signer.state is not SignerState.SIGNED or signer.signature is not None:
        return None
    query = (
        sa.select(PaperSignature)
        .join(PaperRecord, PaperRecord.id == PaperSignature.paper_record_id)
        .where(PaperSignature.signer_id == signer.id, PaperRecord.state == PaperState.CONFIRMED)
    )
    return session.scalars(query).first()
