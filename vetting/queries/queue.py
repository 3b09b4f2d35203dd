"""The office's queue: counts, keyset pages, exports and neighbors, all from one set of conditions.

A statement is built once for each shape of a view (the pile, its order, which filters are in use, the rights of the
reader) and kept; what the filters say, the person and the day are parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from vetting.models import (
    OPEN_STATES,
    Application,
    ApplicationKind,
    ApplicationState,
    Organization,
    Program,
    Review,
    ReviewState,
    Round,
    User,
)
from vetting.policy import Actor
from vetting.queries.piles import (
    LIVE_REVIEWS,
    Pile,
    Unsought,
    among_open,
    anonymous,
    covered,
    on_pile,
    one_of,
    spelled,
    visible,
)
from vetting.queries.queue_filters import Filters, Shape, Sort, chosen, values

__all__ = ["EXACT_UP_TO", "PAGE_SIZE", "Filters", "Pile", "QueuePage", "QueueRow", "Sort"]

PAGE_SIZE = 50
EXACT_UP_TO = 1000
NO_DATE = date(9999, 12, 31)
ROWS_AT_ONCE = 500

# The case beside a page, and its organization.
_EDGE = aliased(Application)
_EDGE_ORGANIZATION = aliased(Organization)
_AT_EDGE = _EDGE.reference == sa.bindparam("edge", type_=sa.String)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue. ``stands_in`` says that the reader covers for the coordinator today.

    A case without ``organization`` is one that the reader reviews without knowing who applies.
    """

    id: int
    reference: str
    version: int
    kind: ApplicationKind
    state: ApplicationState
    due_on: date | None
    state_since: datetime
    received_at: datetime
    updated_at: datetime
    reply_received_at: datetime | None
    message_received_at: datetime | None
    wakes_on: date | None
    open_flags: int
    missing_documents: int
    category_key: str
    organization: str
    program: str | None
    round: str | None
    coordinator: str | None
    coordinator_id: int | None
    reviews_in: int
    reviews: int
    stands_in: bool


@dataclass(frozen=True)
class QueuePage:
    rows: Sequence[QueueRow]
    before: str | None
    after: str | None


def counts(session: Session, actor: Actor, filters: Filters, today: date) -> Mapping[Pile, int]:
    """How many cases lie on each pile under the filters in use. Finished cases are counted only as far as is shown."""
    row = session.execute(_counting(_uncounted(Shape.of(actor, filters))), values(actor, filters, today)).one()
    found: dict[Pile, int] = dict(zip(_COUNTED, map(int, row), strict=True))
    # Every open case that is not on hold waits for this person or for somebody else.
    found[Pile.WAITING] = found[Pile.OPEN] - found[Pile.HOLD] - found[Pile.MINE]
    return found


_COUNTED: tuple[Pile, ...] = tuple(pile for pile in Pile if pile is not Pile.WAITING)


def _uncounted(shape: Shape) -> Shape:
    """The counts are the same whichever pile is open, and in whatever order."""
    return Shape(Pile.OPEN, (Sort.DUE, False), shape.used, shape.reader)


@lru_cache(maxsize=512)
def _counting(shape: Shape) -> sa.Select[Any]:
    """One number for each counted pile, in order."""
    done = (
        sa.select(Application.id)
        .where(visible(shape.reader), *chosen(shape), on_pile(Pile.DONE, shape.reader))
        .limit(spelled(EXACT_UP_TO + 1))
        .correlate(None)
        .subquery()
    )
    numbers = [
        sa.func.count().filter(among_open(pile, shape.reader))
        if pile is not Pile.DONE
        else sa.select(sa.func.count()).select_from(done).scalar_subquery()
        for pile in _COUNTED
    ]
    # Few cases are open, so they are asked whether they contain what is looked for, and not the other way round.
    some = [visible(shape.reader), *chosen(shape, row_by_row=True), one_of(Application.state, OPEN_STATES)]
    return sa.select(*numbers).select_from(Application).where(*some)


def _reviews_counted(states: Sequence[ReviewState]) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count(Review.id))
        .where(Review.application_id == Application.id, one_of(Review.state, states))
        .correlate(Application)
        .scalar_subquery()
    )


def page(
    session: Session,
    actor: Actor,
    filters: Filters,
    today: date,
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
    common: bool = False,
) -> QueuePage:
    """One page of a pile. ``after`` or ``before`` is the reference of the row beside the page.

    Cases with a ``common`` text are read in order until the page is full; those with a rare one are found and sorted.
    """
    backwards = bool(before)
    edge = before or after
    query = _listed(
        Shape.of(actor, filters, common=common and bool(filters.q)), size + 1, beside=bool(edge), backwards=backwards
    )
    found = [QueueRow(*row) for row in session.execute(query, values(actor, filters, today, edge))]
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_before = more if backwards else bool(after)
    has_after = True if backwards else more
    return QueuePage(
        rows=found,
        before=found[0].reference if found and has_before else None,
        after=found[-1].reference if found and has_after else None,
    )


def every_row(session: Session, actor: Actor, filters: Filters, today: date) -> Iterator[QueueRow]:
    """Every line of a view in its order, read a few hundred at a time."""
    query = _rows(Shape.of(actor, filters)).execution_options(yield_per=ROWS_AT_ONCE)
    for row in session.execute(query, values(actor, filters, today)):
        yield QueueRow(*row)


def references(session: Session, actor: Actor, filters: Filters, today: date, most: int) -> list[str]:
    """The references of a view in its order, at most this many."""
    query = _named(Shape.of(actor, filters)).limit(most)
    return list(session.scalars(query, values(actor, filters, today)))


@lru_cache(maxsize=512)
def _named(shape: Shape) -> sa.Select[Any]:
    return _placed(sa.select(Application.reference), shape, beside=False, backwards=False)


@lru_cache(maxsize=512)
def _rows(shape: Shape) -> sa.Select[Any]:
    return _with_names(_placed(sa.select(*_COLUMNS), shape, beside=False, backwards=False, named=True))


@lru_cache(maxsize=512)
def _listed(shape: Shape, size: int, *, beside: bool, backwards: bool) -> sa.Select[Any]:
    # What a row shows is asked for the rows of the page alone, once they are found.
    placed = _placed(sa.select(Application.id), shape, beside=beside, backwards=backwards)
    found = placed.limit(spelled(size)).subquery()
    query = _with_names(sa.select(*_COLUMNS).join(found, found.c.id == Application.id))
    return query.join(Organization, Organization.id == Application.organization_id).order_by(
        *_ordering(shape, backwards=backwards)
    )


_COLUMNS: list[Any] = [
    Application.id,
    Application.reference,
    Application.version,
    Application.kind,
    Application.state,
    Application.due_on,
    Application.state_since,
    Application.received_at,
    Application.updated_at,
    Application.reply_received_at,
    Application.message_received_at,
    Application.wakes_on,
    Application.open_flags,
    Application.missing_documents,
    Application.category_key,
    sa.case((anonymous(), ""), else_=Organization.legal_name),
    sa.case((anonymous(), None), else_=Program.name),
    Round.title,
    User.name,
    Application.coordinator_id,
    _reviews_counted((ReviewState.SUBMITTED,)),
    _reviews_counted(LIVE_REVIEWS),
    sa.case((covered(), sa.true()), else_=sa.false()),
]


def _with_names(query: sa.Select[Any]) -> sa.Select[Any]:
    return (
        query.outerjoin(Program, Program.id == Application.program_id)
        .outerjoin(Round, Round.id == Application.round_id)
        .outerjoin(User, User.id == Application.coordinator_id)
    )


def _due(case: Any) -> sa.ColumnElement[date]:
    """Cases without a date come last. Spelled like the index that holds the open cases in this order."""
    return sa.func.coalesce(case.due_on, sa.literal_column(f"'{NO_DATE}'", sa.Date))


_KEYS: Mapping[Sort, tuple[Any, Any]] = {
    Sort.DUE: (_due(Application), _due(_EDGE)),
    Sort.RECEIVED: (Application.received_at, _EDGE.received_at),
    Sort.SINCE: (Application.state_since, _EDGE.state_since),
    Sort.ORGANIZATION: (Organization.name_folded, _EDGE_ORGANIZATION.name_folded),
}
"""What each order goes by: in the list, and of the case beside a page. The case's number breaks ties."""


def _key(shape: Shape) -> Any:
    """Cases that a reviewer sees without a name stand together, where their names give nothing away."""
    sort, _down = shape.order
    key = _KEYS[sort][0]
    return sa.case((anonymous(), ""), else_=key) if sort is Sort.ORGANIZATION and shape.reader.reviews else key


def _at_edge(shape: Shape) -> Any:
    """The sort key of the case beside the page. What the reader may not see stands nowhere."""
    sort, _down = shape.order
    key = _KEYS[sort][1]
    if sort is Sort.ORGANIZATION and shape.reader.reviews:
        key = sa.case((anonymous(_EDGE), ""), else_=key)
    query = sa.select(key).select_from(_EDGE).where(_AT_EDGE, visible(shape.reader, case=_EDGE))
    if sort is Sort.ORGANIZATION:
        query = query.join(_EDGE_ORGANIZATION, _EDGE_ORGANIZATION.id == _EDGE.organization_id)
    return query.scalar_subquery()


def _ordering(shape: Shape, *, backwards: bool) -> list[Any]:
    _sort, down = shape.order
    parts = (_key(shape), Application.id)
    return [part.asc() if down == backwards else part.desc() for part in parts]


def _placed(
    query: sa.Select[Any], shape: Shape, *, beside: bool, backwards: bool, named: bool = False
) -> sa.Select[Any]:
    """Keep the pile's cases beyond the edge in the order of the view, nearest to the edge first."""
    sort, down = shape.order
    if named or sort is Sort.ORGANIZATION:
        query = query.join(Organization, _its_organization(shape))
    query = query.where(visible(shape.reader), on_pile(shape.pile, shape.reader), *chosen(shape))
    if beside:
        query = query.where(*_beyond(shape, upwards=down == backwards))
    return query.order_by(*_ordering(shape, backwards=backwards))


SELECTIVE = frozenset({"q", "assignee", "assignee=me", "round", "school", "flag=any", "flag=mine"})
"""Filters that leave few cases, so that finding them comes first and sorting them is cheap."""


def _its_organization(shape: Shape) -> Any:
    """Finished cases by name are found by walking through the organizations in order, not by sorting them all."""
    walks = shape.pile is Pile.DONE and shape.order[0] is Sort.ORGANIZATION and not shape.used & SELECTIVE
    return (Unsought(Organization.id) if walks else Organization.id) == Application.organization_id


def _beyond(shape: Shape, *, upwards: bool) -> tuple[Any, ...]:
    """Past the edge. The first condition says nothing new, but is one that an index can begin with."""
    key, there = _key(shape), _at_edge(shape)
    id_there = sa.select(_EDGE.id).where(_AT_EDGE).scalar_subquery()
    tied = sa.and_(key == there, Application.id > id_there if upwards else Application.id < id_there)
    if upwards:
        return key >= there, sa.or_(key > there, tied)
    return key <= there, sa.or_(key < there, tied)


def neighbors(session: Session, actor: Actor, filters: Filters, today: date, reference: str) -> tuple[str, str]:
    """The references before and after a case in the view the person came from; empty where there is none."""
    before, after = session.execute(_beside(Shape.of(actor, filters)), values(actor, filters, today, reference)).one()
    return before or "", after or ""


@lru_cache(maxsize=512)
def _beside(shape: Shape) -> sa.Select[Any]:
    return sa.select(
        *[
            _placed(sa.select(Application.reference), shape, beside=True, backwards=backwards)
            .limit(spelled(1))
            .scalar_subquery()
            for backwards in (True, False)
        ]
    )


@dataclass(frozen=True)
class Place:
    """Where a case stands in a view: how many stand before it, how many of them are tied with it, and of how many.

    Each number is exact to a thousand. ``listed`` says whether the case is in the view at all.
    """

    listed: bool
    before: int
    tied: int
    total: int


def place(session: Session, actor: Actor, filters: Filters, today: date, reference: str) -> Place:
    """Where a case stands in a view, and so why."""
    row = session.execute(_place(Shape.of(actor, filters)), values(actor, filters, today, reference)).one()
    listed, before, tied, total = map(int, row)
    return Place(bool(listed), before, tied, total)


@lru_cache(maxsize=512)
def _place(shape: Shape) -> sa.Select[Any]:
    def counted(*conditions: Any, beside: bool) -> sa.ScalarSelect[Any]:
        query = _placed(sa.select(Application.id), shape, beside=beside, backwards=True).where(*conditions)
        some = query.limit(spelled(EXACT_UP_TO + 1)).subquery()
        return sa.select(sa.func.count()).select_from(some).scalar_subquery()

    itself = Application.reference == sa.bindparam("edge", type_=sa.String)
    tied = _key(shape) == _at_edge(shape)
    return sa.select(
        counted(itself, beside=False), counted(beside=True), counted(tied, beside=True), counted(beside=False)
    )
