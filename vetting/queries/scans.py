"""Files by what the virus scanner said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.models import Document, DocumentVersion, EvidenceState, ScanResult
from vetting.policy import Actor

SHOWN = 50


def may_be_read(scan: ScanResult, *, scanner: bool) -> bool:
    """Whether a file with this result may be read: with a scanner only a clean one, without one what nobody checked."""
    return scan is ScanResult.CLEAN or (scan is ScanResult.UNSCANNED and not scanner)


@dataclass(frozen=True)
class Page:
    """Some versions, newest first, and what the next page begins after (0: there is none)."""

    rows: list[DocumentVersion]
    after: int


def _kept() -> sa.ColumnElement[bool]:
    """Versions whose file is still there."""
    return DocumentVersion.state != EvidenceState.DISPOSED


def _seen_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Versions of organizations that this person has no interest in."""
    closed_to = set(actor.conflicts) | set(actor.organizations)
    if not closed_to:
        return sa.true()
    theirs = sa.select(Document.id).where(Document.organization_id.in_(closed_to))
    return DocumentVersion.document_id.not_in(theirs)


def counts(session: Session, actor: Actor) -> Mapping[ScanResult, int]:
    """How many files there are of each result, of those this person may know of."""
    rows = session.execute(
        sa.select(DocumentVersion.scan, sa.func.count()).where(_kept(), _seen_by(actor)).group_by(DocumentVersion.scan)
    )
    return {**dict.fromkeys(ScanResult, 0), **{row[0]: row[1] for row in rows}}


def waiting_since(session: Session, actor: Actor) -> datetime | None:
    """When the file came that waits longest for the scanner, of those this person may know of."""
    return session.scalar(
        sa.select(sa.func.min(DocumentVersion.created_at)).where(
            DocumentVersion.scan == ScanResult.WAITING, _seen_by(actor)
        )
    )


def listed(session: Session, actor: Actor, result: ScanResult, after: int = 0) -> Page:
    """Files of one result, newest first, of those this person may know of."""
    query = (
        sa.select(DocumentVersion)
        .where(DocumentVersion.scan == result, _kept(), _seen_by(actor))
        .options(joinedload(DocumentVersion.document))
        .order_by(DocumentVersion.id.desc())
        .limit(SHOWN + 1)
    )
    if after:
        query = query.where(DocumentVersion.id < after)
    rows = list(session.scalars(query))
    return Page(rows[:SHOWN], rows[SHOWN - 1].id if len(rows) > SHOWN else 0)


def numbers(session: Session, results: frozenset[ScanResult]) -> list[int]:
    """The ids of all files with one of these results, oldest first."""
    return list(
        session.scalars(
            sa.select(DocumentVersion.id).where(DocumentVersion.scan.in_(results), _kept()).order_by(DocumentVersion.id)
        )
    )
