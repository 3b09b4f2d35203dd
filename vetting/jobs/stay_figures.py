"""Fold finished stays into the figures of the lead's page, a batch at a time.

Each batch is one unit of work that marks what it counted, so a worker that dies counts nothing twice and loses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.calendar_days import business_days_between
from vetting.models import Stay, StayFigure
from vetting.queries import settings
from vetting.unit_of_work import LostRace, unit_of_work

BATCH = 1000

Key = tuple[date, str, str, int, int]


def fold(sessions: sessionmaker[Session], *, batch: int = BATCH) -> int:
    """Count every finished stay that is not counted yet. Returns how many were."""
    done = 0
    while True:
        try:
            with sessions() as session, unit_of_work(session):
                some = _fold_some(session, batch)
        except LostRace:
            # Another worker is at it; it will count these.
            return done
        done += some
        if some < batch:
            return done


def _fold_some(session: Session, batch: int) -> int:
    waiting = (
        sa.select(Stay)
        .where(Stay.ended_at.is_not(None), Stay.counted == sa.false())
        .order_by(Stay.id)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    stays = list(session.scalars(waiting))
    add(session, counted(stays))
    for stay in stays:
        stay.counted = True
    return len(stays)


def counted(stays: Iterable[Stay]) -> Counter[Key]:
    """The stays that ended, by what a figure is kept for."""
    found: Counter[Key] = Counter()
    for stay in stays:
        if stay.ended_at is None:
            continue
        began, ended = clock.local_date(stay.began_at), clock.local_date(stay.ended_at)
        found[ended.replace(day=1), stay.case_state, stay.kind, stay.round_id or 0, _days(began, ended)] += 1
    return found


@lru_cache(maxsize=4096)
def _days(first: date, last: date) -> int:
    """Business days between two local days; many stays begin and end on the same ones."""
    years = range(first.year, last.year + 1)
    return business_days_between(first, last, frozenset[date]().union(*map(settings.closures_from, years)))


def add(session: Session, found: Mapping[Key, int]) -> None:
    """Add to the figures, in the same order whoever does it."""
    for key, cases in sorted(found.items(), key=str):
        _add(session, key, cases)


def _add(session: Session, key: Key, cases: int) -> None:
    columns = dict(zip(("month", "case_state", "kind", "round_id", "business_days"), key, strict=True))
    changed = session.scalars(
        sa.update(StayFigure)
        .where(*(getattr(StayFigure, name) == value for name, value in columns.items()))
        .values(cases=StayFigure.cases + cases)
        .returning(StayFigure.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        session.add(StayFigure(**columns, cases=cases))
        session.flush()
