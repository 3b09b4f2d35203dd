"""What is said about waiting comes true as often as it says, and is learned as it should be."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from bench.backtest import backtest, results, short_of, wilson
from bench.history import history
from vetting.calendar_days import add_business_days, business_days_between
from vetting.data.calendar import district_closures
from vetting.data.status import FEWEST_SIMILAR, Stage
from vetting.jobs.survival import Passage, curves

CLOSURES = district_closures(range(2020, 2028))
TODAY = date(2026, 3, 31)


def passage(sent: date, check: int, review: int | None = None, *, decided: bool = True) -> Passage:
    """A case that was looked at for so many business days and then, perhaps, reviewed."""
    looked = add_business_days(sent, check, CLOSURES)
    stages: list[tuple[Stage, date, date | None]] = [(Stage.CHECK, sent, looked)]
    if review is not None:
        stages.append((Stage.REVIEW, looked, add_business_days(looked, review, CLOSURES)))
    return Passage("registration", stages, decided)


def many(count: int = 60) -> list[Passage]:
    start = date(2025, 9, 2)
    return [passage(add_business_days(start, n, CLOSURES), 1 + n % 5, 2 + n % 10) for n in range(count)]


@pytest.mark.timeout(300)
def test_statements_hold_half_the_time_and_nine_times_in_ten() -> None:
    found = {result.figure: result for result in results(backtest(7, 6000, months=6))}
    half, nine = found["status_backtest_50"], found["status_backtest_90"]
    assert short_of(half) == []
    assert short_of(nine) == []
    assert half.more["n"] > 300
    assert half.more["first_day_low"] <= 0.5 <= half.more["first_day_high"]
    assert nine.more["first_day_low"] <= 0.9 <= nine.more["first_day_high"]
    # A statement that is always true, or one that never is, would not pass.
    assert half.more["high"] - half.more["low"] < 0.12


def test_a_statement_that_comes_true_too_rarely_is_told() -> None:
    found = next(iter(results(backtest(7, 3000, months=3))))
    worse = type(found)(found.figure, "none", 1, 1.0, 1.0, more={"coverage": 0.4, "low": 0.35, "high": 0.45})
    assert short_of(worse) == ["0.4 came true, 0.35 to 0.45, of 0.5"]


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(50, 100)
    assert (round(low, 4), round(high, 4)) == (0.4038, 0.5962)
    assert wilson(0, 10)[0] == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ValueError, match="nothing"):
        wilson(0, 0)


def test_the_simulation_is_the_same_for_the_same_seed_and_runs_forward() -> None:
    first, second = (list(history(3, 200)) for _time in range(2))
    assert first == second
    for case, told in first:
        days = [day for _stage, began, ended in case.stages for day in (began, ended or began)]
        assert days == sorted(days)
        assert all(one.heard >= one.began for one in told)


def test_without_open_cases_the_times_are_those_of_the_cases() -> None:
    cases = many()
    found = curves(cases, TODAY, CLOSURES)["registration", Stage.REVIEW]
    took = sorted(
        business_days_between(began, ended, CLOSURES) for c in cases for _s, began, ended in c.stages[1:] if ended
    )
    assert found.closed == len(cases)
    # Half of them took 6 days or less: 2 to 11, six of each.
    assert took[len(took) // 2 - 1] == 6 == found.half[0]
    assert found.nine_in_ten[0] == 10
    # Of those still there on day 5, seven in ten of all, half are done on day 8.
    assert found.half[5] == 8


def test_open_cases_make_the_time_longer_than_the_closed_ones_alone() -> None:
    waiting = [
        Passage("registration", [(Stage.CHECK, add_business_days(TODAY, -20 - n % 5, CLOSURES), None)], decided=False)
        for n in range(40)
    ]
    alone = curves(many(), TODAY, CLOSURES)["registration", Stage.CHECK]
    beside = curves([*many(), *waiting], TODAY, CLOSURES)["registration", Stage.CHECK]
    assert alone.nine_in_ten[0] is not None
    assert beside.still_open == 40
    assert beside.half[0] is not None
    assert alone.half[0] is not None
    assert beside.half[0] > alone.half[0]
    assert beside.nine_in_ten[0] is None


def test_what_happened_later_is_not_known_earlier() -> None:
    cases = many()
    early = date(2025, 10, 15)
    cut = [c for c in cases if c.stages[0][1] <= early]
    known = [
        Passage(
            c.kind,
            [(s, b, e if e and e <= early else None) for s, b, e in c.stages if b <= early],
            decided=c.decided and (c.stages[-1][2] or TODAY) <= early,
        )
        for c in cut
    ]
    assert curves(cases, early, CLOSURES) == curves(known, early, CLOSURES)


def test_below_thirty_closed_cases_nothing_is_said() -> None:
    few = curves(many(FEWEST_SIMILAR - 1), TODAY, CLOSURES)["registration", Stage.CHECK]
    enough = curves(many(FEWEST_SIMILAR), TODAY, CLOSURES)["registration", Stage.CHECK]
    assert (few.half, few.closed) == ((), FEWEST_SIMILAR - 1)
    assert enough.half[0] is not None


def test_a_case_that_was_taken_back_counts_as_waiting_until_then() -> None:
    gone = [passage(add_business_days(date(2025, 9, 2), n, CLOSURES), 1, decided=False) for n in range(30)]
    alone = curves(many(), TODAY, CLOSURES)["registration", Stage.CHECK]
    beside = curves([*many(), *gone], TODAY, CLOSURES)["registration", Stage.CHECK]
    assert beside.closed == alone.closed
    assert beside.half == alone.half
    assert beside.still_open == 0


def test_a_question_to_the_applicant_is_the_word_they_waited_for() -> None:
    def asked(day: date) -> Passage:
        heard, answered = add_business_days(day, 3, CLOSURES), add_business_days(day, 23, CLOSURES)
        end = add_business_days(answered, 4, CLOSURES)
        stages = [(Stage.CHECK, day, heard), (Stage.WITH_YOU, heard, answered), (Stage.REVIEW, answered, end)]
        return Passage("registration", stages, decided=True)

    found = curves([asked(date(2025, 9, 2) + timedelta(days=n)) for n in range(40)], TODAY, CLOSURES)
    assert found["registration", Stage.CHECK].half[0] == 3
    assert found["registration", Stage.REVIEW].half[0] == 4
    assert found["registration", Stage.SENT].half[0] == 27
    assert ("registration", Stage.WITH_YOU) not in found


def test_old_cases_are_forgotten_while_a_year_holds_enough() -> None:
    chance = random.Random(1)
    old = [passage(date(2023, 10, 2) + timedelta(days=n), 20, 20) for n in range(150)]
    new = [passage(date(2025, 6, 2) + timedelta(days=n), chance.randint(1, 3), 2) for n in range(150)]
    found = curves([*old, *new], TODAY, CLOSURES)["registration", Stage.CHECK]
    assert found.closed == 150
    assert found.nine_in_ten[0] is not None
    assert found.nine_in_ten[0] <= 5
    longer = curves([*old, *new[:40]], TODAY, CLOSURES)["registration", Stage.CHECK]
    assert longer.closed == 190
