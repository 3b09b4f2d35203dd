"""The vault of an organization: every document with its versions, what each serves, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.data.evidence_types import EvidenceType, Group, load_evidence_types
from vetting.models import (
    Application,
    Clearance,
    ClearanceState,
    Document,
    DocumentVersion,
    EvidenceLink,
    EvidenceState,
    EvidenceUse,
    HistoryEntry,
    Organization,
)

CURRENT = frozenset({EvidenceState.RECEIVED, EvidenceState.ACCEPTED, EvidenceState.RETURNED, EvidenceState.EXPIRED})


@dataclass
class Uses:
    """What one version serves: the cases it was given in, and the standards, programs and years it speaks for."""

    cases: list[Application] = field(default_factory=list)
    purposes: list[EvidenceUse] = field(default_factory=list)


@dataclass(frozen=True)
class ClearedPeople:
    """The list of cleared people in numbers: how many, the next local day a check is due, how many are due already."""

    number: int
    next_due_on: date | None
    overdue: int


def documents(session: Session, organization_id: int) -> list[Document]:
    """Every document of an organization with its versions, in the order of the list of kinds, newest first in each."""
    found = session.scalars(
        sa.select(Document)
        .where(Document.organization_id == organization_id)
        .options(selectinload(Document.versions).joinedload(DocumentVersion.uploaded_by))
        .order_by(Document.id.desc())
    ).all()
    order = {key: place for place, key in enumerate(load_evidence_types().documents)}
    return sorted((each for each in found if each.versions), key=lambda each: order.get(each.type_key, len(order)))


def newest(document: Document) -> DocumentVersion:
    """The version that stands for a document: the newest one that was not taken out, else the newest."""
    kept = [version for version in document.versions if version.state is not EvidenceState.REMOVED]
    return (kept or document.versions)[-1]


def find(session: Session, organization_id: int, reference: str) -> Document | None:
    """One document of an organization with its versions."""
    return session.scalars(
        sa.select(Document)
        .where(Document.organization_id == organization_id, Document.reference == reference)
        .options(
            joinedload(Document.organization).selectinload(Organization.programs),
            selectinload(Document.versions).options(
                joinedload(DocumentVersion.uploaded_by), selectinload(DocumentVersion.uses)
            ),
        )
    ).first()


def uses_of(session: Session, numbers: Collection[int]) -> Mapping[int, Uses]:
    """What versions serve, by their ids. Two reads, however many there are."""
    found: dict[int, Uses] = {}
    links = session.execute(
        sa.select(EvidenceLink.document_version_id, Application)
        .join(Application, Application.id == EvidenceLink.application_id)
        .where(EvidenceLink.document_version_id.in_(numbers))
        .options(joinedload(Application.program), joinedload(Application.round))
        .order_by(Application.id)
    )
    for number, application in links:
        found.setdefault(number, Uses()).cases.append(application)
    purposes = session.scalars(
        sa.select(EvidenceUse)
        .where(EvidenceUse.document_version_id.in_(numbers))
        .options(joinedload(EvidenceUse.program))
        .order_by(EvidenceUse.school_year.desc(), EvidenceUse.standard_key, EvidenceUse.id)
    )
    for purpose in purposes:
        found.setdefault(purpose.document_version_id, Uses()).purposes.append(purpose)
    return found


def history(session: Session, version_id: int) -> Sequence[HistoryEntry]:
    """What happened to one version, oldest first."""
    return session.scalars(
        sa.select(HistoryEntry)
        .where(HistoryEntry.subject_type == "evidence", HistoryEntry.subject_id == version_id)
        .order_by(HistoryEntry.id)
    ).all()


def cleared(session: Session, organization_id: int, today: date) -> ClearedPeople:
    """The list of cleared people in numbers."""
    number, due, overdue = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.min(Clearance.next_due_on),
            sa.func.coalesce(sa.func.sum(sa.case((Clearance.next_due_on < today, 1), else_=0)), 0),
        ).where(Clearance.organization_id == organization_id, Clearance.state == ClearanceState.LISTED)
    ).one()
    return ClearedPeople(number, due, int(overdue))


def people(session: Session, organization_id: int) -> Sequence[Clearance]:
    """The cleared people of an organization by name."""
    return session.scalars(
        sa.select(Clearance)
        .where(Clearance.organization_id == organization_id, Clearance.state == ClearanceState.LISTED)
        .order_by(sa.func.lower(Clearance.name), Clearance.id)
    ).all()


def person(session: Session, reference: str) -> Clearance | None:
    """One entry of a list of cleared people, while the person is on it."""
    return session.scalars(
        sa.select(Clearance)
        .where(Clearance.reference == reference, Clearance.state == ClearanceState.LISTED)
        .options(joinedload(Clearance.organization))
    ).first()


def by_group(kinds: Collection[str]) -> dict[Group, list[EvidenceType]]:
    """Kinds of document by the group they stand in on screen."""
    found: dict[Group, list[EvidenceType]] = {}
    for kind in load_evidence_types().documents.values():
        if kind.key in kinds:
            found.setdefault(kind.group, []).append(kind)
    return found
