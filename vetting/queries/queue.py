"""The office's queue: piles of work, filters, keyset pages and neighbors, all from one set of conditions."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from vetting.models import (
    CLOSED_STATES,
    OPEN_STATES,
    Application,
    ApplicationKind,
    ApplicationState,
    Decision,
    DecisionState,
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
from vetting.policy import READS_ALL, Actor
from vetting.refs import folded

LIVE_REVIEWS = (ReviewState.ASSIGNED, ReviewState.IN_PROGRESS, ReviewState.SUBMITTED)
OWED_REVIEWS = (ReviewState.ASSIGNED, ReviewState.IN_PROGRESS)
PAGE_SIZE = 50
EXACT_UP_TO = 1000
NO_DATE = date(9999, 12, 31)

Condition = sa.ColumnElement[bool]
# The case beside a page; made once, because making an alias costs a tenth of a page.
_EDGE = aliased(Application)
S = ApplicationState


class Pile(enum.StrEnum):
    """A pile of work. Needs action by me and waiting on others together hold every open case exactly once."""

    MINE = "mine"
    NEW = "new"
    REPLY = "reply"
    DECIDE = "decide"
    RELEASE = "release"
    OVERDUE = "overdue"
    WAITING = "waiting"
    DONE = "done"


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


def visible_cases(actor: Actor) -> Condition:
    """The twin of the permission ``case.view`` in SQL."""
    conditions: list[Condition] = [Application.received_at.is_not(None)]
    closed_to = set(actor.conflicts) | set(actor.organizations)
    if closed_to:
        conditions.append(Application.organization_id.not_in(closed_to))
    if not actor.roles & frozenset(READS_ALL):
        conditions.append(_has_review(actor, LIVE_REVIEWS))
    return sa.and_(*conditions)


def _has_review(actor: Actor, states: Sequence[ReviewState]) -> Condition:
    if actor.user_id is None:
        return sa.false()
    return sa.exists().where(
        Review.application_id == Application.id, Review.reviewer_id == actor.user_id, Review.state.in_(states)
    )


def _review_owed_by_anybody() -> Condition:
    return sa.exists().where(Review.application_id == Application.id, Review.state.in_(OWED_REVIEWS))


def _drafted_by(actor: Actor) -> Condition:
    return sa.exists().where(
        Decision.application_id == Application.id,
        Decision.state == DecisionState.DRAFTED,
        Decision.drafted_by_id == actor.user_id,
    )


def needs_action_by(actor: Actor) -> Condition:
    """Open cases on which this person is the next to act, or one of those who may be."""
    owes = _has_review(actor, OWED_REVIEWS)
    found: list[Condition] = [sa.and_(Application.state == S.IN_REVIEW, owes)]
    if actor.roles & {Role.COORDINATOR, Role.DIRECTOR}:
        in_charge = sa.or_(Application.coordinator_id.is_(None), Application.coordinator_id == actor.user_id)
        reviewed = _has_review(actor, (ReviewState.SUBMITTED,))
        found += [
            sa.and_(Application.state.in_([S.SUBMITTED, S.SCREENING]), in_charge),
            # When somebody stepped aside and the others are finished, the case waits for a new reviewer.
            sa.and_(Application.state == S.IN_REVIEW, in_charge, ~_review_owed_by_anybody()),
            sa.and_(Application.state == S.READY_TO_DECIDE, ~owes),
            sa.and_(Application.state == S.DECISION_DRAFTED, ~_drafted_by(actor), ~reviewed),
        ]
    return sa.or_(*found)


def pile_condition(pile: Pile, actor: Actor, today: date) -> Condition:
    """Which cases lie on a pile."""
    open_ = Application.state.in_(sorted(OPEN_STATES))
    # Building a condition costs as much as asking it, so only the one that is wanted is built.
    table: dict[Pile, Callable[[], Condition]] = {
        Pile.MINE: lambda: sa.and_(open_, needs_action_by(actor)),
        Pile.NEW: lambda: Application.state == S.SUBMITTED,
        Pile.REPLY: lambda: sa.and_(Application.state == S.SCREENING, Application.reply_received_at.is_not(None)),
        Pile.DECIDE: lambda: Application.state == S.READY_TO_DECIDE,
        Pile.RELEASE: lambda: Application.state == S.DECISION_DRAFTED,
        Pile.OVERDUE: lambda: sa.and_(open_, Application.due_on < today),
        Pile.WAITING: lambda: sa.and_(open_, ~needs_action_by(actor)),
        Pile.DONE: lambda: Application.state.in_(sorted(CLOSED_STATES)),
    }
    return table[pile]()


def _chosen(filters: Filters, actor: Actor) -> list[Condition]:
    """The filters as conditions that need no join, so that counts and lists can share them."""
    found: list[Condition] = []
    if filters.kind:
        found.append(Application.kind.in_([kind for kind in ApplicationKind if kind == filters.kind]))
    if filters.state:
        found.append(Application.state.in_([state for state in ApplicationState if state == filters.state]))
    if filters.round:
        found.append(Application.round_id.in_(sa.select(Round.id).where(Round.reference == filters.round)))
    if filters.category:
        key = filters.category
        found.append(
            sa.or_(Application.category_key == key, Application.category_key.startswith(f"{key}.", autoescape=True))
        )
    if filters.assignee == "me":
        found.append(sa.or_(Application.coordinator_id == actor.user_id, _has_review(actor, LIVE_REVIEWS)))
    elif filters.assignee == "nobody":
        found.append(Application.coordinator_id.is_(None))
    elif filters.assignee:
        found.append(Application.coordinator_id.in_(sa.select(User.id).where(User.reference == filters.assignee)))
    if filters.q:
        found.append(_matches(filters.q))
    return found


def _matches(text: str) -> Condition:
    """Cases whose reference, organization or program contains the text."""
    plain = folded(text)
    organizations = sa.select(Organization.id).where(Organization.name_folded.contains(plain, autoescape=True))
    named = sa.func.lower(Program.name).contains(text.strip().lower(), autoescape=True)
    # A registration is about every program of its organization, a Portfolio application about one.
    registering = sa.and_(
        Application.program_id.is_(None),
        Application.organization_id.in_(sa.select(Program.organization_id).where(named)),
    )
    return sa.or_(
        Application.reference.contains(text.strip().upper(), autoescape=True),
        Application.organization_id.in_(organizations),
        Application.program_id.in_(sa.select(Program.id).where(named)),
        registering,
    )


def counts(session: Session, actor: Actor, filters: Filters, today: date) -> Mapping[Pile, int]:
    """How many cases lie on each pile under the filters in use. Finished cases are counted only as far as is shown."""
    base = [visible_cases(actor), *_chosen(filters, actor)]
    open_piles = [pile for pile in Pile if pile is not Pile.DONE]
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((pile_condition(pile, actor, today), 1), else_=0)), 0).label(pile.value)
        for pile in open_piles
    ]
    done = (
        sa.select(Application.id)
        .where(*base, pile_condition(Pile.DONE, actor, today))
        .limit(EXACT_UP_TO + 1)
        .correlate(None)
        .subquery()
    )
    row = session.execute(
        sa.select(*sums, sa.select(sa.func.count()).select_from(done).scalar_subquery().label(Pile.DONE.value))
        .select_from(Application)
        .where(*base, Application.state.in_(sorted(OPEN_STATES)))
    ).one()
    return {pile: int(getattr(row, pile.value)) for pile in Pile}


def _reviews_counted(states: Sequence[ReviewState]) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count(Review.id))
        .where(Review.application_id == Application.id, Review.state.in_(states))
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
    query = _listed(actor, filters, today, edge, backwards=backwards).limit(size + 1)
    found = [QueueRow(*row) for row in session.execute(query)]
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


def _order(filters: Filters) -> tuple[Any, Any, bool]:
    """The sort key, its tie-break, and whether it runs downwards: open cases by due date, finished newest first."""
    if filters.pile is Pile.DONE:
        return Application.id, Application.id, True
    return sa.func.coalesce(Application.due_on, NO_DATE), Application.id, False


def _listed(actor: Actor, filters: Filters, today: date, edge: str, *, backwards: bool) -> sa.Select[Any]:
    mine = needs_action_by(actor)
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
            sa.case((mine, sa.true()), else_=sa.false()),
        )
        .join(Organization, Organization.id == Application.organization_id)
        .outerjoin(Program, Program.id == Application.program_id)
        .outerjoin(Round, Round.id == Application.round_id)
        .outerjoin(User, User.id == Application.coordinator_id)
    )
    return _placed(query, actor, filters, today, edge, backwards=backwards)


def _placed(
    query: sa.Select[Any], actor: Actor, filters: Filters, today: date, edge: str, *, backwards: bool
) -> sa.Select[Any]:
    """Keep the pile's cases beyond ``edge`` in the order of the pile, nearest to the edge first."""
    key, tie, down = _order(filters)
    query = query.where(visible_cases(actor), pile_condition(filters.pile, actor, today), *_chosen(filters, actor))
    upwards = down == backwards
    if edge:
        other_key: Any = _EDGE.id if key is tie else sa.func.coalesce(_EDGE.due_on, NO_DATE)
        key_there = sa.select(other_key).where(_EDGE.reference == edge).scalar_subquery()
        id_there = sa.select(_EDGE.id).where(_EDGE.reference == edge).scalar_subquery()
        beyond = sa.and_(key == key_there, tie > id_there if upwards else tie < id_there)
        query = query.where(sa.or_(key > key_there if upwards else key < key_there, beyond))
    return query.order_by(key.asc() if upwards else key.desc(), tie.asc() if upwards else tie.desc())


def neighbors(session: Session, actor: Actor, filters: Filters, today: date, reference: str) -> tuple[str, str]:
    """The references before and after a case in the view the person came from; empty where there is none."""
    sides = [
        sa.select(
            sa.literal(name).label("side"),
            _placed(sa.select(Application.reference), actor, filters, today, reference, backwards=backwards)
            .limit(1)
            .scalar_subquery()
            .label("reference"),
        )
        for name, backwards in (("before", True), ("after", False))
    ]
    found = {side: ref or "" for side, ref in session.execute(sa.union_all(*sides))}
    return found["before"], found["after"]


def coordinators(session: Session) -> list[tuple[str, str]]:
    """Reference and name of those who may be in charge of a case, for the filter."""
    found = session.execute(
        sa.select(User.reference, User.name)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(
            RoleGrant.role.in_([Role.COORDINATOR, Role.DIRECTOR]),
            RoleGrant.state == GrantState.ACTIVE,
            User.active.is_(True),
        )
        .distinct()
        .order_by(User.name, User.reference)
    )
    return [(reference, name) for reference, name in found]


def round_choices(session: Session) -> list[tuple[str, str]]:
    """Reference and title of every round, newest first."""
    return [
        (reference, title)
        for reference, title in session.execute(
            sa.select(Round.reference, Round.title).order_by(Round.opens_at.desc(), Round.id.desc())
        )
    ]
