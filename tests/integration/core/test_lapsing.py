"""What nobody touches lapses after two notices, never without, and can be taken up again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.calendar_days import add_months, end_of_local_day_utc
from vetting.extensions import db
from vetting.jobs import calendar_day
from vetting.models import (
    Application,
    ApplicationState,
    DesignationState,
    HistoryEntry,
    Notice,
    Organization,
    OutboxMessage,
    PartnerState,
)
from vetting.notifications.mail import Place
from vetting.notifications.mail import make as made
from vetting.queries import lapsing, renewals
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import SaveAnswers


@pytest.fixture
def night(app: Flask, session: Session) -> Any:
    """What the worker does on a local day."""
    with app.app_context():
        sessions = sessionmaker(db.engine, expire_on_commit=False)

    def settle(day: date) -> None:
        session.rollback()
        calendar_day.settle(sessions, end_of_local_day_utc(day) - timedelta(hours=3))
        session.expire_all()

    return settle


def told(session: Session, topic: str) -> list[OutboxMessage]:
    query = sa.select(OutboxMessage).where(OutboxMessage.topic == topic).order_by(OutboxMessage.id)
    return list(session.scalars(query))


def test_a_draft_nobody_touches_closes_after_two_notices(
    make: Any, night: Any, session: Session, app: Flask, draft_case: Application
) -> None:
    ends = add_months(clock.today(), 6)
    night(ends - timedelta(days=35))
    assert told(session, "draft.lapsing") == []
    night(ends - timedelta(days=30))
    night(ends - timedelta(days=29))
    first = told(session, "draft.lapsing")
    assert len(first) == 1
    with app.app_context():
        mail = made(session, first[0], Place.of(app.config["SETTINGS"]))
    assert mail is not None
    assert f"{ends:%B} {ends.day}, {ends.year}" in mail.text
    night(ends - timedelta(days=7))
    night(ends - timedelta(days=6))
    assert len(told(session, "draft.lapsing")) == 2
    night(ends)
    assert draft_case.state == "draft"
    night(ends + timedelta(days=1))
    assert draft_case.state is ApplicationState.EXPIRED
    assert [a.value for a in draft_case.answers if a.question_key == "city"] == ["Boston"]
    assert renewals.may_start_again(draft_case)


@pytest.fixture
def draft_case(make: Any) -> Application:
    """A draft with one answer."""
    case: Application = make.registration()
    person = make.actor(make.owner_of(case.organization))
    make.take("application", case, "save_answers", person, data=SaveAnswers({"city": "Boston"}))
    return case


def test_work_on_a_draft_begins_the_time_anew(make: Any, night: Any, session: Session, draft_case: Application) -> None:
    ends = add_months(clock.today(), 6)
    night(ends - timedelta(days=30))
    later = end_of_local_day_utc(ends - timedelta(days=10)) - timedelta(hours=5)
    person = make.actor(make.owner_of(draft_case.organization))
    make.take("application", draft_case, "save_answers", person, data=SaveAnswers({"city": "Quincy"}), at=later)
    night(ends - timedelta(days=7))
    night(ends + timedelta(days=1))
    assert draft_case.state == "draft"
    assert len(told(session, "draft.lapsing")) == 1
    night(add_months(ends - timedelta(days=10), 6) - timedelta(days=30))
    assert len(told(session, "draft.lapsing")) == 2


def test_a_worker_that_stood_still_gives_the_whole_notice(
    night: Any, session: Session, draft_case: Application
) -> None:
    today = add_months(clock.today(), 9)
    night(today)
    notice = session.scalars(sa.select(Notice)).one()
    assert (notice.days, notice.about) == (30, today + timedelta(days=30))
    night(today + timedelta(days=40))
    night(today + timedelta(days=41))
    assert draft_case.state == "draft"
    assert [n.days for n in session.scalars(sa.select(Notice).order_by(Notice.id))] == [30, 7]
    night(today + timedelta(days=48))
    assert draft_case.state is ApplicationState.EXPIRED


def open_ended(make: Any, organization: Organization) -> Any:
    """An approval that has no last day, as the office's old list has them."""
    held = renewals.last_held(organization.designations)
    assert held is not None
    with unit_of_work(make.session):
        held.ends_on = None
    return held


def test_a_partner_nobody_hears_of_lapses_and_comes_back(make: Any, night: Any, session: Session) -> None:
    organization = make.partner("Quiet Strings")
    held = open_ended(make, organization)
    last = session.scalars(sa.select(sa.func.max(HistoryEntry.at))).one()
    ends = add_months(clock.local_date(last), 15)
    night(ends - timedelta(days=30))
    night(ends - timedelta(days=7))
    assert len(told(session, "partner.lapsing")) == 2
    night(ends)
    assert organization.state is PartnerState.PARTNER
    night(ends + timedelta(days=1))
    assert (held.state, held.ends_on) == (DesignationState.ENDED, ends)
    assert (organization.state, organization.listed) == (PartnerState.LAPSED, False)
    assert len(told(session, "partner.lapsed")) == 1
    term = renewals.term_of(organization.designations, 60)
    assert term is not None
    assert term.over


def test_a_partner_that_works_with_a_school_does_not_lapse(make: Any, session: Session) -> None:
    quiet, busy = make.partner("Quiet Strings"), make.partner("Busy Strings")
    approvals = [open_ended(make, organization).id for organization in (quiet, busy)]
    school = make.school("Harborview School")
    partnership = make.partnership(busy, school)
    make.money(school, cents=50_000_00)
    make.in_force(make.agreement(partnership, cents=1_000_00, source="partnership_fund"))
    day = add_months(clock.today(), 15)
    assert set(session.scalars(lapsing.partners_to_warn(session, day))) & set(approvals) == {approvals[0]}


def test_counting_is_exact_for_the_length_of_months(make: Any, session: Session, draft_case: Application) -> None:
    found = lapsing.idle_draft(session, draft_case)
    assert isinstance(found.last, datetime)
    assert found.lapses_on == add_months(clock.local_date(found.last), 6)
    assert found.due(found.lapses_on - timedelta(days=31)) is None
    due = found.due(found.lapses_on - timedelta(days=30))
    assert due == lapsing.Due(30, found.lapses_on)
