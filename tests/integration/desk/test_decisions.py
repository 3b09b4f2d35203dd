"""The decision: drafted from the ratings, released by somebody else, read by the applicant only then."""

from __future__ import annotations

import pytest

from tests.factories import Factory
from vetting.documents.content import require_letter
from vetting.models import ApplicationState, DecisionState, DesignationKind, OutboxMessage, Outcome, PartnerState
from vetting.queries import findings, letters, references
from vetting.workflows.commands import RatingValue, SaveRatings


@pytest.fixture
def drafter(make: Factory):
    return make.director("Dana Drafter")


def test_a_draft_starts_from_the_ratings_and_another_person_releases_it(
    make: Factory, drafter, browser_for, session, read, sent
) -> None:
    case = make.ready_to_decide()
    coordinator = case.coordinator
    owner = make.owner_of(case.organization)
    address = owner.email
    applicant, desk = browser_for(owner), browser_for(drafter)
    path = f"/desk/cases/{case.reference}"
    page = desk.get(f"{path}/decision")
    assert "By the rule: Approve as a partner" in read(page)
    assert "5 of 5 standards have every must-have met." in read(page)
    data = sent(page)
    assert data["finding_P2"] == "P2.1: Seen in the plan."
    empty = desk.post(f"{path}/decision", data=data)
    assert empty.status_code == 422
    assert "Choose the decision" in read(empty)
    assert "Write what the applicant" in read(empty)
    words = {"outcome": "approve", "summary": "Welcome.\n\nKeep us posted.", "finding_P2": "The plan is clear."}
    assert desk.post(f"{path}/decision", data=sent(empty) | words).status_code == 303
    session.expire_all()
    assert case.state is ApplicationState.DECISION_DRAFTED
    assert applicant.get(f"/apply/{case.reference}/letter").status_code == 404

    own = desk.get(f"{path}/release")
    assert "A different person must release it." in read(own)
    assert "Release this decision" not in read(own)
    forged = desk.post(f"{path}/release", data={"action": "release", "version": case.version})
    assert forged.status_code == 422
    assert "A different person must release it." in read(forged)
    reviewer = browser_for(case.reviews[0].reviewer)
    assert reviewer.get(f"{path}/release").status_code == 403

    other = browser_for(coordinator)
    preview = other.get(f"{path}/release")
    assert "The plan is clear." in read(preview)
    look = other.post(f"{path}/release", data={"action": "release", "version": case.version, "look": "1"})
    assert address in read(look)
    assert other.post(f"{path}/release", data={"action": "release", "version": case.version}).status_code == 303
    letter = applicant.get(f"/apply/{case.reference}/letter")
    for told in (
        "Welcome.",
        "Keep us posted.",
        "P2 Safe and supportive environment",
        "Meets the standard. The plan is clear.",
    ):
        assert told in read(letter)
    for hidden in (drafter.name, coordinator.name, case.reviews[0].reviewer.name, "Clear and complete."):
        assert hidden not in read(letter)
    session.expire_all()
    assert case.organization.state is PartnerState.PARTNER
    assert [d.kind for d in case.organization.designations] == [DesignationKind.PARTNER]
    assert session.query(OutboxMessage).filter(OutboxMessage.topic == "decision.released").count() == 1


def test_a_returned_draft_keeps_its_words(make: Factory, drafter, browser_for, session, read, sent) -> None:
    case = make.decision_drafted(by=drafter)
    other = browser_for(case.coordinator)
    path = f"/desk/cases/{case.reference}"
    nothing = other.post(f"{path}/release", data={"action": "return", "reason": " ", "version": case.version})
    assert nothing.status_code == 422
    assert "Give a reason" in read(nothing)
    answer = other.post(
        f"{path}/release", data={"action": "return", "reason": "Say more on safety.", "version": case.version}
    )
    assert answer.status_code == 303
    session.expire_all()
    assert case.state is ApplicationState.READY_TO_DECIDE
    assert [d.state for d in case.decisions] == [DecisionState.RETURNED]
    page = browser_for(drafter).get(f"{path}/decision")
    assert sent(page)["summary"] == "A clear decision."
    assert sent(page)["outcome"] == "approve"
    assert "This draft came back" in read(page)


def test_a_standard_that_is_not_reached_needs_words(make: Factory, drafter, browser_for, session, read, sent) -> None:
    case = make.in_review()
    review = case.reviews[0]
    keys = [i.key for i in references.framework(case.framework_version).must_haves]
    values = {key: RatingValue(met=key != "P2.1", reason="No plan." if key == "P2.1" else "") for key in keys}
    make.take("review", review, "save_ratings", make.actor(review.reviewer), data=SaveRatings(values))
    make.take("review", review, "submit", make.actor(review.reviewer))
    desk, path = browser_for(drafter), f"/desk/cases/{case.reference}/decision"
    page = desk.get(path)
    assert "By the rule: Do not approve now" in read(page)
    assert "P2.1 is not met yet." in read(page)
    data = sent(page) | {"outcome": "not_select", "summary": "Not yet.", "finding_P2": " "}
    refused = desk.post(path, data=data)
    assert refused.status_code == 422
    assert "Say what P2 needs" in read(refused)
    assert desk.post(path, data=data | {"finding_P2": "Write a safety plan."}).status_code == 303
    session.expire_all()
    decision = letters.decision_of(case)
    assert decision is not None
    assert decision.outcome is Outcome.NOT_SELECT
    assert {f["standard"]: f["result"] for f in decision.findings}["P2"] == "below"
    text = letters.content(case, decision, "Boston Public Schools")
    require_letter(text)
    assert "cannot approve" in text["outcome_sentence"]
    assert "rejected" not in str(text).lower()


def test_two_reviewers_who_disagree_are_named_with_the_arithmetic(make: Factory, drafter, browser_for, read) -> None:
    case = make.in_review(make.submitted(make.portfolio()))
    for review, level in zip(case.reviews, (2, 4), strict=True):
        make.rate(review, level=level)
    found = findings.proposal(case)
    assert found is not None
    assert len(found.disagreements) == 32
    assert all(line.mean == "3.00" for line in found.standards)
    page = read(browser_for(drafter).get(f"/desk/cases/{case.reference}/decision"))
    assert "Program standards: mean 3.00. The rule asks for 3.00." in page
    assert "Where reviewers disagree" in page


def test_the_draft_page_reads_the_same_for_one_review_and_two(make: Factory, drafter, browser_for, statements) -> None:
    one, two = make.ready_to_decide(), make.ready_to_decide(make.submitted(make.portfolio()))
    desk = browser_for(drafter)
    counts = []
    for case in (one, two):
        path = f"/desk/cases/{case.reference}/decision"
        with statements() as seen:
            assert desk.get(path).status_code == 200
        counts.append(len([s for s in seen if s.lstrip().upper().startswith("SELECT")]))
    assert counts[0] == counts[1] <= 16


def test_a_decision_cannot_be_drafted_before_the_reviews_are_in(make: Factory, drafter, browser_for, read) -> None:
    case = make.in_review()
    answer = browser_for(drafter).get(f"/desk/cases/{case.reference}/decision")
    assert answer.status_code == 409
    assert "In review" in read(answer)
    assert browser_for(drafter).get(f"/desk/cases/{case.reference}/release").status_code == 409


def test_sending_back_to_review_opens_the_reviews_again(make: Factory, browser_for, session, read) -> None:
    case = make.ready_to_decide()
    desk, path = browser_for(case.coordinator), f"/desk/cases/{case.reference}/review-again"
    assert desk.post(path, data={"reason": "", "version": case.version}).status_code == 422
    assert desk.post(path, data={"reason": "Look at the plan again.", "version": case.version}).status_code == 303
    session.expire_all()
    assert case.state is ApplicationState.IN_REVIEW
    assert "Send in your review" in read(
        browser_for(case.reviews[0].reviewer).get(f"/desk/cases/{case.reference}/review")
    )


def test_a_stranger_cannot_read_a_letter(make: Factory, browser_for, client) -> None:
    case = make.approved()
    assert browser_for(make.person()).get(f"/apply/{case.reference}/letter").status_code == 404
    assert browser_for(make.owner_of(make.organization())).get(f"/apply/{case.reference}/letter").status_code == 404
    assert client.get(f"/apply/{case.reference}/letter").status_code == 302
