"""The page of what runs out: which pile, week and page of it the address names, and what stands beside it."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from vetting.models import LapseState
from vetting.queries.forecast import Ending
from vetting.views.chrome import localdate

PAGE = 50
"""Rows of one page."""

NAMED = ("q", "type", "lane", "school")
"""The filters by their names in the address."""


class Pile(enum.StrEnum):
    """What is out, and what will be: by how soon somebody has to do something."""

    OUT = "out"
    SOON = "soon"
    NEXT = "next"
    LATER = "later"
    ALL = "all"

    def holds(self, one: Ending, today: date) -> bool:
        """Whether a document that is out from ``one.day`` on lies in the pile; a pile ends where the next begins."""
        return self is Pile.ALL or self is _pile_of((one.day - today).days)


def _pile_of(days: int) -> Pile:
    if days <= 0:
        return Pile.OUT
    if days <= 30:
        return Pile.SOON
    return Pile.NEXT if days <= 60 else Pile.LATER


@dataclass(frozen=True)
class Asked:
    """What the address names. Whatever it does not know is left out rather than refused."""

    pile: Pile | None = None
    week: date | None = None
    page: int = 1
    filters: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(args: MultiDict[str, str]) -> Asked:
        when, week, page = (args.get(name, "")[:10] for name in ("when", "week", "page"))
        return Asked(
            pile=Pile(when) if when in set(Pile) else None,
            week=_monday(week),
            page=max(1, int(page)) if page.isdecimal() and page.isascii() else 1,
            filters={name: value for name in NAMED if (value := args.get(name, "").replace("\0", "").strip()[:60])},
        )

    def href(self, **changes: str) -> str:
        """The address of the page with these changes; it begins at the first row again."""
        own = {"when": self.pile or "", "week": self.week.isoformat() if self.week else "", **self.filters}
        args: dict[str, Any] = {name: value for name, value in {**own, **changes}.items() if value}
        return url_for("lapses.index", **args)


def _monday(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.weekday() == 0 else None


def fits(one: Ending, kind: str, asked: str) -> bool:
    """Whether every word that was asked for is in the name of the organization or the kind of document."""
    text = f"{one.organization} {one.reference} {kind}".casefold()
    return all(word in text for word in asked.casefold().split())


def in_week(one: Ending, monday: date) -> bool:
    return one.day - timedelta(days=one.day.weekday()) == monday


def labels() -> dict[Pile, str]:
    """The piles in the order of the tabs."""
    return {
        Pile.OUT: _("Out now"),
        Pile.SOON: _("In the next 30 days"),
        Pile.NEXT: _("In 31 to 60 days"),
        Pile.LATER: _("Later"),
        Pile.ALL: _("All"),
    }


@dataclass(frozen=True)
class Shown:
    """One page of one pile."""

    pile: Pile
    title: str
    rows: Sequence[Ending]
    tabs: Sequence[Mapping[str, Any]]
    summary: str
    previous_href: str | None
    next_href: str | None


def shown(found: Sequence[Ending], asked: Asked, today: date) -> Shown:
    """The pile that was asked for, or the first that holds something: what bites stands first, then the earlier day."""
    counts = {pile: sum(pile.holds(one, today) for one in found) for pile in Pile}
    pile = asked.pile or next((pile for pile in Pile if counts[pile]), Pile.OUT)
    if asked.week is not None:
        rows = [one for one in found if one.day > today and in_week(one, asked.week)]
    else:
        rows = [one for one in found if pile.holds(one, today)]
    rows.sort(key=lambda one: (one.lapse is None or one.lapse.state is not LapseState.BITING, one.day))
    last = max(1, -(-len(rows) // PAGE))
    page = min(asked.page, last)
    first = (page - 1) * PAGE
    return Shown(
        pile=pile,
        title=_("Week from %(day)s", day=localdate(asked.week)) if asked.week else labels()[pile],
        rows=rows[first : first + PAGE],
        tabs=[
            {
                "label": label,
                "count": counts[one],
                "href": asked.href(when=one.value, week=""),
                "current": asked.week is None and one is pile,
                "tone": "bad" if one is Pile.OUT else None,
                "first": one in {Pile.OUT, Pile.SOON},
            }
            for one, label in labels().items()
        ],
        summary=_("%(first)s to %(last)s of %(all)s", first=first + 1, last=min(first + PAGE, len(rows)), all=len(rows))
        if last > 1
        else "",
        previous_href=asked.href(page=str(page - 1)) if page > 1 else None,
        next_href=asked.href(page=str(page + 1)) if page < last else None,
    )
