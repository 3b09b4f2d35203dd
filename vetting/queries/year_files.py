"""A school year's agreements for one reader: what there is, what may go into a file, and which file is still good."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import (
    Agreement,
    AgreementState,
    AgreementVersion,
    ExecutedDocument,
    Organization,
    Partnership,
    Program,
    YearFile,
    YearFileState,
)
from vetting.policy import Actor, Permission, allows
from vetting.queries import retention

KEPT = timedelta(days=7)
"""How long a file can be fetched; after that the next one is made anew."""

GOOD = frozenset({YearFileState.ASKED, YearFileState.READY})


@dataclass(frozen=True)
class Entry:
    """An agreement of the year with its sealed document. Dates are local; amounts are cents."""

    reference: str
    state: AgreementState
    program: str
    organization: str
    starts_on: date | None
    ends_on: date | None
    amount_cents: int
    verify_code: str
    sha256: str
    size: int
    storage_key: str
    sealed_at: datetime


_LATEST = (
    sa.select(sa.func.max(AgreementVersion.id))
    .where(AgreementVersion.agreement_id == Agreement.id)
    .correlate(Agreement)
    .scalar_subquery()
)


def entries(session: Session, actor: Actor, school_id: int, school_year: str) -> list[Entry]:
    """The sealed agreements of a school year that this person may see, by the name of the program. One read."""
    rows = session.execute(
        sa.select(Agreement, Program.name, Organization.legal_name, ExecutedDocument)
        .join(Partnership, Partnership.id == Agreement.partnership_id)
        .join(Program, Program.id == Partnership.program_id)
        .join(Organization, Organization.id == Agreement.organization_id)
        .join(ExecutedDocument, ExecutedDocument.agreement_version_id == _LATEST)
        .where(Agreement.school_id == school_id, Agreement.school_year == school_year)
        .order_by(Program.name, Agreement.id)
    )
    return [
        Entry(
            agreement.reference,
            agreement.state,
            program,
            organization,
            agreement.starts_on,
            agreement.ends_on,
            agreement.amount_cents,
            agreement.verify_code,
            document.sha256,
            document.size,
            document.storage_key,
            document.sealed_at,
        )
        for agreement, program, organization, document in rows
        if allows(Permission.AGREEMENT_VIEW, actor, agreement)
    ]


def fingerprint(listed: Sequence[Entry]) -> str:
    """Names what a reader sees of a year: while it is the same, so is their file."""
    told = hashlib.sha256()
    for entry in listed:
        facts = (entry.reference, entry.state.value, entry.program, entry.organization, entry.ends_on, entry.sha256)
        told.update("\0".join(str(fact) for fact in facts).encode() + b"\n")
    return told.hexdigest()


def good(session: Session, actor: Actor, school_id: int, school_year: str, name: str) -> YearFile | None:
    """A file of this person with exactly these documents that is there, or is being made."""
    return session.scalars(
        sa.select(YearFile)
        .where(
            YearFile.asked_by_id == actor.user_id,
            YearFile.school_id == school_id,
            YearFile.school_year == school_year,
            YearFile.state.in_(sorted(GOOD)),
            YearFile.fingerprint == name,
        )
        .order_by(YearFile.id.desc())
        .limit(1)
    ).first()


def by_reference(session: Session, reference: str) -> YearFile | None:
    """A file by its public reference."""
    return session.scalars(sa.select(YearFile).where(YearFile.reference == reference)).first()


def old(now: datetime) -> sa.Select[int]:
    """Files whose time is over; a legal hold on an organization that they are about keeps them."""
    kept = YearFile.state.in_([YearFileState.READY, YearFileState.FAILED])
    held = (
        sa.select(Agreement.id)
        .where(Agreement.school_id == YearFile.school_id, Agreement.school_year == YearFile.school_year)
        .where(Agreement.organization_id.in_(retention.under_hold()))
        .correlate(YearFile)
        .exists()
    )
    return sa.select(YearFile.id).where(kept, YearFile.created_at < now - KEPT, ~held)
