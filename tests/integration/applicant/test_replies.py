"""Answering one thing: only that reopens, and the last answer gives the case back to the office."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from tests.support.pages import form_fields, text_of
from vetting import clock
from vetting.models import Answer, Application, ApplicationState, Program, RequestItem
from vetting.workflows.commands import RequestedItem, RequestInformation


@pytest.fixture
def asked(make: Any, draft: Any) -> str:
    """The reference of a case in which the office asks for a document and an answer."""
    make.submitted(draft)
    boss = make.actor(make.coordinator())
    make.take("application", draft, "screen", boss)
    items = (
        RequestedItem(RequestItem.DOCUMENT, "safety_plan", "The plan has no page on emergencies."),
        RequestedItem(RequestItem.QUESTION, "mission", "Say whom you serve."),
    )
    command = RequestInformation(items, clock.today() + timedelta(days=10))
    make.take("application", draft, "request_information", boss, data=command)
    reference: str = draft.reference
    make.session.rollback()
    return reference


def state_of(session: Any, reference: str) -> str:
    found = session.query(Application.state).filter(Application.reference == reference).scalar()
    session.rollback()
    return str(found)


def test_the_status_page_puts_what_is_asked_first(owner: Any, asked: str) -> None:
    text = text_of(owner.get(f"/apply/{asked}").text)
    assert "We need 2 things from you by" in text
    assert "The plan has no page on emergencies." in text
    assert "Cora" not in text
    assert text.index("We need 2 things from you") < text.index("What has happened")


def test_one_document_and_one_answer_give_the_case_back(owner: Any, asked: str, pdf: bytes, session: Any) -> None:
    first = f"/apply/{asked}/requests/1"
    page = text_of(owner.get(first).text)
    assert "A good one:" in page
    assert "Why we ask" in page
    fields = form_fields(owner.get(first).text)
    data = fields | {name: "2026-02-01" for name in fields if name.endswith(("_on", "_until", "_from"))}
    sent = owner.post(first, data={**data, "files": (BytesIO(pdf), "plan.pdf")}, content_type="multipart/form-data")
    assert sent.status_code == 303
    assert state_of(session, asked) == ApplicationState.INFORMATION_REQUESTED

    second = f"/apply/{asked}/requests/2"
    page = owner.get(second).text
    fields = form_fields(page)
    assert [name for name in fields if name.startswith("q_")] == ["q_mission"]
    empty = owner.post(second, data=fields)
    assert empty.status_code == 422
    assert "Change your answer above" in text_of(empty.text)
    sent = owner.post(second, data=fields | {"q_mission": "We teach strings to children in Dorchester."})
    assert sent.status_code == 303
    assert state_of(session, asked) == ApplicationState.SCREENING
    answer = session.query(Answer).filter(Answer.question_key == "mission").one()
    assert answer.value == "We teach strings to children in Dorchester."
    session.rollback()
    assert owner.get(second).status_code == 302
    assert "You answered everything we asked for" in text_of(owner.get(f"/apply/{asked}").text)


def test_a_wrong_file_keeps_the_request_open(owner: Any, asked: str, session: Any) -> None:
    url = f"/apply/{asked}/requests/1"
    data = {"files": (BytesIO(b"MZ nothing good"), "plan.pdf")}
    response = owner.post(url, data=data, content_type="multipart/form-data")
    assert response.status_code == 422
    assert "program" in text_of(response.text)
    assert state_of(session, asked) == ApplicationState.INFORMATION_REQUESTED


@pytest.mark.parametrize("number", [0, 3, 10**20])
def test_requests_that_do_not_exist(owner: Any, asked: str, number: int) -> None:
    assert owner.get(f"/apply/{asked}/requests/{number}").status_code == 404


def test_another_organization_finds_nothing(make: Any, browser_for: Any, asked: str) -> None:
    stranger = browser_for(make.owner_of(make.organization()))
    assert stranger.get(f"/apply/{asked}/requests/1").status_code == 404


def test_the_answer_is_about_the_program_a_person_chooses(make: Any, draft: Any, owner: Any, session: Any) -> None:
    person = make.actor(make.owner_of(draft.organization))
    second = Program(reference="PRG-2345-6789", organization=draft.organization, name="Summer robotics")
    make.take("program", second, "add", person)
    make.submitted(draft)
    boss = make.actor(make.coordinator())
    make.take("application", draft, "screen", boss)
    items = (RequestedItem(RequestItem.QUESTION, "max_students", "How many can really take part?"),)
    command = RequestInformation(items, clock.today() + timedelta(days=10))
    make.take("application", draft, "request_information", boss, data=command)
    url, program_id = f"/apply/{draft.reference}/requests/1", second.id
    session.rollback()
    assert "Summer robotics" in text_of(owner.get(url).text)
    page = owner.get(f"{url}?program=PRG-2345-6789").text
    sent = owner.post(url, data=form_fields(page) | {"q_max_students": "17"})
    assert sent.status_code == 303
    rows = session.query(Answer.program, Answer.value).filter(Answer.question_key == "max_students")
    answers = {row.program: row.value for row in rows}
    assert answers[program_id] == 17
    assert sum(value == 17 for value in answers.values()) == 1
