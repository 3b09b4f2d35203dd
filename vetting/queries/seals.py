"""The seals on record: what a document is checked against, whatever year it is from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import ExecutedDocument, SealCertificate


@dataclass(frozen=True)
class Used:
    """A seal with the first and last time it sealed a document, and how many it sealed."""

    seal: SealCertificate
    first_at: datetime
    last_at: datetime
    documents: int


def by_fingerprint(session: Session, fingerprint: str) -> SealCertificate | None:
    """One seal by the SHA-256 of its certificate (hex)."""
    return session.scalars(sa.select(SealCertificate).where(SealCertificate.fingerprint == fingerprint)).first()


def on_record(session: Session, *, production: bool) -> list[SealCertificate]:
    """Every seal that ever sealed a document here, oldest first; none of development in production."""
    query = sa.select(SealCertificate).order_by(SealCertificate.first_used_at, SealCertificate.id)
    if production:
        query = query.where(SealCertificate.development.is_(False))
    return list(session.scalars(query))


def used(session: Session, *, production: bool) -> list[Used]:
    """The same, with the time and number of the documents each has sealed."""
    uses = {
        fingerprint: (first, last, number)
        for fingerprint, first, last, number in session.execute(
            sa.select(
                ExecutedDocument.seal_fingerprint,
                sa.func.min(ExecutedDocument.sealed_at),
                sa.func.max(ExecutedDocument.sealed_at),
                sa.func.count(),
            ).group_by(ExecutedDocument.seal_fingerprint)
        )
    }
    return [
        Used(seal, *uses.get(seal.fingerprint, (seal.first_used_at, seal.first_used_at, 0)))
        for seal in on_record(session, production=production)
    ]
