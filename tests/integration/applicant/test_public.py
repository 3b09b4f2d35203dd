"""The front door: every public page opens, and the three questions lead where they should."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.pages import text_of
from vetting.models import ScreeningAnswer

PAGES = [
    "/",
    "/become",
    "/quality-standards",
    "/partnership-effectiveness",
    "/landscape",
    "/how-it-works",
    "/accessibility",
]


@pytest.mark.parametrize("path", PAGES)
def test_public_pages_open_without_an_account(client: Any, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200


def test_standards_say_that_they_are_an_example(client: Any) -> None:
    text = text_of(client.get("/quality-standards").text)
    assert "Example set, not the district's" in text
    assert "P2.1" in text
    assert "O7.1" in text


@pytest.mark.parametrize(
    ("answers", "outcome", "words"),
    [
        (("ongoing", "direct", "organization"), "partner", "You are in the right place"),
        (("one_time", "direct", "organization"), "one_time", "needs no partnership"),
        (("space", "nobody", "organization"), "space", "permit"),
        (("research", "nobody", "organization"), "research", "research office"),
        (("vendor", "nobody", "organization"), "vendor", "purchasing"),
        (("ongoing", "direct", "alone"), "volunteer", "One person is not an organization"),
        (("ongoing", "nobody", "organization"), "other_people", "write to the partnerships office"),
    ],
)
def test_three_answers_lead_to_the_right_place(
    client: Any, session: Any, answers: tuple[str, str, str], outcome: str, words: str
) -> None:
    data = dict(zip(("service", "people", "giver"), answers, strict=True))
    response = client.post("/become", data=data)
    assert response.status_code == 303
    assert words in text_of(client.get(response.location).text)
    assert [row.outcome for row in session.query(ScreeningAnswer)] == [outcome]


def test_unanswered_questions_are_named_and_answers_kept(client: Any, session: Any) -> None:
    response = client.post("/become", data={"service": "ongoing", "people": "direct"})
    assert response.status_code == 422
    text = text_of(response.text)
    assert "Choose who gives the service" in text
    assert 'value="ongoing"' in response.text
    assert "checked" in response.text
    assert session.query(ScreeningAnswer).count() == 0


def test_landscape_counts_only_what_is_public(client: Any, make: Any, statements: Any) -> None:
    make.organization()
    with statements() as sent:
        before = client.get("/landscape")
    few = len(sent)
    assert "There are no approved programs yet" in text_of(before.text)
    make.partner("Harbor Strings")
    with statements() as sent:
        after = client.get("/landscape")
    assert len(sent) == few
    assert "Programs by category" in text_of(after.text)
