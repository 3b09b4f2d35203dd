"""Waiting times: the folded figures say the same as every stay one by one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from vetting import clock
from vetting.calendar_days import business_days_between
from vetting.jobs import stay_figures
from vetting.models import Application, Stay, StayFigure
from vetting.queries.settings import closures_from
from vetting.unit_of_work import unit_of_work
from vetting.worker import Worker

HOURS = st.integers(min_value=0, max_value=4000)


def brute_force(session: Session) -> Counter[tuple[date, str, str, int, int]]:
    found: Counter[tuple[date, str, str, int, int]] = Counter()
    for stay in session.scalars(sa.select(Stay).where(Stay.ended_at.is_not(None)).order_by(Stay.id)):
        assert stay.ended_at is not None
        began, ended = clock.local_date(stay.began_at), clock.local_date(stay.ended_at)
        days = business_days_between(began, ended, closures_from(began.year) | closures_from(ended.year))
        found[ended.replace(day=1), stay.case_state, stay.kind, stay.round_id or 0, days] += 1
    return found


def folded(session: Session) -> dict[tuple[date, str, str, int, int], int]:
    session.expire_all()
    rows = session.scalars(sa.select(StayFigure).order_by(StayFigure.id))
    return {(r.month, r.case_state, r.kind, r.round_id, r.business_days): r.cases for r in rows}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stays=st.lists(st.tuples(HOURS, HOURS, st.sampled_from(["submitted", "screening"])), max_size=12),
    batch=st.integers(1, 5),
)
def test_the_figures_are_those_of_every_stay(
    app: object, make: Factory, session: Session, stays: list[tuple[int, int, str]], batch: int
) -> None:
    case = session.scalars(sa.select(Application).limit(1)).first() or make.submitted()
    start = datetime(2025, 12, 20, 3, 30, tzinfo=UTC)
    with unit_of_work(session):
        for after, lasting, state in stays:
            began = start + timedelta(hours=after)
            session.add(
                Stay(
                    application_id=case.id,
                    kind="registration",
                    case_state=state,
                    began_at=began,
                    ended_at=began + timedelta(hours=lasting),
                )
            )
    sessions = sessionmaker(session.get_bind())
    waiting = session.scalar(sa.select(sa.func.count()).where(Stay.ended_at.is_not(None), Stay.counted.is_(False)))
    session.rollback()
    assert stay_figures.fold(sessions, batch=batch) == waiting
    assert stay_figures.fold(sessions, batch=batch) == 0
    assert folded(session) == brute_force(session)
    session.rollback()


def test_the_worker_counts_at_start_and_then_not_again_at_once(app: Flask, make: Factory, session: Session) -> None:
    boss = make.actor(make.coordinator())
    first, second = make.submitted(), make.submitted()
    make.take("application", first, "screen", boss)
    before = sum(folded(session).values())
    session.rollback()
    with app.app_context():
        worker = Worker(app)
        assert worker.count() > 0
        make.take("application", second, "screen", boss)
        assert worker.count() == 0
        worker.counting_at = 0.0
        assert worker.count() == 1
    assert folded(session) == brute_force(session)
    assert sum(folded(session).values()) > before
    session.rollback()
