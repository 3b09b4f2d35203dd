"""The Partnership Fund: a fund year, each school's allocation, and a double-entry ledger in integer cents."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.schools import School


class FundYearState(enum.StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class LedgerKind(enum.StrEnum):
    ALLOCATION = "allocation"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    COMMITMENT = "commitment"
    RELEASE = "release"
    PURCHASE_ORDER = "purchase_order"
    INVOICE = "invoice"
    PAYMENT = "payment"
    CARRYOVER = "carryover"


class LedgerAccount(enum.StrEnum):
    """Accounts of a school in a fund year; money moves from one to another and every entry sums to zero."""

    FUND = "fund"
    AVAILABLE = "available"
    COMMITTED = "committed"
    ORDERED = "ordered"
    INVOICED = "invoiced"
    PAID = "paid"
    NEXT_YEAR = "next_year"


class FundYear(Base, Versioned):
    """One fiscal year of one fund type: the total, the Opportunity Index threshold (hundredths) and the formula."""

    __tablename__ = "fund_year"
    __table_args__ = (
        sa.UniqueConstraint("fund_type", "fiscal_year"),
        sa.CheckConstraint("total_cents >= 0", name="total"),
    )

    fund_type: Mapped[str] = mapped_column(sa.String(40), default="partnership_fund")
    fiscal_year: Mapped[str] = mapped_column(sa.String(8))
    school_year: Mapped[str] = mapped_column(sa.String(7))
    state: Mapped[FundYearState] = mapped_column(choice(FundYearState), default=FundYearState.DRAFT)
    total_cents: Mapped[int]
    threshold_hundredths: Mapped[int]
    need_weight: Mapped[str] = mapped_column(sa.String(40), default="oi")
    index_year: Mapped[str] = mapped_column(sa.String(7))
    enrollment_year: Mapped[str] = mapped_column(sa.String(7))
    made_up: Mapped[bool] = mapped_column(default=False)

    allocations: Mapped[list[Allocation]] = relationship(back_populates="fund_year", order_by="Allocation.id")


class Allocation(Base, Versioned):
    """What one school may spend in one fund year, with the numbers that explain it."""

    __tablename__ = "allocation"
    __table_args__ = (
        sa.UniqueConstraint("fund_year_id", "school_id"),
        sa.CheckConstraint("amount_cents >= 0", name="amount"),
    )

    fund_year_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_year.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    amount_cents: Mapped[int]
    explanation: Mapped[dict[str, Any]] = mapped_column(default=dict)

    fund_year: Mapped[FundYear] = relationship(back_populates="allocations")
    school: Mapped[School] = relationship()


class LedgerEntry(Base, Identified):
    """One movement of money. Its lines sum to zero. Entries are never changed; a mistake is put right by another."""

    __tablename__ = "ledger_entry"

    fund_year_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_year.id"), index=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    kind: Mapped[LedgerKind] = mapped_column(choice(LedgerKind))
    memo: Mapped[str] = mapped_column(sa.String(300), default="")
    agreement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agreement.id"), index=True)
    business_key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    posted_at: Mapped[datetime]
    posted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    lines: Mapped[list[LedgerLine]] = relationship(back_populates="entry", order_by="LedgerLine.id")


class LedgerLine(Base):
    """A signed amount in cents on one account."""

    __tablename__ = "ledger_line"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.id"), index=True)
    account: Mapped[LedgerAccount] = mapped_column(choice(LedgerAccount))
    amount_cents: Mapped[int]

    entry: Mapped[LedgerEntry] = relationship(back_populates="lines")
