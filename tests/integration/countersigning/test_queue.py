"""What waits for the district's signatory, in which order, and what is put on hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.countersigning.conftest import Wait, district_place, give
from tests.support.client import CheckingClient
from vetting import clock
from vetting.extensions import db
from vetting.jobs.calendar_day import DUE
from vetting.models import Agreement, Conflict, Organization, OutboxMessage, SigningHold, SigningHoldState, User
from vetting.workflows.engine import NotAllowed, NotVisible

Desk = Callable[[User], CheckingClient]


def text(browser: CheckingClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.get_data(as_text=True)


def test_the_oldest_is_first_and_only_what_waits_for_the_district_is_listed(
    dee: User, waits: Wait, at_desk: Desk, session: Session
) -> None:
    first, second, early = waits(), waits(), waits(sign=False)
    place = district_place(session, first)
    place.invited_at = clock.now() - timedelta(days=9)
    session.commit()
    page = text(at_desk(dee), "/countersigning")
    assert page.index(first.reference) < page.index(second.reference)
    assert "9 days" in page
    assert early.reference not in page, "the partner has not signed it yet"
    assert 'class="badge">2<' in page, "the navigation says how many wait"


def test_what_cannot_be_counted_does_not_take_the_page_along_that_says_so(
    app: Flask, dee: User, waits: Wait, at_desk: Desk
) -> None:
    waits()
    browser = at_desk(dee)

    def gone(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> tuple[str, Any]:
        return statement.replace("FROM signer", "FROM no_such_table"), parameters

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", gone, retval=True)
    try:
        answer = browser.get("/countersigning")
    finally:
        sa.event.remove(engine, "before_cursor_execute", gone)
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.get_data(as_text=True)


def test_filters_keep_to_what_was_chosen(dee: User, waits: Wait, at_desk: Desk, make: Factory) -> None:
    here, there = waits(), waits(make.partner("Paper Moon"))
    page = text(at_desk(dee), f"/countersigning?partner={there.organization.reference}")
    assert there.reference in page
    assert here.reference not in page
    assert "Nothing fits these filters" in text(at_desk(dee), "/countersigning?school=nowhere")


def test_next_goes_on_behind_the_last_one_and_ends_where_nothing_waits(dee: User, waits: Wait, at_desk: Desk) -> None:
    first, second = waits(), waits()
    browser = at_desk(dee)
    assert browser.get("/countersigning/next").location == f"/agreements/{first.reference}/sign"
    assert (
        browser.get(f"/countersigning/next?after={first.reference}").location == f"/agreements/{second.reference}/sign"
    )
    assert (
        browser.get(f"/countersigning/next?after={second.reference}").location == f"/agreements/{first.reference}/sign"
    )


def test_with_nothing_waiting_the_list_says_so(dee: User, at_desk: Desk) -> None:
    browser = at_desk(dee)
    assert "Nothing waits for your signature" in text(browser, "/countersigning")
    assert browser.get("/countersigning/next").location == "/countersigning"


def test_on_hold_it_leaves_the_list_the_drafter_reads_why_and_it_comes_back_by_itself(
    dee: User, waits: Wait, at_desk: Desk, session: Session, make: Factory
) -> None:
    agreement = waits()
    browser, day = at_desk(dee), clock.today() + timedelta(days=4)
    address = f"/countersigning/{agreement.reference}/hold"
    empty = browser.post(address, data={"reason": "", "wakes_on": ""})
    assert empty.status_code == 422
    past = browser.post(address, data={"reason": "The price is unclear.", "wakes_on": clock.today().isoformat()})
    assert past.status_code == 409
    assert "The price is unclear." in past.get_data(as_text=True), "nothing typed is lost"
    late = {"reason": "The price is unclear.", "wakes_on": (clock.today() + timedelta(days=90)).isoformat()}
    assert browser.post(address, data=late).status_code == 409, "it would lapse before it comes back"
    done = browser.post(address, data={"reason": "The price is unclear.", "wakes_on": day.isoformat()})
    assert done.location == "/countersigning"
    assert agreement.reference not in text(browser, "/countersigning")
    assert "The price is unclear." in text(browser, "/countersigning?pile=held")
    told = session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.signature_held"))
    assert f"user:{agreement.created_by_id}" in set(told)
    drafter = session.get_one(User, agreement.created_by_id)
    page = text(at_desk(drafter), f"/agreements/{agreement.reference}")
    assert "The price is unclear." in page, "the drafter sees that it is held, and why"
    again = browser.post(address, data={"reason": "Twice.", "wakes_on": day.isoformat()})
    assert again.status_code == 409
    wake(make, session, 4)
    assert agreement.reference in text(browser, "/countersigning")
    assert "Came back by itself" in text(browser, address), "the history of the hold stays"


def wake(make: Factory, session: Session, days: int) -> list[SigningHold]:
    """The daily round's acts on holds, some days from now."""
    now = clock.now() + timedelta(days=days)
    due: Any = next(row[2] for row in DUE if row[0] == "signing_hold")
    found = [
        session.get_one(SigningHold, number) for number in session.scalars(due(session, clock.local_date(now), now))
    ]
    for hold in found:
        make.take("signing_hold", hold, "wake", at=now)
    session.commit()
    return found


def test_a_hold_on_what_was_signed_meanwhile_ends_without_mail(
    dee: User, waits: Wait, at_desk: Desk, session: Session, make: Factory
) -> None:
    agreement = waits()
    day = clock.today() + timedelta(days=20)
    data = {"reason": "Later.", "wakes_on": day.isoformat()}
    assert at_desk(dee).post(f"/countersigning/{agreement.reference}/hold", data=data).status_code == 303
    give(make, district_place(session, agreement))
    assert [hold.state for hold in wake(make, session, 0)] == [SigningHoldState.WOKEN]
    woken = sa.select(sa.func.count(OutboxMessage.id)).where(OutboxMessage.topic == "agreement.signature_woken")
    assert session.scalar(woken) == 0


def test_nobody_else_puts_it_on_hold_or_takes_it_off(
    dee: User, waits: Wait, session: Session, make: Factory, at_desk: Desk
) -> None:
    agreement = waits()
    stranger = make.coordinator()
    session.commit()
    assert at_desk(stranger).get(f"/countersigning/{agreement.reference}/hold").status_code == 404
    assert at_desk(stranger).get("/countersigning").status_code == 403
    data = {"reason": "Later.", "wakes_on": (clock.today() + timedelta(days=3)).isoformat()}
    at_desk(dee).post(f"/countersigning/{agreement.reference}/hold", data=data)
    hold = session.scalars(sa.select(SigningHold)).one()
    with pytest.raises((NotAllowed, NotVisible)):
        make.take("signing_hold", hold, "lift", make.actor(stranger))
    session.rollback()
    lifted = at_desk(dee).post(f"/steps/signing_hold/{hold.id}/lift", data={"next": "/countersigning"})
    assert lifted.location == "/countersigning"
    assert agreement.reference in text(at_desk(dee), "/countersigning")


def test_what_the_signatory_has_an_interest_in_is_not_there(
    dee: User, waits: Wait, session: Session, make: Factory, partner: Organization, at_desk: Desk
) -> None:
    agreement = waits()
    conflict = Conflict(user_id=dee.id, organization_id=partner.id, reason="A friend works there.")
    make.take("conflict", conflict, "declare", make.actor(dee))
    session.commit()
    browser = at_desk(dee)
    assert agreement.reference not in text(browser, "/countersigning")
    assert browser.get(f"/countersigning/{agreement.reference}/hold").status_code == 404
    assert browser.get(f"/countersigning/{agreement.reference}/text").status_code == 404


def count_queries(browser: CheckingClient, address: str) -> int:
    counted: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        assert browser.get(address).status_code == 200
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    return len(counted)


def test_many_cost_no_more_questions_than_few(dee: User, waits: Wait, session: Session, at_desk: Desk) -> None:
    first = waits()
    copies(session, first, 9)
    browser = at_desk(dee)
    browser.get("/countersigning")
    few = count_queries(browser, "/countersigning")
    copies(session, first, 290)
    assert "300</span>" in text(browser, "/countersigning"), "the count in the navigation is not cut off"
    assert count_queries(browser, "/countersigning") == few
    assert few < 40


def copies(session: Session, agreement: Agreement, many: int) -> None:
    """More agreements that wait, as rows: what the list reads, without the walk that makes one."""
    from vetting import refs
    from vetting.models import AgreementVersion, Signer

    version = agreement.versions[-1]
    for _number in range(many):
        other = Agreement(**_columns(agreement, reference=refs.new_reference("AGR"), verify_code=refs.new_code()))
        session.add(other)
        session.flush()
        text_of = AgreementVersion(**_columns(version, agreement_id=other.id))
        session.add(text_of)
        session.flush()
        for signer in version.signers:
            session.add(Signer(**_columns(signer, agreement_version_id=text_of.id)))
    session.commit()


def _columns(row: Any, **other: Any) -> dict[str, Any]:
    kept = {column.key: getattr(row, column.key) for column in sa.inspect(type(row)).column_attrs}
    return {**{key: value for key, value in kept.items() if key != "id"}, **other}
