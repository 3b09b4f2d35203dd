"""What stands between organizations and between an organization and its people: an offer to take over, a fiscal
sponsor, a suspicion that two records are one organization, and a new address that is not proven yet."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Versioned, choice
from vetting.refs import new_reference

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.organizations import Organization


class OfferState(enum.StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    EXPIRED = "expired"


class SponsorshipState(enum.StrEnum):
    """``NAMED`` is a sponsor that is not registered with us, so that nobody of theirs can confirm it here."""

    NAMED = "named"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    ENDED = "ended"


class DuplicateState(enum.StrEnum):
    SUSPECTED = "suspected"
    DIFFERENT = "different"
    MERGED = "merged"


class EmailChangeState(enum.StrEnum):
    PENDING = "pending"
    DONE = "done"
    CANCELLED = "cancelled"


class OwnershipOffer(Base, Versioned):
    """One owner hands the organization to another of its people. Nothing changes until that person accepts.

    ``answer_by`` is the last local day on which that can be done.
    """

    __tablename__ = "ownership_offer"
    __table_args__ = (
        sa.Index(
            "uq_ownership_offer_live",
            "organization_id",
            unique=True,
            sqlite_where=sa.text("state = 'offered'"),
            postgresql_where=sa.text("state = 'offered'"),
        ),
        sa.CheckConstraint("from_user_id <> to_user_id", name="two_people"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_reference("OFR"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    from_user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    to_user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    state: Mapped[OfferState] = mapped_column(choice(OfferState), default=OfferState.OFFERED)
    answer_by: Mapped[date]
    settled_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship()
    from_user: Mapped[User] = relationship(foreign_keys=[from_user_id])
    to_user: Mapped[User] = relationship(foreign_keys=[to_user_id])


class Sponsorship(Base, Versioned):
    """The organization that holds the money for a group without a tax id of its own.

    A registered sponsor is ``sponsor`` and confirms by itself; any other is a name with a tax id, kept like every tax
    id: encrypted, with a keyed digest, and four digits to show.
    """

    __tablename__ = "sponsorship"
    __table_args__ = (
        sa.CheckConstraint("sponsor_id IS NULL OR sponsor_id <> organization_id", name="another"),
        sa.Index(
            "uq_sponsorship_live",
            "organization_id",
            unique=True,
            sqlite_where=sa.text("state IN ('named','asked','confirmed')"),
            postgresql_where=sa.text("state IN ('named','asked','confirmed')"),
        ),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_reference("SPO"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    sponsor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    sponsor_name: Mapped[str] = mapped_column(sa.String(200))
    ein_encrypted: Mapped[bytes | None]
    ein_digest: Mapped[str | None] = mapped_column(sa.String(64))
    ein_last4: Mapped[str | None] = mapped_column(sa.String(4))
    state: Mapped[SponsorshipState] = mapped_column(choice(SponsorshipState), default=SponsorshipState.NAMED)
    settled_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id])
    sponsor: Mapped[Organization | None] = relationship(foreign_keys=[sponsor_id])


class DuplicatePair(Base, Versioned):
    """Two records that may be one organization, the older one first, and why we think so."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        sa.UniqueConstraint("first_id", "second_id"),
        sa.CheckConstraint("first_id < second_id", name="order"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_reference("DUP"))
    first_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    second_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    state: Mapped[DuplicateState] = mapped_column(choice(DuplicateState), default=DuplicateState.SUSPECTED, index=True)
    reasons: Mapped[list[Any]]
    settled_because: Mapped[str] = mapped_column(sa.Text, default="")
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    settled_at: Mapped[datetime | None]

    first: Mapped[Organization] = relationship(foreign_keys=[first_id])
    second: Mapped[Organization] = relationship(foreign_keys=[second_id])


class EmailChange(Base, Versioned):
    """A new address for an account, in force once both the present and the new address have agreed."""

    __tablename__ = "email_change"
    __table_args__ = (
        sa.Index(
            "uq_email_change_live",
            "user_id",
            unique=True,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        ),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_reference("EML"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    old_email: Mapped[str] = mapped_column(sa.String(255))
    new_email: Mapped[str] = mapped_column(sa.String(255))
    state: Mapped[EmailChangeState] = mapped_column(choice(EmailChangeState), default=EmailChangeState.PENDING)
    old_nonce: Mapped[str] = mapped_column(sa.String(32))
    new_nonce: Mapped[str] = mapped_column(sa.String(32))
    old_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    new_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    old_agreed_at: Mapped[datetime | None]
    new_agreed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()
