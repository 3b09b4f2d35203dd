"""What an application took over from an earlier one, notices before a lapse, and an organization's own copies."""

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


class CopyKind(enum.StrEnum):
    """An application to read, or everything that was given with it."""

    PDF = "pdf"
    ZIP = "zip"


class CopyState(enum.StrEnum):
    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"


class Carryover(Base, Identified):
    """What an application took over from ``source`` (none: a renewal of what was never asked here), counted then.

    Questions are dicts of program (0: the organization) and key. ``to_check`` were carried over although their words
    changed, ``checked`` is the part of them that somebody looked at; ``asked`` are new or no longer fit; ``dropped``
    stay with the earlier application alone. ``leaving`` are ids of programs that are not renewed.
    """

    __tablename__ = "carryover"

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"), unique=True)
    source_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application.id"), index=True)
    carried: Mapped[int] = mapped_column(default=0)
    to_check: Mapped[list[Any]] = mapped_column(default=list)
    checked: Mapped[list[Any]] = mapped_column(default=list)
    asked: Mapped[list[Any]] = mapped_column(default=list)
    dropped: Mapped[list[Any]] = mapped_column(default=list)
    leaving: Mapped[list[Any]] = mapped_column(default=list)
    statement: Mapped[str] = mapped_column(sa.String(60), default="")
    certified_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    certified_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="carryover", foreign_keys=[application_id])
    source: Mapped[Application | None] = relationship(foreign_keys=[source_id])
    certified_by: Mapped[User | None] = relationship()


class Notice(Base, Identified):
    """People were told once, ``days`` before something of theirs ends or lapses on ``about`` (a local date)."""

    __tablename__ = "notice"
    __table_args__ = (sa.UniqueConstraint("subject_type", "subject_id", "days", "about"),)

    subject_type: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int]
    days: Mapped[int]
    about: Mapped[date]


class OwnCopy(Base, Versioned):
    """A copy that an organization asked for: of one application, or of everything where there is none.

    ``fingerprint`` names the facts it was made from, so that the next person gets the same file while nothing changed.
    """

    __tablename__ = "own_copy"
    __table_args__ = (
        sa.Index("ix_own_copy_lookup", "organization_id", "application_id", "kind", "state"),
        sa.CheckConstraint("state <> 'ready' OR (storage_key <> '' AND made_at IS NOT NULL)", name="ready"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[CopyState] = mapped_column(choice(CopyState), default=CopyState.ASKED)
    kind: Mapped[CopyKind] = mapped_column(choice(CopyKind))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    application_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(80))
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    made_at: Mapped[datetime | None]
    storage_key: Mapped[str] = mapped_column(sa.String(200), default="")
    sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    size: Mapped[int] = mapped_column(default=0)

    organization: Mapped[Organization] = relationship()
    application: Mapped[Application | None] = relationship()

    @property
    def covers_everything(self) -> bool:
        """Whether it holds all applications of the organization."""
        return self.application_id is None and self.application is None
