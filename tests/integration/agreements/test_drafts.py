"""Drafts keep everything that is typed, say what is wrong in plain words, and are sent only when they are whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import Place, looking
from tests.integration.agreements.test_walk import SCOPE, hidden, start, write
from tests.support.client import CheckingClient
from vetting.forms.fields import cents_of, money_text
from vetting.models import AgreementState, Role, User

Browser = Callable[[User], CheckingClient]

MISTAKES = (
    ("money", "amount", "a lot", "Enter an amount in dollars"),
    ("money", "amount", "-5", "Enter an amount in dollars"),
    ("money", "amount", "1,00", "Enter an amount in dollars"),
    ("money", "amount", "9999999999999", "one billion dollars or less"),
    ("money", "amount", "8,500.01", "The payments come to $8,500."),
    ("money", "payments-0-what", "", "Give the day, the amount and what it is for"),
    ("money", "funding_source", "none", "Say where the money comes from"),
    ("money", "funding_source", "lottery", "Not a valid choice"),
    ("service", "students_planned", "many", "Enter a whole number"),
    ("service", "students_planned", "0", "from 1 to 5,000"),
    ("service", "starts_on", "2026-02-31", "Enter a day as year-month-day"),
    ("service", "ends_on", "2020-01-01", "must not be before the first day"),
    ("service", "services", "x" * 5001, "Shorten this to 5,000 characters or fewer"),
    ("service", "sites-0-name", "Room\x00 1", "hidden characters"),
    ("service", "sessions-0-ends", "2 pm", "The end must be after the start"),
    ("service", "sessions-0-starts", "25:00", "Enter a time such as 3:30 p.m."),
    ("service", "sessions-0-starts", "", "Choose the days and both times"),
    ("purpose", "goals-0-goal", "", "Say what the goal is"),
    ("purpose", "reporting_dates-0-day", "soon", "Enter a day as year-month-day"),
    ("roles", "contacts-0-email", "not an address", "Enter the name of the contact"),
)

KEPT = {"service": "A rehearsal each week.", "purpose": "feel that they belong", "roles": "Brings teachers."}


def test_each_mistake_is_named_and_nothing_typed_is_lost(place: Place, browser_for: Browser, session: Session) -> None:
    leader, agreement = start(place, browser_for, session)
    with looking(session):
        before = dict(agreement.draft)
    for key, name, value, words in MISTAKES:
        answer = leader.post(f"/agreements/{agreement.reference}/edit/{key}", data={**SCOPE[key], name: value})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422, (name, value)
        assert words in page, (name, value)
        assert KEPT.get(key, "2027-01-31") in page or name == "services", (name, value)
    with looking(session):
        session.refresh(agreement)
        assert agreement.draft == before


def test_a_draft_with_gaps_is_kept_and_comes_back(place: Place, browser_for: Browser, session: Session) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}"
    some = {
        "service": {"services": "Only this so far"},
        "purpose": {"goals-0-goal": "Reading"},
        "money": {"amount": "1,250.5", "funding_source": "other"},
    }
    write(leader, agreement, some)
    for key, text in (("service", "Only this so far"), ("purpose", 'value="Reading"'), ("money", 'value="1,250.50"')):
        assert text in leader.get(f"{at}/edit/{key}").get_data(as_text=True)
    assert "There is no text to read yet" in leader.get(f"{at}/text").get_data(as_text=True)
    sending = leader.get(f"{at}/send").get_data(as_text=True)
    assert "Fill in “Place” before you send the agreement." in sending
    refused = leader.post(f"{at}/send", data={})
    assert refused.status_code == 409
    with looking(session):
        session.refresh(agreement)
        assert agreement.state is AgreementState.DRAFT


def test_a_row_can_be_added_without_script_and_without_losing_text(
    place: Place, browser_for: Browser, session: Session
) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}/edit/service"
    page = leader.post(at, data={**SCOPE["service"], "add": "sessions"}).get_data(as_text=True)
    assert 'name="sessions-1-days"' in page
    assert "A rehearsal each week." in page


def test_an_older_page_does_not_overwrite_a_newer_one_and_other_parts_go_on(
    place: Place, browser_for: Browser, session: Session
) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}/edit/service"
    seen = hidden(leader.get(at).get_data(as_text=True), "seen")
    assert leader.post(at, data={**SCOPE["service"], "seen": seen}).status_code == 303
    write(leader, agreement, {"roles": SCOPE["roles"]})
    late = leader.post(at, data={**SCOPE["service"], "services": "My own words", "seen": seen})
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "My own words" in page
    assert "A rehearsal each week." in page
    again = leader.post(at, data={**SCOPE["service"], "services": "My own words", "seen": hidden(page, "seen")})
    assert again.status_code == 303


def test_a_draft_saves_by_itself_and_says_what_it_could_not_save(
    place: Place, browser_for: Browser, session: Session
) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}/edit/money"
    seen = hidden(leader.get(at).get_data(as_text=True), "seen")
    wrong = leader.post(f"{at}/autosave", data={**SCOPE["money"], "amount": "a lot", "seen": seen})
    assert wrong.status_code == 422
    assert "Total price" in wrong.json["message"]
    saved = leader.post(f"{at}/autosave", data={**SCOPE["money"], "seen": seen})
    assert saved.json["saved_at"]
    more = {**SCOPE["money"], "payment_schedule": "By bank transfer"}
    assert leader.post(f"{at}/autosave", data={**more, "seen": seen}).status_code == 409
    assert leader.post(f"{at}/autosave", data={**more, "seen": saved.json["fields"]["seen"]}).status_code == 200
    with looking(session):
        session.refresh(agreement)
        assert (agreement.amount_cents, agreement.draft["payment_schedule"]) == (850_000, "By bank transfer")


def test_more_money_than_the_school_has_left_is_refused(place: Place, browser_for: Browser, session: Session) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}"
    much = {**SCOPE["money"], "amount": "84,120.01", "payments-0-amount": "84,120.01"}
    write(leader, agreement, {**SCOPE, "money": much})
    page = leader.get(f"{at}/send").get_data(as_text=True)
    assert "The Partnership Fund has $84,120.00 left for this school. The agreement needs $84,120.01." in page


TAILS = (
    *("", "/edit", "/edit/money", "/talk", "/compare", "/change", "/renew", "/end", "/text", "/send", "/sign"),
    *("/progress", "/document.pdf", "/decline"),
)


def test_strangers_cannot_tell_an_agreement_from_one_that_does_not_exist(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    _leader, agreement = start(place, browser_for, session)
    others = [make.leader(make.school()), make.person("Ray Reviewer", Role.REVIEWER), make.person()]
    session.commit()
    for user in others:
        browser = browser_for(user)
        for tail in TAILS:
            assert browser.get(f"/agreements/{agreement.reference}{tail}").status_code == 404, (user.name, tail)


@pytest.mark.parametrize(
    ("text", "cents"), [("$18,500", 1850000), ("18500.5", 1850050), ("0.07", 7), ("$ 1,000.00", 100000)]
)
def test_amounts_are_read_to_the_cent(text: str, cents: int) -> None:
    assert cents_of(text) == cents
    assert cents_of(money_text(cents)) == cents
