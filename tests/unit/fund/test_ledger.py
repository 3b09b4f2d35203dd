"""No cent appears, disappears, or is spent twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vetting.fund import ledger
from vetting.fund.ledger import Account, AccountKind, Entry, EntryKind, Line, Overdraft

SCHOOLS = st.sampled_from(["00350001", "00350002"])
AGREEMENTS = st.sampled_from(["AGR-1", "AGR-2"])
CENTS = st.integers(1, 500)


def test_money_walks_from_the_fund_to_a_payment() -> None:
    school, agreement = "00350001", "AGR-1"
    balances = ledger.balances_of(
        [
            ledger.allocation(school, 84_120),
            ledger.commitment(school, agreement, 51_000),
            ledger.purchase_order(school, agreement, 50_000),
            ledger.invoice(school, agreement, 20_000),
            ledger.payment(school, agreement, 15_000),
            ledger.release(school, agreement, 1_000),
            ledger.carryover_out(school, 4_120),
        ]
    )
    standing = ledger.school_balance(balances, school)
    assert standing == ledger.SchoolBalance(84_120, 30_000, 0, 30_000, 5_000, 15_000, 4_120)


def test_no_award_above_what_the_school_has() -> None:
    balances = ledger.balances_of([ledger.allocation("00350001", 33_120)])
    with pytest.raises(Overdraft, match=r"The school has \$331\.20 left\. This needs \$331\.21\."):
        ledger.post(balances, ledger.commitment("00350001", "AGR-1", 33_121))
    assert ledger.school_balance(balances, "00350001").available == 33_120


def test_one_agreement_cannot_spend_the_commitment_of_another() -> None:
    balances = ledger.balances_of([ledger.allocation("s", 500), ledger.commitment("s", "AGR-1", 500)])
    with pytest.raises(Overdraft, match=r"The agreement has \$0\.00 committed"):
        ledger.post(balances, ledger.purchase_order("s", "AGR-2", 1))


def test_a_payment_needs_an_invoice() -> None:
    balances = ledger.balances_of([ledger.allocation("s", 500), ledger.commitment("s", "AGR-1", 500)])
    with pytest.raises(Overdraft, match="Invoices come to"):
        ledger.post(balances, ledger.payment("s", "AGR-1", 1))


@pytest.mark.parametrize("cents", [0, -5, 1.5, True])
def test_entries_move_whole_cents_above_zero(cents: object) -> None:
    with pytest.raises(ValueError, match="at least one whole cent"):
        ledger.allocation("s", cents)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "lines", [(), (Line(ledger.FUND, 5),), (Line(ledger.FUND, 5), Line(Account(AccountKind.PAID, "s"), -4))]
)
def test_an_entry_that_does_not_balance_cannot_be_built(lines: tuple[Line, ...]) -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        Entry(EntryKind.ADJUSTMENT, lines)


def test_money_is_set_aside_for_a_named_agreement_only() -> None:
    with pytest.raises(ValueError, match="Name the agreement"):
        ledger.commitment("s", "", 5)


@given(st.integers(-500, 500).filter(bool))
def test_an_adjustment_moves_by_exactly_its_amount(cents: int) -> None:
    balances = ledger.balances_of([ledger.allocation("s", 500)])
    after = ledger.post(balances, ledger.adjustment("s", cents))
    assert ledger.school_balance(after, "s").available == 500 + cents


class AnyBusyYear(RuleBasedStateMachine):
    """Whatever is tried, the books balance and nothing goes below zero."""

    def __init__(self) -> None:
        super().__init__()
        self.balances: dict[Account, int] = {}

    def attempt(self, entry: Entry) -> None:
        lacking = [
            line
            for line in entry.lines
            if line.account.kind is not AccountKind.FUND and self.balances.get(line.account, 0) + line.cents < 0
        ]
        if not lacking:
            self.balances = ledger.post(self.balances, entry)
            return
        before = dict(self.balances)
        with pytest.raises(Overdraft) as refused:
            ledger.post(self.balances, entry)
        assert self.balances == before
        assert refused.value.asked > refused.value.balance

    @rule(school=SCHOOLS, cents=CENTS)
    def allocated(self, school: str, cents: int) -> None:
        self.attempt(ledger.allocation(school, cents))

    @rule(school=SCHOOLS, cents=st.integers(-500, 500).filter(bool))
    def adjusted(self, school: str, cents: int) -> None:
        self.attempt(ledger.adjustment(school, cents))

    @rule(cents=CENTS)
    def transferred(self, cents: int) -> None:
        self.attempt(ledger.transfer("00350001", "00350002", cents))

    @rule(school=SCHOOLS, cents=CENTS, carry=st.sampled_from([ledger.carryover_out, ledger.carryover_in]))
    def carried(self, school: str, cents: int, carry: object) -> None:
        self.attempt(carry(school, cents))  # type: ignore[operator]

    @rule(
        school=SCHOOLS,
        agreement=AGREEMENTS,
        cents=CENTS,
        stage=st.sampled_from(
            [ledger.commitment, ledger.release, ledger.purchase_order, ledger.invoice, ledger.payment]
        ),
    )
    def moved_on(self, school: str, agreement: str, cents: int, stage: object) -> None:
        self.attempt(stage(school, agreement, cents))  # type: ignore[operator]

    @invariant()
    def books_balance(self) -> None:
        assert sum(self.balances.values()) == 0
        assert all(cents >= 0 for account, cents in self.balances.items() if account.kind is not AccountKind.FUND)
        schools = ("00350001", "00350002")
        allocated = sum(ledger.school_balance(self.balances, school).allocated for school in schools)
        assert allocated == -self.balances.get(ledger.FUND, 0)


TestAnyBusyYear = AnyBusyYear.TestCase
