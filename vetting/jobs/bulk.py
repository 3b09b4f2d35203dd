"""Runs over many cases: planned by a person, carried out by the worker case by case.

Each case is one unit of work that holds its steps, their messages and the item's own result, so that whenever a worker
dies a case is done with everything that follows, or untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from vetting.jobs.bulk_acts import carry_out, obstacle
from vetting.models import Application, BulkAct, BulkItem, BulkItemState, BulkRun, BulkRunState
from vetting.policy import SYSTEM, Actor
from vetting.queries import people_at_work
from vetting.refs import new_reference
from vetting.text import N_, Message, say
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.workflows import engine
from vetting.workflows.commands import PlanRun
from vetting.workflows.desk import BULK_ITEM, BULK_RUN

ATTEMPTS = 5
"""How often a case is tried that somebody else changes at the same moment."""

Sessions = sessionmaker[Session]
Actions = Sequence[tuple[Application, Mapping[str, Any]]]

log = structlog.get_logger()


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


def work(sessions: Sessions, run_id: int, enough: Callable[[], bool]) -> bool:
    """Carry out a run until it is over, or until ``enough`` says so. True when nothing is left to do.

    May be killed anywhere and begun again, by several workers at once.
    """
    while not enough():
        item_id = _next(sessions, run_id)
        if item_id is None:
            return _finish(sessions, run_id)
        _settle(sessions, item_id)
    return False


def _next(sessions: Sessions, run_id: int) -> int | None:
    with sessions() as session:
        return session.scalars(
            sa.select(BulkItem.id)
            .join(BulkRun, BulkRun.id == BulkItem.run_id)
            .where(
                BulkItem.run_id == run_id,
                BulkItem.state == BulkItemState.WAITING,
                BulkRun.state == BulkRunState.RUNNING,
            )
            .order_by(BulkItem.position)
            .limit(1)
        ).first()


def _settle(sessions: Sessions, item_id: int) -> None:
    """Do one case, or note why it was not done."""
    for _attempt in range(ATTEMPTS):
        try:
            refused = _try(sessions, item_id)
            if refused is not None:
                _refuse(sessions, item_id, refused)
        except LostRace:
            continue
        return
    _refuse(sessions, item_id, say(N_("Other people kept changing this case. Look at it and try again.")))


def _try(sessions: Sessions, item_id: int) -> Message | None:
    """Everything for one case in one transaction; the sentence that speaks against it, and then nothing of it."""
    try:
        with sessions() as session, unit_of_work(session):
            item = _waiting(session, item_id)
            if item is None:
                return None
            actor = people_at_work.actor_of(session, item.run.made_by_id)
            if actor is None:
                return say(N_("The account of the person who started this is closed."))
            settle(session, item, actor)
    except engine.StepError as error:
        return _words(error)
    except (LostRace, OperationalError, InterfaceError):
        # The database is busy or gone, which says nothing about the case; it is tried again.
        raise
    except Exception:
        # One case that cannot be done must not keep all others from being done.
        log.exception("bulk_item_failed", item=item_id)
        return say(N_("Something went wrong with this case. Nothing about it was changed."))
    return None


def _words(error: engine.StepError) -> Message:
    if isinstance(error, engine.NotVisible):
        return say(N_("The person who started this cannot see the case."))
    return error.reasons[0] if isinstance(error, engine.StepRefused) else Message(str(error))


def settle(session: Session, item: BulkItem, actor: Actor) -> None:
    """Take the steps for the item's case and note the result. Raises ``StepError``."""
    words = carry_out(session, item.run, item, actor)
    engine.run(session, BULK_ITEM, item, "done", SYSTEM, data=words)


def _waiting(session: Session, item_id: int) -> BulkItem | None:
    """The item, held for this transaction, while it is to be done."""
    item = session.get(BulkItem, item_id, with_for_update={"of": BulkItem})
    if item is None or item.state is not BulkItemState.WAITING or item.run.state is not BulkRunState.RUNNING:
        return None
    return item


def _refuse(sessions: Sessions, item_id: int, why: Message) -> None:
    with sessions() as session, unit_of_work(session):
        item = _waiting(session, item_id)
        if item is not None:
            engine.run(session, BULK_ITEM, item, "refuse", SYSTEM, data=why)


def _finish(sessions: Sessions, run_id: int) -> bool:
    try:
        with sessions() as session, unit_of_work(session):
            run = session.get_one(BulkRun, run_id)
            if run.state is BulkRunState.RUNNING:
                engine.run(session, BULK_RUN, run, "finish", SYSTEM)
    except LostRace:
        # Another worker finished it, or somebody stopped it, between our look and our commit.
        return True
    return True


def rehearsal(run_id: int, actor: Actor, most: int) -> Callable[[Session], None]:
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
                    settle(session, item, actor)
            except engine.StepError:
                continue

    return act
