"""What a day at the desk leaves behind: notes and messages, flags, cover for absence, runs over many cases, views."""

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


class NoteKind(enum.StrEnum):
    COMMENT = "comment"
    MESSAGE = "message"
    CALL = "call"
    VISIT = "visit"
    MEETING = "meeting"


class NoteState(enum.StrEnum):
    KEPT = "kept"
    TAKEN_BACK = "taken_back"


class SeenBy(enum.StrEnum):
    """Who reads a note: the office alone, or the applicant as well."""

    OFFICE = "office"
    APPLICANT = "applicant"


class FlagState(enum.StrEnum):
    RAISED = "raised"
    RESOLVED = "resolved"


class CoverState(enum.StrEnum):
    AGREED = "agreed"
    ENDED = "ended"


class BulkAct(enum.StrEnum):
    """What a run does to each of its cases."""

    ASSIGN_REVIEWERS = "assign_reviewers"
    HAND_OVER = "hand_over"
    REMIND = "remind"
    REQUEST_DOCUMENT = "request_document"
    MOVE = "move"


class BulkRunState(enum.StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class BulkItemState(enum.StrEnum):
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Feature(enum.StrEnum):
    """Parts of the desk that a small office does not need. Each is off, and not shown, until it is switched on."""

    AUTOMATIC_ASSIGNMENT = "automatic_assignment"
    BLIND_REVIEW = "blind_review"
    LANES = "lanes"
    COVER = "cover"
    CROSS_CASE_RATING = "cross_case_rating"
    ATTESTATION_FIRST = "attestation_first"


class FeatureState(enum.StrEnum):
    ON = "on"
    OFF = "off"


class Note(Base, Versioned):
    """Something said or written about a case: a comment, a message, or the record of a call, visit or meeting.

    A message is the one kind an applicant reads and writes. ``nameless`` says that a comment names nobody of the
    applicant: reviewers of a blind round read no other. The text never changes; one taken back says so.
    """

    __tablename__ = "note"
    __table_args__ = (
        sa.Index("ix_note_application", "application_id", "id"),
        sa.CheckConstraint("(kind = 'message') = (seen_by = 'applicant')", name="message"),
    )

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("note.id"))
    kind: Mapped[NoteKind] = mapped_column(choice(NoteKind))
    state: Mapped[NoteState] = mapped_column(choice(NoteState), default=NoteState.KEPT)
    seen_by: Mapped[SeenBy] = mapped_column(choice(SeenBy), default=SeenBy.OFFICE)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    from_applicant: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str] = mapped_column(sa.Text)
    happened_on: Mapped[date | None]
    with_whom: Mapped[str] = mapped_column(sa.String(200), default="")
    nameless: Mapped[bool] = mapped_column(default=False)

    application: Mapped[Application] = relationship()
    author: Mapped[User] = relationship()
    parent: Mapped[Note | None] = relationship(remote_side="Note.id")

    @property
    def organization_id(self) -> int:
        return self.application.organization_id


class Flag(Base, Versioned):
    """Something about a case that somebody has to settle. ``section`` is a section of its form, or empty."""

    __tablename__ = "flag"
    __table_args__ = (
        sa.Index("ix_flag_application", "application_id", "state"),
        sa.CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved"),
    )

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"))
    state: Mapped[FlagState] = mapped_column(choice(FlagState), default=FlagState.RAISED)
    reason: Mapped[str] = mapped_column(sa.Text)
    section: Mapped[str] = mapped_column(sa.String(80), default="")
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    raised_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    resolution: Mapped[str] = mapped_column(sa.Text, default="")
    resolved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    resolved_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()
    owner: Mapped[User] = relationship(foreign_keys=[owner_id])
    raised_by: Mapped[User] = relationship(foreign_keys=[raised_by_id])
    resolved_by: Mapped[User | None] = relationship(foreign_keys=[resolved_by_id])

    @property
    def organization_id(self) -> int:
        return self.application.organization_id


class Cover(Base, Versioned):
    """One person looks after another's cases between two local dates, both inclusive.

    An empty ``kind`` covers every case. Independent reviews are never covered, and cover never passes on.
    """

    __tablename__ = "cover"
    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("absent_id <> substitute_id", name="two_people"),
    )

    absent_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    state: Mapped[CoverState] = mapped_column(choice(CoverState), default=CoverState.AGREED)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    kind: Mapped[str] = mapped_column(sa.String(48), default="")
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))

    absent: Mapped[User] = relationship(foreign_keys=[absent_id])
    substitute: Mapped[User] = relationship(foreign_keys=[substitute_id])


class BulkRun(Base, Versioned):
    """One act over many cases: planned, shown, then carried out case by case by the worker."""

    __tablename__ = "bulk_run"

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    act: Mapped[BulkAct] = mapped_column(choice(BulkAct))
    state: Mapped[BulkRunState] = mapped_column(choice(BulkRunState), default=BulkRunState.PLANNED)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    finished_at: Mapped[datetime | None]

    made_by: Mapped[User] = relationship()
    items: Mapped[list[BulkItem]] = relationship(back_populates="run", order_by="BulkItem.position")


class BulkItem(Base, Versioned):
    """What a run does to one case. ``action`` holds what was planned, ``outcome`` the receipt's sentence."""

    __tablename__ = "bulk_item"
    __table_args__ = (sa.UniqueConstraint("run_id", "position"), sa.Index("ix_bulk_item_state", "run_id", "state"))

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("bulk_run.id"))
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"), index=True)
    position: Mapped[int]
    state: Mapped[BulkItemState] = mapped_column(choice(BulkItemState), default=BulkItemState.WAITING)
    action: Mapped[dict[str, Any]] = mapped_column(default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)

    run: Mapped[BulkRun] = relationship(back_populates="items")
    application: Mapped[Application] = relationship()

    @property
    def organization_id(self) -> int:
        return self.application.organization_id


class DeskFeature(Base, Versioned):
    """Whether a part of the desk is in use. A feature without a row is off."""

    __tablename__ = "desk_feature"

    feature: Mapped[Feature] = mapped_column(choice(Feature), unique=True)
    state: Mapped[FeatureState] = mapped_column(choice(FeatureState), default=FeatureState.OFF)


class SavedView(Base, Identified):
    """A view of the queue under a name: a person's own, or offered to the whole team."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.UniqueConstraint("owner_id", "name"),)

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    team: Mapped[bool] = mapped_column(default=False)

    owner: Mapped[User] = relationship()


class Expertise(Base):
    """What a reviewer knows well: facet ``category``, ``language`` or ``lane`` with one of its values."""

    __tablename__ = "expertise"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    facet: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)


class ReviewerLimit(Base, Identified):
    """The most reviews a person takes on at once; nobody without a row has a limit of their own."""

    __tablename__ = "reviewer_limit"
    __table_args__ = (sa.CheckConstraint("most >= 0", name="most"),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    most: Mapped[int]


class Stay(Base, Identified):
    """How long a case was in one state, so that waiting times need no walk through history.

    ``counted`` says that an ended stay is already part of the ``StayFigure`` rows.
    """

    __tablename__ = "stay"
    __table_args__ = (
        sa.Index("ix_stay_state", "case_state", "ended_at"),
        sa.Index(
            "uq_stay_open",
            "application_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_stay_application", "application_id", "id"),
        sa.Index(
            "ix_stay_uncounted",
            "id",
            sqlite_where=sa.text("ended_at IS NOT NULL AND counted = 0"),
            postgresql_where=sa.text("ended_at IS NOT NULL AND NOT counted"),
        ),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="order"),
    )

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"))
    kind: Mapped[str] = mapped_column(sa.String(48))
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"))
    case_state: Mapped[str] = mapped_column(sa.String(48))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counted: Mapped[bool] = mapped_column(default=False)


class StayFigure(Base, Identified):
    """How many stays that ended in one local month (its first day) took so many business days."""

    __tablename__ = "stay_figure"
    __table_args__ = (
        sa.UniqueConstraint("month", "case_state", "kind", "round_id", "business_days"),
        sa.CheckConstraint("business_days >= 0 AND cases > 0", name="counts"),
    )

    month: Mapped[date]
    case_state: Mapped[str] = mapped_column(sa.String(48))
    kind: Mapped[str] = mapped_column(sa.String(48))
    # 0 where there is no round, because a unique constraint takes two empty values for different ones.
    round_id: Mapped[int] = mapped_column(default=0)
    business_days: Mapped[int]
    cases: Mapped[int]


class Submission(Base, Identified):
    """What an applicant had given at the moment they sent it: the application, and each completed reply.

    ``answers`` are dicts of program, key and value; ``documents`` of type, document, number and sha256.
    """

    __tablename__ = "submission"
    __table_args__ = (sa.UniqueConstraint("application_id", "number"),)

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    answers: Mapped[list[Any]] = mapped_column(default=list)
    documents: Mapped[list[Any]] = mapped_column(default=list)
