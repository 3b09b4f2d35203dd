"""The district's last signature on many agreements, and the yearly run that renews them."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.agreements import Agreement, Signer


class SigningHoldState(enum.StrEnum):
    HELD = "held"
    LIFTED = "lifted"
    WOKEN = "woken"


class SigningBatchState(enum.StrEnum):
    DRAWN_UP = "drawn_up"
    RUNNING = "running"
    FINISHED = "finished"
    DROPPED = "dropped"


class SigningItemState(enum.StrEnum):
    WAITING = "waiting"
    SIGNED = "signed"
    REFUSED = "refused"
    DROPPED = "dropped"


class RenewalRunState(enum.StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class RenewalItemState(enum.StrEnum):
    WAITING = "waiting"
    PASSED_OVER = "passed_over"
    LEFT_OUT = "left_out"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class RenewalWay(enum.StrEnum):
    """How an agreement goes on: both sides are told that it does so by itself, a new draft is begun, or not at all."""

    NOTICE = "notice"
    DRAFT = "draft"
    NONE = "none"


class SigningHold(Base, Versioned):
    """An agreement that its signer puts aside until a local day, with the reason that its drafter reads."""

    __tablename__ = "signing_hold"
    __table_args__ = (
        sa.Index(
            "uq_signing_hold_live",
            "signer_id",
            unique=True,
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        ),
        sa.Index("ix_signing_hold_signer", "signer_id", "id"),
        sa.Index("ix_signing_hold_wakes", "state", "wakes_on"),
    )

    signer_id: Mapped[int] = mapped_column(sa.ForeignKey("signer.id"))
    state: Mapped[SigningHoldState] = mapped_column(choice(SigningHoldState), default=SigningHoldState.HELD)
    reason: Mapped[str] = mapped_column(sa.Text)
    wakes_on: Mapped[date]
    ended_at: Mapped[datetime | None]

    signer: Mapped[Signer] = relationship()

    @property
    def user_id(self) -> int:
        return self.signer.user_id

    @property
    def agreement(self) -> Agreement:
        return self.signer.agreement_version.agreement

    @property
    def agreement_id(self) -> int:
        return self.signer.agreement_version.agreement_id

    @property
    def organization_id(self) -> int:
        return self.agreement.organization_id

    @property
    def school_id(self) -> int:
        return self.agreement.school_id

    @property
    def created_by_id(self) -> int:
        """Who began the draft, and so is told."""
        return self.agreement.created_by_id


class TextOpened(Base, Identified):
    """That a signer opened the exact text of their version: the first time, as the server saw it."""

    __tablename__ = "text_opened"

    signer_id: Mapped[int] = mapped_column(sa.ForeignKey("signer.id"), unique=True)
    content_sha256: Mapped[str] = mapped_column(sa.String(64))


class SigningBatch(Base, Versioned):
    """Agreements of identical terms that one person signs by one act.

    ``digest`` names the list of texts in its order; the proof of identity is bound to it. What a signature records of
    the act (name typed, title, method, address, agent, when) stands here until each item is carried out.
    """

    __tablename__ = "signing_batch"
    __table_args__ = (sa.CheckConstraint("state IN ('drawn_up', 'dropped') OR given_at IS NOT NULL", name="given"),)

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[SigningBatchState] = mapped_column(choice(SigningBatchState), default=SigningBatchState.DRAWN_UP)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    terms_sha256: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))
    given: Mapped[dict[str, Any]] = mapped_column(default=dict)
    given_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
    items: Mapped[list[SigningItem]] = relationship(back_populates="batch", order_by="SigningItem.position")


class SigningItem(Base, Versioned):
    """One agreement of a batch: the text that was shown, and what came of it."""

    __tablename__ = "signing_item"
    __table_args__ = (
        sa.UniqueConstraint("batch_id", "position"),
        sa.UniqueConstraint("batch_id", "signer_id"),
        sa.Index("ix_signing_item_state", "batch_id", "state"),
    )

    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("signing_batch.id"))
    signer_id: Mapped[int] = mapped_column(sa.ForeignKey("signer.id"), index=True)
    position: Mapped[int]
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[SigningItemState] = mapped_column(choice(SigningItemState), default=SigningItemState.WAITING)
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)

    batch: Mapped[SigningBatch] = relationship(back_populates="items")
    signer: Mapped[Signer] = relationship()

    @property
    def user_id(self) -> int:
        return self.batch.user_id

    @property
    def agreement_id(self) -> int:
        return self.signer.agreement_version.agreement_id

    @property
    def organization_id(self) -> int:
        return self.signer.organization_id


class RenewalRun(Base, Versioned):
    """The renewal of everything that ends between two local days, both inclusive: planned, shown, carried out."""

    __tablename__ = "renewal_run"
    __table_args__ = (sa.CheckConstraint("ends_until >= ends_from", name="dates"),)

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[RenewalRunState] = mapped_column(choice(RenewalRunState), default=RenewalRunState.PLANNED)
    school_year: Mapped[str] = mapped_column(sa.String(7))
    ends_from: Mapped[date]
    ends_until: Mapped[date]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    finished_at: Mapped[datetime | None]

    made_by: Mapped[User] = relationship()
    items: Mapped[list[RenewalItem]] = relationship(back_populates="run", order_by="RenewalItem.position")


class RenewalItem(Base, Versioned):
    """What a run does with one agreement: what was planned, who left it out and why, what came of it."""

    __tablename__ = "renewal_item"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "position"),
        sa.Index("ix_renewal_item_state", "run_id", "state"),
    )

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("renewal_run.id"))
    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement.id"), index=True)
    position: Mapped[int]
    way: Mapped[RenewalWay] = mapped_column(choice(RenewalWay))
    state: Mapped[RenewalItemState] = mapped_column(choice(RenewalItemState), default=RenewalItemState.WAITING)
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    left_out_reason: Mapped[str] = mapped_column(sa.Text, default="")
    made_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agreement.id"))

    run: Mapped[RenewalRun] = relationship(back_populates="items")
    agreement: Mapped[Agreement] = relationship(foreign_keys=[agreement_id])
    made: Mapped[Agreement | None] = relationship(foreign_keys=[made_id])

    @property
    def organization_id(self) -> int:
        return self.agreement.organization_id

    @property
    def school_id(self) -> int:
        return self.agreement.school_id
