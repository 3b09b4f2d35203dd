"""The lead's page: who carries what, how far cases come, how long it takes, what is late, how rounds go.

Live numbers come from open cases and from the range asked for, through indexes; durations from folded figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.calendar_days import end_of_local_day_utc, local_moment_utc
from vetting.models import (
    CLOSED_STATES,
    OPEN_STATES,
    Application,
    ApplicationKind,
    ApplicationState,
    GrantState,
    Review,
    ReviewerLimit,
    Role,
    RoleGrant,
    Round,
    RoundState,
    User,
)
from vetting.policy import Actor
from vetting.queries.piles import (
    CLOSED_TO,
    OWED_REVIEWS,
    TODAY,
    Reader,
    on_hold,
    one_of,
    parameters,
    visible,
    visible_cases,
)

S = ApplicationState


@dataclass(frozen=True)
class Scope:
    """Cases received from ``first`` to ``last`` (local days, both inclusive), of one kind or round.

    ``kind`` and ``round`` (a round's reference) are empty for all.
    """

    first: date
    last: date
    kind: str = ""
    round: str = ""

    @property
    def instants(self) -> tuple[datetime, datetime]:
        return local_moment_utc(self.first, time.min), end_of_local_day_utc(self.last)


@dataclass(frozen=True)
class Load:
    """What one person carries now. ``person`` is None for the pool."""

    person: str | None
    reference: str
    cases: int = 0
    late: int = 0
    held: int = 0
    reviews: int = 0
    reviews_late: int = 0
    most: int | None = None


@dataclass(frozen=True)
class Funnel:
    """Cases received in the scope by where they stand now."""

    by_state: Mapping[ApplicationState, int]

    def among(self, *states: ApplicationState) -> int:
        return sum(self.by_state.get(state, 0) for state in states)

    @property
    def sent(self) -> int:
        return sum(self.by_state.values())


REVIEWED = frozenset({S.READY_TO_DECIDE, S.DECISION_DRAFTED, S.APPROVED, S.NOT_SELECTED})
FUNNEL: tuple[tuple[str, frozenset[ApplicationState]], ...] = (
    ("sent", OPEN_STATES | CLOSED_STATES),
    ("in_review", REVIEWED | {S.IN_REVIEW}),
    ("reviewed", REVIEWED),
    ("decided", frozenset({S.APPROVED, S.NOT_SELECTED})),
    ("approved", frozenset({S.APPROVED})),
)


@dataclass(frozen=True)
class Lateness:
    """Open cases of one state: how many, and how many of them are past their due date and not on hold."""

    state: ApplicationState
    open: int
    late: int


@dataclass(frozen=True)
class RoundProgress:
    """One round under way, by the states of its cases. Drafts belong to their writers, so they are only counted."""

    reference: str
    title: str
    state: RoundState
    closes_at: datetime
    decision_by: date
    by_state: Mapping[ApplicationState, int] = field(default_factory=dict)

    def among(self, states: frozenset[ApplicationState]) -> int:
        return sum(self.by_state.get(state, 0) for state in states)


def narrowed(scope: Scope, actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Cases of a scope that the reader may know of: what every number and its list share."""
    start, end = scope.instants
    found: list[sa.ColumnElement[bool]] = [
        visible_cases(actor),
        Application.received_at >= start,
        Application.received_at <= end,
    ]
    if scope.kind:
        found.append(Application.kind.in_([kind for kind in ApplicationKind if kind == scope.kind]))
    if scope.round:
        found.append(Application.round_id.in_(sa.select(Round.id).where(Round.reference == scope.round)))
    return found


def funnel(session: Session, actor: Actor, scope: Scope) -> Funnel:
    """Where the cases of the scope stand now; one grouped read."""
    rows = session.execute(
        sa.select(Application.state, sa.func.count())
        # Every state is named, so that SQLite counts along the index state by state.
        .where(*narrowed(scope, actor), one_of(Application.state, OPEN_STATES | CLOSED_STATES))
        .group_by(Application.state)
    )
    return Funnel({state: int(number) for state, number in rows})


@dataclass(frozen=True)
class OpenCases:
    """Open cases of one state that one person has, or nobody: all, those past their due date, those on hold."""

    person: int | None
    state: ApplicationState
    every: int
    late: int
    held: int


def open_cases(session: Session, actor: Actor, today: date) -> Sequence[OpenCases]:
    """Every open case that the reader may know of, counted by person and state; one grouped read."""
    rows = session.execute(_open_cases(Reader.of(actor)), parameters(actor, today))
    return [OpenCases(person, state, int(every), int(late), int(held)) for person, state, every, late, held in rows]


# Statements are built once for each kind of reader; who reads, and when, are parameters.
@lru_cache(maxsize=64)
def _open_cases(reader: Reader) -> sa.Select[Any]:
    late = sa.and_(Application.due_on < TODAY, ~on_hold())
    whose: list[Any] = [Application.coordinator_id, Application.state]
    numbers = [sa.func.count(), sa.func.count().filter(late), sa.func.count().filter(on_hold())]
    cases = sa.select(*whose, *numbers).where(visible(reader), one_of(Application.state, OPEN_STATES))
    return cases.group_by(*whose)


def lateness(cases: Sequence[OpenCases]) -> Sequence[Lateness]:
    """Open cases by state, in the order of the path."""
    by_state: dict[ApplicationState, list[OpenCases]] = defaultdict(list)
    for row in cases:
        by_state[row.state].append(row)
    return [
        Lateness(state, sum(row.every for row in by_state[state]), sum(row.late for row in by_state[state]))
        for state in S
        if state in by_state
    ]


def workload(session: Session, actor: Actor, today: date, cases: Sequence[OpenCases]) -> Sequence[Load]:
    """Everybody who coordinates or reviews, by name, with what they carry now; the pool first when it holds cases."""
    by_person: dict[int | None, list[OpenCases]] = defaultdict(list)
    for row in cases:
        by_person[row.person].append(row)

    def carried(person: int | None) -> tuple[int, int, int]:
        own = by_person.get(person, ())
        return sum(row.every for row in own), sum(row.late for row in own), sum(row.held for row in own)

    found = [Load(None, "", *carried(None))] if None in by_person else []
    for person, name, reference, most, owed, owed_late in session.execute(
        _people(Reader.of(actor)), parameters(actor, today)
    ):
        found.append(Load(name, reference, *carried(person), int(owed or 0), int(owed_late or 0), most))
    return found


@lru_cache(maxsize=64)
def _people(reader: Reader) -> sa.Select[Any]:
    """Those who hold a role that carries cases, and those who still carry one without it; with the reviews they owe."""
    owed = (
        sa.select(
            Review.reviewer_id.label("person"),
            sa.func.count().label("every"),
            sa.func.count().filter(Review.due_on < TODAY).label("late"),
        )
        .join(Application, Application.id == Review.application_id)
        .where(one_of(Review.state, OWED_REVIEWS), visible(reader))
        .group_by(Review.reviewer_id)
        .cte("owed")
    )
    holders = (
        sa.select(RoleGrant.user_id)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            one_of(RoleGrant.state, [GrantState.ACTIVE]),
            one_of(RoleGrant.role, [Role.COORDINATOR, Role.DIRECTOR, Role.REVIEWER]),
            User.active.is_(True),
        )
    )
    # Distinct, so that PostgreSQL expects as few as there are and finds them by their numbers.
    in_charge = (
        sa.select(Application.coordinator_id)
        .where(Application.coordinator_id.is_not(None), visible(reader), one_of(Application.state, OPEN_STATES))
        .distinct()
    )
    return (
        sa.select(User.id, User.name, User.reference, ReviewerLimit.most, owed.c.every, owed.c.late)
        .outerjoin(ReviewerLimit, ReviewerLimit.user_id == User.id)
        .outerjoin(owed, owed.c.person == User.id)
        # By their numbers: nearly all accounts are applicants'.
        .where(User.id.in_(sa.union(holders, sa.select(owed.c.person), in_charge)))
        .order_by(User.name, User.id)
    )


def rounds(session: Session, actor: Actor, today: date) -> Sequence[RoundProgress]:
    """Rounds that are open, or closed and not decided, the next decision first; one grouped read."""
    found: dict[int, RoundProgress] = {}
    by_round: dict[int, dict[ApplicationState, int]] = defaultdict(dict)
    for row in session.execute(_rounds(Reader.of(actor)), parameters(actor, today)):
        number, reference, title, round_state, closes_at, decision_by, state, cases = row
        progress = RoundProgress(reference, title, round_state, closes_at, decision_by, by_round[number])
        found.setdefault(number, progress)
        if state is not None:
            by_round[number][state] = int(cases)
    return list(found.values())


@lru_cache(maxsize=64)
def _rounds(reader: Reader) -> sa.Select[Any]:
    under_way = one_of(Round.state, [RoundState.OPEN, RoundState.CLOSED])
    counted = (
        sa.select(Application.round_id, Application.state, sa.func.count().label("cases"))
        .where(
            Application.round_id.in_(sa.select(Round.id).where(under_way)),
            sa.or_(visible(reader), one_of(Application.state, [S.DRAFT])),
            Application.organization_id.not_in(CLOSED_TO),
        )
        .group_by(Application.round_id, Application.state)
        .subquery()
    )
    about: list[Any] = [Round.id, Round.reference, Round.title, Round.state, Round.closes_at, Round.decision_by]
    return (
        sa.select(*about, counted.c.state, counted.c.cases)
        .outerjoin(counted, counted.c.round_id == Round.id)
        .where(under_way)
        .order_by(Round.decision_by, Round.id)
    )
