"""The office's queue: piles of work, filters, keyset pages and neighbors, all from one set of conditions.

A statement is built once for each shape of a view (the pile, which filters are in use, the rights of the reader) and
kept; what the filters say, the person and the day are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
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
    GrantState,
    Organization,
    Program,
    Review,
    ReviewState,
    Role,
    RoleGrant,
    Round,
    User,
)
from vetting.policy import Actor
from vetting.queries.piles import (
    LIVE_REVIEWS,
    ME,
    Condition,
    Pile,
    Reader,
    among_open,
    has_review,
    needs_action,
    on_pile,
    one_of,
    parameters,
    visible,
)
from vetting.queries.search import search_condition, search_parameters

PAGE_SIZE = 50
EXACT_UP_TO = 1000
NO_DATE = date(9999, 12, 31)

# The case beside a page.
_EDGE = aliased(Application)


@dataclass(frozen=True)
class Filters:
    """What the address of a view says. ``assignee`` is me, nobody or a person's reference."""

    pile: Pile = Pile.MINE
    kind: str = ""
    state: str = ""
    round: str = ""
    category: str = ""
    assignee: str = ""
    q: str = ""

    def as_args(self, **changed: str) -> dict[str, Any]:
        """The address arguments of this view, leaving out what is not set."""
        own = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        return {name: value for name, value in {**own, **changed}.items() if value}


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue."""

    reference: str
    kind: ApplicationKind
    state: ApplicationState
    due_on: date | None
    state_since: datetime
    reply_received_at: datetime | None
    category_key: str
    organization: str
    program: str | None
    round: str | None
    coordinator: str | None
    coordinator_id: int | None
    reviews_in: int
    reviews: int
    mine: bool


@dataclass(frozen=True)
class QueuePage:
    rows: Sequence[QueueRow]
    before: str | None
    after: str | None


PARTED = frozenset({"me", "nobody"})
"""Assignees that are conditions of their own."""

FILTERS = tuple(field.name for field in fields(Filters) if field.name != "pile")


@dataclass(frozen=True)
class Shape:
    """What decides how the statements of a view read: the pile, which filters are in use, the rights of the reader."""

    pile: Pile
    used: frozenset[str]
    reader: Reader

    @staticmethod
    def of(actor: Actor, filters: Filters) -> Shape:
        used = {name for name in FILTERS if getattr(filters, name)}
        if filters.assignee in PARTED:
            used = used - {"assignee"} | {f"assignee={filters.assignee}"}
        return Shape(filters.pile, frozenset(used), Reader.of(actor))


def _values(actor: Actor, filters: Filters, today: date, edge: str = "") -> dict[str, Any]:
    """The parameters: each filter by its name, who asks, when, and the row beside the page."""
    return {
        **parameters(actor, today),
        **{name: getattr(filters, name) for name in FILTERS},
        "below": f"{_plain(filters.category)}.%",
        **search_parameters(filters.q),
        "edge": edge,
    }


def _plain(text: str) -> str:
    """Signs that mean something to LIKE stand for themselves."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _value(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.String)


def _chosen(shape: Shape) -> list[Condition]:
    """The filters in use as conditions that need no join, so that counts and lists can share them."""
    reviewed_by_me = has_review(shape.reader, LIVE_REVIEWS)
    conditions: Mapping[str, Condition] = {
        "kind": Application.kind == _value("kind"),
        "state": Application.state == _value("state"),
        "round": Application.round_id.in_(sa.select(Round.id).where(Round.reference == _value("round"))),
        "category": sa.or_(
            Application.category_key == _value("category"), Application.category_key.like(_value("below"), escape="/")
        ),
        "assignee=me": sa.or_(Application.coordinator_id == ME, reviewed_by_me),
        "assignee=nobody": Application.coordinator_id.is_(None),
        "assignee": Application.coordinator_id.in_(sa.select(User.id).where(User.reference == _value("assignee"))),
        "q": search_condition(),
    }
    return [conditions[name] for name in sorted(shape.used)]


def counts(session: Session, actor: Actor, filters: Filters, today: date) -> Mapping[Pile, int]:
    """How many cases lie on each pile under the filters in use. Finished cases are counted only as far as is shown."""
    row = session.execute(_counting(Shape.of(actor, filters)), _values(actor, filters, today)).one()
    return {pile: int(count) for pile, count in zip(Pile, row, strict=True)}


@lru_cache
def _counting(shape: Shape) -> sa.Select[Any]:
    """One number for each pile, in order."""
    base = [visible(shape.reader), *_chosen(shape)]
    done = (
        sa.select(Application.id)
        .where(*base, on_pile(Pile.DONE, shape.reader))
        .limit(EXACT_UP_TO + 1)
        .correlate(None)
        .subquery()
    )
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((among_open(pile, shape.reader), 1), else_=0)), 0)
        for pile in Pile
        if pile is not Pile.DONE
    ]
    return (
        sa.select(*sums, sa.select(sa.func.count()).select_from(done).scalar_subquery())
        .select_from(Application)
        .where(*base, one_of(Application.state, OPEN_STATES))
    )


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
) -> QueuePage:
    """One page of a pile. ``after`` or ``before`` is the reference of the row beside the page."""
    backwards = bool(before)
    edge = before or after
    query = _listed(Shape.of(actor, filters), size + 1, beside=bool(edge), backwards=backwards)
    found = [QueueRow(*row) for row in session.execute(query, _values(actor, filters, today, edge))]
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


def _order(pile: Pile) -> tuple[Any, Any, bool]:
    """The sort key, its tie-break, and whether it runs downwards: open cases by due date, finished newest first."""
    if pile is Pile.DONE:
        return Application.id, Application.id, True
    return sa.func.coalesce(Application.due_on, NO_DATE), Application.id, False


@lru_cache
def _listed(shape: Shape, size: int, *, beside: bool, backwards: bool) -> sa.Select[Any]:
    # What a row shows is asked for the rows of the page alone, once they are found.
    found = _placed(sa.select(Application.id), shape, beside=beside, backwards=backwards).limit(size).subquery()
    query: Any = (
        sa.select(
            Application.reference,
            Application.kind,
            Application.state,
            Application.due_on,
            Application.state_since,
            Application.reply_received_at,
            Application.category_key,
            Organization.legal_name,
            Program.name,
            Round.title,
            User.name,
            Application.coordinator_id,
            _reviews_counted((ReviewState.SUBMITTED,)),
            _reviews_counted(LIVE_REVIEWS),
            sa.case((needs_action(shape.reader), sa.true()), else_=sa.false()),
        )
        .join(found, found.c.id == Application.id)
        .join(Organization, Organization.id == Application.organization_id)
        .outerjoin(Program, Program.id == Application.program_id)
        .outerjoin(Round, Round.id == Application.round_id)
        .outerjoin(User, User.id == Application.coordinator_id)
    )
    ordered: sa.Select[Any] = query.order_by(*_ordering(shape.pile, backwards=backwards))
    return ordered


def _ordering(pile: Pile, *, backwards: bool) -> list[Any]:
    key, tie, down = _order(pile)
    return [part.asc() if down == backwards else part.desc() for part in (key, tie)]


def _placed(query: sa.Select[Any], shape: Shape, *, beside: bool, backwards: bool) -> sa.Select[Any]:
    """Keep the pile's cases beyond the edge in the order of the pile, nearest to the edge first."""
    key, tie, down = _order(shape.pile)
    query = query.where(visible(shape.reader), on_pile(shape.pile, shape.reader), *_chosen(shape))
    upwards = down == backwards
    if beside:
        there = _EDGE.reference == _value("edge")
        other_key: Any = _EDGE.id if key is tie else sa.func.coalesce(_EDGE.due_on, NO_DATE)
        key_there = sa.select(other_key).where(there).scalar_subquery()
        id_there = sa.select(_EDGE.id).where(there).scalar_subquery()
        beyond = sa.and_(key == key_there, tie > id_there if upwards else tie < id_there)
        query = query.where(sa.or_(key > key_there if upwards else key < key_there, beyond))
    return query.order_by(*_ordering(shape.pile, backwards=backwards))


def neighbors(session: Session, actor: Actor, filters: Filters, today: date, reference: str) -> tuple[str, str]:
    """The references before and after a case in the view the person came from; empty where there is none."""
    before, after = session.execute(_beside(Shape.of(actor, filters)), _values(actor, filters, today, reference)).one()
    return before or "", after or ""


@lru_cache
def _beside(shape: Shape) -> sa.Select[Any]:
    return sa.select(
        *[
            _placed(sa.select(Application.reference), shape, beside=True, backwards=backwards)
            .limit(1)
            .scalar_subquery()
            for backwards in (True, False)
        ]
    )


_COORDINATORS = (
    sa.select(User.reference, User.name)
    .join(RoleGrant, RoleGrant.user_id == User.id)
    .where(
        one_of(RoleGrant.role, [Role.COORDINATOR, Role.DIRECTOR]),
        one_of(RoleGrant.state, [GrantState.ACTIVE]),
        # Office roles have no place. Said here, because the index of office roles holds no other.
        RoleGrant.organization_id.is_(None),
        RoleGrant.school_id.is_(None),
        User.active.is_(True),
    )
    .distinct()
    .order_by(User.name, User.reference)
)
_ROUNDS = sa.select(Round.reference, Round.title).order_by(Round.opens_at.desc(), Round.id.desc())


def coordinators(session: Session) -> list[tuple[str, str]]:
    """Reference and name of those who may be in charge of a case, for the filter."""
    return [(reference, name) for reference, name in session.execute(_COORDINATORS)]


def round_choices(session: Session) -> list[tuple[str, str]]:
    """Reference and title of every round, newest first."""
    return [(reference, title) for reference, title in session.execute(_ROUNDS)]
