"""Which days are covered by good documents and waivers, and when what bites when they are not.

All days are local dates and both ends are included, so a document counts until local midnight after its last good day,
on every day of the year, the leap day and the days on which clocks change included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from vetting.data.process_settings import Grace

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cover:
    """A document or a waiver that counts from one day to another; None: from ever, or without an end."""

    start: date | None
    end: date | None
    waiver: bool = False

    def covers(self, day: date) -> bool:
        """Whether it counts on this day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one required item stands on a day.

    ``until`` is the last day without a gap, when it is in force (None: it does not end). ``out_from`` is the first day
    without cover that is not over yet: in the past when it is out, in the future when it will be; None when it never
    will be. ``waived`` says that only a waiver keeps it.
    """

    in_force: bool
    until: date | None
    out_from: date | None
    waived: bool = False


def standing(covers: Iterable[Cover], day: date, since: date) -> Standing:
    """How an item stands on ``day`` that is required from ``since`` on.

    Cover that begins no later than the day after another ends goes on from it, so that renewing early, or in time,
    never opens a gap.
    """
    known = sorted(covers, key=lambda cover: cover.start or date.min)
    here = [cover for cover in known if cover.covers(day)]
    if not here:
        ended = [cover.end + DAY for cover in known if cover.end is not None and cover.end < day]
        return Standing(False, None, max([since, *ended]))
    until = _goes_on(known, here)
    waived = all(cover.waiver for cover in here)
    return Standing(True, until, None if until is None else until + DAY, waived)


def _goes_on(known: list[Cover], here: list[Cover]) -> date | None:
    """The last day without a gap from the covers that hold now; ``known`` is in the order of beginnings."""
    if any(cover.end is None for cover in here):
        return None
    until = max(cover.end for cover in here if cover.end is not None)
    for cover in known:
        if (cover.start or date.min) > until + DAY:
            break
        if cover.end is None:
            return None
        until = max(until, cover.end)
    return until


@dataclass(frozen=True, slots=True)
class Bites:
    """The first days on which each consequence is in force; None: never."""

    blocks_on: date | None
    hides_on: date | None

    @property
    def first(self) -> date | None:
        """The first day on which anything happens."""
        return min((day for day in (self.blocks_on, self.hides_on) if day is not None), default=None)


def bites(grace: Grace, out_from: date, foreseen_on: date, more_days: int = 0) -> Bites:
    """When what happens to an item that is out from ``out_from``, with ``more_days`` of grace given by a person.

    Nothing happens earlier than the day after the office could first see it, however late it was noticed.
    """

    def day(days: int | None) -> date | None:
        return None if days is None else max(out_from + timedelta(days=days + more_days), foreseen_on + DAY)

    return Bites(day(grace.block), day(grace.hide))
