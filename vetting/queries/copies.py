"""Own copies of an organization: which one is still good, and which are not kept any longer."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import (
    Application,
    CopyKind,
    CopyState,
    HistoryEntry,
    Organization,
    OwnCopy,
    YearFile,
    YearFileState,
)
from vetting.queries import retention

KEPT = timedelta(days=7)
"""How long a copy can be fetched; after that the next one is made anew."""

GOOD = frozenset({CopyState.ASKED, CopyState.READY})


def fingerprint(session: Session, organization_id: int) -> str:
    """The newest thing that happened with the organization, taking copies aside: while it is the same, so is a copy."""
    newest = session.scalar(
        sa.select(sa.func.max(HistoryEntry.id)).where(
            HistoryEntry.organization_id == organization_id, HistoryEntry.subject_type != "own_copy"
        )
    )
    return f"history-{newest or 0}"


def good(
    session: Session, organization: Organization, application: Application | None, kind: CopyKind
) -> OwnCopy | None:
    """A copy of these facts as they are now that was made, or is being made."""
    about = OwnCopy.application_id == application.id if application is not None else OwnCopy.application_id.is_(None)
    return session.scalars(
        sa.select(OwnCopy)
        .where(
            OwnCopy.organization_id == organization.id,
            about,
            OwnCopy.kind == kind,
            OwnCopy.state.in_(sorted(GOOD)),
            OwnCopy.fingerprint == fingerprint(session, organization.id),
        )
        .order_by(OwnCopy.id.desc())
        .limit(1)
    ).first()


def by_reference(session: Session, reference: str) -> OwnCopy | None:
    """A copy by its public reference."""
    return session.scalars(sa.select(OwnCopy).where(OwnCopy.reference == reference)).first()


def file_name(made: OwnCopy) -> str:
    """What the file is called where it is saved."""
    about = made.application.reference if made.application is not None else made.organization.reference
    return f"{about}.{made.kind.value}"


def old(now: datetime) -> sa.Select[int]:
    """Copies whose time is over; a legal hold on the organization keeps them."""
    kept = OwnCopy.state.in_([CopyState.READY, CopyState.FAILED])
    return sa.select(OwnCopy.id).where(
        kept, OwnCopy.created_at < now - KEPT, OwnCopy.organization_id.not_in(retention.under_hold())
    )


def in_use(session: Session) -> set[str]:
    """Keys of stored files that can still be fetched."""
    copies = sa.select(OwnCopy.storage_key).where(OwnCopy.state == CopyState.READY)
    years = sa.select(YearFile.storage_key).where(YearFile.state == YearFileState.READY)
    return set(session.scalars(sa.union_all(copies, years)))
