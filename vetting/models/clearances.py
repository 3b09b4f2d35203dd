"""The people an organization lists as checked and cleared. There is no entry for anybody else."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Versioned, choice
from vetting.refs import new_reference

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.organizations import Organization


class ClearanceState(enum.StrEnum):
    """Whether a check is due again is read off its date; it is no state."""

    LISTED = "listed"
    TAKEN_OFF = "taken_off"


class Clearance(Base, Versioned):
    """One cleared person: name, role, who checked, when (local day), and the local day when a new check is due.

    Nothing says what a check found, and nothing why somebody is no longer listed: names and roles go with the entry.
    ``text_version`` and ``statement_sha256`` pin the words with which the person who listed it answered for it.
    """

    __tablename__ = "clearance"
    __table_args__ = (
        sa.CheckConstraint("next_due_on > checked_on", name="dates"),
        sa.CheckConstraint("state = 'listed' OR (name = '' AND role = '' AND checked_by = '')", name="nothing_left"),
        sa.Index("ix_clearance_listed", "organization_id", "state", "next_due_on"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_reference("CLR"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    state: Mapped[ClearanceState] = mapped_column(choice(ClearanceState), default=ClearanceState.LISTED)
    name: Mapped[str] = mapped_column(sa.String(120))
    role: Mapped[str] = mapped_column(sa.String(120))
    checked_by: Mapped[str] = mapped_column(sa.String(120))
    checked_on: Mapped[date]
    next_due_on: Mapped[date]
    attested_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    attested_at: Mapped[datetime]
    text_version: Mapped[str] = mapped_column(sa.String(80))
    statement_sha256: Mapped[str] = mapped_column(sa.String(64))

    organization: Mapped[Organization] = relationship(back_populates="clearances")
    attested_by: Mapped[User | None] = relationship()

    def cleared_on(self, day: date) -> bool:
        """Whether the person is listed and no new check was due before this local day."""
        return self.state is ClearanceState.LISTED and self.next_due_on >= day
