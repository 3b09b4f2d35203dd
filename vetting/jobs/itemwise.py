"""A run that is carried out item by item: each item is one unit of work, so it is done with everything that follows
from it, or untouched, whenever a worker dies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from vetting.policy import SYSTEM
from vetting.text import N_, Message
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.workflows import engine
from vetting.workflows.definition import Workflow

ATTEMPTS = 5
"""How often an item is tried that somebody else changes at the same moment."""

Sessions = sessionmaker[Session]

log = structlog.get_logger()


@dataclass(frozen=True)
class Course:
    """A kind of run: its tables and workflows, and how one item is settled.

    ``run_key`` is the item's column that names its run. ``settle(session, item)`` takes the steps and returns what the
    item's step ``done`` is told; it raises ``StepError``, and then nothing of it is kept. ``unseen`` is said when the
    person behind the run may no longer see the item, ``crowded`` and ``broken`` when it could not be done.
    """

    run: Any
    item: Any
    run_key: Any
    run_workflow: Workflow
    item_workflow: Workflow
    settle: Callable[[Session, Any], Any]
    unseen: str
    crowded: str = N_("Other people kept changing this. Look at it and try again.")
    broken: str = N_("Something went wrong here. Nothing about it was changed.")


def work(course: Course, sessions: Sessions, run_id: int, enough: Callable[[], bool]) -> bool:
    """Carry out a run until it is over, or until ``enough`` says so. True when nothing is left to do.

    May be killed anywhere and begun again, by several workers at once.
    """
    while not enough():
        item_id = _next(course, sessions, run_id)
        if item_id is None:
            return _finish(course, sessions, run_id)
        _settle(course, sessions, item_id)
    return False


def _next(course: Course, sessions: Sessions, run_id: int) -> int | None:
    with sessions() as session:
        found: int | None = session.scalars(
            sa.select(course.item.id)
            .join(course.run, course.run.id == course.run_key)
            .where(course.run_key == run_id, course.item.state == "waiting", course.run.state == "running")
            .order_by(course.item.position)
            .limit(1)
        ).first()
        return found


def _settle(course: Course, sessions: Sessions, item_id: int) -> None:
    """Do one item, or note why it was not done."""
    for _attempt in range(ATTEMPTS):
        try:
            refused = _try(course, sessions, item_id)
            if refused is not None:
                _refuse(course, sessions, item_id, refused)
        except LostRace:
            continue
        return
    _refuse(course, sessions, item_id, Message(course.crowded))


def _try(course: Course, sessions: Sessions, item_id: int) -> Message | None:
    """Everything for one item in one transaction; the sentence that speaks against it, and then nothing of it."""
    try:
        with sessions() as session, unit_of_work(session):
            item = _waiting(course, session, item_id)
            if item is not None:
                settle(course, session, item)
    except engine.StepError as error:
        return words(error, course.unseen)
    except (LostRace, OperationalError, InterfaceError):
        # The database is busy or gone, which says nothing about the item; it is tried again.
        raise
    except Exception:
        # One item that cannot be done must not keep all others from being done.
        log.exception("item_failed", workflow=course.item_workflow.name, item=item_id)
        return Message(course.broken)
    return None


def settle(course: Course, session: Session, item: Any) -> None:
    """Take the steps for an item and note the result, in the caller's unit of work. Raises ``StepError``."""
    told = course.settle(session, item)
    engine.run(session, course.item_workflow, item, "done", SYSTEM, data=told)


def words(error: engine.StepError, unseen: str) -> Message:
    """Why a step was not taken, as one sentence."""
    if isinstance(error, engine.NotVisible):
        return Message(unseen)
    return error.reasons[0] if isinstance(error, engine.StepRefused) else Message(str(error))


def _waiting(course: Course, session: Session, item_id: int) -> Any:
    """The item, held for this transaction, while it is to be done."""
    item = session.get(course.item, item_id, with_for_update={"of": course.item})
    if item is None or item.state != "waiting":
        return None
    run = session.get_one(course.run, getattr(item, course.run_key.key))
    return item if run.state == "running" else None


def _refuse(course: Course, sessions: Sessions, item_id: int, why: Message) -> None:
    with sessions() as session, unit_of_work(session):
        item = _waiting(course, session, item_id)
        if item is not None:
            engine.run(session, course.item_workflow, item, "refuse", SYSTEM, data=why)


def _finish(course: Course, sessions: Sessions, run_id: int) -> bool:
    try:
        with sessions() as session, unit_of_work(session):
            run = session.get_one(course.run, run_id)
            if run.state == "running":
                engine.run(session, course.run_workflow, run, "finish", SYSTEM)
    except LostRace:
        # Another worker finished it, or somebody stopped it, between our look and our commit.
        return True
    return True
