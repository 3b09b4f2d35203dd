"""What the pages of the last signature and of renewals answer at their edges: never a breakdown, never a wrong no."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.countersigning.conftest import Wait, district_place
from tests.integration.countersigning.test_together import draw_up, form_of, newest
from tests.support.client import CheckingClient
from tests.support.proving import prove
from vetting import clock
from vetting.calendar_days import school_year_of
from vetting.jobs import signing_batch
from vetting.models import Agreement, Conflict, ConflictState, Organization, SignerState, User
from vetting.text import say
from vetting.views.renewal_runs import said
from vetting.workflows.commands import GiveConsent

Desk = Callable[[User], CheckingClient]


def test_a_list_of_which_nothing_may_be_seen_any_more_is_not_signed(
    dee: User, waits: Wait, partner: Organization, at_desk: Desk, session: Session
) -> None:
    browser = at_desk(dee)
    address = draw_up(browser, [waits(), waits()])
    batch = newest(session)
    form = form_of(batch)
    prove(browser, session, dee.email, batch.digest, address)
    session.rollback()
    declared = Conflict(user_id=dee.id, organization_id=partner.id, state=ConflictState.DECLARED)
    session.add(declared)
    session.commit()
    assert browser.get(address).status_code == 200
    assert partner.legal_name not in browser.get(address).get_data(as_text=True)
    assert browser.post(address, data=form).location == address
    assert newest(session).given_at is None


def test_consent_given_for_a_list_counts_after_an_earlier_one_was_taken_back(
    dee: User,
    waits: Wait,
    at_desk: Desk,
    session: Session,
    sessions: sessionmaker[Session],
    make: Factory,
) -> None:
    agreements = [waits(), waits()]
    place = district_place(session, agreements[0])
    person = make.actor(dee, address="203.0.113.7", agent="Firefox", method="password")
    make.take("signer", place, "consent", person, data=GiveConsent("electronic-records-1", "ab" * 32))
    make.take("signer", place, "withdraw_consent", person)
    session.commit()
    browser = at_desk(dee)
    address = draw_up(browser, agreements)
    batch = newest(session)
    number = batch.id
    prove(browser, session, dee.email, batch.digest, address)
    assert browser.post(address, data=form_of(batch)).status_code == 303
    session.rollback()
    signing_batch.work(sessions, number, lambda: False)
    states = [district_place(session, one).state for one in agreements]
    assert states == [SignerState.SIGNED, SignerState.SIGNED]


def test_consent_taken_back_after_the_act_is_not_given_again(
    dee: User,
    waits: Wait,
    at_desk: Desk,
    session: Session,
    sessions: sessionmaker[Session],
    make: Factory,
) -> None:
    agreements = [waits(), waits()]
    browser = at_desk(dee)
    address = draw_up(browser, agreements)
    batch = newest(session)
    number = batch.id
    prove(browser, session, dee.email, batch.digest, address)
    assert browser.post(address, data=form_of(batch)).status_code == 303
    session.rollback()
    place = district_place(session, agreements[1])
    person = make.actor(dee, address="203.0.113.7", agent="Firefox", method="password")
    make.take("signer", place, "consent", person, data=GiveConsent("electronic-records-1", "ab" * 32))
    make.take("signer", place, "withdraw_consent", person)
    session.commit()
    signing_batch.work(sessions, number, lambda: False)
    states = [district_place(session, one).state for one in agreements]
    assert states == [SignerState.SIGNED, SignerState.INVITED]


def test_any_place_in_a_plan_can_be_asked_for(
    at_desk: Desk, make: Factory, session: Session, partner: Organization
) -> None:
    cora = make.coordinator("Cora Coordinator")
    agreement: Agreement = make.agreement(make.partnership(partner))
    agreement.ends_on = clock.today() + timedelta(days=60)
    session.commit()
    make.in_force(agreement)
    session.commit()
    browser = at_desk(cora)
    year = school_year_of(clock.today() + timedelta(days=60))
    address = browser.post("/desk/renewal-runs", data={"school_year": year}).location
    for after in ("-1" + "0" * 30, "1" + "0" * 30, "-2", "x", "9" * 5000):
        assert browser.get(f"{address}?after={after}").status_code == 200, after[:40]


@pytest.mark.parametrize("name", ["Jean-Li-Wu", "2027-99-99", "٢٠٢٧-٠٦-٣٠"])
def test_a_name_that_only_looks_like_a_day_is_shown_as_it_is(name: str, app: Flask) -> None:
    kept = say("%(name)s signs first.", name=name).as_data()
    with app.test_request_context("/"):
        assert said(kept) == f"{name} signs first."
