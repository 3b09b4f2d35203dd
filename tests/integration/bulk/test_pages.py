"""From the queue to the receipt by the pages; and what the assigning page shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.desk.conftest import words
from tests.support.client import CheckingClient
from vetting import clock
from vetting.calendar_days import school_year_of
from vetting.data.vocabulary import category_of
from vetting.events import Event
from vetting.jobs import bulk
from vetting.models import (
    Answer,
    Application,
    Attestation,
    BulkRun,
    BulkRunState,
    Conflict,
    DeskFeature,
    Expertise,
    Feature,
    RequestItem,
    Review,
    ReviewerLimit,
    User,
)
from vetting.workflows.commands import RequestedItem, RequestInformation

Screening = Callable[[User], Application]


@pytest.fixture
def cora(make: Factory) -> User:
    return make.coordinator("Cora Coordinator")


@pytest.fixture
def browser(cora: User, browser_for: Callable[[User], CheckingClient], session: Session) -> CheckingClient:
    found = browser_for(cora)
    opened = found.open

    def unhindered(*args: Any, **kwargs: Any) -> Any:
        session.rollback()
        return opened(*args, **kwargs)

    found.open = unhindered  # type: ignore[method-assign]
    return found


def latest(session: Session) -> BulkRun:
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(BulkRun).order_by(BulkRun.id.desc())).first()  # type: ignore[return-value]


def test_choose_plan_carry_out_receipt(
    make: Factory,
    session: Session,
    cora: User,
    browser: CheckingClient,
    screening: Screening,
    sessions: sessionmaker[Session],
) -> None:
    rita = make.reviewer("Rita Reviewer")
    cases = [screening(cora).reference for _ in range(3)]
    chosen = " ".join(cases)

    first = browser.post("/desk/bulk/new", data={"case": cases})
    assert "3 cases chosen" in words(first)
    nothing = browser.post("/desk/bulk/new", data={"cases": chosen, "choose": "1"})
    assert nothing.status_code == 422
    assert "Choose what you want to do" in words(nothing)

    second = browser.post("/desk/bulk/new", data={"cases": chosen, "choose": "1", "act": "assign_reviewers"})
    assert "Shared out among all reviewers" not in words(second), "what is off is not shown"
    asked = {"cases": chosen, "act": "assign_reviewers", "plan": "1", "mode": "person"}
    wrong = browser.post("/desk/bulk/new", data={**asked, "most": "4"})
    assert wrong.status_code == 422
    assert "Choose a reviewer" in words(wrong)
    assert 'value="4"' in wrong.get_data(as_text=True), "what was typed is still there"

    planned = browser.post("/desk/bulk/new", data={**asked, "reviewer": rita.reference})
    assert planned.status_code == 303
    page = browser.get(planned.location)
    text = words(page)
    assert text.count("Rita Reviewer") >= 4
    assert "Cases for you to review: 3" in text, "the one mail is shown before it leaves"
    assert all(reference in text for reference in cases)
    assert session.scalars(sa.select(Review)).all() == [], "a plan does nothing"
    session.rollback()

    run = latest(session)
    run_id, version = run.id, run.version
    started = browser.post(
        f"/steps/bulk_run/{run.reference}/start", data={"version": version, "next": planned.location}
    )
    assert started.status_code == 303
    waiting = browser.get(planned.location)
    assert "0 of 3 cases are settled" in words(waiting)
    assert 'href="' + planned.location in waiting.get_data(as_text=True), "works without script"
    assert browser.get(f"{planned.location}/progress").get_json()["ready"] is False

    assert bulk.work(sessions, run_id, lambda: False)
    assert browser.get(f"{planned.location}/progress").get_json()["ready"] is True
    receipt = words(browser.get(planned.location))
    assert receipt.count("Assigned: Rita Reviewer.") == 3
    assert latest(session).state is BulkRunState.FINISHED


def test_the_cases_of_a_view_are_taken_as_the_reader_sees_them(
    make: Factory, cora: User, session: Session, browser: CheckingClient, screening: Screening
) -> None:
    seen, walled = screening(cora), screening(cora)
    make.take(
        "conflict", Conflict(user_id=cora.id, organization_id=walled.organization_id, reason=""), "declare",
        make.actor(cora),
    )  # fmt: skip
    page = browser.post("/desk/bulk/new", data={"view": "pile=open"})
    text = page.get_data(as_text=True)
    assert "1 case chosen" in words(page)
    assert seen.reference in text
    assert walled.reference not in text
    named = browser.post("/desk/bulk/new", data={"case": [walled.reference]})
    assert named.status_code == 422
    assert "No cases are chosen" in words(named)


def test_a_case_behind_a_wall_is_not_in_the_receipt(
    make: Factory, cora: User, session: Session, browser: CheckingClient, screening: Screening
) -> None:
    seen, walled = screening(cora), screening(cora)
    data = {"cases": f"{seen.reference} {walled.reference}", "act": "move", "plan": "1", "step": "start_review"}
    place = browser.post("/desk/bulk/new", data=data).location
    make.take(
        "conflict", Conflict(user_id=cora.id, organization_id=walled.organization_id, reason=""), "declare",
        make.actor(cora),
    )  # fmt: skip
    reference, name = walled.reference, walled.organization.legal_name
    page = browser.get(place).get_data(as_text=True)
    assert reference not in page
    assert name not in page


def test_automatic_assignment_says_who_gets_what_and_why(
    make: Factory, session: Session, cora: User, browser: CheckingClient, screening: Screening
) -> None:
    director = make.director()
    make.take("desk_feature", DeskFeature(feature=Feature.AUTOMATIC_ASSIGNMENT), "begin", make.actor(director))
    knows, full = make.reviewer("Kay Knows"), make.reviewer("Fay Full")
    one, two = screening(cora), screening(cora)
    (category,) = {
        category_of(value)
        for value in session.scalars(
            sa.select(Answer.value).where(Answer.application_id == one.id, Answer.question_key == "service_category")
        )
    }
    session.add_all(
        [
            Expertise(user_id=knows.id, facet="category", value=category),
            ReviewerLimit(user_id=full.id, most=0),
            ReviewerLimit(user_id=knows.id, most=1),
        ]
    )
    session.commit()
    data = {"cases": f"{one.reference} {two.reference}", "act": "assign_reviewers", "plan": "1", "mode": "automatic"}
    place = browser.post("/desk/bulk/new", data=data).location
    text = words(browser.get(place))
    assert "knows:" in text
    assert "0 now, 1 then, at most 1" in text
    assert "Reviewers missing: 1. People who might take this case but have no room left: 2." in text
    given = [item.action["reviewers"] for item in latest(session).items]
    assert sorted(given) == [[], [knows.id]]


def test_expertise_and_limit_are_kept_and_shown(
    make: Factory, session: Session, browser: CheckingClient, cora: User, screening: Screening
) -> None:
    rita = make.reviewer("Rita Reviewer")
    place, case = f"/desk/assigning/people/{rita.reference}", screening(cora).reference
    browser.get(place)
    wrong = browser.post(place, data={"language": ["es"], "most": "many"})
    assert wrong.status_code == 422
    assert "Enter a whole number" in words(wrong)
    assert browser.post(place, data={"language": ["es", "vi"], "most": "7"}).status_code == 303
    text = words(browser.get("/desk/assigning"))
    assert "Languages: Spanish, Vietnamese" in text
    assert case in text
    assert browser.post(place, data={"most": ""}).status_code == 303
    assert "Spanish" not in words(browser.get("/desk/assigning"))


def test_who_may_not_act_on_many_cases_is_told_so(make: Factory, browser_for: Callable[[User], CheckingClient]) -> None:
    reviewer = browser_for(make.reviewer())
    assert reviewer.post("/desk/bulk/new", data={"view": "pile=open"}).status_code == 403
    assert reviewer.get("/desk/assigning").status_code == 403


def test_the_assigning_page_asks_as_much_for_many_cases_as_for_few(
    make: Factory, cora: User, browser: CheckingClient, screening: Screening, statements: Any
) -> None:
    def asked() -> int:
        with statements() as sent:
            assert browser.get("/desk/assigning").status_code == 200
        return len(sent)

    make.reviewer()
    screening(cora)
    few = asked()
    for _ in range(4):
        make.reviewer()
        screening(cora)
    assert asked() == few


def test_a_reminder_is_looked_at_before_it_leaves(
    make: Factory, session: Session, cora: User, browser: CheckingClient, screening: Screening, mails: Any
) -> None:
    case = screening(cora)
    wanted = RequestedItem(RequestItem.SECTION, "organization", "The address is missing.")
    data = RequestInformation((wanted,), clock.today() + timedelta(days=5))
    make.take("application", case, "request_information", make.actor(cora), data=data)
    place = f"/desk/cases/{case.reference}"
    step = f"/steps/application/{case.reference}/remind"
    assert f'action="{step}"' in browser.get(place).get_data(as_text=True)
    look = browser.post(step, data={"look": "1", "next": place})
    assert "Reminder. We need one thing from you by" in words(look)
    assert mails(Event.INFORMATION_REMINDED) == []
    assert browser.post(step, data={"next": place}).status_code == 303
    assert len(mails(Event.INFORMATION_REMINDED)) == 1
    assert f'action="{step}"' not in browser.get(place).get_data(as_text=True), "once a day is enough"


def test_a_plan_says_what_speaks_for_an_interest_of_each_person_it_chose(
    make: Factory, session: Session, cora: User, browser: CheckingClient, screening: Screening
) -> None:
    rita = make.reviewer("Rita Reviewer")
    interests = [{"kind": "board", "text": "Harbor Strings"}]
    word = Attestation(
        user_id=rita.id, year=school_year_of(clock.today()), interests=interests, text_version="attestation-1"
    )
    make.take("attestation", word, "make", make.actor(rita))
    strings = make.submitted(make.registration(make.organization(name="Harbor Strings")))
    make.take("application", strings, "screen", make.actor(cora))
    chosen = f"{strings.reference} {screening(cora).reference}"
    asked = {"cases": chosen, "act": "assign_reviewers", "plan": "1", "mode": "person", "reviewer": rita.reference}
    planned = browser.post("/desk/bulk/new", data=asked)
    text = words(browser.get(planned.location))
    assert text.count("May be a conflict: The list of interests names “Harbor Strings”") == 1
    assert text.index("May be a conflict") > text.index(strings.reference)
