"""Evidence: a document of a known type, its immutable versions, and what they are used for."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.applications import Application
    from vetting.models.organizations import Organization


class EvidenceState(enum.StrEnum):
    RECEIVED = "received"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REPLACED = "replaced"
    EXPIRED = "expired"
    REMOVED = "removed"


class ScanResult(enum.StrEnum):
    """What a virus scanner said. Without a scanner a file is unscanned, never clean.

    ``waiting``: a scanner is to look at it; ``unscannable``: the scanner would not take it, for its size mostly.
    """

    UNSCANNED = "unscanned"
    WAITING = "waiting"
    CLEAN = "clean"
    UNSCANNABLE = "unscannable"
    INFECTED = "infected"


class Document(Base, Identified):
    """A document an organization keeps with us, across versions and uses."""

    __tablename__ = "document"

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    type_key: Mapped[str] = mapped_column(sa.String(60))

    organization: Mapped[Organization] = relationship()
    versions: Mapped[list[DocumentVersion]] = relationship(back_populates="document", order_by="DocumentVersion.number")


class DocumentVersion(Base, Versioned):
    """The bytes as given. Name, type by content, size (bytes) and SHA-256 never change; the office's view of it does.

    ``valid_until`` is the last good local day that follows from what was typed; ``details`` holds the typed facts that
    have no column of their own (ISO dates, a policy number). ``scan_finding`` is what the scanner called it, for the
    office.
    """

    __tablename__ = "document_version"
    __table_args__ = (
        sa.UniqueConstraint("document_id", "number"),
        sa.Index("ix_document_version_scan", "scan", "id"),
        sa.CheckConstraint("size > 0", name="size"),
        sa.CheckConstraint("valid_until IS NULL OR valid_from IS NULL OR valid_until >= valid_from", name="dates"),
    )

    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"))
    number: Mapped[int]
    state: Mapped[EvidenceState] = mapped_column(choice(EvidenceState), default=EvidenceState.RECEIVED)
    filename: Mapped[str] = mapped_column(sa.String(255))
    media_type: Mapped[str] = mapped_column(sa.String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    storage_key: Mapped[str] = mapped_column(sa.String(200))
    scan: Mapped[ScanResult] = mapped_column(choice(ScanResult), default=ScanResult.UNSCANNED)
    scanned_at: Mapped[datetime | None]
    scan_finding: Mapped[str] = mapped_column(sa.String(200), default="")
    issuer: Mapped[str] = mapped_column(sa.String(200), default="")
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    amount_cents: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    return_reason: Mapped[str] = mapped_column(sa.Text, default="")
    checked_at: Mapped[datetime | None]

    document: Mapped[Document] = relationship(back_populates="versions")
    uploaded_by: Mapped[User | None] = relationship()

    @property
    def organization_id(self) -> int:
        return self.document.organization_id


class EvidenceLink(Base, Identified):
    """A document version used in an application as evidence of its type."""

    __tablename__ = "evidence_link"
    __table_args__ = (sa.UniqueConstraint("application_id", "document_version_id"),)

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"))
    document_version_id: Mapped[int] = mapped_column(sa.ForeignKey("document_version.id"), index=True)
    type_key: Mapped[str] = mapped_column(sa.String(60))

    application: Mapped[Application] = relationship(back_populates="evidence")
    document_version: Mapped[DocumentVersion] = relationship()

    @property
    def organization_id(self) -> int:
        return self.application.organization_id
