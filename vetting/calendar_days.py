"""Days as the district counts them: business days, school years, fiscal years, and the edges of a local day.

Nothing here reads the clock. Days without service ("closures") are passed in; instants are UTC, days are local dates.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DISTRICT_ZONE = "America/New_York"
# Both the school year and the fiscal year begin on 1 July.
FIRST_MONTH = 7

_SCHOOL_YEAR = re.compile(r"(20\d\d)-(\d\d)")
_FISCAL_YEAR = re.compile(r"FY(\d\d)")


def is_business_day(day: date, closures: Collection[date]) -> bool:
    """Monday to Friday, and not a day on which the district is closed."""
    return day.weekday() < 5 and day not in closures


def add_business_days(day: date, count: int, closures: Collection[date]) -> date:
    """The business day `count` business days after `day` (before it, when negative).

    The day itself does not count. Zero gives the day itself, or the next business day when it is not one.
    """
    if count == 0:
        while not is_business_day(day, closures):
            day += timedelta(days=1)
        return day
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        if is_business_day(day, closures):
            left -= 1
    return day


def business_days_between(start: date, end: date, closures: Collection[date]) -> int:
    """How many business days lie after `start` up to and including `end`; negative when `end` comes first."""
    if end < start:
        return -business_days_between(end, start, closures)
    days = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return sum(is_business_day(day, closures) for day in days)


def school_year_of(day: date) -> str:
    """The school year of a day, for example `2026-27`."""
    start = _first_year(day)
    return f"{start}-{(start + 1) % 100:02d}"


def school_year_bounds(school_year: str) -> tuple[date, date]:
    """First and last day of a school year. Raises ValueError for a text that is not one."""
    match = _SCHOOL_YEAR.fullmatch(school_year)
    if not match or (int(match[1]) + 1) % 100 != int(match[2]):
        raise ValueError(f"{school_year!r} is not a school year such as 2026-27.")
    return _bounds(int(match[1]))


def next_school_year(school_year: str) -> str:
    """The school year after this one. Raises ValueError for a text that is not one."""
    return school_year_of(school_year_bounds(school_year)[1] + timedelta(days=1))


def fiscal_year_of(day: date) -> str:
    """The fiscal year of a day, named for the year it ends in, for example `FY27`."""
    return f"FY{(_first_year(day) + 1) % 100:02d}"


def fiscal_year_bounds(fiscal_year: str) -> tuple[date, date]:
    """First and last day of a fiscal year of this century. Raises ValueError for a text that is not one."""
    match = _FISCAL_YEAR.fullmatch(fiscal_year)
    if not match:
        raise ValueError(f"{fiscal_year!r} is not a fiscal year such as FY27.")
    return _bounds(2000 + int(match[1]) - 1)


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later; the last day of that month where it is shorter (leap day included)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def local_date(moment: datetime, zone: str = DISTRICT_ZONE) -> date:
    """The local date of a UTC instant. A moment without a zone is refused (ValueError)."""
    if moment.tzinfo is None:
        raise ValueError("A moment must carry its time zone.")
    return moment.astimezone(ZoneInfo(zone)).date()


def local_moment_utc(day: date, at: time, zone: str = DISTRICT_ZONE) -> datetime:
    """The UTC instant of a local wall-clock time, read in favor of the person with a deadline.

    A time that the clocks skip in spring counts as the moment after the change; a time that comes twice in fall
    counts as the second one.
    """
    there = datetime.combine(day, at.replace(fold=1), ZoneInfo(zone))
    instant = there.astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).time().replace(fold=0) != at.replace(fold=0):
        # The gap: with fold=0 the offset from before the change applies, which lands after it.
        instant = there.replace(fold=0).astimezone(UTC)
    return instant


def end_of_local_day_utc(day: date, zone: str = DISTRICT_ZONE) -> datetime:
    """The UTC instant at which the local day is over; anything before it still belongs to the day."""
    return local_moment_utc(day + timedelta(days=1), time(0), zone)


def _first_year(day: date) -> int:
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def _bounds(first_year: int) -> tuple[date, date]:
    return date(first_year, FIRST_MONTH, 1), date(first_year + 1, FIRST_MONTH, 1) - timedelta(days=1)
