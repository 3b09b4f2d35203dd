"""The fund's double-entry ledger: every entry moves whole cents between accounts and sums to zero.

    fund -> available -> committed -> ordered -> invoiced -> paid
                 ^___________| release
    available -> next_year (carryover out), and in the next year's ledger fund -> available (carryover in)

A ledger belongs to one fund and fiscal year. Entries are never changed; a mistake is corrected by another entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from vetting.text import N_, Message, dollars, say


class EntryKind(StrEnum):
    """What happened."""

    ALLOCATION = "allocation"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    COMMITMENT = "commitment"
    RELEASE = "release"
    PURCHASE_ORDER = "purchase_order"
    INVOICE = "invoice"
    PAYMENT = "payment"
    CARRYOVER = "carryover"


class AccountKind(StrEnum):
    """Where money stands. `fund` is the district's side and is the only one that goes below zero."""

    FUND = "fund"
    AVAILABLE = "available"
    COMMITTED = "committed"
    ORDERED = "ordered"
    INVOICED = "invoiced"
    PAID = "paid"
    NEXT_YEAR = "next_year"


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """A school's money in one place; from `committed` to `paid` also by agreement. The fund account names neither."""

    kind: AccountKind
    school: str = ""
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Cents into (above zero) or out of (below zero) an account."""

    account: Account
    cents: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One balanced entry. Building one that does not balance raises ValueError."""

    kind: EntryKind
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if len(self.lines) < 2 or sum(line.cents for line in self.lines) != 0:
            raise ValueError("The lines of an entry must sum to zero.")
        if any(line.cents == 0 for line in self.lines):
            raise ValueError("A line must move at least one cent.")
        if len({line.account for line in self.lines}) != len(self.lines):
            raise ValueError("An entry names each account once.")


class Overdraft(ValueError):
    """An entry would take more out of an account than is in it; `message` says so in plain words."""

    def __init__(self, account: Account, balance: int, asked: int) -> None:
        self.account, self.balance, self.asked = account, balance, asked
        self.message: Message = say(OVERDRAFT[account.kind], balance=dollars(balance), asked=dollars(asked))
        super().__init__(str(self.message))


@dataclass(frozen=True, slots=True)
class SchoolBalance:
    """A school's year in cents. `allocated` always equals the sum of the other figures."""

    allocated: int
    available: int
    committed: int
    ordered: int
    invoiced: int
    paid: int
    carried_out: int


Balances = Mapping[Account, int]

FUND = Account(AccountKind.FUND)

OVERDRAFT: Mapping[AccountKind, str] = {
    AccountKind.AVAILABLE: N_("The school has %(balance)s left. This needs %(asked)s."),
    AccountKind.COMMITTED: N_("The agreement has %(balance)s committed. This needs %(asked)s."),
    AccountKind.ORDERED: N_("The purchase order has %(balance)s left. This needs %(asked)s."),
    AccountKind.INVOICED: N_("Invoices come to %(balance)s. This would pay %(asked)s."),
    AccountKind.PAID: N_("Payments come to %(balance)s. This would take back %(asked)s."),
    AccountKind.NEXT_YEAR: N_("%(balance)s was carried over. This would take back %(asked)s."),
}


def allocation(school: str, cents: int) -> Entry:
    """Give a school its share of the fund."""
    return _move(EntryKind.ALLOCATION, FUND, Account(AccountKind.AVAILABLE, school), _positive(cents))


def adjustment(school: str, cents: int) -> Entry:
    """Raise (above zero) or lower (below zero) what a school has."""
    available = Account(AccountKind.AVAILABLE, school)
    source, target = (FUND, available) if cents > 0 else (available, FUND)
    return _move(EntryKind.ADJUSTMENT, source, target, _positive(abs(cents)))


def transfer(source: str, target: str, cents: int) -> Entry:
    """Move money from one school to another."""
    kind = AccountKind.AVAILABLE
    return _move(EntryKind.TRANSFER, Account(kind, source), Account(kind, target), _positive(cents))


def commitment(school: str, agreement: str, cents: int) -> Entry:
    """Set money aside for a signed agreement."""
    return _stage(EntryKind.COMMITMENT, AccountKind.AVAILABLE, AccountKind.COMMITTED, school, agreement, cents)


def release(school: str, agreement: str, cents: int) -> Entry:
    """Give back what an agreement does not need."""
    return _stage(EntryKind.RELEASE, AccountKind.COMMITTED, AccountKind.AVAILABLE, school, agreement, cents)


def purchase_order(school: str, agreement: str, cents: int) -> Entry:
    """Order against a commitment."""
    return _stage(EntryKind.PURCHASE_ORDER, AccountKind.COMMITTED, AccountKind.ORDERED, school, agreement, cents)


def invoice(school: str, agreement: str, cents: int) -> Entry:
    """Accept an invoice against a purchase order."""
    return _stage(EntryKind.INVOICE, AccountKind.ORDERED, AccountKind.INVOICED, school, agreement, cents)


def payment(school: str, agreement: str, cents: int) -> Entry:
    """Pay an accepted invoice."""
    return _stage(EntryKind.PAYMENT, AccountKind.INVOICED, AccountKind.PAID, school, agreement, cents)


def carryover_out(school: str, cents: int) -> Entry:
    """Take unspent money out of this year."""
    source, target = Account(AccountKind.AVAILABLE, school), Account(AccountKind.NEXT_YEAR, school)
    return _move(EntryKind.CARRYOVER, source, target, _positive(cents))


def carryover_in(school: str, cents: int) -> Entry:
    """Bring unspent money of the last year into this one."""
    return _move(EntryKind.CARRYOVER, FUND, Account(AccountKind.AVAILABLE, school), _positive(cents))


def post(balances: Balances, entry: Entry) -> dict[Account, int]:
    """The balances after an entry. Raises Overdraft, and then nothing has changed."""
    after = dict(balances)
    for line in entry.lines:
        before = after.get(line.account, 0)
        after[line.account] = before + line.cents
        if after[line.account] < 0 and line.account.kind is not AccountKind.FUND:
            raise Overdraft(line.account, before, -line.cents)
    return after


def balances_of(entries: Iterable[Entry]) -> dict[Account, int]:
    """The balances after all entries in order. Raises Overdraft at the first that takes too much."""
    balances: dict[Account, int] = {}
    for entry in entries:
        balances = post(balances, entry)
    return balances


def school_balance(balances: Balances, school: str) -> SchoolBalance:
    """Where one school's money stands."""
    sums = dict.fromkeys(AccountKind, 0)
    for account, cents in balances.items():
        if account.school == school:
            sums[account.kind] += cents
    return SchoolBalance(
        allocated=sum(sums.values()),
        available=sums[AccountKind.AVAILABLE],
        committed=sums[AccountKind.COMMITTED],
        ordered=sums[AccountKind.ORDERED],
        invoiced=sums[AccountKind.INVOICED],
        paid=sums[AccountKind.PAID],
        carried_out=sums[AccountKind.NEXT_YEAR],
    )


def _stage(kind: EntryKind, source: AccountKind, target: AccountKind, school: str, agreement: str, cents: int) -> Entry:
    if not agreement:
        raise ValueError("Name the agreement that the money is for.")

    def account(place: AccountKind) -> Account:
        return Account(place, school, "" if place is AccountKind.AVAILABLE else agreement)

    return _move(kind, account(source), account(target), _positive(cents))


def _move(kind: EntryKind, source: Account, target: Account, cents: int) -> Entry:
    return Entry(kind, (Line(source, -cents), Line(target, cents)))


def _positive(cents: int) -> int:
    if type(cents) is not int or cents <= 0:
        raise ValueError("An entry moves at least one whole cent.")
    return cents
