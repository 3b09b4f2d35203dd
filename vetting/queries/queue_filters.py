"""What the address of a view of the queue says, and what it means: filters as a table of conditions.

Conditions need no join, so that a badge, its list and its export share them; what a filter says is a parameter.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from vetting.calendar_days import local_moment_utc
from vetting.data.lanes import load_lanes
from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Flag,
    FlagState,
    Partnership,
    PartnershipState,
    Program,
    Round,
    School,
    User,
)
from vetting.models.base import UtcDateTime
from vetting.policy import Actor
from vetting.queries.piles import (
    LIVE_REVIEWS,
    ME,
    TODAY,
    Condition,
    Pile,
    Reader,
    anonymous,
    has_review,
    in_my_care,
    on_hold,
    one_of,
    parameters,
)
from vetting.queries.search import search_condition, search_parameters

LONGEST_VALUE = 100


class Sort(enum.StrEnum):
    """What a list is in order of: the due date, the day of receipt, the time in its state, the organization."""

    DUE = "due"
    RECEIVED = "received"
    SINCE = "since"
    ORGANIZATION = "organization"


UP, DOWN = "up", "down"

SHARED = "shared"
"""The pool of the cases that are in no lane."""

FIXED: Mapping[str, tuple[str, ...]] = {
    "kind": tuple(ApplicationKind),
    "state": tuple(state for state in ApplicationState if state is not ApplicationState.DRAFT),
    "received": ("7", "14", "30", "90"),
    "due": ("overdue", "week", "next_week", "later"),
    "missing": ("yes", "no"),
    "flag": ("any", "mine", "none"),
    "pool": (SHARED, *load_lanes()),
}
"""Filters with a fixed set of values. ``received`` is a number of days that have passed since."""

PARTED: Mapping[str, frozenset[str]] = {
    "assignee": frozenset({"me", "nobody"}),
    **{name: frozenset(FIXED[name]) for name in ("due", "missing", "flag")},
}
"""Values that are conditions of their own and not parameters."""


@dataclass(frozen=True)
class Filters:
    """A view of the queue. ``assignee`` is me, nobody or a person's reference, ``school`` the state's id of a school.

    Without ``sort`` a list has the order of its pile: open cases by due date, finished ones newest first. ``pool``
    narrows only while lanes are in use.
    """

    pile: Pile = Pile.MINE
    kind: str = ""
    state: str = ""
    round: str = ""
    category: str = ""
    school: str = ""
    assignee: str = ""
    received: str = ""
    due: str = ""
    missing: str = ""
    flag: str = ""
    pool: str = ""
    q: str = ""
    sort: str = ""
    dir: str = ""

    @staticmethod
    def from_args(args: Mapping[str, Any]) -> Filters:
        """The view that an address names; what it does not know is left out rather than refused."""

        def text(name: str) -> str:
            value = args.get(name, "")
            kept = "".join(letter for letter in value if letter.isprintable()) if isinstance(value, str) else ""
            return kept[:LONGEST_VALUE].strip()

        def known(name: str) -> str:
            value = text(name)
            return value if name not in FIXED or value in FIXED[name] else ""

        pile = Pile(text("pile")) if text("pile") in set(Pile) else Pile.MINE
        found = Filters(pile, **{name: known(name) for name in NARROWING})
        sort, direction = text("sort"), text("dir")
        if sort not in set(Sort) or direction not in {"", UP, DOWN}:
            return found
        return found.ordered(Sort(sort), down=direction == DOWN)

    @property
    def order(self) -> tuple[Sort, bool]:
        """What the list is in order of, and whether downwards. Finished cases are due no more."""
        if self.sort and not (self.pile is Pile.DONE and self.sort == Sort.DUE):
            return Sort(self.sort), self.dir == DOWN
        return (Sort.RECEIVED, True) if self.pile is Pile.DONE else (Sort.DUE, False)

    def ordered(self, sort: Sort, *, down: bool) -> Filters:
        """The same view in another order; its pile's own order is not spelled out."""
        values = {name: getattr(self, name) for name in NARROWING}
        found = Filters(self.pile, **values, sort=sort.value, dir=DOWN if down else "")
        plain = Filters(self.pile, **values)
        return plain if found.order == plain.order else found

    def on(self, pile: Pile) -> Filters:
        """The same filters on another pile, in that pile's own order."""
        return Filters(pile, **{name: getattr(self, name) for name in NARROWING})

    @property
    def used(self) -> tuple[str, ...]:
        """The names of the filters in use."""
        return tuple(name for name in NARROWING if getattr(self, name))

    def as_args(self, **changed: str) -> dict[str, Any]:
        """The address arguments of this view, leaving out what is not set."""
        own = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        return {name: value for name, value in {**own, **changed}.items() if value}


NARROWING = tuple(field.name for field in fields(Filters) if field.name not in {"pile", "sort", "dir"})
"""The filters: what makes a list shorter."""


@dataclass(frozen=True)
class Shape:
    """What decides how the statements of a view read: pile, order, the filters in use, the rights of the reader.

    ``common`` says that the text looked for is in many cases.
    """

    pile: Pile
    order: tuple[Sort, bool]
    used: frozenset[str]
    reader: Reader
    common: bool = False

    @staticmethod
    def of(actor: Actor, filters: Filters, *, common: bool = False) -> Shape:
        used = set()
        reader = Reader.of(actor)
        for name in filters.used:
            if name == "pool" and not reader.lanes:
                continue
            value = getattr(filters, name)
            used.add(f"{name}={value}" if value in PARTED.get(name, ()) else name)
        return Shape(filters.pile, filters.order, frozenset(used), reader, common)


def values(actor: Actor, filters: Filters, today: date, edge: str = "") -> dict[str, Any]:
    """The parameters: each filter by its name, who asks, when, and the case beside the page."""
    sunday = today + timedelta(days=6 - today.weekday())
    before = today - timedelta(days=int(filters.received or 0) - 1)
    return {
        **parameters(actor, today),
        **{name: getattr(filters, name) for name in NARROWING},
        **search_parameters(filters.q),
        "below": f"{_plain(filters.category)}.%",
        "received_before": local_moment_utc(before, time(0)),
        "sunday": sunday,
        "next_sunday": sunday + timedelta(days=7),
        "pool": "" if filters.pool == SHARED else filters.pool,
        "edge": edge,
    }


def _plain(text: str) -> str:
    """Signs that mean something to LIKE stand for themselves."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _value(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.String)


_SUNDAY = sa.bindparam("sunday", type_=sa.Date)
_NEXT_SUNDAY = sa.bindparam("next_sunday", type_=sa.Date)
_BEFORE: sa.BindParameter[datetime] = sa.bindparam("received_before", type_=UtcDateTime())


def _category() -> Condition:
    below = Application.category_key.like(_value("below"), escape="/")
    return sa.or_(Application.category_key == _value("category"), below)


def _serves_school() -> Condition:
    """Cases about a program that works, or is about to, in the school; a registration is about every program."""
    live = (PartnershipState.PROPOSED, PartnershipState.CONFIRMED, PartnershipState.ACTIVE)
    programs = (
        sa.select(Partnership.program_id)
        .join(School, School.id == Partnership.school_id)
        .where(School.dese_id == _value("school"), one_of(Partnership.state, live))
    )
    organizations = sa.select(Program.organization_id).where(Program.id.in_(programs))
    registering = sa.and_(Application.program_id.is_(None), Application.organization_id.in_(organizations))
    return sa.or_(Application.program_id.in_(programs), registering)


def _called() -> Condition:
    """Cases whose reference contains the text."""
    return sa.func.lower(Application.reference).like(_value("search_part"), escape="/")


def _my_flags() -> Condition:
    return Application.id.in_(
        sa.select(Flag.application_id).where(Flag.owner_id == ME, one_of(Flag.state, [FlagState.RAISED]))
    )


_CONDITIONS: Mapping[str, Callable[[Reader], Condition]] = {
    "kind": lambda reader: Application.kind == _value("kind"),
    "state": lambda reader: Application.state == _value("state"),
    "round": lambda reader: Application.round_id.in_(sa.select(Round.id).where(Round.reference == _value("round"))),
    "category": lambda reader: _category(),
    # Looking for a name, or for what has a name, finds nothing that is shown without one.
    "school": lambda reader: sa.and_(_serves_school(), ~anonymous()),
    "assignee=me": lambda reader: sa.or_(in_my_care(), has_review(reader, LIVE_REVIEWS)),
    "assignee=nobody": lambda reader: Application.coordinator_id.is_(None),
    "assignee": lambda reader: Application.coordinator_id.in_(
        sa.select(User.id).where(User.reference == _value("assignee"))
    ),
    "received": lambda reader: Application.received_at < _BEFORE,
    "due=overdue": lambda reader: sa.and_(Application.due_on < TODAY, ~on_hold()),
    "due=week": lambda reader: Application.due_on.between(TODAY, _SUNDAY),
    "due=next_week": lambda reader: sa.and_(Application.due_on > _SUNDAY, Application.due_on <= _NEXT_SUNDAY),
    "due=later": lambda reader: Application.due_on > _NEXT_SUNDAY,
    "missing=yes": lambda reader: Application.missing_documents > 0,
    "missing=no": lambda reader: Application.missing_documents == 0,
    "flag=any": lambda reader: Application.open_flags > 0,
    "flag=mine": lambda reader: _my_flags(),
    "pool": lambda reader: sa.and_(Application.coordinator_id.is_(None), Application.pool_key == _value("pool")),
    "flag=none": lambda reader: Application.open_flags == 0,
    "q": lambda reader: sa.and_(search_condition(), sa.or_(~anonymous(), _called())),
    "q=common": lambda reader: sa.and_(search_condition(row_by_row=True), sa.or_(~anonymous(), _called())),
}


def chosen(shape: Shape, *, row_by_row: bool = False) -> list[Condition]:
    """The filters in use as conditions; the text that was typed is checked row by row where it is a common one."""
    names = {"q=common" if name == "q" and (row_by_row or shape.common) else name for name in shape.used}
    return [_CONDITIONS[name](shape.reader) for name in sorted(names)]
