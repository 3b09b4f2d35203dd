"""What changed since the last submission: field by field and document by document, marked without color alone."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest

from tests.factories import Factory
from vetting import clock
from vetting.models import Application, DocumentVersion, RequestItem
from vetting.queries import changes
from vetting.workflows.commands import AnswerRequest, RequestedItem, RequestInformation


@pytest.fixture
def answered(make: Factory) -> Application:
    """A case whose applicant was asked for a document and a section, and answered both."""
    case = make.submitted()
    boss = make.actor(make.coordinator())
    owner = make.actor(make.owner_of(case.organization))
    make.take("application", case, "screen", boss)
    asked = (
        RequestedItem(RequestItem.DOCUMENT, "safety_plan", "The plan is old."),
        RequestedItem(RequestItem.QUESTION, "mission", "Say whom you serve."),
    )
    wanted = RequestInformation(asked, clock.today() + timedelta(days=20))
    make.take("application", case, "request_information", boss, data=wanted)
    former = next(link.document_version for link in case.evidence if link.type_key == "safety_plan")
    newer = next_version(make, former)
    paper, words = case.requests
    make.take("information_request", paper, "answer", owner, data=AnswerRequest(document_version=newer))
    text = AnswerRequest(answers={"mission": "Answer to mission and music"})
    make.take("information_request", words, "answer", owner, data=text)
    return case


def next_version(make: Factory, former: DocumentVersion) -> DocumentVersion:
    """A newer version of the same document."""
    actor = make.actor(make.owner_of(former.document.organization))
    content = b"%PDF-1.4\n% the new plan\n"
    stored = make.store.put(BytesIO(content), area="evidence")
    version = DocumentVersion(
        document=former.document,
        number=former.number + 1,
        filename="safety_plan.pdf",
        media_type="application/pdf",
        size=stored.size,
        sha256=hashlib.sha256(content).hexdigest(),
        storage_key=stored.key,
    )
    make.take("evidence", version, "receive", actor)
    return version


def test_answers_and_documents_are_compared_one_by_one(browser_for, answered, read) -> None:
    browser = browser_for(answered.coordinator)
    page = browser.get(f"/desk/cases/{answered.reference}/changes")
    words = read(page)
    assert "Before Answer to mission Now Answer to mission and music" in words
    assert "<ins>and music</ins>" in page.get_data(as_text=True)
    assert words.count("Replaced") == 1
    assert "Version 1, now version 2" in words
    assert words.count("Unchanged") == len(answered.evidence) - 2
    case = read(browser.get(f"/desk/cases/{answered.reference}"))
    assert "1 answer changed" in case
    assert "New or replaced" in case


def test_a_first_submission_has_nothing_to_compare_with(make, browser_for, read) -> None:
    case = make.submitted()
    browser = browser_for(make.coordinator())
    assert "Nothing to compare with" in read(browser.get(f"/desk/cases/{case.reference}/changes"))
    page = read(browser.get(f"/desk/cases/{case.reference}"))
    assert "New or replaced" not in page
    assert "Changed" not in page


def test_a_new_case_is_compared_with_the_one_before(make, browser_for, read) -> None:
    first = make.approved()
    again = make.registration(first.organization)
    assert again.previous_id == first.id
    owner = make.actor(make.owner_of(first.organization))
    make.submitted(again)
    page = read(browser_for(make.coordinator()).get(f"/desk/cases/{again.reference}/changes?since=last-case"))
    assert "their last application" in page
    assert "No answer is different." in page
    assert "Replaced" in page
    assert owner.user_id


def test_a_case_remembers_only_a_closed_one_of_its_own_kind(make) -> None:
    organization = make.organization()
    first = make.registration(organization)
    assert first.previous_id is None
    make.submitted(first)
    make.take("application", first, "withdraw", make.actor(make.owner_of(organization)), reason="Not this year.")
    second = make.registration(organization)
    assert second.previous_id == first.id
    partner = make.partner()
    assert make.portfolio(partner).previous_id is None


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("we serve ten schools", "we serve two schools", [("gone", "ten ")], [("new", "two ")]),
        ("same words", "same words", [], []),
        ("a b", "a b c", [], [("new", "c")]),
        ("line one\nline two", "line one\n\nline 2", [("gone", "two")], [("new", "2")]),
    ],
)
def test_words_that_went_and_came(before, after, old, new) -> None:
    was, now = changes.word_changes(before, after)
    assert "".join(text for _kind, text in was) == before
    assert "".join(text for _kind, text in now) == after
    assert [piece for piece in was if piece[0] != "same"] == old
    assert [piece for piece in now if piece[0] != "same"] == new


def test_a_long_text_is_shown_whole() -> None:
    assert changes.word_changes("word " * 3000, "other " * 3000) == ([], [])
