"""Runs over many cases: planned by a person, carried out by the worker case by case.

Each case is one unit of work that holds its steps, their messages and the item's own result, so that whenever a worker
dies a case is done with everything that follows, or untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.jobs import itemwise
from vetting.jobs.bulk_acts import carry_out, obstacle
from vetting.models import Application, BulkAct, BulkItem, BulkItemState, BulkRun
from vetting.policy import Actor
from vetting.queries import people_at_work
from vetting.refs import new_reference
from vetting.text import N_, Message, say
from vetting.workflows import engine
from vetting.workflows.commands import PlanRun
from vetting.workflows.desk import BULK_ITEM, BULK_RUN

Actions = Sequence[tuple[Application, Mapping[str, Any]]]


def plan(session: Session, actor: Actor, act: BulkAct, parameters: Mapping[str, Any], actions: Actions) -> BulkRun:
    """Keep what is to be done to which case, with what speaks against it now. Flushed, not committed."""
    run = BulkRun(reference=new_reference("RUN"), act=act, made_by_id=actor.user_id, parameters=dict(parameters))
    items = tuple((case, _with_obstacle(session, run, case, action, actor)) for case, action in actions)
    engine.run(session, BULK_RUN, run, "plan", actor, data=PlanRun(items))
    return run


def _with_obstacle(
    session: Session, run: BulkRun, case: Application, action: Mapping[str, Any], actor: Actor
) -> Mapping[str, Any]:
    with session.no_autoflush:
        against = obstacle(session, run, case, action, actor)
    return {**action, "against": against.as_data()} if against is not None else action


def _carried_out(session: Session, item: BulkItem) -> Message:
    actor = people_at_work.actor_of(session, item.run.made_by_id)
    if actor is None:
        raise engine.StepRefused([say(N_("The account of the person who started this is closed."))])
    return carry_out(session, item.run, item, actor)


COURSE = itemwise.Course(
    BulkRun,
    BulkItem,
    BulkItem.run_id,
    BULK_RUN,
    BULK_ITEM,
    _carried_out,
    unseen=N_("The person who started this cannot see the case."),
    crowded=N_("Other people kept changing this case. Look at it and try again."),
    broken=N_("Something went wrong with this case. Nothing about it was changed."),
)


def work(sessions: itemwise.Sessions, run_id: int, enough: Callable[[], bool]) -> bool:
    """Carry out a run until it is over, or until ``enough`` says so. True when nothing is left to do.

    May be killed anywhere and begun again, by several workers at once.
    """
    return itemwise.work(COURSE, sessions, run_id, enough)


def rehearsal(run_id: int, most: int) -> Callable[[Session], None]:
    """The first cases of a run as an act that can be rehearsed; those that cannot be done are passed over."""

    def act(session: Session) -> None:
        waiting = (
            sa.select(BulkItem)
            .where(BulkItem.run_id == run_id, BulkItem.state == BulkItemState.WAITING)
            .order_by(BulkItem.position)
            .limit(most)
        )
        for item in session.scalars(waiting).all():
            if "against" in item.action:
                continue
            try:
                with session.begin_nested():
                    itemwise.settle(COURSE, session, item)
            except engine.StepError:
                continue

    return act
