"""A run does to each case what was planned, says so, and tells everybody once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from vetting import clock, outbox
from vetting.events import Event
from vetting.jobs import bulk
from vetting.models import (
    Application,
    ApplicationState,
    BulkAct,
    BulkItem,
    BulkItemState,
    BulkRun,
    BulkRunState,
    Conflict,
    HistoryEntry,
    RequestItem,
    Review,
    Role,
    RoleGrant,
    User,
)
from vetting.notifications.mail import Place
from vetting.notifications.mail import make as make_mail
from vetting.queries import tasklist
from vetting.text import Message
from vetting.worker import Worker
from vetting.workflows.commands import RequestedItem, RequestInformation
from vetting.workflows.engine import StepRefused

Screening = Callable[[User], Application]
PLACE = Place("http://localhost", "A district", "office@district.example", ("key",))


def never() -> bool:
    return False


def items(session: Session, run: BulkRun) -> list[BulkItem]:
    session.rollback()
    session.expire_all()
    query = sa.select(BulkItem).where(BulkItem.run_id == run.id).order_by(BulkItem.position)
    return list(session.scalars(query))


def said(item: BulkItem) -> str:
    """What the receipt says about a case."""
    return str(Message.of_data(item.outcome))


def assigning(*people: User) -> dict[str, Any]:
    return {"reviewers": [person.id for person in people]}


BY_HAND = {"mode": "person"}


def test_many_assignments_reach_a_reviewer_as_one_mail_when_the_run_is_over(
    make: Factory, session: Session, screening: Screening, plan: Any, mails: Any, sessions: sessionmaker[Session]
) -> None:
    cora, rita = make.coordinator(), make.reviewer("Rita Reviewer")
    cases = [screening(cora) for _ in range(3)]
    run = plan(cora, BulkAct.ASSIGN_REVIEWERS, BY_HAND, [(case, assigning(rita)) for case in cases])

    run_id, references = run.id, [case.reference for case in cases]
    calls = iter([False, False, True])
    assert not bulk.work(sessions, run_id, lambda: next(calls))
    session.rollback()
    (held,) = mails(Event.REVIEWS_ASSIGNED)
    assert held.available_at == outbox.HELD, "nothing leaves while the run goes on"
    session.rollback()

    assert bulk.work(sessions, run_id, never)
    assert [item.state for item in items(session, run)] == [BulkItemState.DONE] * 3
    assert [said(item) for item in items(session, run)] == ["Assigned: Rita Reviewer."] * 3
    (let_go,) = mails(Event.REVIEWS_ASSIGNED)
    assert let_go.available_at <= clock.now()
    assert mails(Event.REVIEW_ASSIGNED) == []
    mail = make_mail(session, let_go, PLACE)
    assert mail is not None
    assert mail.subject == "Cases for you to review: 3"
    assert all(reference in mail.text for reference in references)
    assert ", 20" not in mail.text, "a review has no due date of its own before its case goes to review"


def test_what_cannot_be_done_says_why_and_the_rest_goes_on(
    make: Factory, session: Session, screening: Screening, plan: Any, sessions: sessionmaker[Session]
) -> None:
    cora, rita = make.coordinator(), make.reviewer("Rita Reviewer")
    good, walled = screening(cora), screening(cora)
    make.take(
        "conflict",
        Conflict(user_id=rita.id, organization_id=walled.organization_id, reason=""),
        "declare",
        make.actor(rita),
    )
    run = plan(
        cora, BulkAct.ASSIGN_REVIEWERS, BY_HAND, [(good, assigning(rita)), (walled, assigning(rita))], start=False
    )
    assert run.items[0].action == assigning(rita)
    assert run.items[1].action["against"]["text"] == "This person has a conflict of interest with the organization."
    make.take("bulk_run", run, "start", make.actor(cora))

    assert bulk.work(sessions, run.id, never)
    done, refused = items(session, run)
    assert (done.state, refused.state) == (BulkItemState.DONE, BulkItemState.REFUSED)
    assert said(refused) == "This person has a conflict of interest with the organization."
    assert session.scalars(sa.select(Review).where(Review.application_id == walled.id)).all() == []


def test_a_case_is_done_whole_or_not_at_all(
    make: Factory, session: Session, screening: Screening, plan: Any, sessions: sessionmaker[Session]
) -> None:
    cora, rita, other = make.coordinator(), make.reviewer(), make.person("Not A Reviewer")
    case = screening(cora)
    run = plan(cora, BulkAct.ASSIGN_REVIEWERS, BY_HAND, [(case, assigning(rita, other))])
    assert bulk.work(sessions, run.id, never)
    (item,) = items(session, run)
    assert item.state is BulkItemState.REFUSED
    assert session.scalars(sa.select(Review)).all() == [], "the first of the two is taken back with the second"


def test_a_role_that_was_lost_meanwhile_counts(
    make: Factory, session: Session, screening: Screening, plan: Any, sessions: sessionmaker[Session]
) -> None:
    cora, rita = make.coordinator(), make.reviewer()
    case = screening(cora)
    run = plan(cora, BulkAct.ASSIGN_REVIEWERS, BY_HAND, [(case, assigning(rita))])
    grant = session.scalars(
        sa.select(RoleGrant).where(RoleGrant.user_id == cora.id, RoleGrant.role == Role.COORDINATOR)
    ).one()
    make.end_grant(grant)
    assert bulk.work(sessions, run.id, never)
    (item,) = items(session, run)
    assert item.state is BulkItemState.REFUSED
    assert "coordinator" in said(item)


def test_history_names_the_person_who_started_the_run(
    make: Factory, session: Session, plan: Any, sessions: sessionmaker[Session]
) -> None:
    cora = make.coordinator("Cora Coordinator")
    case = make.submitted()
    run = plan(cora, BulkAct.MOVE, {"step": "screen"}, [(case, {})])
    assert bulk.work(sessions, run.id, never)
    (item,) = items(session, run)
    german = {"Done: %(step)s.": "Erledigt: %(step)s.", "Start screening": "Sichtung beginnen"}
    words = Message.of_data(item.outcome).translated(german.__getitem__)
    assert words == "Erledigt: Sichtung beginnen.", "the receipt is kept in no language"
    entry = session.scalars(sa.select(HistoryEntry).where(HistoryEntry.step == "screen")).one()
    assert (entry.actor_id, entry.application_id) == (cora.id, case.id)


def test_a_stopped_run_leaves_the_rest_and_sends_what_was_done(
    make: Factory, session: Session, screening: Screening, plan: Any, mails: Any, sessions: sessionmaker[Session]
) -> None:
    cora, rita = make.coordinator(), make.reviewer()
    run = plan(cora, BulkAct.ASSIGN_REVIEWERS, BY_HAND, [(screening(cora), assigning(rita)) for _ in range(3)])
    calls = iter([False, True])
    bulk.work(sessions, run.id, lambda: next(calls))
    session.rollback()
    session.refresh(run)
    make.take("bulk_run", run, "cancel", make.actor(cora))
    assert bulk.work(sessions, run.id, never)
    found = items(session, run)
    assert [item.state for item in found] == [BulkItemState.DONE, BulkItemState.CANCELLED, BulkItemState.CANCELLED]
    (mail,) = mails(Event.REVIEWS_ASSIGNED)
    assert mail.available_at <= clock.now()
    assert "Cases for you to review: 1" in (make_mail(session, mail, PLACE) or mail).subject  # type: ignore[union-attr]


def test_applicants_are_reminded_once_a_day(
    make: Factory, session: Session, screening: Screening, plan: Any, mails: Any, sessions: sessionmaker[Session]
) -> None:
    cora = make.coordinator()
    asked, idle = screening(cora), screening(cora)
    wanted = RequestedItem(RequestItem.DOCUMENT, "irs_determination_letter", "It is not readable.")
    make.take(
        "application",
        asked,
        "request_information",
        make.actor(cora),
        data=RequestInformation((wanted,), clock.today() + timedelta(days=5)),
    )
    for expected in (BulkItemState.DONE, BulkItemState.REFUSED):
        run = plan(cora, BulkAct.REMIND, {"whom": "applicants"}, [(asked, {}), (idle, {})])
        assert bulk.work(sessions, run.id, never)
        found = items(session, run)
        assert [item.state for item in found] == [expected, BulkItemState.REFUSED]
    assert said(found[0]) == "A reminder went out today already."
    (mail,) = mails(Event.INFORMATION_REMINDED)
    text = make_mail(session, mail, PLACE)
    assert text is not None
    assert text.subject.startswith("Reminder. We need one thing from you by")


def test_reviewers_are_reminded_of_all_their_cases_in_one_mail(
    make: Factory, session: Session, plan: Any, mails: Any, sessions: sessionmaker[Session]
) -> None:
    cora, rita = make.coordinator(), make.reviewer()
    cases = [make.in_review(reviewers=[rita], coordinator=cora) for _ in range(2)]
    run = plan(cora, BulkAct.REMIND, {"whom": "reviewers"}, [(case, {}) for case in cases])
    assert bulk.work(sessions, run.id, never)
    assert {item.state for item in items(session, run)} == {BulkItemState.DONE}
    assert len(mails(Event.REVIEWS_REMINDED)) == 1
    assert mails(Event.REVIEW_REMINDED) == []


def test_a_document_is_asked_for_and_a_case_given_away(
    make: Factory, session: Session, screening: Screening, plan: Any, mails: Any, sessions: sessionmaker[Session]
) -> None:
    cora, carl = make.coordinator(), make.coordinator("Carl Colleague")
    case = screening(cora)
    due = (clock.today() + timedelta(days=9)).isoformat()
    key = asked_document(case)
    parameters = {"document": key, "reason": "The year is missing.", "due_on": due}
    run = plan(cora, BulkAct.REQUEST_DOCUMENT, parameters, [(case, {})])
    assert bulk.work(sessions, run.id, never)
    run = plan(cora, BulkAct.HAND_OVER, {"person": carl.id}, [(case, {})])
    assert bulk.work(sessions, run.id, never)
    session.rollback()
    session.refresh(case)
    assert case.state is ApplicationState.INFORMATION_REQUESTED
    assert [(request.item_key, request.reason) for request in case.requests] == [(key, "The year is missing.")]
    assert case.coordinator_id == carl.id
    assert len(mails(Event.CASE_HANDED_OVER)) == 1
    session.refresh(run)
    assert run.state is BulkRunState.FINISHED


def asked_document(case: Application) -> str:
    """A document that the form of the case asks for."""
    return next(need.type for section in tasklist.form_of(case).sections for need in section.documents)


def test_only_the_person_who_planned_it_starts_it(make: Factory, plan: Any) -> None:
    cora, other = make.coordinator(), make.coordinator("Other Coordinator")
    run = plan(cora, BulkAct.MOVE, {"step": "screen"}, [(make.submitted(), {})], start=False)
    with pytest.raises(StepRefused, match="Only the person who planned this"):
        make.take("bulk_run", run, "start", make.actor(other))


def test_the_worker_finds_the_run_and_then_sends_its_mail(
    app: Flask, make: Factory, session: Session, screening: Screening, plan: Any, mails: Any
) -> None:
    cora, rita = make.coordinator(), make.reviewer()
    run = plan(cora, BulkAct.ASSIGN_REVIEWERS, BY_HAND, [(screening(cora), assigning(rita)) for _ in range(2)])
    address = rita.email
    with app.app_context():
        Worker(app).drain()
    assert {item.state for item in items(session, run)} == {BulkItemState.DONE}
    (mail,) = mails(Event.REVIEWS_ASSIGNED)
    assert mail.delivered_at is not None
    spool: Path = app.config["SETTINGS"].instance / "mail"
    sent = [file.read_text() for file in spool.iterdir() if f"To: {address}" in file.read_text()]
    assert len([text for text in sent if "Cases for you to review: 2" in text]) == 1
