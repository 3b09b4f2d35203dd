"""How long cases take, as the worker learns it from stays and the status page reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from vetting import clock
from vetting.calendar_days import add_business_days
from vetting.data.status import Stage
from vetting.jobs import estimates
from vetting.models import Application, Stay, WaitEstimate
from vetting.queries.settings import closures_from
from vetting.unit_of_work import unit_of_work
from vetting.worker import Worker


def noon(day: date) -> datetime:
    return datetime.combine(day, time(17), UTC)


def after(day: date, days: int) -> date:
    return add_business_days(day, days, closures_from(day.year)) if days else day


def closed_case(session: Session, case: Application, sent: date, check: int, review: int) -> None:
    """Give a decided case stays of so many business days."""
    session.execute(sa.delete(Stay).where(Stay.application_id == case.id))
    day = sent
    for state, days in (("submitted", 0), ("screening", check), ("in_review", review), ("decision_drafted", 0)):
        end = after(day, days)
        session.add(
            Stay(application_id=case.id, kind="registration", case_state=state, began_at=noon(day), ended_at=noon(end))
        )
        day = end


def test_times_are_learned_from_cases_that_are_over(app: Flask, make: Factory, session: Session) -> None:
    """31 of 40 decided cases are enough; the days are those that half of them took."""
    today = clock.today()
    organization = make.organization()
    cases = [make.approved(make.registration(make.organization())) for _number in range(2)]
    session.commit()
    # The rest is copied row by row: what is learned from is the stays and whether the case was decided.
    table = Application.__table__
    row = dict(session.execute(sa.select(table).where(table.c.id == cases[0].id)).mappings().one())
    with unit_of_work(session):
        for number in range(38):
            own = {"id": 10_000 + number, "reference": f"VET-COPY-{number:04}", "organization_id": organization.id}
            session.execute(sa.insert(Application).values(**row | own))
        session.flush()
        every = [*cases, *(session.get_one(Application, 10_000 + number) for number in range(38))]
        for number, case in enumerate(every):
            closed_case(session, case, today - timedelta(days=90 + number), check=2, review=number % 10)
    assert estimates.learn(sessionmaker(session.get_bind()), today) == len(set(Stage)) - 1
    session.rollback()
    found = {row.stage: row for row in session.scalars(sa.select(WaitEstimate))}
    check, review, whole = found["check"], found["review"], found["received"]
    assert (check.closed, check.still_open) == (40, 0)
    assert check.half[0] == 2 + 4
    assert check.nine_in_ten[0] == 2 + 8
    assert (review.half[0], review.nine_in_ten[0]) == (4, 8)
    # Of those still in review after two days, eight in ten are left, and half of them take longer than five.
    assert review.half[2] in {5, 6}
    assert (whole.decision_half, whole.decision_nine_in_ten, whole.decision_closed) == (6, 10, 40)
    assert found["with_you"].half == []
    assert whole.computed_on == today


def test_too_few_closed_cases_say_nothing(app: Flask, make: Factory, session: Session) -> None:
    make.approved()
    make.in_review()
    estimates.learn(sessionmaker(session.get_bind()), clock.today() + timedelta(days=1))
    session.rollback()
    rows = session.scalars(sa.select(WaitEstimate)).all()
    assert rows
    assert all(row.half == [] and row.decision_half is None for row in rows)
    assert {row.closed for row in rows if row.stage == "received"} == {1}
    assert {row.still_open for row in rows if row.stage == "review"} == {1}


def test_the_worker_learns_once_a_day(app: Flask, make: Factory, session: Session) -> None:
    make.submitted()
    session.rollback()
    with app.app_context():
        worker = Worker(app)
        assert worker.estimate()
        assert not worker.estimate()
