"""Agreements signed on paper: the scan, who signed it and when, and who in the office compared it."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.agreements import Agreement, Signer, SignerRole
from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.evidence import DocumentVersion


class PaperState(enum.StrEnum):
    RECORDED = "recorded"
    COMPARED = "compared"
    CONFIRMED = "confirmed"
    SENT_BACK = "sent_back"


class PaperKind(enum.StrEnum):
    """What is on the paper: a version of ours that was printed and signed, or a contract written elsewhere."""

    OUR_TEXT = "our_text"
    CONTRACT = "contract"


class PaperRecord(Base, Versioned):
    """One scan of a paper that was signed, on its way into the record of an agreement.

    ``number`` is the version that the paper says it is, as it was typed; 0 for a contract written elsewhere.
    ``words_sha256`` names the words on our side that the scan is compared with, so that nothing changes in between.
    Facts never change: a mistake is sent back with a reason and recorded anew.
    """

    __tablename__ = "paper_record"
    __table_args__ = (
        sa.Index(
            "uq_paper_record_open",
            "agreement_id",
            unique=True,
            sqlite_where=sa.text("state IN ('recorded', 'compared')"),
            postgresql_where=sa.text("state IN ('recorded', 'compared')"),
        ),
        sa.CheckConstraint("(kind = 'contract') = (number = 0)", name="number"),
        sa.CheckConstraint("state NOT IN ('compared', 'confirmed') OR compared_by_id IS NOT NULL", name="compared"),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (confirmed_by_id IS NOT NULL AND confirmed_by_id <> compared_by_id"
            " AND confirmed_by_id <> recorded_by_id)",
            name="two_people",
        ),
        sa.Index("ix_paper_record_state", "state", "id"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement.id"), index=True)
    kind: Mapped[PaperKind] = mapped_column(choice(PaperKind))
    state: Mapped[PaperState] = mapped_column(choice(PaperState), default=PaperState.RECORDED)
    number: Mapped[int]
    document_version_id: Mapped[int] = mapped_column(sa.ForeignKey("document_version.id"), index=True)
    words_sha256: Mapped[str] = mapped_column(sa.String(64))
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    recorded_at: Mapped[datetime]
    compared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    compared_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    confirmed_at: Mapped[datetime | None]
    return_reason: Mapped[str] = mapped_column(sa.Text, default="")

    agreement: Mapped[Agreement] = relationship()
    document_version: Mapped[DocumentVersion] = relationship()
    signatures: Mapped[list[PaperSignature]] = relationship(back_populates="record", order_by="PaperSignature.position")
    recorded_by: Mapped[User] = relationship(foreign_keys=[recorded_by_id])
    compared_by: Mapped[User | None] = relationship(foreign_keys=[compared_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])

    @property
    def organization_id(self) -> int:
        return self.agreement.organization_id

    @property
    def school_id(self) -> int:
        return self.agreement.school_id


class PaperSignature(Base, Identified):
    """A signature on the paper as people read it there: the name, the title and the local date.

    ``signer_id`` is the place in our signing order that it fills; None in a contract written elsewhere.
    ``name_reason`` says why the name is not the one that the text has for that place; empty where the two agree.
    """

    __tablename__ = "paper_signature"
    __table_args__ = (sa.UniqueConstraint("paper_record_id", "role"),)

    paper_record_id: Mapped[int] = mapped_column(sa.ForeignKey("paper_record.id"))
    position: Mapped[int]
    role: Mapped[SignerRole] = mapped_column(choice(SignerRole))
    signer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("signer.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    signed_on: Mapped[date]
    name_reason: Mapped[str] = mapped_column(sa.Text, default="")

    record: Mapped[PaperRecord] = relationship(back_populates="signatures")
    signer: Mapped[Signer | None] = relationship()
