"""After a review is in: corrected as a new version, left without a conflict, and on to the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import Factory
from vetting import clock
from vetting.models import Application, ApplicationState, Conflict, Outcome, Review, ReviewState
from vetting.queries import references
from vetting.workflows.commands import DraftDecision


@pytest.fixture
def case(make: Factory) -> Application:
    """A Portfolio case: the first of its two reviews is in."""
    people = [make.reviewer("Una First"), make.reviewer("Duo Second")]
    case = make.in_review(make.submitted(make.portfolio()), reviewers=people)
    make.rate(case.reviews[0])
    return case


@pytest.fixture
def review(case) -> Review:
    return case.reviews[0]


@pytest.fixture
def path(case) -> str:
    return f"/desk/cases/{case.reference}/review"


@pytest.fixture
def browser(browser_for, review):
    return browser_for(review.reviewer)


@pytest.fixture
def key(case) -> str:
    return next(iter(references.framework(case.framework_version).indicators)).key


def test_a_correction_is_a_new_version_beside_the_old(case, browser, path, key, review, session, sent, read) -> None:  # noqa: PLR0917 - fixtures
    page = browser.get(f"{path}/correction")
    data = sent(page)
    assert (data[f"rating-{key}"], data[f"reason-{key}"]) == ("3", "Seen in the plan."), "it starts from what was sent"
    changed = {f"rating-{key}": "2", f"reason-{key}": "The plan ended in June.", "why": "I read the wrong year."}
    assert browser.post(f"{path}/correction", data=data | changed).status_code == 303
    session.expire_all()
    assert (review.state, review.revision) == (ReviewState.SUBMITTED, 2)
    assert [r.level for r in review.ratings if r.indicator_key == key] == [2]
    said = read(browser.get(f"/desk/cases/{case.reference}/reviews"))
    assert "I read the wrong year." in said
    assert "Level 3. Seen in the plan. Level 2. The plan ended in June." in said


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"why": ""}, 422, "Say why you correct your review"),
        ({"why": "   "}, 422, "Say why you correct your review"),
        ({"why": "A reason."}, 422, "Nothing differs from what you sent before."),
        ({"why": "A reason.", "rating-{key}": "1", "reason-{key}": ""}, 409, "Give a reason for the level of"),
        ({"why": "A reason.", "rating-{key}": "9"}, 422, "Choose one of the answers in the list"),
    ],
)
def test_a_correction_that_cannot_be_taken_keeps_what_was_typed(  # noqa: PLR0917 - fixtures
    changed, status, said, browser, path, key, review, session, sent, read
) -> None:
    typed = {name.format(key=key): value for name, value in changed.items()}
    if not typed["why"].strip():
        typed[f"reason-{key}"] = "Typed here."
    answer = browser.post(f"{path}/correction", data=sent(browser.get(f"{path}/correction")) | typed)
    assert answer.status_code == status
    assert said in read(answer)
    assert sent(answer)[f"reason-{key}"] == typed.get(f"reason-{key}", "Seen in the plan.")
    session.expire_all()
    assert review.revision == 1


def test_looking_at_a_document_keeps_a_correction_in_hand(case, browser, path, key, review, session, sent) -> None:  # noqa: PLR0917 - fixtures
    version = case.evidence[-1].document_version
    code = f"{version.document.reference}.{version.number}"
    typed = sent(browser.get(f"{path}/correction")) | {f"reason-{key}": "Half written.", "show": code}
    answer = browser.post(f"{path}/correction", data=typed)
    assert sent(answer)[f"reason-{key}"] == "Half written."
    assert f'value="{code}~1~fit"' in answer.get_data(as_text=True), "the document is open"
    session.expire_all()
    assert review.ratings[0].reason == "Seen in the plan."


def test_versions_are_for_the_author_and_those_whose_own_review_is_in(
    make: Factory, case, browser_for, review, read
) -> None:
    address = f"/desk/cases/{case.reference}/reviews"
    other = case.reviews[1]
    waiting = browser_for(other.reviewer)
    assert "Seen in the plan." not in read(waiting.get(address)), "a review is owed: nobody else's is seen"
    assert "Seen in the plan." in read(browser_for(review.reviewer).get(address))
    make.rate(other)
    assert "Una First" in read(waiting.get(address))
    assert browser_for(make.reviewer()).get(address).status_code == 404


def test_nothing_changes_under_a_drafted_decision(make: Factory, case, browser, path, key, review, session, sent, read):  # noqa: PLR0917 - fixtures
    data = sent(browser.get(f"{path}/correction")) | {f"reason-{key}": "Too late.", "why": "A thought."}
    make.rate(case.reviews[1])
    finding = {"standard": "P2", "name": "Safe", "result": "meets", "reason": "Seen."}
    draft = DraftDecision(Outcome.APPROVE, "Clear.", (finding,))
    make.take("application", case, "draft_decision", make.actor(make.director()), data=draft)
    answer = browser.post(f"{path}/correction", data=data)
    assert answer.status_code == 409
    assert "The decision on this case is drafted." in read(answer)
    session.expire_all()
    assert review.revision == 1
    assert "Correct this review" not in read(browser.get(path))


def test_abstaining_and_declining_stay_in_sight(make: Factory, browser_for, session, read) -> None:
    one, two = make.reviewer("Ab Stainer"), make.reviewer("De Cliner")
    boss = make.coordinator()
    case = make.in_review(make.submitted(make.portfolio()), reviewers=[one, two], coordinator=boss)
    path = f"/desk/cases/{case.reference}/review/leave"
    browser = browser_for(one)
    empty = browser.post(path, data={"reason": "  "})
    assert empty.status_code == 422
    assert "Say why, so that the coordinator can find somebody else" in read(empty)
    assert browser.post(path, data={"reason": "I cannot judge music."}).status_code == 303
    session.expire_all()
    assert case.reviews[0].state is ReviewState.ABSTAINED
    assert session.query(Conflict).count() == 0, "leaving says nothing about an interest"
    own = read(browser.get("/desk/reviews"))
    assert "Abstained" in own
    assert "I cannot judge music." in own
    assert browser.get(f"/desk/cases/{case.reference}").status_code == 404
    office = read(browser_for(boss).get(f"/desk/cases/{case.reference}"))
    assert "Abstained" in office
    assert "I cannot judge music." in office


def test_a_review_is_declined_before_it_is_opened(make: Factory, browser_for, session, read) -> None:
    from vetting.workflows.commands import AssignReviewer

    reviewer, boss = make.reviewer(), make.actor(make.coordinator())
    case = make.submitted()
    make.take("application", case, "screen", boss)
    make.take("application", case, "assign_reviewer", boss, data=AssignReviewer(reviewer.id))
    browser, path = browser_for(reviewer), f"/desk/cases/{case.reference}/review"
    assert "Decline this review" in read(browser.get(path))
    assert browser.post(f"{path}/leave", data={"reason": "I am away in May."}).status_code == 303
    session.expire_all()
    assert (case.reviews[0].state, case.reviews[0].left_reason) == (ReviewState.DECLINED, "I am away in May.")


def test_nobody_abstains_from_what_is_in(browser, path, review, session, read) -> None:
    answer = browser.post(f"{path}/leave", data={"reason": "Second thoughts."})
    assert answer.status_code == 409
    session.expire_all()
    assert review.state is ReviewState.SUBMITTED


def test_the_next_owed_review_follows_at_once(make: Factory, browser_for, session, sent, read) -> None:
    """The one due first; without any, the list."""
    reviewer = make.reviewer()
    cases = [make.in_review(reviewers=[reviewer]) for _number in range(3)]
    for days, case in zip((5, 9, 2), cases, strict=True):
        case.reviews[0].due_on = clock.today() + timedelta(days=days)
    session.commit()
    browser = browser_for(reviewer)
    order = [cases[0], cases[2], cases[1]]
    for case, after in zip(order, [*order[1:], None], strict=True):
        path = f"/desk/cases/{case.reference}/review"
        keys = [i.key for i in references.framework(case.framework_version).must_haves]
        data = sent(browser.get(path)) | {f"rating-{key}": "met" for key in keys} | {"action": "submit"}
        answer = browser.post(path, data=data)
        session.expire_all()
        assert case.state is ApplicationState.READY_TO_DECIDE
        expected = f"/desk/cases/{after.reference}/review" if after else "/desk/reviews"
        assert answer.location.endswith(expected)
        assert f"Your review of {case.organization.legal_name}" in read(browser.get(answer.location))
