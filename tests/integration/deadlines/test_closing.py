"""A round closes: what reached us in time counts, what came late is told so, and more time is given by case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest

from tests.support.pages import form_fields, text_of
from vetting import clock
from vetting.calendar_days import local_moment_utc
from vetting.deadlines import read_local
from vetting.jobs.calendar_day import settle
from vetting.models import Application, ApplicationState, Extension, ExtensionState, HistoryEntry, Round
from vetting.queries import deadlines
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import GiveExtension

CLOSES = read_local(date(2026, 11, 1), time(23, 59)).later
"""The last minute of the long day."""


@pytest.fixture
def draft(make: Any) -> Application:
    """A Portfolio application that is complete and not sent."""
    application: Application = make.portfolio()
    make.fill(application)
    make.session.rollback()
    return application


@pytest.fixture
def window(session: Any, draft: Application) -> Callable[..., None]:
    """Set when the round of ``draft`` closes, and its rules."""

    def set_to(closes_at: datetime, *, grace: int = 0, days: int = 5) -> None:
        session.rollback()
        with unit_of_work(session):
            round_ = session.get_one(Round, draft.round_id)
            round_.opens_at, round_.closes_at = closes_at - timedelta(days=20), closes_at
            round_.grace_minutes, round_.extension_days = grace, days

    return set_to


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Requests reach us at an instant, and what they ask for is done ``later``."""

    def arrive(moment: datetime, later: timedelta = timedelta(0)) -> None:
        monkeypatch.setattr("vetting.views.arrival.clock.now", lambda: moment + later)
        monkeypatch.setattr("vetting.views.arrival.arrived", lambda: moment)
        for module in ("steps", "applicant.more_time", "applicant.documents", "applicant.replies"):
            monkeypatch.setattr(f"vetting.views.{module}.arrived", lambda: moment)

    return arrive


def send(browser: Any, reference: str) -> Any:
    page = browser.get(f"/apply/{reference}/check")
    return browser.post(f"/apply/{reference}/check", data=form_fields(page.text))


def test_what_reached_us_in_the_last_second_counts_however_long_it_took(make, session, draft, window, at, browser_for):
    now = clock.now().replace(second=0, microsecond=0)
    window(now + timedelta(minutes=3))
    browser = browser_for(make.owner_of(draft.organization))
    page = browser.get(f"/apply/{draft.reference}/check")
    last = now + timedelta(minutes=3, seconds=59)
    at(last, later=timedelta(seconds=90))
    sent = browser.post(f"/apply/{draft.reference}/check", data=form_fields(page.text))
    assert sent.status_code == 303
    session.expire_all()
    found = session.get_one(Application, draft.id)
    assert found.received_at == last
    session.rollback()
    receipt = text_of(browser.get(f"/apply/{draft.reference}/receipt").text)
    local = found.received_at.astimezone(clock.DISTRICT_ZONE)
    assert f"{local:%S}" in receipt
    assert f" {local.tzname()}" in receipt


def test_who_just_missed_it_reads_by_how_much_and_loses_nothing(make, session, draft, window, at, browser_for):
    now = clock.now().replace(second=0, microsecond=0)
    window(now + timedelta(minutes=5))
    browser = browser_for(make.owner_of(draft.organization))
    page = browser.get(f"/apply/{draft.reference}/check")
    at(now + timedelta(minutes=6, seconds=30))
    sent = browser.post(f"/apply/{draft.reference}/check", data=form_fields(page.text))
    assert sent.status_code == 409
    text = text_of(sent.text)
    assert "1 minute 30 seconds" in text
    assert "Nothing you wrote is lost" in text
    assert f"/apply/{draft.reference}/more-time" in sent.text
    assert f"/apply/{draft.reference}/copy" in sent.text
    assert browser.get(f"/apply/{draft.reference}/copy").status_code == 200
    session.expire_all()
    assert session.get_one(Application, draft.id).state is ApplicationState.DRAFT
    session.rollback()


def test_the_minutes_of_grace_let_it_in_and_the_receipt_says_so(make, session, draft, window, at, browser_for):
    now = clock.now().replace(second=0, microsecond=0)
    window(now + timedelta(minutes=5), grace=10)
    browser = browser_for(make.owner_of(draft.organization))
    page = browser.get(f"/apply/{draft.reference}/check")
    at(now + timedelta(minutes=14))
    assert browser.post(f"/apply/{draft.reference}/check", data=form_fields(page.text)).status_code == 303
    assert "inside the minutes" in text_of(browser.get(f"/apply/{draft.reference}/receipt").text)


def test_a_document_that_comes_after_the_end_is_not_taken(make, session, draft, window, at, browser_for):
    now = clock.now().replace(second=0, microsecond=0)
    window(now + timedelta(minutes=5))
    browser = browser_for(make.owner_of(draft.organization))
    link = draft.evidence[0].type_key
    session.rollback()
    where = f"/apply/{draft.reference}/documents/{link}"
    fields = form_fields(browser.get(where).text)
    dated = fields | {name: "2026-02-01" for name in fields if name.endswith(("_on", "_until", "_from"))}
    at(now + timedelta(minutes=20))
    data = {**dated, "files": (BytesIO(_pdf()), "late.pdf")}
    answer = browser.post(where, data=data, content_type="multipart/form-data")
    assert answer.status_code == 409
    assert "It came after the deadline" in answer.text


def _pdf() -> bytes:
    import pikepdf

    out = BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(out)
    return out.getvalue()


def test_somebody_asks_for_more_time_and_gets_it(make, session, draft, window, browser_for, hands):
    reference = draft.reference
    now = clock.now().replace(second=0, microsecond=0)
    window(now - timedelta(minutes=30))
    owner, coordinator = make.owner_of(draft.organization), make.coordinator()
    to_owner, to_office = owner.email, coordinator.email
    browser, desk = browser_for(owner), browser_for(coordinator)
    hands.deliver()
    page = browser.get(f"/apply/{reference}/more-time")
    shown = text_of(page.text)
    assert to_office not in page.text
    fields = form_fields(page.text)
    assert browser.post(f"/apply/{reference}/more-time", data=fields).status_code == 422
    asked = browser.post(f"/apply/{reference}/more-time", data={**fields, "wish": "Our server was down."})
    assert asked.status_code == 303
    mails = hands.deliver()
    assert to_office in {mail["To"] for mail in mails}
    assert to_owner not in {mail["To"] for mail in mails}
    assert f"The partnerships office ({len(mails)} {'person' if len(mails) == 1 else 'people'})" in shown
    assert all("Our server was down." in mail.get_body(("plain",)).get_content() for mail in mails)
    for place in ("/desk/queue", "/desk/rounds"):
        assert "1 applicant asks for more time" in desk.get(place).text
    extension = session.query(Extension).one()
    where = f"/desk/extensions/{extension.reference}"
    session.rollback()
    assert "Our server was down." in text_of(desk.get(where).text)
    form = form_fields(desk.get(where).text)
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    answer = {**form, "answer": "give", "ends_on": tomorrow, "ends_time": "17:00", "reason": "The outage was ours."}
    looked = desk.post(where, data={**answer, "look": "1"})
    assert "You have more time" in looked.text
    assert desk.post(where, data={k: v for k, v in answer.items() if k != "look"}).status_code == 303
    (mail,) = hands.deliver()
    assert mail["To"] == to_owner
    assert "The outage was ours." in mail.get_body(("plain",)).get_content()
    text = text_of(browser.get(f"/apply/{reference}").text)
    assert "The office gave you more time" in text
    assert "The outage was ours." in text
    assert send(browser, reference).status_code == 303
    session.expire_all()
    entry = session.query(HistoryEntry).filter(HistoryEntry.subject_type == "extension", HistoryEntry.step == "give")
    assert entry.one().reason == "The outage was ours."
    session.rollback()


def test_the_office_can_say_no_with_a_reason(make, session, draft, window, browser_for, hands):
    window(clock.now() + timedelta(days=2))
    owner = make.owner_of(draft.organization)
    extension = Extension(reference="EXT-TEST-0001", application=draft, wish="We are slow.")
    make.take("extension", extension, "ask", make.actor(owner))
    boss = make.actor(make.coordinator())
    make.take("extension", extension, "decline", boss, reason="There are two days left.")
    session.rollback()
    assert any("There are two days left." in mail.get_body(("plain",)).get_content() for mail in hands.deliver())
    text = text_of(browser_for(owner).get(f"/apply/{draft.reference}").text)
    assert "There are two days left." in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (timedelta(days=-1), "Give a time after the one that holds now."),
        (timedelta(0), "Give a time after the one that holds now."),
    ],
)
def test_an_extension_never_shortens(make, session, draft, window, given, words):
    closes = clock.now().replace(microsecond=0) + timedelta(days=3)
    window(closes)
    extension = Extension(reference="EXT-TEST-0002", application=draft)
    boss = make.actor(make.coordinator())
    with pytest.raises(Exception, match=words):
        make.take("extension", extension, "grant", boss, data=GiveExtension(closes + given), reason="By phone.")


def test_more_time_can_be_given_some_days_after_the_end_and_no_longer(make, session, draft, window):
    now = clock.now()
    boss = make.actor(make.coordinator())
    window(now - timedelta(days=6), days=5)
    late = Extension(reference="EXT-TEST-0003", application=draft)
    with pytest.raises(Exception, match="can no longer be given"):
        make.take("extension", late, "grant", boss, data=GiveExtension(now + timedelta(days=1)), reason="By phone.")
    session.rollback()
    window(now - timedelta(days=4), days=5)
    early = Extension(reference="EXT-TEST-0004", application=session.get_one(Application, draft.id))
    make.take("extension", early, "grant", boss, data=GiveExtension(now + timedelta(days=1)), reason="By phone.")
    assert early.state is ExtensionState.GIVEN


def test_a_draft_lapses_only_when_nobody_can_give_it_more_time(make, session, sessions, draft, window):
    now = clock.now()

    def state(at: datetime) -> ApplicationState:
        session.rollback()
        settle(sessions, at)
        session.expire_all()
        found = session.get_one(Application, draft.id).state
        session.rollback()
        return found

    window(now - timedelta(days=4), days=5)
    assert state(now) is ApplicationState.DRAFT
    extension = Extension(reference="EXT-TEST-0005", application=session.get_one(Application, draft.id))
    boss = make.actor(make.coordinator())
    until = now + timedelta(days=2)
    make.take("extension", extension, "grant", boss, data=GiveExtension(until), reason="By phone.")
    assert state(until - timedelta(hours=1)) is ApplicationState.DRAFT
    assert state(until + timedelta(days=5)) is ApplicationState.DRAFT
    assert state(until + timedelta(days=7)) is ApplicationState.EXPIRED


def test_a_draft_whose_people_wait_for_an_answer_does_not_lapse(make, session, sessions, draft, window):
    now = clock.now()
    window(now - timedelta(days=1), days=5)
    extension = Extension(reference="EXT-TEST-0006", application=draft, wish="We need two days.")
    make.take("extension", extension, "ask", make.actor(make.owner_of(draft.organization)))
    session.rollback()
    settle(sessions, now + timedelta(days=30))
    session.expire_all()
    assert session.get_one(Application, draft.id).state is ApplicationState.DRAFT
    session.rollback()


def test_a_round_pins_the_rules_of_the_day_it_opens(make, session):
    round_ = make.round()
    assert (round_.grace_minutes, round_.extension_days) == (0, 5)
    assert deadlines.of_round(round_).shown == round_.closes_at
    session.rollback()


@pytest.mark.parametrize(
    ("day", "clock_time", "sentence"),
    [("2027-03-14", "02:30", "The clocks skip this time"), ("2028-03-12", "02:00", "The clocks skip this time")],
)
def test_a_round_cannot_close_at_a_time_that_does_not_come(make, browser_for, day, clock_time, sentence):
    browser = browser_for(make.director())
    answer = browser.post("/desk/rounds/new", data=_round(browser, closes_on=day, closes_time=clock_time))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "AM EST" in text_of(answer.text)
    assert "AM EDT" in text_of(answer.text)


def test_a_round_that_closes_at_a_time_that_comes_twice_takes_the_later_and_says_so(make, session, browser_for):
    browser = browser_for(make.director())
    data = _round(browser, closes_on="2027-11-07", closes_time="01:30")
    answer = browser.post("/desk/rounds/new", data=data)
    assert answer.status_code == 303
    assert session.query(Round).one().closes_at == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    session.rollback()
    text = text_of(browser.get(answer.headers["Location"]).text)
    assert "1:30 AM EST" in text
    assert "this time comes twice" in text


def _round(browser: Any, **more: str) -> dict[str, Any]:
    fields = form_fields(browser.get("/desk/rounds/new").text)
    return {
        **fields,
        "title": "A round",
        "summary": "For programs.",
        "opens_on": "2026-12-01",
        "opens_time": "09:00",
        "decision_by": "2029-01-10",
        "listing_starts_on": "2029-07-01",
        "listing_ends_on": "2030-06-30",
        "categories": ["stem"],
        **more,
    }


def test_local_noon_is_one_instant_everywhere():
    assert local_moment_utc(date(2026, 11, 1), time(12)).tzinfo is UTC
    assert CLOSES.astimezone(clock.DISTRICT_ZONE).tzname() == "EST"
