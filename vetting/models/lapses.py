"""What an approval rests on, what of it has run out, and what was waived."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.organizations import Organization


class LapseState(enum.StrEnum):
    FORESEEN = "foreseen"
    IN_GRACE = "in_grace"
    BITING = "biting"
    MENDED = "mended"
    WAIVED = "waived"
    DROPPED = "dropped"


class WaiverState(enum.StrEnum):
    ASKED = "asked"
    GIVEN = "given"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken_back"
    ENDED = "ended"


OPEN_LAPSES = (LapseState.FORESEEN, LapseState.IN_GRACE, LapseState.BITING)
_OPEN = sa.text("state IN ('foreseen', 'in_grace', 'biting')")


class Requirement(Base, Identified):
    """A kind of document that an organization's approval rests on, from ``since`` (a local date).

    ``program_id`` names the one program that it is needed for; without one the whole organization needs it. The rows
    are what the decided application asked for, so a later form changes nothing for those who are approved.
    """

    __tablename__ = "requirement"
    __table_args__ = (sa.Index("ix_requirement_lookup", "organization_id", "type_key", "program_id"),)

    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    program_id: Mapped[int | None] = mapped_column(sa.ForeignKey("program.id"))
    type_key: Mapped[str] = mapped_column(sa.String(60), index=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"), index=True)
    since: Mapped[date]


class Lapse(Base, Versioned):
    """A required kind of document of one organization that runs out, or ran out. All days are local.

    ``out_from`` is the first day without a good document. ``blocks_on`` and ``hides_on`` are the first days on which a
    consequence bites (None: never), days of grace included; ``held_until`` keeps all of them off through that day.
    ``blocking`` and ``hiding`` say what is in force now. Since ``foreseen_on`` the office could see it.
    """

    __tablename__ = "lapse"
    __table_args__ = (
        sa.Index(
            "ix_lapse_one_open", "organization_id", "type_key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
        sa.Index("ix_lapse_due", "state", "out_from"),
        sa.CheckConstraint("state = 'biting' OR (NOT blocking AND NOT hiding)", name="bites"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    type_key: Mapped[str] = mapped_column(sa.String(60))
    state: Mapped[LapseState] = mapped_column(choice(LapseState), default=LapseState.FORESEEN)
    foreseen_on: Mapped[date]
    out_from: Mapped[date]
    blocks_on: Mapped[date | None]
    hides_on: Mapped[date | None]
    grace_days: Mapped[int] = mapped_column(default=0)
    held_until: Mapped[date | None]
    blocking: Mapped[bool] = mapped_column(default=False)
    hiding: Mapped[bool] = mapped_column(default=False)
    closed_on: Mapped[date | None]

    organization: Mapped[Organization] = relationship()


class Waiver(Base, Versioned):
    """The district does without a kind of document for some local days, both included, under conditions.

    Whoever asked never decides. ``renews_id`` is the waiver that this one goes on from.
    """

    __tablename__ = "waiver"
    __table_args__ = (
        sa.Index("ix_waiver_lookup", "organization_id", "type_key", "state"),
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("state <> 'given' OR decided_by_id <> asked_by_id", name="second_person"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    type_key: Mapped[str] = mapped_column(sa.String(60))
    state: Mapped[WaiverState] = mapped_column(choice(WaiverState), default=WaiverState.ASKED)
    reason: Mapped[str] = mapped_column(sa.Text)
    conditions: Mapped[str] = mapped_column(sa.Text, default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    by_office: Mapped[bool] = mapped_column(default=False)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    renews_id: Mapped[int | None] = mapped_column(sa.ForeignKey("waiver.id"))
    taken_back_on: Mapped[date | None]

    organization: Mapped[Organization] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
