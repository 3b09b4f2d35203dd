"""The district's calendar: its zone, public holidays by rule, and its own closures from the calendar file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

from vetting.data.reading import Header, Node, content_of, read_header

CALENDAR = "calendar-1.yaml"


@dataclass(frozen=True, slots=True)
class Closure:
    """A break; both days are part of it."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> Iterable[date]:
        """Every day of the break."""
        return (self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1))


@dataclass(frozen=True, slots=True)
class Calendar:
    """One version of the district's calendar."""

    header: Header
    zone: str
    country: str
    state: str
    closures: tuple[Closure, ...]


@cache
def load_calendar(name: str = CALENDAR) -> Calendar:
    """The calendar file. Raises DataError."""
    root = Node(content_of(name), name)
    header = read_header(root)
    rule = root.node("holidays")
    calendar = Calendar(
        header=header,
        zone=root.text("zone"),
        country=rule.text("country"),
        state=rule.text("state"),
        closures=tuple(_closure(node) for node in root.nodes("closures")),
    )
    rule.finish()
    root.finish()
    return calendar


def named_closures(years: Iterable[int], name: str = CALENDAR) -> dict[date, str]:
    """Every day of these calendar years on which the district is closed, with why."""
    wanted = sorted(set(years))
    calendar = load_calendar(name)
    found = {day: closure.name for closure in calendar.closures for day in closure.days if day.year in wanted}
    public = holidays.country_holidays(calendar.country, subdiv=calendar.state, years=wanted)
    return found | {day: str(title) for day, title in public.items()}


def district_closures(years: Iterable[int], name: str = CALENDAR) -> frozenset[date]:
    """The closed days of these calendar years, as the business-day arithmetic wants them."""
    return frozenset(named_closures(years, name))


def _closure(node: Node) -> Closure:
    closure = Closure(node.text("name"), _day(node, "first"), _day(node, "last"))
    node.finish()
    if closure.last < closure.first:
        raise node.error("last", "comes before the first day")
    return closure


def _day(node: Node, key: str) -> date:
    try:
        return date.fromisoformat(node.text(key))
    except ValueError as error:
        if hasattr(error, "where"):
            raise
        raise node.error(key, 'expected a date in quotation marks, such as "2026-12-24"') from error
