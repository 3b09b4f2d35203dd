"""Whose a case is: take it, put it back, give it away, let it wait; late cases are reported, none gets lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import clock
from vetting.calendar_days import add_business_days
from vetting.clock import DISTRICT_ZONE
from vetting.extensions import db
from vetting.forms.custody import quick_day
from vetting.jobs import calendar_day
from vetting.models import Application, Conflict, HistoryEntry, Organization, OutboxMessage, Role
from vetting.queries.custody import days_left, due_after_hold, is_late, late_since
from vetting.queries.settings import closures_from
from vetting.workflows.commands import HandOver, HoldCase

Browser = Callable[..., CheckingClient]


def days_of(year: int) -> frozenset[date]:
    return closures_from(year)


def noon(day: date) -> datetime:
    """Noon of a local day, as an instant."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=DISTRICT_ZONE)


@pytest.fixture
def settle(app: Flask, session: Session) -> Callable[[date], int]:
    """What the worker does when a local day begins."""

    def run(day: date) -> int:
        session.rollback()
        with app.app_context():
            return calendar_day.settle(sessionmaker(db.engine, expire_on_commit=False), noon(day))

    return run


def told(session: Session, topic: str) -> list[str]:
    session.rollback()
    return sorted(session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == topic)))


def history(session: Session, case: Application) -> list[str]:
    rows = sa.select(HistoryEntry.step).where(
        HistoryEntry.subject_type == "application", HistoryEntry.subject_id == case.id
    )
    return list(session.scalars(rows.order_by(HistoryEntry.sequence)))


def test_a_case_is_taken_and_put_back_from_its_page_and_the_filter_stays(
    make: Factory, session: Session, browser_for: Browser, read: Any, sent: Any
) -> None:
    case = make.submitted()
    browser = browser_for(make.coordinator("Cora Coordinator"))
    address = f"/desk/cases/{case.reference}?pile=new&kind=registration"
    page = browser.get(address)
    assert "In charge: nobody. The case is in the pool." in read(page)
    form = {"version": str(case.version), "next": address}
    answer = browser.post(f"/steps/application/{case.reference}/claim", data=form)
    assert answer.headers["Location"].endswith(address)
    session.refresh(case)
    assert case.coordinator is not None
    assert case.coordinator.name == "Cora Coordinator"
    assert "In charge: You since" in read(browser.get(address))
    browser.post(f"/steps/application/{case.reference}/put_back", data={"version": str(case.version)})
    session.refresh(case)
    assert (case.coordinator_id, case.in_charge_since) == (None, None)


def test_only_the_person_in_charge_or_a_director_puts_a_case_back(
    make: Factory, session: Session, browser_for: Browser, read: Any
) -> None:
    case = make.submitted()
    make.take("application", case, "claim", make.actor(make.coordinator("Cora Coordinator")))
    other = browser_for(make.coordinator("Otto Other"))
    page = other.get(f"/desk/cases/{case.reference}")
    assert "Put back in the pool" not in read(page)
    refused = other.post(f"/steps/application/{case.reference}/put_back", data={"version": str(case.version)})
    assert refused.status_code == 409
    assert "Only the person in charge, or a director, can put this case back." in read(refused)
    browser_for(make.director()).post(f"/steps/application/{case.reference}/put_back")
    session.refresh(case)
    assert case.coordinator_id is None


def test_a_case_is_given_to_a_colleague_who_can_take_it(
    make: Factory, session: Session, browser_for: Browser, read: Any
) -> None:
    case = make.submitted()
    cora, colin = make.coordinator("Cora Coordinator"), make.coordinator("Colin Colleague")
    walled = make.coordinator("Wanda Walled")
    make.take(
        "conflict", Conflict(user_id=walled.id, organization_id=case.organization_id), "declare", make.actor(walled)
    )
    reviewer = make.reviewer("Rhea Reviewer")
    browser = browser_for(cora)
    address = f"/desk/cases/{case.reference}/hand-over?pile=new"
    page = browser.get(address)
    assert "Wanda Walled: Has a conflict of interest with the organization." in read(page)
    assert "Rhea Reviewer" not in read(page)
    nobody = browser.post(address, data={"version": str(case.version), "reason": "She knows the school."})
    assert nobody.status_code == 422
    assert "Choose a colleague" in read(nobody)
    assert "She knows the school." in nobody.get_data(as_text=True)
    for wrong in (reviewer.reference, walled.reference, "nonsense"):
        refused = browser.post(address, data={"version": str(case.version), "person": wrong})
        assert refused.status_code == 422
        assert "Choose one of the people in the list" in read(refused)
    wanted = {"version": str(case.version), "person": colin.reference, "reason": "She knows the school."}
    preview = browser.post(address, data={**wanted, "look": "1"})
    assert colin.email in read(preview)
    session.refresh(case)
    assert case.coordinator_id is None
    again = browser.post(address, data={**wanted, "look": "edit"})
    assert "She knows the school." in again.get_data(as_text=True)
    done = browser.post(address, data=wanted)
    assert done.headers["Location"].endswith(f"/desk/cases/{case.reference}?pile=new")
    session.refresh(case)
    assert case.coordinator_id == colin.id
    assert told(session, "case.handed_over") == [f"user:{colin.id}"]


def test_who_comes_second_reads_who_was_first_and_loses_no_text(
    make: Factory, session: Session, browser_for: Browser, read: Any
) -> None:
    case = make.submitted()
    boss, colin = make.director("Dora Director"), make.coordinator("Colin Colleague")
    seen = case.version
    make.take("application", case, "claim", make.actor(make.coordinator("Wilma Winner")))
    late = browser_for(boss).post(
        f"/desk/cases/{case.reference}/hand-over",
        data={"version": str(seen), "person": colin.reference, "reason": "My long words, typed with care."},
    )
    assert late.status_code == 409
    assert "Wilma Winner was a moment earlier: “Case taken”." in read(late)
    assert "My long words, typed with care." in late.get_data(as_text=True)
    second = browser_for(boss).post(f"/steps/application/{case.reference}/claim", data={"version": str(seen)})
    assert second.status_code == 409
    assert "Wilma Winner was first: “Case taken”." in read(second)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"until": "7"}, "Say why this case has to wait"),
        ({"reason": "Waiting for the board."}, "Choose when the case comes back"),
        ({"reason": "Waiting.", "until": "someday"}, "Choose when the case comes back"),
        ({"reason": "Waiting.", "until": "day"}, "Give the day on which the case comes back"),
        ({"reason": "Waiting.", "until": "day", "wakes_on": "soon"}, "Enter a day as year-month-day"),
        ({"reason": "Waiting.", "until": "day", "wakes_on": "{today}"}, "Give a day after today"),
        ({"reason": "Waiting.", "until": "day", "wakes_on": "{saturday}"}, "The office is closed on that day"),
        ({"reason": "Waiting.", "until": "day", "wakes_on": "{far}"}, "Give a day within a year"),
    ],
)
def test_a_hold_that_cannot_be_is_refused_in_words_and_keeps_them(
    make: Factory, session: Session, browser_for: Browser, read: Any, given: dict[str, str], sentence: str
) -> None:
    case = make.submitted()
    today = clock.today()
    days = {
        "today": today,
        "saturday": today + timedelta(days=(5 - today.weekday()) % 7 or 7),
        "far": today + timedelta(days=400),
    }
    filled = {
        name: value.format(**{key: day.isoformat() for key, day in days.items()}) for name, value in given.items()
    }
    browser = browser_for(make.coordinator())
    answer = browser.post(f"/desk/cases/{case.reference}/hold", data={"version": str(case.version), **filled})
    assert answer.status_code == 422
    assert sentence in read(answer)
    if "wakes_on" in given:
        assert 'href="#wakes_on"' in answer.get_data(as_text=True), "the summary leads to the field"
    assert filled.get("reason", "") in answer.get_data(as_text=True)
    session.refresh(case)
    assert case.held_since is None


def test_a_hold_says_why_by_whom_and_until_when_and_stops_the_clock(
    make: Factory, session: Session, browser_for: Browser, read: Any, settle: Callable[[date], int]
) -> None:
    case = make.submitted()
    cora = make.coordinator("Cora Coordinator")
    make.take("application", case, "claim", make.actor(cora))
    due, today = case.due_on, clock.today()
    browser = browser_for(cora)
    browser.post(
        f"/desk/cases/{case.reference}/hold",
        data={"version": str(case.version), "until": "7", "reason": "The board meets next week."},
    )
    session.refresh(case)
    wakes = quick_day(today, 7)
    assert (case.held_since, case.wakes_on) == (today, wakes)
    text = read(browser.get(f"/desk/cases/{case.reference}"))
    assert "On hold until" in text
    assert "The board meets next week." in text
    assert not is_late(case, today + timedelta(days=90))
    settle(wakes - timedelta(days=1))
    session.refresh(case)
    assert case.held_since == today
    assert due is not None
    waited = due_after_hold(case, wakes)
    settle(wakes)
    session.refresh(case)
    assert case.held_since is None
    assert case.due_on == waited
    assert waited > due
    assert told(session, "case.woken") == [f"user:{cora.id}"]


def test_the_clock_of_a_case_stands_still_over_holidays_weekends_and_the_year_end() -> None:
    """Tuesday 22 December 2026; the office is closed from 24 December to 1 January."""
    case = Application(due_on=date(2026, 12, 23), held_since=date(2026, 12, 22))
    # Two business days on hold: the 23rd and Monday 4 January.
    assert due_after_hold(case, date(2027, 1, 4)) == date(2027, 1, 5)
    assert due_after_hold(case, date(2027, 1, 1)) == date(2027, 1, 4)
    assert due_after_hold(case, date(2026, 12, 22)) == date(2026, 12, 23)


def test_a_case_is_in_time_until_midnight_where_the_district_is(make: Factory) -> None:
    case = make.submitted()
    due = case.due_on
    assert due is not None
    last = datetime(due.year, due.month, due.day, 23, 59, tzinfo=DISTRICT_ZONE)
    assert not is_late(case, clock.local_date(last))
    assert is_late(case, clock.local_date(last + timedelta(minutes=1)))


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)], ids=["clocks forward", "clocks back"])
def test_the_day_the_clocks_change_is_one_day(day: date) -> None:
    case = Application(state="submitted", due_on=day)
    end = datetime(day.year, day.month, day.day, 23, 59, tzinfo=DISTRICT_ZONE)
    assert not is_late(case, clock.local_date(end))
    assert is_late(case, day + timedelta(days=1))


@pytest.mark.parametrize(
    ("today", "days", "last"),
    [
        (date(2026, 5, 7), 3, date(2026, 5, 4)),
        (date(2026, 5, 4), 1, date(2026, 5, 1)),
        # On a weekend no further business day has passed since Friday.
        (date(2026, 5, 9), 1, date(2026, 5, 7)),
        # Over the winter break.
        (date(2027, 1, 5), 3, date(2026, 12, 22)),
        (date(2027, 1, 1), 1, date(2026, 12, 22)),
    ],
)
def test_business_days_past_due_are_counted_back_over_closed_days(today: date, days: int, last: date) -> None:
    assert late_since(today, days) == last


def test_days_left_count_open_days_and_stand_still_on_hold(make: Factory) -> None:
    case = make.submitted()
    due = case.due_on
    assert due is not None
    before = add_business_days(due, -2, days_of(due.year - 1))
    assert days_left(case, before) == 2
    assert days_left(case, add_business_days(due, 1, days_of(due.year))) == -1
    case.held_since = before
    assert days_left(case, due + timedelta(days=30)) == 2


def test_a_late_case_is_reported_once_in_each_state(
    make: Factory, session: Session, settle: Callable[[date], int]
) -> None:
    boss, cora = make.director(), make.coordinator()
    case = make.submitted()
    make.take("application", case, "claim", make.actor(cora))
    due = case.due_on
    assert due is not None
    third = add_business_days(due, 3, days_of(due.year))
    settle(third - timedelta(days=1))
    assert told(session, "case.escalated") == []
    settle(third)
    settle(third + timedelta(days=5))
    assert told(session, "case.escalated") == sorted([f"user:{cora.id}", f"user:{boss.id}"])
    session.refresh(case)
    assert history(session, case).count("escalate") == 1
    make.take("application", case, "screen", make.actor(cora), at=noon(third))
    assert case.escalated_on is None


def test_a_case_on_hold_is_never_reported(make: Factory, session: Session, settle: Callable[[date], int]) -> None:
    case = make.submitted()
    wakes = quick_day(clock.today(), 60)
    cora = make.actor(make.coordinator())
    make.take("application", case, "hold", cora, data=HoldCase(wakes), reason="The board meets in spring.")
    settle(wakes - timedelta(days=1))
    assert told(session, "case.escalated") == []


def lose_role(make: Factory, session: Session, person: Any, case: Application) -> None:
    make.end_grant(next(grant for grant in person.grants if grant.role is Role.COORDINATOR))


def declare(make: Factory, session: Session, person: Any, case: Application) -> None:
    conflict = Conflict(user_id=person.id, organization_id=case.organization_id)
    make.take("conflict", conflict, "declare", make.actor(person))


def join(make: Factory, session: Session, person: Any, case: Application) -> None:
    make.grant(person, Role.ORG_EDITOR, organization=session.get(Organization, case.organization_id))


@pytest.mark.parametrize("leave", [lose_role, declare, join])
def test_cases_of_a_person_who_may_no_longer_have_them_go_back_to_the_pool(
    make: Factory, session: Session, leave: Callable[..., None]
) -> None:
    cora = make.coordinator("Cora Coordinator")
    make.coordinator("Another One")
    case, other = make.submitted(), make.submitted()
    for one in (case, other):
        make.take("application", one, "claim", make.actor(cora))
    session.refresh(cora)
    leave(make, session, cora, case)
    session.expire_all()
    assert case.coordinator_id is None
    assert other.coordinator_id == (None if leave is lose_role else cora.id)


def test_cases_of_a_closed_account_go_back_to_the_pool(make: Factory, session: Session, browser_for: Browser) -> None:
    cora = make.coordinator("Cora Coordinator")
    case = make.submitted()
    make.take("application", case, "claim", make.actor(cora))
    admin = browser_for(make.person("Ada Admin", Role.SYSTEM_ADMIN))
    admin.post(f"/admin/people/{cora.reference}/active", data={"active": "0"})
    session.refresh(case)
    assert case.coordinator_id is None
    assert history(session, case)[-1] == "put_back"


def test_the_same_case_is_not_given_twice(make: Factory) -> None:
    case = make.submitted()
    cora, boss = make.coordinator(), make.actor(make.director())
    make.take("application", case, "hand_over", boss, data=HandOver(cora.id))
    with pytest.raises(Exception, match="Has the case already"):
        make.take("application", case, "hand_over", boss, data=HandOver(cora.id))
