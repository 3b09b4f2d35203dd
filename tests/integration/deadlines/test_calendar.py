"""Calendar files: read back by a parser, with stable names, growing sequences, and nothing of what is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from tests.support.pages import form_fields
from vetting import clock
from vetting.models import Agreement, Application, Extension, RequestState, Round
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import AnswerRequest, ExtendRequest, GiveExtension


def events_of(content: bytes) -> dict[str, Any]:
    calendar = Calendar.from_ical(content)
    assert calendar["version"] == "2.0"
    assert not [component.errors for component in calendar.walk() if component.errors]
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


@pytest.fixture
def feed(make: Any, browser_for: Any, client: Any) -> Any:
    """Make the secret address of a person, and read it like a calendar program that nobody is signed in to."""

    def of(person: Any) -> Any:
        browser = browser_for(person)
        browser.post("/account/calendar", data={**form_fields(browser.get("/account/calendar").text), "act": "make"})
        page = browser.get("/account/calendar").text
        address = page.split('class="hash"><a href="')[1].split('"')[0].removeprefix("http://localhost")
        return lambda: client.get(address)

    return of


def test_a_request_is_a_day_that_moves_and_is_off_when_it_is_answered(make, session, feed, asked, due_on):
    owner = make.owner_of(asked.organization)
    read = feed(owner)
    uid = f"request-{asked.reference}.2@localhost"
    first = events_of(read().data)[uid]
    assert first["dtstart"].dt == due_on
    assert str(first["status"]) == "CONFIRMED"
    boss = make.actor(make.coordinator())
    later = due_on + timedelta(days=3)
    make.take("information_request", asked.requests[1], "extend", boss, data=ExtendRequest(later), reason="Ill.")
    session.rollback()
    moved = events_of(read().data)[uid]
    assert moved["dtstart"].dt == later
    assert int(moved["sequence"]) > int(first["sequence"])
    words = AnswerRequest(reply="We serve families.")
    make.take("information_request", asked.requests[1], "answer", make.actor(owner), data=words)
    session.rollback()
    done = events_of(read().data)[uid]
    assert str(done["status"]) == "CANCELLED"
    assert int(done["sequence"]) > int(moved["sequence"])


def test_dates_that_read_the_same_stand_in_one_row_that_says_how_many(make, session, browser_for, asked, due_on):
    for request in asked.requests:
        if request.due_on != due_on:
            boss = make.actor(make.coordinator())
            make.take("information_request", request, "extend", boss, data=ExtendRequest(due_on), reason="Together.")
    session.rollback()
    page = browser_for(make.owner_of(asked.organization)).get("/account/calendar").text
    still_open = sum(request.state is RequestState.OPEN for request in asked.requests)
    session.rollback()
    assert still_open > 1
    assert page.count(f"by this day: {asked.reference}</a>") == 1
    assert f"{still_open} of these on this day" in page


def test_a_deadline_is_an_instant_that_means_the_same_in_every_zone(make, session, feed, browser_for):
    draft = make.portfolio()
    closes = datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    with unit_of_work(session):
        session.get_one(Round, draft.round_id).closes_at = closes
    session.rollback()
    owner = make.owner_of(draft.organization)
    read = feed(owner)
    uid = f"round-{draft.reference}@localhost"
    first = events_of(read().data)[uid]
    assert first["dtstart"].dt == closes
    assert b"DTSTART:20271107T063000Z" in read().data
    extension = Extension(reference="EXT-TEST-0009", application=session.get_one(Application, draft.id))
    boss = make.actor(make.coordinator())
    more = closes + timedelta(days=2)
    make.take("extension", extension, "grant", boss, data=GiveExtension(more), reason="By phone.")
    session.rollback()
    moved = events_of(read().data)[uid]
    assert moved["dtstart"].dt == more
    assert int(moved["sequence"]) > int(first["sequence"])
    single = browser_for(owner).get(f"/account/calendar/round/{draft.reference}.ics")
    assert list(events_of(single.data)) == [uid]
    assert single.headers["Content-Type"].startswith("text/calendar")


def test_approvals_and_agreements_end_on_their_days(make, session, feed):
    agreement = make.in_force()
    owner = make.owner_of(agreement.organization)
    session.rollback()
    found = events_of(feed(owner)().data)
    session.expire_all()
    assert (
        found[f"agreement-{agreement.reference}@localhost"]["dtstart"].dt
        == session.get_one(Agreement, agreement.id).ends_on
    )
    session.rollback()
    assert any(uid.startswith("approval-") for uid in found)


def test_a_feed_shows_titles_and_nothing_that_was_said(session, make, feed, asked):
    content = feed(make.owner_of(asked.organization))().data.decode()
    assert "The plan has no page on emergencies" not in content
    assert "Say whom you serve" not in content


def test_an_address_ends_with_a_new_one_and_opens_nothing_else(make, session, browser_for, client, feed, asked):
    owner = make.owner_of(asked.organization)
    read = feed(owner)
    assert read().status_code == 200
    again = feed(owner)
    assert read().status_code == 404
    assert again().status_code == 200
    browser = browser_for(owner)
    browser.post("/account/calendar", data={**form_fields(browser.get("/account/calendar").text), "act": "end"})
    assert again().status_code == 404
    for key in ("", "0", "a" * 64):
        assert client.get(f"/calendar/feed.ics?key={key}").status_code == 404


def test_who_left_the_organization_has_its_dates_no_longer(make, session, feed, asked):
    from vetting.models import Role

    person = make.person("Eddie Editor")
    grant = make.grant(person, Role.ORG_EDITOR, organization=asked.organization)
    session.rollback()
    read = feed(person)
    assert events_of(read().data)
    make.end_grant(grant)
    session.rollback()
    assert events_of(read().data) == {}
    assert isinstance(clock.today(), date)


def test_what_somebody_chooses_about_mail_is_kept_for_each_organization(make, session, browser_for, asked):
    owner = make.owner_of(asked.organization)
    browser = browser_for(owner)
    page = browser.get("/account/notifications")
    reference = asked.organization.reference
    session.rollback()
    assert "These leave at once, whatever you choose" in page.text
    fields = form_fields(page.text)
    sent = {k: v for k, v in fields.items() if not k.startswith("reminders-")}
    sent = {**sent, f"how-{reference}": "daily", "how-ORG-NOT-MINE": "daily"}
    assert browser.post("/account/notifications", data=sent).status_code == 303
    session.expire_all()
    assert session.get_one(type(owner), owner.id).preferences["mail"] == {
        str(asked.organization_id): {"daily": True, "reminders": False}
    }
    session.rollback()
    again = browser.get("/account/notifications").text
    assert f'id="daily-{reference}" name="how-{reference}" value="daily" checked' in again
