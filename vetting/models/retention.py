"""How long evidence is kept, who approved that, what must be kept whatever the schedule says, and what was removed."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.applications import Application
    from vetting.models.evidence import DocumentVersion
    from vetting.models.organizations import Organization


class ScheduleState(enum.StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    TURNED_DOWN = "turned_down"
    REPLACED = "replaced"


class HoldState(enum.StrEnum):
    IN_FORCE = "in_force"
    LIFTED = "lifted"


class DisposalState(enum.StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class DisposalItemState(enum.StrEnum):
    WAITING = "waiting"
    REMOVED = "removed"
    KEPT = "kept"


class RetentionSchedule(Base, Versioned):
    """One version of the schedule: ``content`` maps a kind of record to years and the day they are counted from."""

    __tablename__ = "retention_schedule"
    __table_args__ = (
        sa.CheckConstraint("state <> 'approved' OR decided_by_id <> proposed_by_id", name="second_person"),
    )

    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[ScheduleState] = mapped_column(choice(ScheduleState), default=ScheduleState.PROPOSED)
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.Text)
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]

    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])


class LegalHold(Base, Versioned):
    """Nothing of an organization, or of one case, is removed until a second person lifts this."""

    __tablename__ = "legal_hold"
    __table_args__ = (sa.CheckConstraint("state <> 'lifted' OR lifted_by_id <> placed_by_id", name="second_person"),)

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application.id"), index=True)
    state: Mapped[HoldState] = mapped_column(choice(HoldState), default=HoldState.IN_FORCE)
    reason: Mapped[str] = mapped_column(sa.Text)
    placed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    placed_on: Mapped[date]
    lifted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    lifted_on: Mapped[date | None]

    organization: Mapped[Organization] = relationship()
    application: Mapped[Application | None] = relationship()
    placed_by: Mapped[User] = relationship(foreign_keys=[placed_by_id])
    lifted_by: Mapped[User | None] = relationship(foreign_keys=[lifted_by_id])


class Disposal(Base, Versioned):
    """One run that removes files whose time is over, under one approved version of the schedule."""

    __tablename__ = "disposal"

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    schedule_id: Mapped[int] = mapped_column(sa.ForeignKey("retention_schedule.id"), index=True)
    state: Mapped[DisposalState] = mapped_column(choice(DisposalState), default=DisposalState.PLANNED)
    planned_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    planned_on: Mapped[date]
    finished_at: Mapped[datetime | None]

    schedule: Mapped[RetentionSchedule] = relationship()
    planned_by: Mapped[User] = relationship()
    items: Mapped[list[DisposalItem]] = relationship(back_populates="disposal", order_by="DisposalItem.id")


class DisposalItem(Base, Versioned):
    """One file of a run: under which row of the schedule, since when it is due, and what became of it."""

    __tablename__ = "disposal_item"
    __table_args__ = (sa.UniqueConstraint("disposal_id", "document_version_id"),)

    disposal_id: Mapped[int] = mapped_column(sa.ForeignKey("disposal.id"))
    document_version_id: Mapped[int] = mapped_column(sa.ForeignKey("document_version.id"), index=True)
    state: Mapped[DisposalItemState] = mapped_column(choice(DisposalItemState), default=DisposalItemState.WAITING)
    rule: Mapped[str] = mapped_column(sa.String(60))
    due_on: Mapped[date]
    why_kept: Mapped[str] = mapped_column(sa.Text, default="")
    done_at: Mapped[datetime | None]

    disposal: Mapped[Disposal] = relationship(back_populates="items")
    document_version: Mapped[DocumentVersion] = relationship()
