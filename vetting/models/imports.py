"""Partners, programs and partnerships that the office brings along from a spreadsheet, and the invitations afterwards.

An uploaded file and its rows are sealed. The file goes as soon as it was read, a row as soon as it is loaded.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.data.partner_sheets import Sheet
from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import Invitation, User
    from vetting.models.organizations import Organization


class PartnerImportState(enum.StrEnum):
    CHECKING = "checking"
    CHECKED = "checked"
    LOADING = "loading"
    LOADED = "loaded"
    DISCARDED = "discarded"


class RowPlan(enum.StrEnum):
    """What loading would do with a row."""

    CREATE = "create"
    UPDATE = "update"
    LEAVE = "leave"
    SKIP = "skip"
    ASK = "ask"
    BAD = "bad"


class RowResult(enum.StrEnum):
    """What loading did with a row."""

    CREATED = "created"
    UPDATED = "updated"
    LEFT = "left"
    SKIPPED = "skipped"
    REFUSED = "refused"


class PairChoice(enum.StrEnum):
    """What a person says of two partners that look alike."""

    SAME = "same"
    DIFFERENT = "different"
    SKIP = "skip"


class InvitationBatchState(enum.StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class InvitationResult(enum.StrEnum):
    """What became of one line of a batch of invitations."""

    INVITED = "invited"
    SENT_AGAIN = "sent_again"
    GRANTED = "granted"
    MEMBER_ALREADY = "member_already"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class PartnerImport(Base, Versioned):
    """One upload. ``problems`` are about the whole file; ``plans`` counts rows by sheet and plan.

    ``fingerprint`` is a digest of everything that loading would do, so that a changed database is noticed.
    """

    __tablename__ = "partner_import"
    __table_args__ = (sa.CheckConstraint("done >= 0 AND total >= 0", name="progress"),)

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[PartnerImportState] = mapped_column(choice(PartnerImportState), default=PartnerImportState.CHECKING)
    # Nobody, when the command line did it.
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    filename: Mapped[str] = mapped_column(sa.String(200))
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[Any]] = mapped_column(default=list)
    plans: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), default="")
    moved: Mapped[bool] = mapped_column(default=False)
    checked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    made_by: Mapped[User | None] = relationship()


class PartnerImportFile(Base, Identified):
    """An uploaded file, sealed, until it was read."""

    __tablename__ = "partner_import_file"

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("partner_import.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)


class PartnerImportItem(Base, Identified):
    """One row of the file. ``sealed`` holds its cells until it is settled; ``result`` is written once.

    ``problems`` and ``changes`` are ready for a page: tax ids are masked in them.
    """

    __tablename__ = "partner_import_item"
    __table_args__ = (
        sa.UniqueConstraint("import_id", "position"),
        sa.Index("ix_partner_import_item_plan", "import_id", "plan", "position"),
        sa.Index("ix_partner_import_item_key", "import_id", "sheet", "key"),
        sa.CheckConstraint("(result IS NULL) = (settled_at IS NULL)", name="settled"),
    )

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("partner_import.id", ondelete="CASCADE"))
    position: Mapped[int]
    sheet: Mapped[Sheet] = mapped_column(choice(Sheet))
    line: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(60), default="")
    title: Mapped[str] = mapped_column(sa.String(300), default="")
    plan: Mapped[RowPlan] = mapped_column(choice(RowPlan))
    problems: Mapped[list[Any]] = mapped_column(default=list)
    changes: Mapped[list[Any]] = mapped_column(default=list)
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    # The row of the same file that a person said is the same partner; its position.
    same_as: Mapped[int | None]
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    result: Mapped[RowResult | None] = mapped_column(choice(RowResult))
    outcome: Mapped[str] = mapped_column(sa.Text, default="")
    settled_at: Mapped[datetime | None]

    upload: Mapped[PartnerImport] = relationship()
    organization: Mapped[Organization | None] = relationship()


class PartnerImportPair(Base, Identified):
    """Two partners that may be the same: a row, and another row or an organization that is there already.

    ``mark`` recognizes the same two again, in this upload or a later one, so that nobody is asked twice.
    """

    __tablename__ = "partner_import_pair"
    __table_args__ = (
        sa.UniqueConstraint("import_id", "mark"),
        sa.CheckConstraint("(other_position IS NULL) <> (organization_id IS NULL)", name="one_other"),
    )

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("partner_import.id", ondelete="CASCADE"))
    mark: Mapped[str] = mapped_column(sa.String(64), index=True)
    position: Mapped[int]
    other_position: Mapped[int | None]
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    why: Mapped[str] = mapped_column(sa.String(20))
    choice: Mapped[PairChoice | None] = mapped_column(choice(PairChoice))
    chosen_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    chosen_at: Mapped[datetime | None]

    organization: Mapped[Organization | None] = relationship()


class BroughtAlong(Base, Identified):
    """What the office's records said about an organization, or one of its programs, by question of the form.

    A renewal may be filled in from it. The tax id in it is sealed like any other.
    """

    __tablename__ = "brought_along"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id"),
        sa.Index(
            "uq_brought_along_own",
            "organization_id",
            unique=True,
            sqlite_where=sa.text("program_id IS NULL"),
            postgresql_where=sa.text("program_id IS NULL"),
        ),
    )

    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    program_id: Mapped[int | None] = mapped_column(sa.ForeignKey("program.id"), unique=True)
    program_key: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("partner_import.id"), index=True)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    brought_at: Mapped[datetime]

    upload: Mapped[PartnerImport] = relationship()


class InvitationBatch(Base, Versioned):
    """Invitations to the contacts of the organizations of one import: planned, shown, then sent by the worker."""

    __tablename__ = "invitation_batch"

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[InvitationBatchState] = mapped_column(
        choice(InvitationBatchState), default=InvitationBatchState.PLANNED
    )
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("partner_import.id"), index=True)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]

    upload: Mapped[PartnerImport] = relationship()
    made_by: Mapped[User] = relationship()
    items: Mapped[list[InvitationBatchItem]] = relationship(order_by="InvitationBatchItem.position")


class InvitationBatchItem(Base, Identified):
    """One contact of one organization in a batch; ``result`` is written once, with what it stands for."""

    __tablename__ = "invitation_batch_item"
    __table_args__ = (
        sa.UniqueConstraint("batch_id", "position"),
        sa.CheckConstraint("(result IS NULL) = (settled_at IS NULL)", name="settled"),
    )

    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation_batch.id"))
    position: Mapped[int]
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    email: Mapped[str] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    language: Mapped[str] = mapped_column(sa.String(10), default="en")
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id"))
    result: Mapped[InvitationResult | None] = mapped_column(choice(InvitationResult))
    outcome: Mapped[str] = mapped_column(sa.Text, default="")
    settled_at: Mapped[datetime | None]

    batch: Mapped[InvitationBatch] = relationship(overlaps="items")
    organization: Mapped[Organization] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
