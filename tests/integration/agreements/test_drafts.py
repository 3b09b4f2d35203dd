"""Drafts keep everything that is typed, say what is wrong in plain words, and are sent only when they are whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import Place, looking
from tests.integration.agreements.test_walk import SCOPE, start, version_on
from tests.support.client import CheckingClient
from vetting.forms.fields import cents_of, money_text
from vetting.models import AgreementState, Role, User

Browser = Callable[[User], CheckingClient]

MISTAKES = (
    ("amount", "a lot", "Enter an amount in dollars"),
    ("amount", "-5", "Enter an amount in dollars"),
    ("amount", "1,00", "Enter an amount in dollars"),
    ("amount", "9999999999999", "one billion dollars or less"),
    ("students_planned", "many", "Enter a whole number"),
    ("students_planned", "0", "from 1 to 5,000"),
    ("starts_on", "2026-02-31", "Enter a day as year-month-day"),
    ("ends_on", "2020-01-01", "must not be before the first day"),
    ("services", "x" * 5001, "Shorten this to 5,000 characters or fewer"),
    ("place", "Room\x00 1", "hidden characters"),
    ("goals-0-goal", "", "Say what the goal is"),
    ("contacts-0-email", "not an address", "Enter the name of the contact"),
    ("reporting_dates-0-day", "soon", "Enter a day as year-month-day"),
    ("funding_source", "none", "Say where the money comes from"),
    ("funding_source", "lottery", "Not a valid choice"),
)


def test_each_mistake_is_named_and_nothing_typed_is_lost(place: Place, browser_for: Browser, session: Session) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}/edit"
    version = version_on(leader.get(at).get_data(as_text=True))
    for name, value, words in MISTAKES:
        answer = leader.post(at, data={**SCOPE, name: value, "version": version})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422, (name, value)
        assert words in page, (name, value)
        assert "A rehearsal each week." in page or name == "services", (name, value)
    with looking(session):
        session.refresh(agreement)
        assert agreement.draft == {}


def test_a_draft_with_gaps_is_kept_and_comes_back(place: Place, browser_for: Browser, session: Session) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}"
    version = version_on(leader.get(f"{at}/edit").get_data(as_text=True))
    some = {"services": "Only this so far", "goals-0-goal": "Reading", "amount": "1,250.5", "funding_source": "other"}
    assert leader.post(f"{at}/edit", data={**some, "version": version}).status_code == 303
    page = leader.get(f"{at}/edit").get_data(as_text=True)
    for text in ("Only this so far", 'value="Reading"', 'value="1,250.50"'):
        assert text in page
    assert "There is no text to read yet" in leader.get(f"{at}/text").get_data(as_text=True)
    sending = leader.get(f"{at}/send").get_data(as_text=True)
    assert "Fill in “Days and times” before you send the agreement." in sending
    refused = leader.post(f"{at}/send", data={})
    assert refused.status_code == 409
    with looking(session):
        session.refresh(agreement)
        assert agreement.state is AgreementState.DRAFT


def test_a_row_can_be_added_without_script_and_without_losing_text(
    place: Place, browser_for: Browser, session: Session
) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}/edit"
    version = version_on(leader.get(at).get_data(as_text=True))
    page = leader.post(at, data={**SCOPE, "version": version, "add": "goals"}).get_data(as_text=True)
    assert 'name="goals-1-goal"' in page
    assert "A rehearsal each week." in page


def test_an_older_page_does_not_overwrite_a_newer_one(place: Place, browser_for: Browser, session: Session) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}/edit"
    version = version_on(leader.get(at).get_data(as_text=True))
    leader.post(at, data={**SCOPE, "version": version})
    late = leader.post(at, data={**SCOPE, "services": "My own words", "version": version})
    assert late.status_code == 409
    assert "My own words" in late.get_data(as_text=True)


def test_more_money_than_the_school_has_left_is_refused(place: Place, browser_for: Browser, session: Session) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}"
    version = version_on(leader.get(f"{at}/edit").get_data(as_text=True))
    leader.post(f"{at}/edit", data={**SCOPE, "amount": "84,120.01", "version": version})
    page = leader.get(f"{at}/send").get_data(as_text=True)
    assert "The Partnership Fund has $84,120.00 left for this school. The agreement needs $84,120.01." in page


def test_strangers_cannot_tell_an_agreement_from_one_that_does_not_exist(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    _leader, agreement = start(place, browser_for, session)
    others = [make.leader(make.school()), make.person("Ray Reviewer", Role.REVIEWER), make.person()]
    session.commit()
    for user in others:
        browser = browser_for(user)
        for tail in ("", "/edit", "/text", "/send", "/sign", "/progress", "/document.pdf", "/decline"):
            assert browser.get(f"/agreements/{agreement.reference}{tail}").status_code == 404, (user.name, tail)


@pytest.mark.parametrize(
    ("text", "cents"), [("$18,500", 1850000), ("18500.5", 1850050), ("0.07", 7), ("$ 1,000.00", 100000)]
)
def test_amounts_are_read_to_the_cent(text: str, cents: int) -> None:
    assert cents_of(text) == cents
    assert cents_of(money_text(cents)) == cents
