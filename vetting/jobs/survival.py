"""How long cases take, learned from those that are over and those that still wait. Pure calculation.

Days are business days. A time counts the business days after the day something began, up to and including the day it
ended, so what ends on its first day took 0. Open cases count for as long as they have waited ("censored"), and so do
cases that the applicant took back. Only what was known at the end of a day is used.

A case counts for the days it waited within the last year ("delayed entry"), so that the newest experience is learned
without losing the cases that began before. Where a year holds too few, three years count.

Of two neighboring days the one whose share is nearer to a half, or to nine in ten, is named. Taking the first day by
which at least that many were done would say too long a time by half a day's share on average; this way the statements
hold as often as they say, which the back-test of the benchmark measures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from vetting.calendar_days import is_business_day
from vetting.data.status import FEWEST_SIMILAR, Stage

WINDOWS = (365, 3 * 365)
"""Days of history that are learned from: the first, unless it holds too few closed cases."""

PLENTY = 100
"""With so many closed cases in the shorter window, the longer one is not asked."""

HALF, NINE_IN_TEN = 0.5, 0.9
LONGEST = 120
"""Business days after which nothing is told apart any more."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Passage:
    """One case: its stages in order with the local days they began and ended, and whether it was decided at the end.

    A case that is over without a decision was taken back or expired. The last stage of an open case has no end.
    """

    kind: str
    stages: Sequence[tuple[Stage, date, date | None]]
    decided: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """Half and nine in ten for cases that have waited 0, 1, 2, ... business days; what it was learned from."""

    half: tuple[int | None, ...]
    nine_in_ten: tuple[int | None, ...]
    closed: int
    still_open: int


@dataclass(frozen=True, slots=True)
class _Spell:
    """A time under observation, in days counted from 1: at risk after ``entry`` up to and including ``time``.

    ``stayed`` is the day on which the case left the stage it is about, or the last one it was seen there.
    """

    entry: int
    time: int
    stayed: int
    ended: bool
    waits: bool


class OfficeDays:
    """Numbers the days so that a difference is a count of business days."""

    def __init__(self, first: date, last: date, closures: Collection[date]) -> None:
        self._first = first.toordinal()
        self._count = []
        counted = 0
        for number in range((last - first).days + 1):
            counted += is_business_day(first + timedelta(days=number), closures)
            self._count.append(counted)

    def between(self, start: date, end: date) -> int:
        """Business days after ``start`` up to and including ``end``."""
        return self._count[end.toordinal() - self._first] - self._count[start.toordinal() - self._first]


def curves(
    passages: Sequence[Passage], through: date, closures: Collection[date], *, windows: Sequence[int] = WINDOWS
) -> dict[tuple[str, Stage], Curve]:
    """For each kind and stage what was known at the end of the day ``through``. ``Stage.SENT`` is the whole way."""
    if not passages:
        return {}
    earliest = min(passage.stages[0][1] for passage in passages)
    days = OfficeDays(min(earliest, through - timedelta(days=max(windows))) - ONE_DAY, through, closures)
    known = [(passage.kind, *wait) for passage in passages for wait in _waits(passage, through)]
    found: dict[tuple[str, Stage], Curve] = {}
    for window in sorted(windows):
        opens = through - timedelta(days=window)
        observed: dict[tuple[str, Stage], list[_Spell]] = defaultdict(list)
        for kind, stage, wait in known:
            if (kind, stage) in found and found[kind, stage].closed >= PLENTY:
                continue
            spell = _observed(days, wait, through, opens)
            if spell is not None:
                observed[kind, stage].append(spell)
        # The whole way is told once, from the day it began.
        found |= {key: _curve(spells, 0 if key[1] is Stage.SENT else LONGEST) for key, spells in observed.items()}
    return found


@dataclass(frozen=True, slots=True)
class _Wait:
    """From entering a stage to leaving it, and to the word from the office; ``event`` when there was one."""

    began: date
    left: date | None
    ended: date | None
    event: bool


def _waits(passage: Passage, through: date) -> Iterable[tuple[Stage, _Wait]]:
    """Each stay with the office until the applicant hears from it, and the whole way, as known at the end of a day."""
    stages = [stage for stage in passage.stages if stage[1] <= through]
    if not stages:
        return
    over = stages[-1][2] if len(stages) == len(passage.stages) else None
    if over is not None and over > through:
        over = None
    word, event = over, over is not None and passage.decided
    yield Stage.SENT, _Wait(stages[0][1], over, over, event)
    for stage, began, left in reversed(stages):
        if stage is Stage.WITH_YOU:
            # The question to the applicant is the word they waited for.
            word, event = began, True
        else:
            yield stage, _Wait(began, left if left is not None and left <= through else None, word, event)


def _observed(days: OfficeDays, wait: _Wait, through: date, opens: date) -> _Spell | None:
    """The part of a wait that lies in the window; None when nothing of it does."""
    ended = wait.ended
    if ended is not None and ended < opens:
        return None
    entry = 0 if wait.began >= opens else days.between(wait.began, opens - ONE_DAY) + 1
    # On the day a case is taken back it can no longer end otherwise, so that day is not under observation.
    time = days.between(wait.began, through if ended is None else ended) + (1 if wait.event or ended is None else 0)
    stayed = days.between(wait.began, through if wait.left is None else wait.left) + 1
    return _Spell(entry, time, stayed, wait.event, ended is None) if time > entry else None


def _curve(spells: Sequence[_Spell], last: int) -> Curve:
    """A place for each number of days waited up to ``last``, learned from those that were still in the stage by then.

    One that still waits to be looked at will take longer than one that is read already, so both are not put together.
    """
    closed, still_open = sum(spell.ended for spell in spells), sum(spell.waits for spell in spells)
    if closed < FEWEST_SIMILAR:
        return Curve((), (), closed, still_open)
    # Here, because importing it takes seconds and only the worker ever estimates.
    import numpy as np
    from statsmodels.duration.survfunc import SurvfuncRight

    # Many cases are alike in whole days, so each kind of row is kept once with its number.
    rows, cases = np.unique(
        np.array([(spell.entry, spell.time, spell.stayed, spell.ended) for spell in spells]), axis=0, return_counts=True
    )
    entry, time, stayed, ended = rows.T
    half: list[int | None] = []
    nine: list[int | None] = []
    waited = 0
    there = stayed > 0
    while waited <= last and int((ended * cases)[there].sum()) >= FEWEST_SIMILAR:
        function: Any = SurvfuncRight(
            time[there], ended[there], entry=np.maximum(entry[there], waited), freq_weights=cases[there]
        )
        times = [int(day) - 1 for day in function.surv_times]
        shares = [float(share) for share in function.surv_prob]
        half.append(_quantile(times, shares, HALF))
        nine.append(_quantile(times, shares, NINE_IN_TEN))
        waited += 1
        there = (stayed > waited) & (time > waited)
    return Curve(tuple(half), tuple(nine), closed, still_open)


def _quantile(times: Sequence[int], shares: Sequence[float], part: float) -> int | None:
    """The day by which the share done is nearest to ``part``; None where so many never were. Of two equally near days
    the later one is named."""
    before = 0.0
    for number, (time, share) in enumerate(zip(times, shares, strict=True)):
        done = 1 - share
        if done >= part:
            return times[number - 1] if number and part - before < done - part else time
        before = done
    return None
