"""What the partnerships office does with a case: assign, declare, rate, decide."""

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


class ReviewState(enum.StrEnum):
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    STEPPED_ASIDE = "stepped_aside"
    DECLINED = "declined"
    ABSTAINED = "abstained"
    RELEASED = "released"


class ConflictState(enum.StrEnum):
    DECLARED = "declared"
    LIFTED = "lifted"
    DENIED = "denied"


class AttestationState(enum.StrEnum):
    MADE = "made"
    SUPERSEDED = "superseded"


class DecisionState(enum.StrEnum):
    DRAFTED = "drafted"
    RELEASED = "released"
    RETURNED = "returned"


class Outcome(enum.StrEnum):
    APPROVE = "approve"
    NOT_SELECT = "not_select"


class Review(Base, Versioned):
    """One reviewer's independent look at a case. Nobody sees another's before submitting their own.

    ``revision`` counts how often it was submitted or corrected since; each is kept whole in a ``ReviewRevision``.
    """

    __tablename__ = "review"
    __table_args__ = (
        sa.Index("ix_review_reviewer_id", "reviewer_id", "state", "application_id"),
        # Nearly all reviews are done; the few that are owed are counted for everybody on the lead's page.
        sa.Index(
            "ix_review_owed",
            "reviewer_id",
            "application_id",
            sqlite_where=sa.text("state IN ('assigned', 'in_progress')"),
            postgresql_where=sa.text("state IN ('assigned', 'in_progress')"),
        ),
        sa.CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted"),
        sa.CheckConstraint("state NOT IN ('in_progress', 'submitted') OR no_conflict_at IS NOT NULL", name="declared"),
        sa.Index(
            "uq_review_live",
            "application_id",
            "reviewer_id",
            unique=True,
            sqlite_where=sa.text("state IN ('assigned', 'in_progress', 'submitted')"),
            postgresql_where=sa.text("state IN ('assigned', 'in_progress', 'submitted')"),
        ),
    )

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    assigned_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    state: Mapped[ReviewState] = mapped_column(choice(ReviewState), default=ReviewState.ASSIGNED)
    due_on: Mapped[date | None]
    reminded_on: Mapped[date | None]
    no_conflict_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    revision: Mapped[int] = mapped_column(default=0)
    left_reason: Mapped[str] = mapped_column(sa.Text, default="")

    application: Mapped[Application] = relationship(back_populates="reviews")
    reviewer: Mapped[User] = relationship(foreign_keys=[reviewer_id])
    ratings: Mapped[list[Rating]] = relationship(back_populates="review", order_by="Rating.id")
    revisions: Mapped[list[ReviewRevision]] = relationship(back_populates="review", order_by="ReviewRevision.number")

    @property
    def organization_id(self) -> int:
        return self.application.organization_id


class Rating(Base, Versioned):
    """A level (1-4) on one indicator, or not applicable. ``met`` is used instead where a check is yes or no.

    ``note`` is for the office; ``citations`` are dicts of ``doc`` (document reference and version number) and ``page``.
    """

    __tablename__ = "rating"
    __table_args__ = (
        sa.UniqueConstraint("review_id", "indicator_key"),
        sa.CheckConstraint("level IS NULL OR level BETWEEN 1 AND 4", name="level"),
        sa.CheckConstraint("NOT (not_applicable AND (level IS NOT NULL OR met IS NOT NULL))", name="one_answer"),
    )

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"))
    indicator_key: Mapped[str] = mapped_column(sa.String(40))
    level: Mapped[int | None]
    met: Mapped[bool | None]
    not_applicable: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    note: Mapped[str] = mapped_column(sa.Text, default="")
    citations: Mapped[list[Any]] = mapped_column(default=list)

    review: Mapped[Review] = relationship(back_populates="ratings")


class ReviewRevision(Base, Identified):
    """A review as it was sent in, or corrected, with the reason for the correction. Never changed."""

    __tablename__ = "review_revision"
    __table_args__ = (sa.UniqueConstraint("review_id", "number"),)

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    ratings: Mapped[list[Any]] = mapped_column(default=list)

    review: Mapped[Review] = relationship(back_populates="revisions")


class Attestation(Base, Versioned):
    """A person's yearly word on their interests. ``interests`` are dicts of ``kind`` and ``text``.

    ``year`` is the school year, such as 2026-27. A new one in the same year supersedes the last.
    """

    __tablename__ = "attestation"
    __table_args__ = (
        sa.Index(
            "uq_attestation_made",
            "user_id",
            "year",
            unique=True,
            sqlite_where=sa.text("state = 'made'"),
            postgresql_where=sa.text("state = 'made'"),
        ),
    )

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    year: Mapped[str] = mapped_column(sa.String(8))
    state: Mapped[AttestationState] = mapped_column(choice(AttestationState), default=AttestationState.MADE)
    text_version: Mapped[str] = mapped_column(sa.String(20))
    interests: Mapped[list[Any]] = mapped_column(default=list)

    user: Mapped[User] = relationship()


class Conflict(Base, Versioned):
    """A person's word on an organization: an interest, so that they may not act on its cases, or that there is none.

    ``hints`` are the marks of what spoke for an interest when a person said that there is none; a new one asks again.
    Nobody lifts their own.
    """

    __tablename__ = "conflict"
    __table_args__ = (
        sa.Index(
            "uq_conflict_live",
            "user_id",
            "organization_id",
            unique=True,
            sqlite_where=sa.text("state = 'declared'"),
            postgresql_where=sa.text("state = 'declared'"),
        ),
    )

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    state: Mapped[ConflictState] = mapped_column(choice(ConflictState), default=ConflictState.DECLARED)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    hints: Mapped[list[Any]] = mapped_column(default=list)

    user: Mapped[User] = relationship()


class Decision(Base, Versioned):
    """An outcome drafted by one person and released by another. ``findings`` cites each standard."""

    __tablename__ = "decision"
    __table_args__ = (
        sa.CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released"),
        sa.CheckConstraint("released_by_id IS NULL OR released_by_id <> drafted_by_id", name="two_people"),
        sa.Index(
            "uq_decision_live",
            "application_id",
            unique=True,
            sqlite_where=sa.text("state IN ('drafted', 'released')"),
            postgresql_where=sa.text("state IN ('drafted', 'released')"),
        ),
        # Nearly all decisions are released; who may release the others is asked for every open case.
        sa.Index(
            "ix_decision_drafted",
            "drafted_by_id",
            "application_id",
            sqlite_where=sa.text("state = 'drafted'"),
            postgresql_where=sa.text("state = 'drafted'"),
        ),
    )

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"), index=True)
    state: Mapped[DecisionState] = mapped_column(choice(DecisionState), default=DecisionState.DRAFTED)
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome))
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    released_at: Mapped[datetime | None]
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    findings: Mapped[list[Any]] = mapped_column(default=list)
    evidence_pins: Mapped[list[Any]] = mapped_column(default=list)

    application: Mapped[Application] = relationship(back_populates="decisions")
    drafted_by: Mapped[User] = relationship(foreign_keys=[drafted_by_id])
    released_by: Mapped[User | None] = relationship(foreign_keys=[released_by_id])

    @property
    def organization_id(self) -> int:
        return self.application.organization_id
