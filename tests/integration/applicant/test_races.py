"""Two people at once: both texts are kept apart, and one category gets one application."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.support.pages import form_fields
from vetting.models import Answer, Application, ApplicationKind, Role


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The answers of calls that start at the same moment, in the order of the calls."""
    gate = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        gate.wait()
        answers[place] = call()

    threads = [threading.Thread(target=run, args=(i, call)) for i, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_one_of_two_colleagues_is_shown_the_other_text(
    make: Any, draft: Any, owner: Any, browser_for: Any, session: Any
) -> None:
    colleague = make.person("Rosa Colleague")
    make.grant(colleague, Role.ORG_EDITOR, organization=draft.organization)
    url = f"/apply/{draft.reference}/sections/organization"
    other = browser_for(colleague)
    session.rollback()
    mine = form_fields(owner.get(url).text) | {"q_city": "Boston", "then": "later"}
    theirs = form_fields(other.get(url).text) | {"q_city": "Quincy", "then": "later"}
    answers = together(lambda: owner.post(url, data=mine), lambda: other.post(url, data=theirs))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    shown = next(answer.text for answer in answers if answer.status_code == 409)
    assert "Boston" in shown
    assert "Quincy" in shown
    assert session.query(Answer).filter(Answer.question_key == "city").count() == 1


def test_a_double_click_starts_one_application(make: Any, browser_for: Any, session: Any) -> None:
    partner = make.partner("Harbor Strings")
    url = f"/apply/portfolio/{make.round().reference}"
    chosen = {"program": partner.programs[0].reference, "category": "stem.science"}
    person = make.owner_of(partner)
    first, second = browser_for(person), browser_for(person)
    session.rollback()
    answers = together(lambda: first.post(url, data=chosen), lambda: second.post(url, data=chosen))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert session.query(Application).filter(Application.kind == ApplicationKind.PORTFOLIO).count() == 1
