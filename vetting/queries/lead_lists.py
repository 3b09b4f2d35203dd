"""The list behind each number of the lead's page that no pile of the queue shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Organization,
    Program,
    Review,
    Round,
    Stay,
    User,
)
from vetting.policy import Actor
from vetting.queries.lead import FUNNEL, Scope, narrowed
from vetting.queries.piles import OWED_REVIEWS, anonymous, one_of, visible_cases

PAGE_SIZE = 50

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Line:
    """One case of a list. ``hidden`` says that the reader reviews it without knowing who applies."""

    id: int
    reference: str
    kind: ApplicationKind
    state: ApplicationState
    received_at: datetime | None
    due_on: date | None
    organization: str
    program: str | None
    hidden: bool
    on_hold: bool


@dataclass(frozen=True)
class Part:
    """One page of a list, newest case first. ``after`` is the id to go on from."""

    lines: Sequence[Line]
    after: int | None


def owed_reviews(actor: Actor, person: str, today: date | None = None) -> list[Condition]:
    """Cases on which a person (a reference) owes a review; with ``today``, only those whose review is late."""
    owed = (
        sa.select(Review.application_id)
        .join(User, User.id == Review.reviewer_id)
        .where(User.reference == person, one_of(Review.state, OWED_REVIEWS))
    )
    if today is not None:
        owed = owed.where(Review.due_on < today)
    return [visible_cases(actor), Application.id.in_(owed)]


def of_funnel(actor: Actor, scope: Scope, step: str) -> list[Condition]:
    """Cases of the scope that came at least to this step of the funnel, or stand in this state."""
    states = dict(FUNNEL).get(step) or frozenset(state for state in ApplicationState if state == step)
    return [*narrowed(scope, actor), one_of(Application.state, states) if states else sa.false()]


def of_round(actor: Actor, round_reference: str, states: frozenset[ApplicationState]) -> list[Condition]:
    """Cases of a round in one of these states."""
    return [
        visible_cases(actor),
        Application.round_id.in_(sa.select(Round.id).where(Round.reference == round_reference)),
        one_of(Application.state, states),
    ]


def finished(actor: Actor, scope: Scope, state: str, edges: tuple[datetime, datetime]) -> list[Condition]:
    """Cases that left ``state`` between two instants and are part of the folded figures."""
    left = sa.select(Stay.application_id).where(
        Stay.case_state == state, Stay.counted.is_(True), Stay.ended_at >= edges[0], Stay.ended_at < edges[1]
    )
    if scope.kind:
        left = left.where(Stay.kind == scope.kind)
    if scope.round:
        left = left.where(Stay.round_id.in_(sa.select(Round.id).where(Round.reference == scope.round)))
    return [visible_cases(actor), Application.id.in_(left)]


def part(session: Session, actor: Actor, conditions: Sequence[Condition], after: int = 0) -> Part:
    """A page of the cases that fit, newest first, going on from the case with the id ``after``."""
    query = (
        sa.select(
            Application.id,
            Application.reference,
            Application.kind,
            Application.state,
            Application.received_at,
            Application.due_on,
            Organization.legal_name.label("organization"),
            Program.name.label("program"),
            anonymous(me=actor.user_id).label("hidden"),
            Application.held_since.is_not(None).label("on_hold"),
        )
        .join(Organization, Organization.id == Application.organization_id)
        .outerjoin(Program, Program.id == Application.program_id)
        .outerjoin(Round, Round.id == Application.round_id)
        .where(*conditions)
        .order_by(Application.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if after:
        query = query.where(Application.id < after)
    found = [Line(**row) for row in session.execute(query).mappings()]
    more = len(found) > PAGE_SIZE
    return Part(found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if more else None)


def number(session: Session, conditions: Sequence[Condition]) -> int:
    """How many cases fit."""
    return int(session.scalar(sa.select(sa.func.count(Application.id)).where(*conditions)) or 0)


def name_of(session: Session, person: str) -> str | None:
    """The name of a person by reference."""
    return session.scalar(sa.select(User.name).where(User.reference == person))
