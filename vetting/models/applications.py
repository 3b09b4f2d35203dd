"""The case: an application, its round, its answers and the office's requests for more."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.evidence import EvidenceLink
    from vetting.models.organizations import Organization, Program
    from vetting.models.reference import ReferenceVersion
    from vetting.models.renewals import Carryover
    from vetting.models.reviews import Decision, Review


class RoundState(enum.StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    DECIDED = "decided"
    CANCELLED = "cancelled"


class ApplicationKind(enum.StrEnum):
    REGISTRATION = "registration"
    PORTFOLIO = "portfolio"
    RENEWAL = "renewal"


class ApplicationState(enum.StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCREENING = "screening"
    INFORMATION_REQUESTED = "information_requested"
    IN_REVIEW = "in_review"
    READY_TO_DECIDE = "ready_to_decide"
    DECISION_DRAFTED = "decision_drafted"
    APPROVED = "approved"
    NOT_SELECTED = "not_selected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN_STATES = frozenset(
    {
        ApplicationState.SUBMITTED,
        ApplicationState.SCREENING,
        ApplicationState.INFORMATION_REQUESTED,
        ApplicationState.IN_REVIEW,
        ApplicationState.READY_TO_DECIDE,
        ApplicationState.DECISION_DRAFTED,
    }
)
CLOSED_STATES = frozenset(ApplicationState) - OPEN_STATES - {ApplicationState.DRAFT}


class RequestState(enum.StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CANCELLED = "cancelled"


class RequestItem(enum.StrEnum):
    DOCUMENT = "document"
    SECTION = "section"
    QUESTION = "question"


class Round(Base, Versioned):
    """An invitation to apply: its window, categories, minimum criteria and the standards it is scored under.

    ``opens_at`` and ``closes_at`` are instants; listings run on local dates, both inclusive. The rules of the deadline
    are pinned when the round opens: minutes of grace, and days after the end in which more time may be given.
    """

    __tablename__ = "round"
    __table_args__ = (
        sa.CheckConstraint("closes_at > opens_at", name="window"),
        sa.CheckConstraint("grace_minutes >= 0 AND extension_days >= 0", name="deadline"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[RoundState] = mapped_column(choice(RoundState), default=RoundState.DRAFT, index=True)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    decision_by: Mapped[date]
    listing_starts_on: Mapped[date]
    listing_ends_on: Mapped[date]
    grace_minutes: Mapped[int] = mapped_column(default=0)
    extension_days: Mapped[int] = mapped_column(default=0)
    category_keys: Mapped[list[str]]
    criteria: Mapped[dict[str, Any]] = mapped_column(default=dict)
    blind: Mapped[bool] = mapped_column(default=False)
    framework_version_id: Mapped[int] = mapped_column(sa.ForeignKey("reference_version.id"))
    form_version_id: Mapped[int] = mapped_column(sa.ForeignKey("reference_version.id"))

    framework_version: Mapped[ReferenceVersion] = relationship(foreign_keys=[framework_version_id])
    form_version: Mapped[ReferenceVersion] = relationship(foreign_keys=[form_version_id])


# Spelled like the conditions of the queue: an index over a part serves only who asks for that part in its words.
OPEN = f"state IN ({', '.join(repr(state.value) for state in sorted(OPEN_STATES))})"
_OPEN = sa.text(OPEN)


class Application(Base, Versioned):
    """A case. ``state_since`` and ``due_on`` serve the queue; ``received_at`` is the server's own receipt of it.

    A case lies with its coordinator, or in the pool named by ``pool_key`` (empty: the shared one) while it has none.
    One on hold wakes on the local day ``wakes_on``. The counts are kept by the steps that change what they count.
    """

    __tablename__ = "application"
    __table_args__ = (
        sa.CheckConstraint("kind <> 'portfolio' OR (program_id IS NOT NULL AND round_id IS NOT NULL)", name="scope"),
        sa.CheckConstraint(
            "state NOT IN ('submitted','screening','information_requested','in_review','ready_to_decide',"
            "'decision_drafted','approved','not_selected') OR received_at IS NOT NULL",
            name="received",
        ),
        # What is counted over years of cases: by state within a span of time, and by the states of a round.
        sa.Index("ix_application_state", "state", "received_at", "kind", "organization_id", "round_id"),
        sa.Index("ix_application_round_id", "round_id", "state", "received_at", "organization_id"),
        # All that the piles of open cases are counted by, for the few cases that are open.
        sa.Index(
            "ix_application_open",
            "state",
            "due_on",
            "coordinator_id",
            "kind",
            "pool_key",
            "held_since",
            "received_at",
            "reply_received_at",
            "message_received_at",
            "organization_id",
            "settings_version_id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        # Finished cases are many, so each order in which they are listed has its own index.
        sa.Index("ix_application_received", "received_at", "id"),
        sa.Index("ix_application_since", "state_since", "id"),
        sa.CheckConstraint("(held_since IS NULL) = (wakes_on IS NULL)", name="held"),
        sa.CheckConstraint("open_flags >= 0 AND missing_documents >= 0", name="counts"),
        sa.Index("ix_application_coordinator", "coordinator_id", "state", "due_on", "id"),
        sa.Index(
            "uq_application_live_registration",
            "organization_id",
            unique=True,
            sqlite_where=sa.text(
                "kind = 'registration' AND state IN ('draft','submitted','screening','information_requested',"
                "'in_review','ready_to_decide','decision_drafted')"
            ),
            postgresql_where=sa.text(
                "kind = 'registration' AND state IN ('draft','submitted','screening','information_requested',"
                "'in_review','ready_to_decide','decision_drafted')"
            ),
        ),
        sa.Index(
            "uq_application_live_renewal",
            "organization_id",
            unique=True,
            sqlite_where=sa.text(
                "kind = 'renewal' AND state IN ('draft','submitted','screening','information_requested',"
                "'in_review','ready_to_decide','decision_drafted')"
            ),
            postgresql_where=sa.text(
                "kind = 'renewal' AND state IN ('draft','submitted','screening','information_requested',"
                "'in_review','ready_to_decide','decision_drafted')"
            ),
        ),
        sa.Index(
            "uq_application_live_portfolio",
            "program_id",
            "round_id",
            "category_key",
            unique=True,
            sqlite_where=sa.text("kind = 'portfolio' AND state NOT IN ('withdrawn','expired')"),
            postgresql_where=sa.text("kind = 'portfolio' AND state NOT IN ('withdrawn','expired')"),
        ),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    kind: Mapped[ApplicationKind] = mapped_column(choice(ApplicationKind))
    state: Mapped[ApplicationState] = mapped_column(choice(ApplicationState), default=ApplicationState.DRAFT)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    program_id: Mapped[int | None] = mapped_column(sa.ForeignKey("program.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"))
    category_key: Mapped[str] = mapped_column(sa.String(60), default="")
    form_version_id: Mapped[int] = mapped_column(sa.ForeignKey("reference_version.id"))
    framework_version_id: Mapped[int] = mapped_column(sa.ForeignKey("reference_version.id"))
    settings_version_id: Mapped[int] = mapped_column(sa.ForeignKey("reference_version.id"))
    coordinator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    in_charge_since: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    state_since: Mapped[datetime]
    due_on: Mapped[date | None]
    reply_received_at: Mapped[datetime | None]
    message_received_at: Mapped[datetime | None]
    previous_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application.id"))
    # A renewal in which somebody certified that everything stands as it was.
    no_change: Mapped[bool] = mapped_column(default=False)
    pool_key: Mapped[str] = mapped_column(sa.String(40), default="")
    held_since: Mapped[date | None]
    wakes_on: Mapped[date | None]
    hold_reason: Mapped[str] = mapped_column(sa.Text, default="")
    held_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    escalated_on: Mapped[date | None]
    open_flags: Mapped[int] = mapped_column(default=0)
    missing_documents: Mapped[int] = mapped_column(default=0)
    # Entered by the office for somebody on the phone or at the desk, and what the organization says to it.
    assisted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    assisted_how: Mapped[str] = mapped_column(sa.String(20), default="")
    assisted_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    confirmed_how: Mapped[str] = mapped_column(sa.String(20), default="")
    # A senior person of the organization agrees to what is sent: to these very answers and documents.
    sign_off_asked_at: Mapped[datetime | None]
    signed_off_at: Mapped[datetime | None]
    signed_off_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    signed_off_sha256: Mapped[str] = mapped_column(sa.String(64), default="")

    organization: Mapped[Organization] = relationship()
    program: Mapped[Program | None] = relationship()
    round: Mapped[Round | None] = relationship()
    form_version: Mapped[ReferenceVersion] = relationship(foreign_keys=[form_version_id])
    framework_version: Mapped[ReferenceVersion] = relationship(foreign_keys=[framework_version_id])
    settings_version: Mapped[ReferenceVersion] = relationship(foreign_keys=[settings_version_id])
    coordinator: Mapped[User | None] = relationship(foreign_keys=[coordinator_id])
    held_by: Mapped[User | None] = relationship(foreign_keys=[held_by_id])
    assisted_by: Mapped[User | None] = relationship(foreign_keys=[assisted_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    signed_off_by: Mapped[User | None] = relationship(foreign_keys=[signed_off_by_id])
    previous: Mapped[Application | None] = relationship(remote_side="Application.id")
    carryover: Mapped[Carryover | None] = relationship(
        back_populates="application", foreign_keys="Carryover.application_id"
    )
    answers: Mapped[list[Answer]] = relationship(back_populates="application", order_by="Answer.id")
    evidence: Mapped[list[EvidenceLink]] = relationship(back_populates="application", order_by="EvidenceLink.id")
    requests: Mapped[list[InformationRequest]] = relationship(
        back_populates="application", order_by="InformationRequest.id"
    )
    reviews: Mapped[list[Review]] = relationship(back_populates="application", order_by="Review.id")
    decisions: Mapped[list[Decision]] = relationship(back_populates="application", order_by="Decision.id")


class Answer(Base, Versioned):
    """One answer to one question of the application's form version; ``program`` 0 means the organization's own.

    ``page`` is the mark of the open page that wrote it and the number of its save, so that a page whose earlier save
    got lost on the way back is not told that somebody else wrote, and one that comes late undoes nothing.
    """

    __tablename__ = "answer"
    __table_args__ = (sa.UniqueConstraint("application_id", "program", "question_key"),)

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"))
    program: Mapped[int] = mapped_column(default=0)
    question_key: Mapped[str] = mapped_column(sa.String(80))
    value: Mapped[Any] = mapped_column(sa.JSON)
    page: Mapped[str] = mapped_column(sa.String(32), default="")
    updated_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    application: Mapped[Application] = relationship(back_populates="answers")


class InformationRequest(Base, Versioned):
    """The office asks for one thing: a document, a section or a question. Only that item reopens."""

    __tablename__ = "information_request"
    __table_args__ = (sa.CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name="answered"),)

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"), index=True)
    state: Mapped[RequestState] = mapped_column(choice(RequestState), default=RequestState.OPEN)
    item: Mapped[RequestItem] = mapped_column(choice(RequestItem))
    item_key: Mapped[str] = mapped_column(sa.String(80))
    reason: Mapped[str] = mapped_column(sa.Text)
    due_on: Mapped[date]
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    reply: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="requests")

    @property
    def organization_id(self) -> int:
        return self.application.organization_id
