"""The yearly renewal: what the plan says is what happens, one by one, and nothing of what was left out."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import clock
from vetting.calendar_days import school_year_of
from vetting.extensions import db
from vetting.jobs import renewal_run
from vetting.models import (
    Agreement,
    AgreementOrigin,
    AgreementState,
    Conflict,
    Organization,
    OutboxMessage,
    RenewalItem,
    RenewalItemState,
    RenewalRun,
    RenewalRunState,
    RenewalWay,
    User,
)
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.renewal_runs import RENEWAL_RUN

Desk = Callable[[User], CheckingClient]


@pytest.fixture
def cora(make: Factory, session: Session) -> User:
    person = make.coordinator("Cora Coordinator")
    session.commit()
    return person


@pytest.fixture
def ends(make: Factory, session: Session, partner: Organization) -> Callable[..., Agreement]:
    """An agreement in force that ends in this school year; ``renews`` by itself or not."""

    def made(organization: Organization | None = None, *, renews: bool = False) -> Agreement:
        agreement = make.agreement(make.partnership(organization or partner))
        agreement.ends_on = clock.today() + timedelta(days=60)
        agreement.draft = {**agreement.draft, "renews": renews}
        session.commit()
        make.in_force(agreement)
        session.commit()
        return agreement

    return made


def year() -> str:
    return school_year_of(clock.today() + timedelta(days=60))


def planned(session: Session) -> RenewalRun:
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(RenewalRun).order_by(RenewalRun.id.desc())).first()  # type: ignore[return-value]


def lines(session: Session) -> dict[str, RenewalItem]:
    """The newest run's lines by the agreement's reference."""
    return {item.agreement.reference: item for item in planned(session).items}


def mails(session: Session) -> set[tuple[str, str, int]]:
    """Every mail that is queued: what it is about and who gets it."""
    topics = ("agreement.renewing", "agreement.renewal_drafted")
    found = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic.in_(topics))).all()
    session.rollback()
    return {(mail.topic, mail.recipient, int(mail.payload["subject_id"])) for mail in found}


def start(make: Factory, session: Session, person: User) -> int:
    run = planned(session)
    number = run.id
    with unit_of_work(session):
        engine.run(session, RENEWAL_RUN, run, "start", make.actor(person))
    session.rollback()
    return number


def test_what_the_plan_says_is_what_happens(
    cora: User,
    ends: Callable[..., Agreement],
    make: Factory,
    session: Session,
    sessions: sessionmaker[Session],
    at_desk: Desk,
) -> None:
    by_itself, to_draft, objected = ends(renews=True), ends(), ends(renews=True)
    leader = make.actor(session.get_one(User, objected.created_by_id))
    make.take("agreement", objected, "object", leader, reason="The program has changed.")
    references = {"notice": by_itself.reference, "draft": to_draft.reference, "none": objected.reference}
    session.commit()
    browser = at_desk(cora)
    answer = browser.post("/desk/renewal-runs", data={"school_year": year()})
    page = browser.get(answer.location).get_data(as_text=True)
    assert {ref: item.way.value for ref, item in lines(session).items()} == {v: k for k, v in references.items()}
    assert "Somebody has said that it is not to be renewed." in page
    shown = browser.post(f"{answer.location}/mail").get_data(as_text=True)
    assert "Please read the draft for the next year" in shown, "the mail is shown before it is sent"
    assert mails(session) == set(), "and not sent by showing it"
    preview = browser.get(f"{answer.location}/drafts/{references['draft']}").get_data(as_text=True)
    assert "An after-school orchestra." in preview
    assert session.scalar(sa.select(sa.func.count(Agreement.id)).where(Agreement.follows_id.is_not(None))) == 0
    terms = lines(session)[references["draft"]].plan
    number = start(make, session, cora)
    assert "Under way" in browser.get(answer.location).get_data(as_text=True)
    session.rollback()
    assert renewal_run.work(sessions, number, lambda: False)
    after = lines(session)
    assert [after[references[way]].state for way in ("notice", "draft", "none")] == [
        RenewalItemState.DONE,
        RenewalItemState.DONE,
        RenewalItemState.PASSED_OVER,
    ]
    made = after[references["draft"]].made
    assert made is not None
    assert (made.origin, made.state, made.follows_id) == (
        AgreementOrigin.RENEWAL,
        AgreementState.DRAFT,
        after[references["draft"]].agreement_id,
    )
    assert (str(made.starts_on), str(made.ends_on)) == (terms["starts_on"], terms["ends_on"]), (
        "the days that were shown"
    )
    assert after[references["notice"]].agreement.notice_on == clock.today()
    told = {topic for topic, _recipient, _number in mails(session)}
    assert told == {"agreement.renewing", "agreement.renewal_drafted"}
    receipt = browser.get(answer.location).get_data(as_text=True)
    assert f"/agreements/{made.reference}" in receipt
    rows = list(csv.reader(io.StringIO(browser.get(f"{answer.location}/result.csv").get_data(as_text=True))))
    assert {row[0]: row[7] for row in rows[1:]} == {
        references["notice"]: "Done",
        references["draft"]: "Done",
        references["none"]: "Not renewed",
    }


def test_a_rehearsal_sends_what_the_run_sends(
    cora: User, ends: Callable[..., Agreement], make: Factory, session: Session, sessions: sessionmaker[Session]
) -> None:
    ends(renews=True), ends()
    with unit_of_work(session):
        renewal_run.plan(session, make.actor(cora), year())
    number = planned(session).id
    session.rollback()
    with sessions() as rehearsed:
        rehearsed.connection(execution_options={"writing": True})
        run = rehearsed.get_one(RenewalRun, number)
        run.state = RenewalRunState.RUNNING
        for act in renewal_run.rehearsals(rehearsed, number, 100):
            act(rehearsed)
        rehearsed.flush()
        topics = ("agreement.renewing", "agreement.renewal_drafted")
        shown = sorted(
            (mail.topic, mail.recipient)
            for mail in rehearsed.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic.in_(topics)))
        )
        rehearsed.rollback()
    start(make, session, cora)
    renewal_run.work(sessions, number, lambda: False)
    assert sorted((topic, recipient) for topic, recipient, _number in mails(session)) == shown
    assert shown


@pytest.mark.sqlite
def test_a_plan_is_read_and_its_mail_shown_while_others_write(
    app: Flask, cora: User, ends: Callable[..., Agreement], session: Session, at_desk: Desk
) -> None:
    """The page never holds the write lock; the mail holds it for one agreement after the other."""
    for _time in range(3):
        ends(renews=True)
    session.commit()
    browser = at_desk(cora)
    address = browser.post("/desk/renewal-runs", data={"school_year": year()}).location
    path = app.config["SETTINGS"].database_url.removeprefix("sqlite:///")
    free: list[str] = []

    def writes(*statement: Any) -> None:
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            free.append(statement[2])
        except sqlite3.OperationalError:
            free.append("")
        finally:
            other.close()

    with app.app_context():
        database = db.engine
    session.rollback()
    sa.event.listen(database, "before_cursor_execute", writes)
    try:
        assert browser.get(address).status_code == 200
        assert free
        assert all(free), "another connection could write before every statement of the page"
        free.clear()
        answer = browser.post(f"{address}/mail")
    finally:
        sa.event.remove(database, "before_cursor_execute", writes)
    assert answer.get_data(as_text=True).count("<details") >= 3
    assert "" in free, "what a rehearsal writes does hold it"
    begun = [statement for statement in free if statement.startswith("BEGIN")]
    assert len(begun) >= 3, "another could write before the mail of each agreement"


def test_what_is_not_ticked_is_left_out_with_a_reason(
    cora: User,
    ends: Callable[..., Agreement],
    make: Factory,
    session: Session,
    sessions: sessionmaker[Session],
    at_desk: Desk,
) -> None:
    keeps, goes = ends(), ends()
    names = [keeps.reference, goes.reference]
    browser = at_desk(cora)
    address = browser.post("/desk/renewal-runs", data={"school_year": year()}).location
    data = {"shown": names, "agreement": [names[0]], "reason": ""}
    refused = browser.post(address, data=data)
    assert refused.status_code == 422
    assert "Say why they are left out" in refused.get_data(as_text=True)
    browser.post(address, data={**data, "reason": "The school closes."})
    assert lines(session)[names[1]].state is RenewalItemState.LEFT_OUT
    assert "The school closes." in browser.get(address).get_data(as_text=True)
    number = start(make, session, cora)
    renewal_run.work(sessions, number, lambda: False)
    after = lines(session)
    assert [after[name].state for name in names] == [RenewalItemState.DONE, RenewalItemState.LEFT_OUT]
    assert session.scalar(sa.select(sa.func.count(Agreement.id)).where(Agreement.follows_id.is_not(None))) == 1
    late = browser.post(address, data={"shown": names, "agreement": names, "reason": "Again."})
    assert late.status_code == 409, "a plan that was carried out stays as it is"


def test_stopped_in_the_middle_it_goes_on_and_a_second_run_finds_nothing_to_do(
    cora: User, ends: Callable[..., Agreement], make: Factory, session: Session, sessions: sessionmaker[Session]
) -> None:
    ends(), ends(), ends(renews=True)
    with unit_of_work(session):
        renewal_run.plan(session, make.actor(cora), year())
    number = start(make, session, cora)
    turns = iter([False, True])
    assert not renewal_run.work(sessions, number, lambda: next(turns))
    states = [item.state for item in planned(session).items]
    session.rollback()
    assert states.count(RenewalItemState.DONE) == 1
    assert renewal_run.work(sessions, number, lambda: False)
    assert renewal_run.work(sessions, number, lambda: False), "a second worker finds it done"
    assert session.scalar(sa.select(sa.func.count(Agreement.id)).where(Agreement.follows_id.is_not(None))) == 2
    session.rollback()
    with unit_of_work(session):
        renewal_run.plan(session, make.actor(cora), year())
    again = planned(session).items
    assert {item.way for item in again} == {RenewalWay.NONE}, "everything was begun already"


def test_what_changed_since_the_plan_is_not_renewed(
    cora: User, ends: Callable[..., Agreement], make: Factory, session: Session, sessions: sessionmaker[Session]
) -> None:
    agreement = ends(renews=True)
    with unit_of_work(session):
        renewal_run.plan(session, make.actor(cora), year())
    leader = make.actor(session.get_one(User, agreement.created_by_id))
    make.take("agreement", agreement, "object", leader, reason="No longer needed.")
    number = start(make, session, cora)
    renewal_run.work(sessions, number, lambda: False)
    item = planned(session).items[0]
    assert item.state is RenewalItemState.REFUSED
    assert item.outcome["text"] == "Somebody has said that it is not to be renewed."
    assert item.agreement.notice_on is None


def test_nobody_plans_what_they_have_an_interest_in_or_carries_out_what_a_colleague_planned(
    cora: User, ends: Callable[..., Agreement], make: Factory, session: Session, at_desk: Desk, partner: Organization
) -> None:
    mine = ends().reference
    other = ends(make.partner("Paper Moon")).reference
    conflict = Conflict(user_id=cora.id, organization_id=partner.id, reason="")
    make.take("conflict", conflict, "declare", make.actor(cora))
    session.commit()
    browser = at_desk(cora)
    address = browser.post("/desk/renewal-runs", data={"school_year": year()}).location
    assert set(lines(session)) == {other}
    assert mine not in browser.get(address).get_data(as_text=True)
    colleague = make.coordinator("Other Person")
    session.commit()
    theirs: Any = at_desk(colleague)
    assert "Carry it out" not in theirs.get(address).get_data(as_text=True)
    reference = planned(session).reference
    assert theirs.post(f"/steps/renewal_run/{reference}/start", data={}).status_code == 409
    assert at_desk(make.person("Fin Ance")).get(address).status_code == 404
