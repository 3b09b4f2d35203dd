"""Write movements of money down: the fund's own entries become rows of the ledger."""

from __future__ import annotations

from vetting.fund.ledger import Entry
from vetting.models import LedgerAccount, LedgerEntry, LedgerKind, LedgerLine
from vetting.workflows.definition import Context


def post(
    entry: Entry,
    context: Context,
    *,
    fund_year_id: int,
    school_id: int,
    business_key: str,
    memo: str,
    agreement_id: int | None = None,
) -> None:
    """Add a balanced entry. ``business_key`` is unique, so the same movement cannot be written twice."""
    context.session.add(
        LedgerEntry(
            fund_year_id=fund_year_id,
            school_id=school_id,
            kind=LedgerKind(entry.kind.value),
            agreement_id=agreement_id,
            memo=memo,
            business_key=business_key,
            posted_at=context.now,
            posted_by_id=context.actor.user_id,
            lines=[
                LedgerLine(account=LedgerAccount(line.account.kind.value), amount_cents=line.cents)
                for line in entry.lines
            ],
        )
    )
