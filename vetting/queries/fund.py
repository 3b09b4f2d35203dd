"""Balances of the Partnership Fund, in integer cents."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.models import Allocation, FundYear, LedgerAccount, LedgerEntry, LedgerLine

PARTNERSHIP_FUND = "partnership_fund"


def allocation(session: Session, school_id: int, fiscal_year: str) -> Allocation | None:
    """The school's allocation of the fiscal year, or None when it has none."""
    return session.scalars(
        sa.select(Allocation)
        .join(FundYear, FundYear.id == Allocation.fund_year_id)
        .options(joinedload(Allocation.fund_year))
        .where(
            Allocation.school_id == school_id,
            FundYear.fiscal_year == fiscal_year,
            FundYear.fund_type == PARTNERSHIP_FUND,
        )
    ).first()


def balances(session: Session, school_id: int, fund_year_id: int) -> dict[LedgerAccount, int]:
    """Cents on each account of a school in a fund year."""
    rows = session.execute(
        sa.select(LedgerLine.account, sa.func.sum(LedgerLine.amount_cents))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerEntry.school_id == school_id, LedgerEntry.fund_year_id == fund_year_id)
        .group_by(LedgerLine.account)
    )
    found = dict.fromkeys(LedgerAccount, 0)
    found.update({account: int(total) for account, total in rows})
    return found


def available_cents(session: Session, school_id: int, fiscal_year: str) -> int:
    """What the school may still commit in the fiscal year."""
    share = allocation(session, school_id, fiscal_year)
    if share is None:
        return 0
    return balances(session, school_id, share.fund_year_id)[LedgerAccount.AVAILABLE]
