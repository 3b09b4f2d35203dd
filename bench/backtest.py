"""Whether what the status page says about waiting comes true: half the time, and nine times in ten.

Rolling origin: at the beginning of each month of the last year of the history the times are estimated from what was
known the evening before, and what is said in that month is held against what happened later. One visit is drawn for
each case, on a day that does not depend on how the case goes on; a visit counts when the page says something about
the days to come. Beside it stands what is said on the first day of a stage.
"""

from __future__ import annotations

import random
import statistics
import time
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt

from bench.history import LAST, Calendar, Told, history
from bench.measuring import Result, percentile
from vetting.calendar_days import is_business_day
from vetting.data.status import Stage
from vetting.jobs.survival import Curve, OfficeDays, curves
from vetting.queries.estimates import expected

NAMES = {0.5: "status_backtest_50", 0.9: "status_backtest_90"}
QUICK_CASES, CASES = 12_000, 48_000
MONTHS = 12
VISITED_WITHIN_DAYS = 75
Z = 1.959964
"""Normal deviate of a 95 per cent interval."""

Learned = Mapping[tuple[str, Stage], Curve]


@dataclass
class Tally:
    """How often a statement was made and came true, on any day and on the first of a stage."""

    said: int = 0
    true: int = 0
    first_said: int = 0
    first_true: int = 0

    def add(self, first: bool, came_true: bool) -> None:
        if first:
            self.first_said += 1
            self.first_true += came_true
        else:
            self.said += 1
            self.true += came_true


@dataclass
class Backtest:
    """The tallies of both statements, and the milliseconds that each estimate took."""

    tallies: dict[float, Tally] = field(default_factory=lambda: {part: Tally() for part in NAMES})
    milliseconds: list[float] = field(default_factory=list)
    cases: int = 0


def wilson(true: int, said: int) -> tuple[float, float]:
    """The 95 per cent interval of a share (Wilson, 1927). Raises ValueError when nothing was said."""
    if not said:
        raise ValueError("nothing was said")
    share, square = true / said, Z * Z
    center = (share + square / (2 * said)) / (1 + square / said)
    reach = Z / (1 + square / said) * sqrt(share * (1 - share) / said + square / (4 * said * said))
    return center - reach, center + reach


def backtest(seed: int, cases: int, months: int = MONTHS) -> Backtest:
    """Learn month by month and hold what is said against what happened."""
    found = Backtest(cases=cases)
    chance = random.Random(seed + 1)
    simulated = list(history(seed, cases))
    passages = [passage for passage, _told in simulated]
    closures = Calendar().closures
    origins = _origins(months)
    learned: list[Learned] = []
    for origin in origins:
        begun = time.perf_counter()
        learned.append(curves(passages, origin - timedelta(days=1), closures))
        found.milliseconds.append((time.perf_counter() - begun) * 1000)
    days = OfficeDays(min(p.stages[0][1] for p in passages), LAST + timedelta(days=500), closures)
    for told, day in _visits(chance, (told for _passage, told in simulated)):
        if not origins[0] <= day <= LAST:
            continue
        curve = learned[bisect_right(origins, day) - 1].get((told.passage.kind, told.stage))
        if curve is not None:
            _hold(found, curve, days, told, day, closures)
    return found


def _origins(months: int) -> list[date]:
    first = LAST + timedelta(days=1)
    months_since = [first.year * 12 + first.month - 1 - back for back in range(months, 0, -1)]
    return [date(number // 12, number % 12 + 1, 1) for number in months_since]


def _visits(chance: random.Random, cases: Iterator[list[Told]]) -> Iterator[tuple[Told, date]]:
    """For each case one day on which its page is opened, and the first day of one of its stages."""
    for told in cases:
        day_number, choice = chance.randint(0, VISITED_WITHIN_DAYS), chance.choice(list(Stage))
        if not told:
            continue
        sent = told[0].passage.stages[0][1]
        day = sent + timedelta(days=day_number)
        ends = {began: end for _stage, began, end in told[0].passage.stages}
        for one in told:
            end = ends[one.began]
            if one.stage is not Stage.SENT and end is not None and one.began < day <= end:
                yield one, day
                break
        first = next((one for one in told if one.stage is choice), None)
        if first is not None:
            yield first, first.began


def _hold(found: Backtest, curve: Curve, days: OfficeDays, told: Told, day: date, closures: Collection[date]) -> None:
    waited = days.between(told.began, day) + (not is_business_day(day, closures))
    said = expected(curve.half, curve.nine_in_ten, waited)
    if said is None:
        return
    first = day == told.began
    took = days.between(told.began, told.heard)
    values = {0.5: said.half, 0.9: said.nine} if first else {0.5: said.left_half, 0.9: said.left_nine}
    for part, value in values.items():
        if value is not None:
            found.tallies[part].add(first, took <= value)


def results(found: Backtest) -> Iterator[Result]:
    """One line for each statement: how often it came true, with its interval, of how many."""
    for part, name in NAMES.items():
        tally = found.tallies[part]
        low, high = wilson(tally.true, tally.said)
        first_low, first_high = wilson(tally.first_true, tally.first_said)
        yield Result(
            name,
            "none",
            found.cases,
            round(statistics.median(found.milliseconds), 1),
            round(percentile(found.milliseconds, 0.95), 1),
            more={
                "coverage": round(tally.true / tally.said, 4),
                "low": round(low, 4),
                "high": round(high, 4),
                "n": tally.said,
                "first_day_coverage": round(tally.first_true / tally.first_said, 4),
                "first_day_low": round(first_low, 4),
                "first_day_high": round(first_high, 4),
                "first_day_n": tally.first_said,
            },
        )


def short_of(result: Result) -> list[str]:
    """What a result misses, in words: its share lies outside its own interval."""
    part = next(part for part, name in NAMES.items() if name == result.figure)
    low, high = float(result.more["low"]), float(result.more["high"])
    return [] if low <= part <= high else [f"{result.more['coverage']} came true, {low} to {high}, of {part}"]
