"""Dates as they are printed: in figures the American way, with the month's name, or as ISO."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from vetting.preflight.reading import Page, Reading

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_FORMS = re.compile(
    rf"""
    (?<![\d/.-])(?P<iso_y>(?:19|20)\d\d)\s?-\s?(?P<iso_m>\d\d?)\s?-\s?(?P<iso_d>\d\d?)(?![\d-])
    | (?<![\d/.-])(?P<m>\d{{1,2}})\s?(?P<sign>[/.-])\s?(?P<d>\d{{1,2}})\s?(?P=sign)\s?(?P<y>\d{{4}}|\d{{2}})(?![\d/-])
    | \b(?P<name1>{_MONTH})\s*(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?P<y1>(?:19|20)\d\d)\b
    | \b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s*-?\s*(?:day\s+of\s+)?(?P<name2>{_MONTH})\s*-?\s*,?\s*(?P<y2>(?:19|20)\d\d)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
OLDEST, NEWEST = 1950, 2079

_END = re.compile(r"\b(?:exp(?:\.|ir\w*)?|until|through|thru|ends?|ending|valid\s+to|to)\b\W*$", re.IGNORECASE)
_START = re.compile(r"\b(?:eff(?:\.|ective)?|from|begins?|beginning|starts?|inception)\b[\w\s]{0,6}\W*$", re.IGNORECASE)
_END_ABOVE = re.compile(r"\b(?:exp|expir\w+|ends?|to)\b", re.IGNORECASE)
SHORTEST, LONGEST = 20, 1200
"""Days between two dates in one row that make a period."""


@dataclass(frozen=True)
class Printed:
    """A date on a page: the number of its row, and where in the row's line it begins and ends."""

    day: date
    page: int
    row: int
    start: int
    end: int


@dataclass(frozen=True)
class Period:
    """Two dates that belong together, both ends included."""

    first: date
    last: date
    page: int
    row: int


def read_date(found: re.Match[str]) -> date | None:
    """The date of a match; None for a day that no calendar has."""
    part = found.groupdict()
    try:
        if part["iso_y"]:
            return date(int(part["iso_y"]), int(part["iso_m"]), int(part["iso_d"]))
        if part["y"]:
            year, month, day = _year(part["y"]), int(part["m"]), int(part["d"])
            # Written the European way where the American way gives no date.
            return date(year, day, month) if month > 12 >= day else date(year, month, day)
        which = "1" if part["y1"] else "2"
        name = part[f"name{which}"][:3].lower()
        return date(int(part[f"y{which}"]), MONTHS[name], int(part[f"d{which}"]))
    except ValueError:
        return None


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text) if int(text) < 80 else 1900 + int(text)


def dates_in(line: str) -> Iterator[tuple[date, int, int]]:
    """The dates of one line with where they begin and end."""
    for found in _FORMS.finditer(line):
        day = read_date(found)
        if day is not None and OLDEST <= day.year <= NEWEST:
            yield day, found.start(), found.end()


def printed_dates(reading: Reading) -> list[Printed]:
    """Every date on every page, in reading order."""
    return [
        Printed(day, number, row, start, end)
        for number, page in enumerate(reading.pages, 1)
        for row, line in enumerate(page.lines)
        for day, start, end in dates_in(line)
    ]


def periods(reading: Reading) -> list[Period]:
    """First and last days that are printed together: in one row, or one under the other with words before them."""
    found = []
    for number, page in enumerate(reading.pages, 1):
        for row, line in enumerate(page.lines):
            days = list(dates_in(line))
            for (first, _s, _e), (last, _s2, _e2) in pairwise(days):
                if SHORTEST <= (last - first).days <= LONGEST:
                    found.append(Period(first, last, number, row))
    return found


def last_days(reading: Reading) -> list[Printed]:
    """Dates that the page itself calls the end of something: the second of a period, or after a word like *until*."""
    dates = printed_dates(reading)
    ends = {(period.page, period.row, period.last) for period in periods(reading)}
    return [
        one
        for one in dates
        if (one.page, one.row, one.day) in ends or _called(one, reading.pages[one.page - 1], _END, _END_ABOVE)
    ]


def first_days(reading: Reading) -> list[Printed]:
    """Dates that the page itself calls the beginning of something."""
    starts = {(period.page, period.row, period.first) for period in periods(reading)}
    return [
        one
        for one in printed_dates(reading)
        if (one.page, one.row, one.day) in starts or _called(one, reading.pages[one.page - 1], _START, None)
    ]


def _called(one: Printed, page: Page, before: re.Pattern[str], above: re.Pattern[str] | None) -> bool:
    """Whether words before the date in its row, or alone in the row above, say what it is."""
    line = page.lines[one.row]
    words = re.sub(r"\bdate\b|\bday\b|\bon\b", "", line[: one.start], flags=re.IGNORECASE)
    if before.search(words):
        return True
    alone = not words.strip()
    return bool(above and alone and one.row and above.search(page.lines[one.row - 1]) and not _has_date(page, one))


def _has_date(page: Page, one: Printed) -> bool:
    return any(True for _found in dates_in(page.lines[one.row - 1]))
