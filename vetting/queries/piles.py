"""The piles of the office's work as conditions: which cases a person sees, and which wait for them.

Building a condition costs as much as asking it. So conditions say what a person *may* (``Reader``), while who it is and
what day it is come in as parameters: a statement is built once for each kind of reader, and kept.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from vetting.models import (
    CLOSED_STATES,
    OPEN_STATES,
    Application,
    ApplicationState,
    Cover,
    CoverState,
    Decision,
    DecisionState,
    DeskFeature,
    Expertise,
    Feature,
    FeatureState,
    ReferenceVersion,
    Review,
    ReviewState,
    Role,
    Round,
    User,
)
from vetting.policy import DECIDED, READS_ALL, Actor

LIVE_REVIEWS = (ReviewState.ASSIGNED, ReviewState.IN_PROGRESS, ReviewState.SUBMITTED)
OWED_REVIEWS = (ReviewState.ASSIGNED, ReviewState.IN_PROGRESS)

Condition = sa.ColumnElement[bool]
S = ApplicationState

LANE = "lane"
"""The facet of expertise that says which lanes a person knows."""

ME = sa.bindparam("me", type_=sa.Integer)
TODAY = sa.bindparam("today", type_=sa.Date)
CLOSED_TO = sa.bindparam("closed_to", type_=sa.Integer, expanding=True)


class Pile(enum.StrEnum):
    """A pile of work. Needs action by me, waiting on others and on hold together hold every open case exactly once.

    The pool holds the cases that nobody is in charge of, on hold or not; a reply counts although a case is on hold.
    """

    MINE = "mine"
    OVERDUE = "overdue"
    NEW = "new"
    REPLY = "reply"
    DECIDE = "decide"
    RELEASE = "release"
    WAITING = "waiting"
    HOLD = "hold"
    POOL = "pool"
    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True)
class Reader:
    """What decides how a condition reads: rights, not the person."""

    known: bool
    reads_all: bool
    in_charge: bool
    kept_out: bool
    reviews: bool
    lanes: bool = False
    every_lane: bool = False

    @staticmethod
    def of(actor: Actor) -> Reader:
        return Reader(
            known=actor.user_id is not None,
            reads_all=bool(actor.roles & frozenset(READS_ALL)),
            in_charge=bool(actor.roles & {Role.COORDINATOR, Role.DIRECTOR}),
            kept_out=bool(actor.conflicts or actor.organizations),
            reviews=Role.REVIEWER in actor.roles,
            lanes=Feature.LANES in actor.features,
            every_lane=Role.DIRECTOR in actor.roles,
        )


def parameters(actor: Actor, today: date) -> dict[str, Any]:
    """Who asks, and when, for the conditions of this module."""
    return {"me": actor.user_id, "today": today, "closed_to": _closed_to(actor)}


def one_of(column: Any, values: Iterable[enum.StrEnum]) -> Condition:
    """Written into the statement: a list of parameters would have to be spelled out again at every request."""
    found: Condition = column.in_([sa.literal_column(f"'{value.value}'", column.type) for value in sorted(values)])
    return found


def spelled(number: int) -> sa.ColumnElement[int]:
    """A number written into the statement, so that PostgreSQL can plan once for all: it takes a limit that comes in as
    a parameter for a tenth of the table."""
    return sa.literal_column(str(number), sa.Integer)


class Unsought(FunctionElement[Any]):
    """A column by which SQLite shall not look rows up: without statistics it takes any index for a good one, and then
    sorts what it found instead of reading it in order."""

    type = sa.String()
    inherit_cache = True


@compiles(Unsought)
def _plain(element: Unsought, compiler: Any, **options: Any) -> str:
    text: str = compiler.process(element.clauses, **options)
    return text


@compiles(Unsought, "sqlite")
def _with_plus(element: Unsought, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def visible(reader: Reader, me: Any = ME, closed_to: Any = CLOSED_TO, case: Any = Application) -> Condition:
    """The twin of the permission ``case.view`` in SQL."""
    conditions: list[Condition] = [Unsought(case.received_at).is_not(None)]
    if reader.kept_out:
        conditions.append(case.organization_id.not_in(closed_to))
    if not reader.reads_all:
        conditions.append(has_review(reader, LIVE_REVIEWS, me, case))
    return sa.and_(*conditions)


def anonymous(case: Any = Application, me: Any = ME) -> Condition:
    """Cases of blind rounds that this person reviews and must not know who applies: the twin of
    ``policy.sees_identity``. Such cases are few, so they are found once and not asked for case by case."""
    review, own, round_ = aliased(Review), aliased(Application), aliased(Round)
    found: Condition = case.id.in_(
        sa.select(review.application_id)
        .join(own, own.id == review.application_id)
        .join(round_, round_.id == own.round_id)
        .where(
            review.reviewer_id == me,
            one_of(review.state, LIVE_REVIEWS),
            round_.blind.is_(True),
            ~one_of(own.state, DECIDED),
        )
    )
    return found


def visible_cases(actor: Actor) -> Condition:
    """``visible`` with the person in it, for statements that are built for one person."""
    return visible(Reader.of(actor), actor.user_id, _closed_to(actor))


def _closed_to(actor: Actor) -> list[int]:
    return sorted({*actor.conflicts, *actor.organizations})


def has_review(reader: Reader, states: Sequence[ReviewState], me: Any = ME, case: Any = Application) -> Condition:
    """Cases on which this person has a review in one of these states."""
    if not reader.known:
        return sa.false()
    return sa.exists().where(Review.application_id == case.id, Review.reviewer_id == me, one_of(Review.state, states))


def _owes_review(reader: Reader) -> Condition:
    """Such cases are few, like those that anybody owes or drafted, so they are found once and not one by one."""
    if not reader.known:
        return sa.false()
    return Application.id.in_(
        sa.select(Review.application_id).where(Review.reviewer_id == ME, one_of(Review.state, OWED_REVIEWS))
    )


def _review_owed_by_anybody() -> Condition:
    return Application.id.in_(sa.select(Review.application_id).where(one_of(Review.state, OWED_REVIEWS)))


_DRAFTED = Decision.state == sa.literal_column(f"'{DecisionState.DRAFTED.value}'")


def _drafted_by_me() -> Condition:
    return Application.id.in_(sa.select(Decision.application_id).where(_DRAFTED, Decision.drafted_by_id == ME))


def _reviewed_by_me() -> Condition:
    return Application.id.in_(
        sa.select(Review.application_id).where(Review.reviewer_id == ME, one_of(Review.state, [ReviewState.SUBMITTED]))
    )


def _in_one_line() -> Condition:
    """Cases whose settings keep drafter and releaser apart, drafted by somebody who reports to this person or to whom
    this person reports."""
    drafter, me = aliased(User), aliased(User)
    strict = sa.select(ReferenceVersion.id).where(
        ReferenceVersion.content["separation_by_reporting_line"].as_boolean().is_(True)
    )
    drafted = (
        sa.select(Decision.application_id)
        .join(drafter, drafter.id == Decision.drafted_by_id)
        .join(me, me.id == ME)
        .where(_DRAFTED, sa.or_(drafter.supervisor_id == me.id, me.supervisor_id == drafter.id))
    )
    return sa.and_(Application.settings_version_id.in_(strict), Application.id.in_(drafted))


def may_release(reader: Reader) -> Condition:
    """Four eyes: decisions that this person neither drafted nor reviewed, outside their reporting line.

    The twin of the guards of the release."""
    if not reader.in_charge:
        return sa.false()
    return sa.and_(~_drafted_by_me(), ~_reviewed_by_me(), ~_in_one_line())


def covered() -> Condition:
    """Cases of somebody this person stands in for today, while the district uses cover.

    Who is away is found once for a statement, not case by case. A case that nobody has is covered by nobody.
    """
    in_use = sa.exists().where(
        one_of(DeskFeature.feature, [Feature.COVER]), one_of(DeskFeature.state, [FeatureState.ON])
    )
    away = sa.select(Cover.absent_id).where(
        Cover.substitute_id == ME,
        one_of(Cover.state, [CoverState.AGREED]),
        Cover.starts_on <= TODAY,
        Cover.ends_on >= TODAY,
        in_use,
    )
    whole = Application.coordinator_id.in_(away.where(Cover.kind == ""))
    part = sa.tuple_(Application.coordinator_id, Application.kind).in_(away.add_columns(Cover.kind))
    return sa.and_(Application.coordinator_id.is_not(None), sa.or_(whole, part))


def in_my_care() -> Condition:
    """Cases this person is in charge of, for themselves or for a colleague who is away."""
    return sa.or_(Application.coordinator_id == ME, covered())


def in_my_pools(reader: Reader) -> Condition:
    """Cases that nobody has and that this person could take: while lanes are in use, those of the shared pool and of
    the lanes they know. Directors have every lane's, so that none lies where nobody looks."""
    nobodys = Application.coordinator_id.is_(None)
    if not reader.lanes or reader.every_lane:
        return nobodys
    known = sa.select(Expertise.value).where(
        Expertise.user_id == ME, Expertise.facet == sa.literal_column(f"'{LANE}'", sa.String)
    )
    return sa.and_(nobodys, sa.or_(Application.pool_key == "", Application.pool_key.in_(known)))


def on_hold() -> Condition:
    return Application.held_since.is_not(None)


def needs_action(reader: Reader) -> Condition:
    """Open cases on which this person is the next to act, or one of those who may be; a case on hold waits."""
    owes = _owes_review(reader)
    found: list[Condition] = [sa.and_(one_of(Application.state, [S.IN_REVIEW]), owes)]
    if reader.in_charge:
        # What is nobody's is not in my care rather than unknown to be: the pile is also asked for by its opposite.
        cared_for = sa.and_(Application.coordinator_id.is_not(None), in_my_care()) if reader.lanes else in_my_care()
        in_charge = sa.or_(in_my_pools(reader), cared_for)
        found += [
            sa.and_(
                sa.or_(
                    one_of(Application.state, [S.SUBMITTED, S.SCREENING]),
                    # The applicant wrote, and nobody has answered yet.
                    Application.message_received_at.is_not(None),
                    # When somebody stepped aside and the others are finished, the case waits for a new reviewer.
                    sa.and_(one_of(Application.state, [S.IN_REVIEW]), ~_review_owed_by_anybody()),
                ),
                in_charge,
            ),
            sa.and_(one_of(Application.state, [S.READY_TO_DECIDE]), ~owes),
            sa.and_(one_of(Application.state, [S.DECISION_DRAFTED]), may_release(reader)),
        ]
    return sa.and_(~on_hold(), sa.or_(*found))


def on_pile(pile: Pile, reader: Reader) -> Condition:
    """Which cases lie on a pile. Nearly all cases are finished, so those are not looked up by their state."""
    if pile is Pile.DONE:
        return one_of(Unsought(Application.state), CLOSED_STATES)
    return one_of(Application.state, OPEN_STATES) & among_open(pile, reader)


def among_open(pile: Pile, reader: Reader) -> Condition:
    """Which of the open cases lie on a pile."""
    replied = one_of(Application.state, [S.SCREENING]) & Application.reply_received_at.is_not(None)
    table: dict[Pile, Condition] = {
        Pile.MINE: needs_action(reader),
        # The clock stands still while a case is on hold.
        Pile.OVERDUE: (Application.due_on < TODAY) & ~on_hold(),
        Pile.NEW: one_of(Application.state, [S.SUBMITTED]) & ~on_hold(),
        Pile.REPLY: replied | Application.message_received_at.is_not(None),
        Pile.DECIDE: one_of(Application.state, [S.READY_TO_DECIDE]) & ~on_hold(),
        Pile.RELEASE: one_of(Application.state, [S.DECISION_DRAFTED]) & ~on_hold() & may_release(reader),
        Pile.WAITING: ~needs_action(reader) & ~on_hold(),
        Pile.HOLD: on_hold(),
        Pile.POOL: Application.coordinator_id.is_(None),
        Pile.OPEN: sa.true(),
        Pile.DONE: sa.true(),
    }
    return table[pile]
