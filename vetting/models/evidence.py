"""Evidence: a document of a known type, its immutable versions, and what they are used for."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.applications import Application
    from vetting.models.organizations import Organization, Program


class EvidenceState(enum.StrEnum):
    RECEIVED = "received"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REPLACED = "replaced"
    EXPIRED = "expired"
    REMOVED = "removed"
    DISPOSED = "disposed"


class ScanResult(enum.StrEnum):
    """What a virus scanner said. Without a scanner a file is unscanned, never clean.

    ``waiting``: a scanner is to look at it; ``unscannable``: the scanner would not take it, for its size mostly.
    """

    UNSCANNED = "unscanned"
    WAITING = "waiting"
    CLEAN = "clean"
    UNSCANNABLE = "unscannable"
    INFECTED = "infected"


class UseSaidBy(enum.StrEnum):
    """Who says that a document speaks for something: the organization, or a reviewer who cites it."""

    APPLICANT = "applicant"
    REVIEWER = "reviewer"


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
    typed_valid_from: Mapped[date | None] = mapped_column("valid_from")
    typed_valid_until: Mapped[date | None] = mapped_column("valid_until")
    typed_amount_cents: Mapped[int | None] = mapped_column("amount_cents")
    office_valid_from: Mapped[date | None]
    office_valid_until: Mapped[date | None]
    office_amount_cents: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    return_reason: Mapped[str] = mapped_column(sa.Text, default="")
    checked_at: Mapped[datetime | None]

    document: Mapped[Document] = relationship(back_populates="versions")
    uploaded_by: Mapped[User | None] = relationship(foreign_keys=[uploaded_by_id])
    checked_by: Mapped[User | None] = relationship(foreign_keys=[checked_by_id])
    uses: Mapped[list[EvidenceUse]] = relationship(order_by="EvidenceUse.id")

    @property
    def organization_id(self) -> int:
        return self.document.organization_id

    @hybrid_property
    def valid_from(self) -> date | None:
        """The first local day it counts."""
        return self.office_valid_from or self.typed_valid_from

    @valid_from.inplace.setter
    def _valid_from_typed(self, day: date | None) -> None:
        self.typed_valid_from = day

    @valid_from.inplace.expression
    @classmethod
    def _valid_from_sql(cls) -> sa.ColumnElement[date | None]:
        return sa.func.coalesce(cls.office_valid_from, cls.typed_valid_from)

    @hybrid_property
    def valid_until(self) -> date | None:
        """The last good local day; None where it does not run out by itself."""
        return self.office_valid_until or self.typed_valid_until

    @valid_until.inplace.setter
    def _valid_until_typed(self, day: date | None) -> None:
        self.typed_valid_until = day

    @valid_until.inplace.expression
    @classmethod
    def _valid_until_sql(cls) -> sa.ColumnElement[date | None]:
        return sa.func.coalesce(cls.office_valid_until, cls.typed_valid_until)

    @hybrid_property
    def amount_cents(self) -> int | None:
        """The cover for each occurrence, in cents."""
        return self.typed_amount_cents if self.office_amount_cents is None else self.office_amount_cents

    @amount_cents.inplace.setter
    def _amount_cents_typed(self, cents: int | None) -> None:
        self.typed_amount_cents = cents

    @amount_cents.inplace.expression
    @classmethod
    def _amount_cents_sql(cls) -> sa.ColumnElement[int | None]:
        return sa.func.coalesce(cls.office_amount_cents, cls.typed_amount_cents)

    @property
    def reading_differs(self) -> bool:
        """Whether the office read something else on the paper than what was typed about it."""
        pairs = (
            (self.office_valid_from, self.typed_valid_from),
            (self.office_valid_until, self.typed_valid_until),
            (self.office_amount_cents, self.typed_amount_cents),
        )
        return any(office is not None and office != typed for office, typed in pairs)


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


class EvidenceUse(Base, Identified):
    """What a version of a document speaks for, beyond the case it was given in: a standard, a program, a school year.

    One version has as many as it serves; its bytes are kept once. ``standard_key`` or ``program_id`` may be missing,
    not both. ``school_year`` is written like 2026-27.
    """

    __tablename__ = "evidence_use"
    __table_args__ = (
        sa.CheckConstraint("standard_key <> '' OR program_id IS NOT NULL", name="something"),
        sa.UniqueConstraint(
            "document_version_id", "standard_key", "program_id", "school_year", name="uq_evidence_use_once"
        ),
        sa.Index(
            "uq_evidence_use_no_program",
            "document_version_id",
            "standard_key",
            "school_year",
            unique=True,
            sqlite_where=sa.text("program_id IS NULL"),
            postgresql_where=sa.text("program_id IS NULL"),
        ),
    )

    document_version_id: Mapped[int] = mapped_column(sa.ForeignKey("document_version.id"))
    standard_key: Mapped[str] = mapped_column(sa.String(40), default="")
    program_id: Mapped[int | None] = mapped_column(sa.ForeignKey("program.id"))
    school_year: Mapped[str] = mapped_column(sa.String(8))
    said_by: Mapped[UseSaidBy] = mapped_column(choice(UseSaidBy))

    program: Mapped[Program | None] = relationship()
