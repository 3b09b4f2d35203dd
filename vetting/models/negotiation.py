"""What happens to an agreement around its signatures: approvals, what was shown and said, and the days in force."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.accounts import Role
from vetting.models.agreements import Agreement
from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User


class ApprovalState(enum.StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"
    VOIDED = "voided"


class RemarkState(enum.StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Side(enum.StrEnum):
    """For whom somebody speaks about an agreement."""

    PARTNER = "partner"
    SCHOOL = "school"
    DISTRICT = "district"


class _OfAgreement:
    """Where a part of an agreement belongs, for the policy and for the history."""

    agreement: Mapped[Agreement]

    @property
    def organization_id(self) -> int:
        return self.agreement.organization_id

    @property
    def school_id(self) -> int:
        return self.agreement.school_id


class Approval(_OfAgreement, Base, Versioned):
    """A yes that an agreement needs before it is sent, in its place in the order.

    ``because`` is the buying rule that asks for it, or says that the person confirms and does not sign.
    ``content_sha256`` names the words that the yes is about.
    """

    __tablename__ = "agreement_approval"
    __table_args__ = (
        sa.Index("ix_agreement_approval_waiting", "state", "role"),
        sa.CheckConstraint("state NOT IN ('approved', 'returned') OR decided_by_id IS NOT NULL", name="decided"),
    )

    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement.id"), index=True)
    position: Mapped[int]
    role: Mapped[Role] = mapped_column(choice(Role))
    because: Mapped[str] = mapped_column(sa.String(40))
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[ApprovalState] = mapped_column(choice(ApprovalState), default=ApprovalState.WAITING)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(sa.Text, default="")

    agreement: Mapped[Agreement] = relationship()
    decided_by: Mapped[User | None] = relationship()


class AgreementEdition(_OfAgreement, Base, Identified):
    """The words as both sides were shown them while they were being agreed. Never changes."""

    __tablename__ = "agreement_edition"
    __table_args__ = (sa.UniqueConstraint("agreement_id", "number"),)

    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    side: Mapped[Side] = mapped_column(choice(Side))
    shared_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    shared_at: Mapped[datetime]

    agreement: Mapped[Agreement] = relationship()
    shared_by: Mapped[User] = relationship()


class Remark(_OfAgreement, Base, Versioned):
    """A comment on a part of an agreement, or (``proposed`` is not empty) other words for it.

    ``part`` is a key of the scope of service, or ``clause:`` with the key of a clause.
    """

    __tablename__ = "agreement_remark"

    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement.id"), index=True)
    part: Mapped[str] = mapped_column(sa.String(60))
    side: Mapped[Side] = mapped_column(choice(Side))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    was: Mapped[str] = mapped_column(sa.Text, default="")
    proposed: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[RemarkState] = mapped_column(choice(RemarkState), default=RemarkState.OPEN)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]

    agreement: Mapped[Agreement] = relationship()
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])


class ForceSpell(Base, Identified):
    """Local days, both inclusive, on which an agreement was in force without a break; ``last_on`` is open while it is.

    A spell that began and ended on one day has its last day before its first, and covers no day.
    """

    __tablename__ = "agreement_spell"

    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date | None]
