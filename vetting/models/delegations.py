"""What helps a school's leader: somebody who acts for them for some days, and a year's documents in one file."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.schools import School


class DelegationState(enum.StrEnum):
    GIVEN = "given"
    ENDED = "ended"
    OVER = "over"


class YearFileState(enum.StrEnum):
    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"


class Delegation(Base, Versioned):
    """A school's leader lets one person of the school act for them between two local dates, both inclusive.

    It holds only while both still have their role at the school, and it is never passed on.
    """

    __tablename__ = "delegation"
    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("leader_id <> delegate_id", name="two_people"),
        sa.Index("ix_delegation_delegate", "delegate_id", "state"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[DelegationState] = mapped_column(choice(DelegationState), default=DelegationState.GIVEN)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    leader_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    delegate_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    may_sign: Mapped[bool] = mapped_column(default=False)

    school: Mapped[School] = relationship()
    leader: Mapped[User] = relationship(foreign_keys=[leader_id])
    delegate: Mapped[User] = relationship(foreign_keys=[delegate_id])


class YearFile(Base, Versioned):
    """The sealed documents of one school and school year in one file, for the one person who asked for it.

    ``fingerprint`` names what the person could see when they asked; ``done`` of ``total`` documents are in it.
    """

    __tablename__ = "year_file"
    __table_args__ = (
        sa.Index("ix_year_file_lookup", "asked_by_id", "school_id", "school_year", "state"),
        sa.CheckConstraint("state <> 'ready' OR (storage_key <> '' AND made_at IS NOT NULL)", name="ready"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[YearFileState] = mapped_column(choice(YearFileState), default=YearFileState.ASKED)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    school_year: Mapped[str] = mapped_column(sa.String(7))
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime | None]
    storage_key: Mapped[str] = mapped_column(sa.String(200), default="")
    sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    size: Mapped[int] = mapped_column(default=0)

    school: Mapped[School] = relationship()
