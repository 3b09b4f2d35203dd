"""Deadlines: what counts as in time, how a local time is read, and which reminder is due.

Nothing here reads the clock or the database. Instants are UTC, days are the district's local days. What counts is the
server's receipt: the instant at which a request reached the application, before its body (a large file, say) was read.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vetting.calendar_days import DISTRICT_ZONE

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Deadline:
    """When something closes for one applicant. Neither grace nor an extension ever makes it earlier."""

    closes_at: datetime
    grace_minutes: int = 0
    extended_to: tuple[datetime, ...] = ()

    @property
    def shown(self) -> datetime:
        """The end that people are told: the published one, or their own later one."""
        return max((self.closes_at, *self.extended_to))

    @property
    def extended(self) -> bool:
        """Whether this applicant has more time than was published."""
        return self.shown > self.closes_at

    @property
    def too_late_from(self) -> datetime:
        """The first instant that no longer counts. A time named in minutes lasts to the end of its minute."""
        return _end_of_minute(self.shown) + timedelta(minutes=max(0, self.grace_minutes))

    def takes(self, arrived: datetime) -> bool:
        """Whether what reached us at this instant is in time."""
        return arrived < self.too_late_from

    def late_by(self, arrived: datetime) -> timedelta:
        """How long after the time people were told it came; zero when it is in time."""
        return timedelta(0) if self.takes(arrived) else arrived - self.shown

    def may_be_extended_on(self, day: date, most_days: int, zone: str = DISTRICT_ZONE) -> bool:
        """Whether more time may still be given on this local day: until ``most_days`` days after the end."""
        return day <= self.shown.astimezone(ZoneInfo(zone)).date() + timedelta(days=most_days)


def _end_of_minute(instant: datetime) -> datetime:
    return instant + MINUTE if instant.second == 0 and instant.microsecond == 0 else instant


class Occurs(enum.StrEnum):
    """How often a local wall-clock time comes on a local day."""

    ONCE = "once"
    NEVER = "never"
    TWICE = "twice"


@dataclass(frozen=True)
class Reading:
    """A local day and time as instants.

    A time that comes twice has an earlier and a later instant. For one that the clocks skip they are the moments as
    far before and after the change as the time is inside it, to name in its place.
    """

    occurs: Occurs
    earlier: datetime
    later: datetime


def read_local(day: date, at: time, zone: str = DISTRICT_ZONE) -> Reading:
    """What a wall-clock time means on a day, on every clock change included."""
    first, second = (datetime.combine(day, at.replace(fold=fold), ZoneInfo(zone)).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return Reading(Occurs.ONCE, first, first)
    # In the gap of spring the reading from before the change is the later instant; in fall it is the earlier one.
    return Reading(Occurs.TWICE if first < second else Occurs.NEVER, min(first, second), max(first, second))


def comes_twice(instant: datetime, zone: str = DISTRICT_ZONE) -> bool:
    """Whether the wall-clock time of this instant comes twice on its local day."""
    local = instant.astimezone(ZoneInfo(zone))
    return read_local(local.date(), local.time().replace(fold=0), zone).occurs is Occurs.TWICE


def reminder_due(due: date, today: date, days_before: Iterable[int], told: date | None = None) -> int | None:
    """The one reminder that belongs to ``today``: how many days before ``due`` it stands for, or None.

    When several were missed, because nobody was there to send them, only the nearest is left. A reminder whose day is
    not after ``told``, the day on which people learned of the date, is not sent: they know.
    """
    if today > due:
        return None
    reached = [days for days in days_before if due - timedelta(days=days) <= today]
    if not reached:
        return None
    nearest = min(reached)
    return nearest if told is None or told < due - timedelta(days=nearest) else None


def latest(instants: Sequence[datetime | None]) -> tuple[datetime, ...]:
    """The instants that there are, in order."""
    return tuple(sorted(instant for instant in instants if instant is not None))
