"""Documents of an organization: what it has given, what is still good, and who may open which version."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.data.evidence_types import EvidenceType, load_evidence_types
from vetting.models import Application, Document, DocumentVersion, EvidenceLink, EvidenceState, Review

USABLE = frozenset({EvidenceState.RECEIVED, EvidenceState.ACCEPTED})


@dataclass(frozen=True)
class VersionInUse:
    """A version with the reviews of the cases it serves in, so that the policy can tell who is assigned to one."""

    version: DocumentVersion
    organization_id: int
    reviews: tuple[Review, ...]


def version_in_use(session: Session, reference: str, number: int) -> VersionInUse | None:
    """One version of a document by its public reference and number, ready for the policy."""
    version = session.scalars(
        sa.select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.reference == reference, DocumentVersion.number == number)
        .options(joinedload(DocumentVersion.document))
    ).first()
    if version is None:
        return None
    reviews = session.scalars(
        sa.select(Review)
        .join(EvidenceLink, EvidenceLink.application_id == Review.application_id)
        .where(EvidenceLink.document_version_id == version.id)
        .options(joinedload(Review.application).joinedload(Application.round))
    ).unique()
    return VersionInUse(version, version.document.organization_id, tuple(reviews))


def kind_named(key: str) -> EvidenceType | None:
    """The type of document with this key."""
    return load_evidence_types().documents.get(key)


def links_of(application: Application, type_key: str) -> list[EvidenceLink]:
    """Usable documents of a type in a case, in the order they came."""
    return [
        link for link in application.evidence if link.type_key == type_key and link.document_version.state in USABLE
    ]


def reusable(
    session: Session, application: Application, day: date, type_key: str | None = None
) -> list[DocumentVersion]:
    """What the organization already gave us, is still good on ``day``, and is not in the case yet."""
    used = {link.document_version_id for link in application.evidence}
    query = (
        sa.select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            Document.organization_id == application.organization_id,
            DocumentVersion.state.in_(USABLE),
            sa.or_(DocumentVersion.valid_until.is_(None), DocumentVersion.valid_until >= day),
        )
        .options(joinedload(DocumentVersion.document))
        .order_by(DocumentVersion.id.desc())
    )
    if type_key is not None:
        query = query.where(Document.type_key == type_key)
    return [version for version in session.scalars(query) if version.id not in used]


def document_of(session: Session, organization_id: int, reference: str) -> Document | None:
    """A document of this organization by its public reference."""
    return session.scalars(
        sa.select(Document).where(Document.organization_id == organization_id, Document.reference == reference)
    ).first()


def count_in_case(application: Application) -> int:
    """How many files the case holds, replaced ones included; the settings of the case cap it."""
    return len(application.evidence)


def upload_limits(application: Application) -> dict[str, Any]:
    """The part of the case's settings on uploads: bytes per file and files per case."""
    limits: dict[str, Any] = application.settings_version.content["uploads"]
    return limits


def files_left(application: Application) -> int:
    """How many more files the case may hold."""
    return max(int(upload_limits(application)["max_files_per_case"]) - count_in_case(application), 0)


def versions(session: Session, numbers: Collection[int]) -> dict[int, DocumentVersion]:
    """Versions by their ids."""
    found = session.scalars(
        sa.select(DocumentVersion).where(DocumentVersion.id.in_(numbers)).options(joinedload(DocumentVersion.document))
    )
    return {version.id: version for version in found}
