"""The daily round over what approvals rest on: what will run out, what ran out, what follows, and what is good again.

Each thing is a step of its own in a unit of work of its own, and every step asks again whether it is still so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock, refs
from vetting.data.process_settings import LapseRules
from vetting.lapses.standing import Standing
from vetting.models import OPEN_LAPSES, Lapse, LapseState
from vetting.policy import SYSTEM
from vetting.queries import lapses
from vetting.queries.instead import Item
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.workflows import engine
from vetting.workflows.engine import StepRefused
from vetting.workflows.lapse_commands import Foresee
from vetting.workflows.registry import workflow_named

log = structlog.get_logger()

AT_ONCE = 500
"""Organizations that are read together."""


@dataclass(frozen=True)
class Todo:
    """One step: of a lapse that is there, or of a new one for ``item``."""

    step: str
    item: Item
    lapse_id: int | None = None
    data: Any = None


def settle(sessions: sessionmaker[Session], now: datetime) -> int:
    """Take every step that is due at ``now``. Returns how many were taken."""
    today = clock.local_date(now)
    taken = 0
    # What was seen today for the first time may be out already, so there is a second look; nothing bites on that day.
    for _look in range(2):
        with sessions() as session:
            rules = lapses.rules(session)
            todo = list(_todo(session, rules, today))
        done = sum(_take(sessions, one, now) for one in todo)
        taken += done
        if not done:
            break
    return taken


def _todo(session: Session, rules: LapseRules, today: date) -> Iterator[Todo]:
    horizon = today + timedelta(days=rules.foresee_days)
    near = lapses.running_out(session, today, horizon)
    there = {(one.organization_id, one.type_key): one for one in _open(session)}
    needed = {} if not there else _still_needed(session, there)
    items: dict[Item, date] = {**near, **needed}
    for some in _chunks(items):
        for item, standing in lapses.standings(session, some, today).items():
            yield from _of_item(item, standing, there.get(item), today, horizon)
    for item, lapse in there.items():
        if item not in items:
            yield Todo("drop", item, lapse.id)


def _of_item(item: Item, now: Standing, lapse: Lapse | None, today: date, horizon: date) -> Iterator[Todo]:
    soon = now.out_from is not None and now.out_from <= horizon
    if lapse is None:
        if soon and now.out_from is not None:
            yield Todo("foresee", item, data=Foresee(now.out_from))
    elif now.in_force and (lapse.state is not LapseState.FORESEEN or not soon):
        yield Todo("waive" if now.waived else "mend", item, lapse.id)
    elif lapse.state is LapseState.FORESEEN and now.out_from is not None and now.out_from != lapse.out_from:
        yield Todo("restate", item, lapse.id, Foresee(now.out_from))
    elif not now.in_force and now.out_from is not None and now.out_from < lapse.out_from:
        # A document that counted was sent back: it has been out for longer than it seemed.
        yield Todo("restate", item, lapse.id, Foresee(now.out_from))
    elif lapse.state is LapseState.FORESEEN and not now.in_force:
        yield Todo("run_out", item, lapse.id)
    elif lapse.state is not LapseState.FORESEEN and _due(lapse, today):
        yield Todo("bite", item, lapse.id)


def _due(lapse: Lapse, today: date) -> bool:
    if lapses.held(lapse, today) or lapse.foreseen_on >= today:
        return False
    blocks = lapse.blocks_on is not None and lapse.blocks_on <= today and not lapse.blocking
    hides = lapse.hides_on is not None and lapse.hides_on <= today and not lapse.hiding
    return blocks or hides


def _open(session: Session) -> Iterable[Lapse]:
    return session.scalars(sa.select(Lapse).where(Lapse.state.in_(OPEN_LAPSES)).order_by(Lapse.id))


def _still_needed(session: Session, there: Mapping[Item, Lapse]) -> dict[Item, date]:
    """Of the items with an open lapse those that a watched organization still needs, with the day since which."""
    found: dict[Item, date] = {}
    numbers = iter(sorted({organization_id for organization_id, _ in there}))
    while some := list(islice(numbers, AT_ONCE)):
        watched = lapses.watched(session, some)
        found |= {item: since for item, since in lapses.required(session, watched).items() if item in there}
    return found


def _chunks(items: Mapping[Item, date]) -> Iterator[dict[Item, date]]:
    ordered = iter(sorted(items.items()))
    while some := dict(islice(ordered, AT_ONCE)):
        yield some


def _take(sessions: sessionmaker[Session], todo: Todo, now: datetime) -> int:
    workflow = workflow_named("lapse")
    try:
        with sessions() as session, unit_of_work(session):
            if todo.lapse_id is None:
                number, type_key = todo.item
                subject = Lapse(reference=refs.new_reference("LAP"), organization_id=number, type_key=type_key)
                subject.out_from, subject.foreseen_on = todo.data.out_from, clock.local_date(now)
            else:
                subject = session.get_one(Lapse, todo.lapse_id)
            engine.run(session, workflow, subject, todo.step, SYSTEM, data=todo.data, at=now)
            if todo.step == "bite":
                engine.run(session, workflow, subject, "tell_schools", SYSTEM, at=now)
    except (StepRefused, LostRace) as error:
        log.info("lapse_step_not_taken", step=todo.step, item=todo.item, why=str(error))
        return 0
    return 1
