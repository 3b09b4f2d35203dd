"""A made-up history of waiting: cases with realistic times, for checking what the status page says about them.

Each kind has its own mix of log-normal and gamma times for each stage. The office is slower in its busy months and
slowly gets slower altogether; some cases are asked for more, once or again, some are put on hold, some are taken back.
Nothing here knows how the times are estimated.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from vetting.calendar_days import is_business_day
from vetting.data.calendar import district_closures
from vetting.data.status import Stage
from vetting.jobs.survival import Passage

YEARS = (2022, 2023, 2024, 2025, 2026, 2027)
FIRST, LAST = date(2022, 7, 1), date(2026, 6, 30)
DRIFT_A_YEAR = 0.03
BUSY = {8: 1.25, 9: 1.35, 10: 1.15, 1: 1.1, 5: 1.1, 6: 1.2, 7: 0.9, 3: 0.9}
HELD, HELD_DAYS = 0.04, 12.0
ASKED = {Stage.CHECK: 0.35, Stage.REVIEW: 0.08}
TAKEN_BACK = 0.015
"""For each stage, how likely the applicant takes the case back in it."""

Draw = Callable[[random.Random], float]


def _mix(share: float, median: float, sigma: float, shape: float, scale: float) -> Draw:
    """Mostly log-normal business days, and for the rest gamma ones with a longer tail."""
    return lambda chance: (
        median * chance.lognormvariate(0.0, sigma) if chance.random() < share else chance.gammavariate(shape, scale)
    )


TIMES: Mapping[str, Mapping[Stage, Draw]] = {
    "registration": {
        Stage.RECEIVED: _mix(0.8, 1.6, 0.7, 1.5, 2.5),
        Stage.CHECK: _mix(0.75, 3.5, 0.6, 2.0, 3.5),
        Stage.WITH_YOU: _mix(0.6, 6.0, 0.9, 3.0, 4.0),
        Stage.REVIEW: _mix(0.8, 9.0, 0.5, 2.5, 6.0),
        Stage.DECISION: _mix(0.8, 4.0, 0.5, 2.0, 3.0),
    },
    "portfolio": {
        Stage.RECEIVED: _mix(0.8, 3.0, 0.6, 2.0, 2.5),
        Stage.CHECK: _mix(0.75, 5.0, 0.6, 2.0, 4.0),
        Stage.WITH_YOU: _mix(0.6, 6.0, 0.8, 3.0, 4.0),
        Stage.REVIEW: _mix(0.85, 20.0, 0.4, 4.0, 6.0),
        Stage.DECISION: _mix(0.8, 7.0, 0.5, 2.0, 4.0),
    },
}
WEIGHTS = {"registration": 0.7, "portfolio": 0.3}
ARRIVALS = (9, 8, 7, 6, 7, 6, 6, 12, 14, 10, 8, 7)
"""How many cases of a hundred are sent in each month of the year."""


@dataclass(frozen=True, slots=True)
class Told:
    """From one stage of a case to the day the applicant heard from the office, or from the whole way to its end."""

    passage: Passage
    stage: Stage
    began: date
    heard: date


class Calendar:
    """Business days of the years that the history covers."""

    def __init__(self) -> None:
        self.closures = district_closures(YEARS)
        start, end = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
        days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
        self.open = [day for day in days if is_business_day(day, self.closures)]
        self._place: dict[date, int] = {}
        counted = 0
        for day in days:
            counted += is_business_day(day, self.closures)
            self._place[day] = counted

    def after(self, day: date, count: int) -> date:
        """The day on which something ends that takes ``count`` business days from ``day``."""
        return day if count <= 0 else self.open[self._place[day] + count - 1]


def history(seed: int, cases: int) -> Iterator[tuple[Passage, list[Told]]]:
    """This many cases in the order they were sent, the same for the same seed."""
    chance = random.Random(seed)
    calendar = Calendar()
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days)]
    weights = [ARRIVALS[day.month - 1] * (1.0 if is_business_day(day, calendar.closures) else 0.15) for day in days]
    for sent in sorted(chance.choices(days, weights, k=cases)):
        kind = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        yield _case(chance, calendar, kind, sent)


def _case(chance: random.Random, calendar: Calendar, kind: str, sent: date) -> tuple[Passage, list[Told]]:
    stages: list[tuple[Stage, date, date | None]] = []
    waiting: list[tuple[Stage, date]] = []
    told: list[tuple[Stage, date, date]] = []
    left = [Stage.RECEIVED, Stage.CHECK, Stage.REVIEW, Stage.DECISION]
    day, decided = sent, True
    while left:
        stage = left.pop(0)
        end = calendar.after(day, _lasting(chance, kind, stage, day))
        gone = chance.random() < TAKEN_BACK
        if stage is Stage.WITH_YOU:
            told += [(one, began, day) for one, began in waiting]
            waiting = []
        else:
            waiting.append((stage, day))
            if chance.random() < ASKED.get(stage, 0.0):
                # What is asked in a review is read in the check before the review goes on.
                left = [Stage.WITH_YOU, Stage.CHECK, *(left if left[0] is Stage.REVIEW else [Stage.REVIEW, *left])]
        if gone:
            end = calendar.after(day, chance.randint(0, max(0, _lasting(chance, kind, stage, day))))
            stages.append((stage, day, end))
            decided = False
            break
        stages.append((stage, day, end))
        day = end
    if decided:
        told += [(one, began, day) for one, began in waiting] + [(Stage.SENT, sent, day)]
    passage = Passage(kind, stages, decided)
    return passage, [Told(passage, *one) for one in told]


def _lasting(chance: random.Random, kind: str, stage: Stage, day: date) -> int:
    """Business days in a stage, whole ones as a calendar counts them."""
    drawn = TIMES[kind][stage](chance)
    if stage is not Stage.WITH_YOU:
        years = (day - FIRST).days / 365
        drawn *= BUSY.get(day.month, 1.0) * (1 + DRIFT_A_YEAR) ** years
        if chance.random() < HELD:
            drawn += chance.gammavariate(2.0, HELD_DAYS / 2)
    return round(drawn)
