"""More time for one application, the calendar address of a person, and how far a person has read the messages."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.applications import Application


class ExtensionState(enum.StrEnum):
    ASKED = "asked"
    GIVEN = "given"
    NOT_GIVEN = "not_given"


class Extension(Base, Versioned):
    """More time for one application than its round gives everybody: asked for, given or not, always with a reason.

    ``ends_at`` is the new end (an instant). ``wish`` is what the applicant wrote, ``reason`` what the office answered.
    """

    __tablename__ = "extension"
    __table_args__ = (
        sa.CheckConstraint("state = 'given' OR ends_at IS NULL", name="given"),
        sa.CheckConstraint("state <> 'asked' OR answered_at IS NULL", name="answered"),
        sa.Index(
            "uq_extension_asked",
            "application_id",
            unique=True,
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        ),
        sa.Index("ix_extension_application", "application_id", "state"),
        sa.Index("ix_extension_state", "state", "id"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"))
    state: Mapped[ExtensionState] = mapped_column(choice(ExtensionState), default=ExtensionState.ASKED)
    wish: Mapped[str] = mapped_column(sa.Text, default="")
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    ends_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()
    asked_by: Mapped[User | None] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])

    @property
    def organization_id(self) -> int:
        return self.application.organization_id


class CalendarFeed(Base, Identified):
    """The secret address of a person's calendar. Its token is made from the nonce; a new nonce ends the old address."""

    __tablename__ = "calendar_feed"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    nonce: Mapped[str] = mapped_column(sa.String(32))
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)

    user: Mapped[User] = relationship()


class MessageMark(Base):
    """The newest message of a case that a person says they have read."""

    __tablename__ = "message_mark"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    note_id: Mapped[int] = mapped_column(sa.ForeignKey("note.id"))
