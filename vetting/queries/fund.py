"""Balances of the Partnership Fund, in integer cents."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.fund.allocation import Allocation as Division
from vetting.fund.allocation import FundRule, NeedWeight, Share, explain
from vetting.models import (
    Allocation,
    FundYear,
    FundYearState,
    IndexScore,
    LedgerAccount,
    LedgerEntry,
    LedgerKind,
    LedgerLine,
    School,
    SchoolYear,
)
from vetting.text import Message

PARTNERSHIP_FUND = "partnership_fund"

SPENT = (LedgerAccount.COMMITTED, LedgerAccount.ORDERED, LedgerAccount.INVOICED, LedgerAccount.PAID)
"""Where money stands once an agreement has claimed it."""


def allocation(session: Session, school_id: int, fiscal_year: str, *, lock: bool = False) -> Allocation | None:
    """The school's allocation of the fiscal year, or None when it has none.

    With ``lock`` nobody else moves the school's money until the transaction ends.
    """
    query = (
        sa.select(Allocation)
        .join(FundYear, FundYear.id == Allocation.fund_year_id)
        .options(joinedload(Allocation.fund_year))
        .where(
            Allocation.school_id == school_id,
            FundYear.fiscal_year == fiscal_year,
            FundYear.fund_type == PARTNERSHIP_FUND,
        )
    )
    if lock:
        query = query.with_for_update(of=Allocation).execution_options(populate_existing=True)
    return session.scalars(query).first()


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


def released(session: Session, agreement_id: int) -> bool:
    """Whether an agreement has given its commitment back."""
    query = sa.select(LedgerEntry.id).where(
        LedgerEntry.agreement_id == agreement_id, LedgerEntry.kind == LedgerKind.RELEASE
    )
    return session.scalars(query.limit(1)).first() is not None


def available_cents(session: Session, school_id: int, fiscal_year: str, *, lock: bool = False) -> int:
    """What the school may still commit in the fiscal year; with ``lock`` nobody else can commit it meanwhile."""
    share = allocation(session, school_id, fiscal_year, lock=lock)
    if share is None:
        return 0
    return balances(session, school_id, share.fund_year_id)[LedgerAccount.AVAILABLE]


@dataclass(frozen=True)
class Figures:
    """A school's money of one fund year in cents, and why it got that much. What is paid is a part of ``committed``."""

    year: FundYear
    allocated: int
    committed: int
    paid: int
    left: int
    why: tuple[Message, ...]


@dataclass(frozen=True)
class ShareLine:
    """A school's line in the table of a fund year, in cents."""

    school: School
    share: Allocation
    committed: int
    left: int


def figures(session: Session, school_id: int, fiscal_year: str) -> Figures | None:
    """Where a school's money stands; None when it has no published allocation in the fiscal year."""
    share = allocation(session, school_id, fiscal_year)
    if share is None or share.fund_year.state is FundYearState.DRAFT:
        return None
    return _figures(share, balances(session, school_id, share.fund_year_id))


def _figures(share: Allocation, accounts: dict[LedgerAccount, int]) -> Figures:
    spent = sum(accounts[account] for account in SPENT)
    left = accounts[LedgerAccount.AVAILABLE]
    return Figures(share.fund_year, left + spent, spent, accounts[LedgerAccount.PAID], left, why(share))


def why(share: Allocation) -> tuple[Message, ...]:
    """ "Why this amount?" from the numbers that were kept with the allocation."""
    kept = share.explanation
    if not kept:
        return ()
    year = share.fund_year
    rule = FundRule(int(kept["threshold_hundredths"]), NeedWeight(year.need_weight))
    enrollment, points = int(kept["enrollment"]), int(kept["points"])
    pool_cents, all_points = int(kept["pool_cents"]), int(kept["all_points"])
    line = Share(
        school=str(share.school_id),
        enrollment=enrollment,
        index=int(kept["index_hundredths"]),
        eligible=bool(kept["eligible"]),
        weight=points // enrollment if enrollment else 0,
        product=points,
        exact_cents=Fraction(pool_cents * points, all_points) if points and all_points else None,
        rounding_cent=bool(kept["rounding_cent"]),
        minimum_cents=0,
        at_minimum=False,
        amount_cents=share.amount_cents,
    )
    return explain(Division(year.total_cents, rule, pool_cents, all_points, (line,)), line.school)


def years(session: Session) -> list[FundYear]:
    """Every fund year, newest first."""
    return list(session.scalars(sa.select(FundYear).order_by(FundYear.fiscal_year.desc(), FundYear.id.desc())))


def year(session: Session, fiscal_year: str) -> FundYear | None:
    """The Partnership Fund's year."""
    return session.scalars(
        sa.select(FundYear).where(FundYear.fiscal_year == fiscal_year, FundYear.fund_type == PARTNERSHIP_FUND)
    ).first()


def share_lines(session: Session, fund_year: FundYear) -> list[ShareLine]:
    """Every school of a fund year with its allocation and what is left, by name."""
    rows = session.execute(
        sa.select(LedgerEntry.school_id, LedgerLine.account, sa.func.sum(LedgerLine.amount_cents))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerEntry.fund_year_id == fund_year.id)
        .group_by(LedgerEntry.school_id, LedgerLine.account)
    )
    totals: dict[int, dict[LedgerAccount, int]] = {}
    for school_id, account, total in rows:
        totals.setdefault(school_id, dict.fromkeys(LedgerAccount, 0))[account] = int(total)
    shares = session.scalars(
        sa.select(Allocation)
        .where(Allocation.fund_year_id == fund_year.id)
        .options(joinedload(Allocation.school))
        .join(School, School.id == Allocation.school_id)
        .order_by(School.name, School.id)
    )
    lines = []
    for share in shares:
        accounts = totals.get(share.school_id, dict.fromkeys(LedgerAccount, 0))
        spent = sum(accounts[account] for account in SPENT)
        lines.append(ShareLine(share.school, share, spent, accounts[LedgerAccount.AVAILABLE]))
    return lines


def ledger(session: Session, school_id: int, fund_year_id: int) -> list[LedgerEntry]:
    """Every movement of a school's money in a fund year, oldest first."""
    return list(
        session.scalars(
            sa.select(LedgerEntry)
            .where(LedgerEntry.school_id == school_id, LedgerEntry.fund_year_id == fund_year_id)
            .options(selectinload(LedgerEntry.lines))
            .order_by(LedgerEntry.id)
        )
    )


def known_years(session: Session) -> tuple[list[str], list[str]]:
    """School years with enrollment, and school years with index scores, newest first."""
    enrollment = session.scalars(sa.select(SchoolYear.school_year).distinct().order_by(SchoolYear.school_year.desc()))
    scores = session.scalars(sa.select(IndexScore.school_year).distinct().order_by(IndexScore.school_year.desc()))
    return list(enrollment), list(scores)


def index_is_made_up(session: Session, school_year: str) -> bool:
    """Whether any score of the year is marked as made up."""
    found = session.scalars(
        sa.select(IndexScore.id).where(IndexScore.school_year == school_year, IndexScore.made_up.is_(True)).limit(1)
    ).first()
    return found is not None
