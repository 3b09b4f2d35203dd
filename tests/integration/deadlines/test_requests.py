"""Information requests: only what is asked for opens, one answer at a time, more time, taken back, answered late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.pages import form_fields, text_of
from vetting import clock
from vetting.forms.questions import NAME, SEEN
from vetting.models import (
    Answer,
    Application,
    ApplicationState,
    InformationRequest,
    RequestState,
    Submission,
)
from vetting.queries import tasklist
from vetting.unit_of_work import unit_of_work
from vetting.views.applicant.blueprint import section_url
from vetting.workflows.commands import AnswerRequest


@pytest.fixture
def owner(make: Any, browser_for: Any, asked: Application) -> Any:
    """The browser of the person whose organization is asked."""
    found = browser_for(make.owner_of(asked.organization))
    make.session.rollback()
    return found


@pytest.fixture
def desk(make: Any, browser_for: Any, asked: Application) -> Any:
    """The browser of the coordinator who asks."""
    found = browser_for(make.coordinator())
    make.session.rollback()
    return found


def state_of(session: Any, number: int) -> ApplicationState:
    session.expire_all()
    found = session.get_one(Application, number).state
    session.rollback()
    return found


def test_every_other_part_of_the_application_stays_closed(app, session, owner, asked):
    """Also for somebody who sends the very form that the page had while the application was a draft."""
    reference, number = asked.reference, asked.id
    rows = session.query(Answer).filter(Answer.application_id == number).all()
    before = {row.id: row.value for row in rows}
    marks = {(row.program, row.question_key): row.version for row in rows}
    places = []
    with app.test_request_context():
        for task in tasklist.tasks(asked):
            if task.section.questions:
                program = task.program.id if task.program else 0
                form = {}
                for question in task.section.questions:
                    form[NAME + question.key] = "Something else."
                    form[SEEN + question.key] = str(marks.get((program, question.key), 0))
                places.append((section_url(asked, task.section, task.program), form))
    session.rollback()
    assert len(places) > 5
    refused = 0
    for place, form in places:
        assert owner.get(place).status_code == 302
        for address in (place, f"{place}/autosave"):
            refused += owner.post(address, data=form).status_code == 409
    # A section without a field for words has nothing that these forms could change.
    assert refused > len(places)
    assert owner.get(f"/apply/{reference}/documents").status_code == 302
    owner.post(f"/apply/{reference}/documents/safety_plan/take-out", data={"document": "DOC"})
    session.expire_all()
    after = {row.id: row.value for row in session.query(Answer).filter(Answer.application_id == number)}
    session.rollback()
    assert after == before


def test_the_office_sees_an_answer_before_the_last_one_is_there(make, session, owner, desk, asked):
    where, number, case = f"/apply/{asked.reference}/requests/2", asked.id, asked.reference
    session.rollback()
    page = owner.get(where)
    fields = form_fields(page.text)
    assert owner.post(where, data={**fields, "reply": "We serve families in Mattapan."}).status_code == 303
    assert state_of(session, number) is ApplicationState.INFORMATION_REQUESTED
    text = text_of(desk.get(f"/desk/cases/{case}").text)
    assert "We serve families in Mattapan." in text
    assert "Answer by:" in text


def test_an_answer_after_the_day_is_taken_and_marked(make, session, desk, asked):
    request = asked.requests[1]
    with unit_of_work(session):
        request.due_on = clock.today() - timedelta(days=2)
    owner = make.actor(make.owner_of(asked.organization))
    make.take("information_request", request, "answer", owner, data=AnswerRequest(reply="Here it is."))
    session.rollback()
    text = text_of(desk.get(f"/desk/cases/{asked.reference}").text)
    assert "2 days late" in text


def test_an_overdue_request_says_so_to_both(make, session, owner, desk, asked):
    with unit_of_work(session):
        for request in asked.requests:
            request.due_on = clock.today() - timedelta(days=1)
    session.rollback()
    assert "overdue" in text_of(desk.get(f"/desk/cases/{asked.reference}").text)
    assert "overdue" in text_of(owner.get(f"/apply/{asked.reference}").text).lower()
    assert "overdue" in text_of(owner.get(f"/apply/{asked.reference}/requests/2").text).lower()


def test_the_office_moves_the_day_of_one_request(session, owner, desk, asked, due_on, hands):
    hands.deliver()
    where = f"/desk/cases/{asked.reference}/requests/1/extend"
    form = form_fields(desk.get(where).text)
    earlier = desk.post(where, data={**form, "due_on": clock.today().isoformat(), "reason": "A holiday."})
    assert earlier.status_code == 422
    assert "Give a day after the one that holds now" in earlier.text
    later = due_on + timedelta(days=5)
    data = {**form, "due_on": later.isoformat(), "reason": "The school was closed."}
    looked = desk.post(where, data={**data, "look": "1"})
    assert "You have more time" in looked.text
    assert desk.post(where, data={k: v for k, v in data.items() if k != "look"}).status_code == 303
    session.expire_all()
    days = [request.due_on for request in session.get_one(Application, asked.id).requests]
    due = session.get_one(Application, asked.id).due_on
    session.rollback()
    assert days == [later, due_on]
    assert due == later
    mails = [mail.get_body(("plain",)).get_content() for mail in hands.deliver()]
    assert any("The school was closed." in text and f"{later:%B} {later.day}" in text for text in mails)


def test_a_request_that_is_taken_back_leaves_the_other_and_the_last_one_gives_the_case_back(
    make, session, desk, asked, hands
):
    case, number_of = asked.reference, asked.id
    hands.deliver()
    for number, state in ((1, ApplicationState.INFORMATION_REQUESTED), (2, ApplicationState.SCREENING)):
        where = f"/desk/cases/{case}/requests/{number}/take-back"
        form = {k: v for k, v in form_fields(desk.get(where).text).items() if k != "look"}
        assert desk.post(where, data=form).status_code == 422
        assert desk.post(where, data={**form, "reason": "We found it ourselves."}).status_code == 303
        assert state_of(session, number_of) is state
    rows = session.query(InformationRequest).order_by(InformationRequest.id).all()
    assert {row.state for row in rows} == {RequestState.CANCELLED}
    assert session.query(Submission).filter(Submission.application_id == number_of).count() == 1
    session.rollback()
    subjects = [mail["Subject"] for mail in hands.deliver()]
    assert sum("no longer need" in subject for subject in subjects) == 2
    assert not any("Reply received" in subject for subject in subjects)


def test_nobody_outside_the_office_moves_or_takes_back(make, browser_for, owner, asked):
    for act in ("extend", "take-back"):
        where = f"/desk/cases/{asked.reference}/requests/1/{act}"
        assert owner.get(where).status_code == 404
        assert owner.post(where, data={"reason": "Please."}).status_code == 404
