"""The lead's page: who carries what, how far cases come, how long it takes, what is late, how rounds go.

Live numbers come from open cases and from the range asked for, through indexes; durations from folded figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

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
from vetting.queries.piles import OWED_REVIEWS, one_of, visible_cases

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

    @property
    def steps(self) -> Sequence[tuple[str, frozenset[ApplicationState]]]:
        """Each step of the path with the states of the cases that came at least so far."""
        return FUNNEL


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
        sa.select(Application.state, sa.func.count()).where(*narrowed(scope, actor)).group_by(Application.state)
    )
    return Funnel({state: int(number) for state, number in rows})


def _late(today: date) -> sa.ColumnElement[bool]:
    return sa.and_(Application.due_on < today, Application.held_since.is_(None))


def lateness(session: Session, actor: Actor, today: date) -> Sequence[Lateness]:
    """Open cases by state, in the order of the path."""
    rows = session.execute(
        sa.select(Application.state, sa.func.count(), sa.func.count().filter(_late(today)))
        .where(visible_cases(actor), one_of(Application.state, OPEN_STATES))
        .group_by(Application.state)
    )
    found = {state: (int(every), int(late)) for state, every, late in rows}
    return [Lateness(state, *found[state]) for state in S if state in found]


def workload(session: Session, actor: Actor, today: date) -> Sequence[Load]:
    """Everybody who coordinates or reviews, by name, with what they carry now; the pool first when it holds cases."""
    cases = {
        person: (int(every), int(late), int(held))
        for person, every, late, held in session.execute(
            sa.select(
                Application.coordinator_id,
                sa.func.count(),
                sa.func.count().filter(_late(today)),
                sa.func.count().filter(Application.held_since.is_not(None)),
            )
            .where(visible_cases(actor), one_of(Application.state, OPEN_STATES))
            .group_by(Application.coordinator_id)
        )
    }
    reviews = {
        person: (int(every), int(late))
        for person, every, late in session.execute(
            sa.select(Review.reviewer_id, sa.func.count(), sa.func.count().filter(Review.due_on < today))
            .join(Application, Application.id == Review.application_id)
            .where(one_of(Review.state, OWED_REVIEWS), visible_cases(actor))
            .group_by(Review.reviewer_id)
        )
    }
    found = [Load(None, "", *cases[None])] if None in cases else []
    for row in session.execute(_people([*cases, *reviews])):
        open_, late, held = cases.get(row.id, (0, 0, 0))
        owed, owed_late = reviews.get(row.id, (0, 0))
        found.append(Load(row.name, row.reference, open_, late, held, owed, owed_late, row.most))
    return found


def _people(carrying: Sequence[int | None]) -> sa.Select[int, str, str, int]:
    """Those who hold a role that carries cases, and those who still carry one without it."""
    holders = sa.select(RoleGrant.user_id).where(
        RoleGrant.state == GrantState.ACTIVE, RoleGrant.role.in_([Role.COORDINATOR, Role.DIRECTOR, Role.REVIEWER])
    )
    some = [person for person in carrying if person is not None]
    return (
        sa.select(User.id, User.name, User.reference, ReviewerLimit.most)
        .outerjoin(ReviewerLimit, ReviewerLimit.user_id == User.id)
        .where(sa.or_(User.id.in_(some), sa.and_(User.active.is_(True), User.id.in_(holders))))
        .order_by(User.name, User.id)
    )


def rounds(session: Session, actor: Actor) -> Sequence[RoundProgress]:
    """Rounds that are open, or closed and not decided, the next decision first."""
    under_way = list(
        session.execute(
            sa.select(Round.id, Round.reference, Round.title, Round.state, Round.closes_at, Round.decision_by)
            .where(Round.state.in_([RoundState.OPEN, RoundState.CLOSED]))
            .order_by(Round.decision_by, Round.id)
        )
    )
    by_round: dict[int, dict[ApplicationState, int]] = defaultdict(dict)
    for round_id, state, number in session.execute(
        sa.select(Application.round_id, Application.state, sa.func.count())
        .where(
            Application.round_id.in_([row.id for row in under_way]),
            sa.or_(visible_cases(actor), Application.state == S.DRAFT),
            Application.organization_id.not_in(sorted({*actor.conflicts, *actor.organizations})),
        )
        .group_by(Application.round_id, Application.state)
    ):
        by_round[round_id or 0][state] = int(number)
    return [RoundProgress(*row[1:], by_state=by_round[row.id]) for row in under_way]
