"""Learn from the stays of all cases how long each kind takes, once a day, for the status pages to read.

Only the worker and the demonstration do this. A page reads the rows and never calculates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from vetting.calendar_days import local_moment_utc
from vetting.clock import local_date
from vetting.data.calendar import district_closures
from vetting.data.status import STAGES, Stage
from vetting.jobs.survival import WINDOWS, Curve, Passage, curves
from vetting.models import OPEN_STATES, Application, ApplicationState, Stay, WaitEstimate
from vetting.unit_of_work import unit_of_work

DECIDED = frozenset({ApplicationState.APPROVED, ApplicationState.NOT_SELECTED})
NOTHING = Curve((), (), 0, 0)


def learn(sessions: sessionmaker[Session], today: date) -> int:
    """Estimate anew from what was known when yesterday ended. Returns how many rows the estimates have."""
    with sessions() as session:
        passages = list(_passages(session, today))
    first = min((passage.stages[0][1] for passage in passages), default=today)
    closures = district_closures(range(first.year - max(WINDOWS) // 365, today.year + 1))
    rows = list(_rows(curves(passages, today - timedelta(days=1), closures), today))
    with sessions() as session, unit_of_work(session):
        session.execute(sa.delete(WaitEstimate))
        session.add_all(rows)
    return len(rows)


def _passages(session: Session, today: date) -> Iterator[Passage]:
    """Every case that is open, or was over within the longest window, with its stages."""
    since = local_moment_utc(today - timedelta(days=max(WINDOWS) + 1), time(0))
    query = (
        sa.select(Stay.application_id, Stay.kind, Stay.case_state, Stay.began_at, Stay.ended_at, Application.state)
        .join(Application, Application.id == Stay.application_id)
        .where(
            sa.or_(
                Application.state.in_(sorted(OPEN_STATES)),
                Application.state_since >= since,
            ),
            Stay.case_state.in_(sorted(STAGES)),
        )
        .order_by(Stay.application_id, Stay.id)
        .execution_options(yield_per=5000)
    )
    for _case, rows in groupby(session.execute(query), key=itemgetter(0)):
        found = list(rows)
        yield Passage(found[0].kind, _stages(found), found[0].state in DECIDED)


def _stages(stays: Iterable[Any]) -> list[tuple[Stage, date, date | None]]:
    """Stays that the applicant cannot tell apart, as one."""
    found: list[tuple[Stage, date, date | None]] = []
    for stay in stays:
        stage = STAGES[stay.case_state]
        ended = local_date(stay.ended_at) if stay.ended_at is not None else None
        if found and found[-1][0] is stage:
            found[-1] = (stage, found[-1][1], ended)
        else:
            found.append((stage, local_date(stay.began_at), ended))
    return found


def _rows(found: dict[tuple[str, Stage], Curve], today: date) -> Iterator[WaitEstimate]:
    for kind in sorted({kind for kind, _stage in found}):
        whole = found.get((kind, Stage.SENT), NOTHING)
        for stage in sorted(set(STAGES.values())):
            own = found.get((kind, stage), NOTHING)
            yield WaitEstimate(
                kind=kind,
                stage=stage.value,
                half=list(own.half),
                nine_in_ten=list(own.nine_in_ten),
                closed=own.closed,
                still_open=own.still_open,
                decision_half=whole.half[0] if whole.half else None,
                decision_nine_in_ten=whole.nine_in_ten[0] if whole.nine_in_ten else None,
                decision_closed=whole.closed,
                decision_still_open=whole.still_open,
                computed_on=today,
            )
