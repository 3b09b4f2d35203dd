"""Checking, sending, the receipt, where it stands, and taking it back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.pages import form_fields, text_of
from vetting.models import Application, ApplicationState, OutboxMessage, Outcome, Role
from vetting.workflows.commands import DraftDecision


@pytest.fixture
def full(make: Any, draft: Any) -> Any:
    """A registration that is ready to be sent."""
    make.fill(draft)
    return draft


def state(session: Any, application: Any) -> ApplicationState:
    found = session.query(Application.state).filter(Application.id == application.id).scalar()
    session.rollback()
    return ApplicationState(found)


def test_an_unfinished_application_says_what_is_missing(owner: Any, draft: Any, session: Any) -> None:
    url = f"/apply/{draft.reference}/check"
    assert "Before you can send" in text_of(owner.get(url).text)
    response = owner.post(url, data={})
    assert response.status_code == 422
    assert "still open before you send" in text_of(response.text)
    assert state(session, draft) is ApplicationState.DRAFT


def test_sending_gives_a_receipt_and_a_message(owner: Any, full: Any, session: Any) -> None:
    url = f"/apply/{full.reference}/check"
    page = owner.get(url).text
    assert "Change" in text_of(page)
    response = owner.post(url, data=form_fields(page, url))
    assert response.status_code == 303
    text = text_of(owner.get(response.location).text)
    assert full.reference in text
    assert "There is nothing for you to do now" in text
    assert ("EST" in text) or ("EDT" in text)
    assert state(session, full) is ApplicationState.SUBMITTED
    topics = [message.topic for message in session.query(OutboxMessage)]
    session.rollback()
    assert "application.received" in topics
    twice = owner.post(url, data=form_fields(page, url))
    assert twice.status_code == 303
    assert session.query(OutboxMessage).filter(OutboxMessage.topic == "application.received").count() == len(
        [topic for topic in topics if topic == "application.received"]
    )


def test_an_older_page_does_not_send(make: Any, owner: Any, full: Any, session: Any) -> None:
    url = f"/apply/{full.reference}/check"
    fields = form_fields(owner.get(url).text, url)
    section = f"/apply/{full.reference}/sections/organization"
    owner.post(section, data=form_fields(owner.get(section).text) | {"q_city": "Quincy"})
    response = owner.post(url, data=fields)
    assert response.status_code == 409
    assert state(session, full) is ApplicationState.DRAFT


def test_after_sending_nothing_can_be_changed(owner: Any, make: Any, full: Any, session: Any) -> None:
    section = f"/apply/{full.reference}/sections/organization"
    fields = form_fields(owner.get(section).text)
    make.take("application", full, "submit", make.actor(make.owner_of(full.organization)))
    assert owner.get(section).status_code == 302
    response = owner.post(section, data=fields | {"q_city": "Elsewhere"})
    assert response.status_code == 409
    assert "Elsewhere" in response.text


def test_status_says_who_acts_and_by_when(make: Any, owner: Any, full: Any) -> None:
    make.take("application", full, "submit", make.actor(make.owner_of(full.organization)))
    text = text_of(owner.get(f"/apply/{full.reference}").text)
    assert "We have it. Nothing for you to do." in text
    assert "We aim to decide by" in text
    assert "not a promise" in text
    assert "Sent" in text


def test_a_drafted_decision_does_not_show(make: Any, owner: Any, full: Any) -> None:
    make.take("application", full, "submit", make.actor(make.owner_of(full.organization)))
    make.in_review(full)
    url = f"/apply/{full.reference}"
    assert "We are reviewing it. Nothing for you to do." in text_of(owner.get(url).text)
    for review in list(full.reviews):
        make.rate(review)
    undecided = owner.get(url).text
    assert "The review is done. We decide soon." in text_of(undecided)
    director = make.director("Dan Drafter")
    finding = {"standard": "P2", "name": "Safe", "result": "meets", "reason": "Seen."}
    draft = DraftDecision(Outcome.APPROVE, "A clear decision.", (finding,))
    make.take("application", full, "draft_decision", make.actor(director), data=draft)
    drafted = owner.get(url).text
    assert text_of(drafted) == text_of(undecided)
    assert "Drafter" not in drafted
    assert "Cora" not in drafted


def test_a_copy_has_every_answer_and_document(owner: Any, full: Any) -> None:
    text = text_of(owner.get(f"/apply/{full.reference}/copy").text)
    assert "Legal name" in text
    assert "Not sent yet" in text
    assert "SHA-256" in text


def test_withdrawing_asks_first_and_keeps_the_reason(owner: Any, full: Any, session: Any) -> None:
    url = f"/apply/{full.reference}/withdraw"
    page = owner.get(url).text
    assert "does not count against you" in text_of(page)
    response = owner.post(url, data=form_fields(page, url) | {"reason": "We moved away."})
    assert response.status_code == 303
    assert state(session, full) is ApplicationState.WITHDRAWN
    assert "You withdrew it" in text_of(owner.get(response.location).text)


def test_an_editor_does_not_withdraw(make: Any, browser_for: Any, full: Any) -> None:
    editor = make.person()
    make.grant(editor, Role.ORG_EDITOR, organization=full.organization)
    assert browser_for(editor).get(f"/apply/{full.reference}/withdraw").status_code == 403


def test_home_shows_each_case_and_costs_the_same_for_many(make: Any, owner: Any, full: Any, statements: Any) -> None:
    with statements() as sent:
        text = text_of(owner.get("/apply").text)
    few = len(sent)
    assert full.reference in text
    person = make.owner_of(full.organization)
    for _each in range(5):
        make.registration(make.organization(person))
    with statements() as sent:
        owner.get("/apply")
    assert len(sent) == few


@pytest.mark.parametrize("page", ["", "/documents", "/check", "/copy", "/documents/coi_general_liability"])
def test_pages_of_a_draft_cost_the_same_for_few_documents_and_many(
    make: Any, owner: Any, full: Any, statements: Any, page: str
) -> None:
    url = f"/apply/{full.reference}{page}"
    with statements() as sent:
        assert owner.get(url).status_code == 200
    few = len(sent)
    for _each in range(10):
        make.attach(full, "reference_letter")
    make.session.rollback()
    with statements() as sent:
        owner.get(url)
    assert len(sent) == few
    assert few <= 14


def test_status_page_budget(make: Any, owner: Any, full: Any, statements: Any) -> None:
    make.take("application", full, "submit", make.actor(make.owner_of(full.organization)))
    with statements() as sent:
        owner.get(f"/apply/{full.reference}")
    assert len(sent) <= 10
