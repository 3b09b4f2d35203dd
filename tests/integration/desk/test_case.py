"""The case desk: reading, asking, assigning, returning a document."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.factories import Factory
from vetting import clock
from vetting.models import (
    ApplicationState,
    Conflict,
    EvidenceState,
    OutboxMessage,
    RequestState,
    ReviewState,
    Role,
)


def test_the_page_reads_as_often_for_a_short_case_as_for_a_long_one(
    make: Factory, browser_for, coordinator, screening, statements
) -> None:
    browser = browser_for(coordinator)
    path = f"/desk/cases/{screening.reference}"
    browser.get(path)
    with statements() as few:
        page = browser.get(path)
    for _ in range(3):
        make.take("application", screening, "assign_reviewer", make.actor(coordinator), data=assign(make))
    for _ in range(5):
        make.document(screening.organization, "safety_plan")
    with statements() as many:
        page = browser.get(path)
    reads = [[s for s in group if s.lstrip().upper().startswith("SELECT")] for group in (few, many)]
    assert len(reads[0]) == len(reads[1]) <= 15
    assert len(page.data) <= 90_000


def assign(make: Factory):
    from vetting.workflows.commands import AssignReviewer

    return AssignReviewer(make.reviewer().id)


def test_the_page_says_who_acts_next(make: Factory, browser_for, coordinator, read) -> None:
    case = make.submitted()
    browser = browser_for(coordinator)
    path = f"/desk/cases/{case.reference}"
    assert "Check that it is complete" in read(browser.get(path))
    answer = browser.post(f"/steps/application/{case.reference}/screen", data={"version": case.version, "next": path})
    assert answer.status_code == 303
    assert answer.location.endswith(path)
    assert "0 of 1 reviewers are assigned" in read(browser.get(path))


def test_an_auditor_reads_and_does_nothing(make: Factory, browser_for, screening, read) -> None:
    browser = browser_for(make.person("Ada Auditor", Role.AUDITOR))
    page = read(browser.get(f"/desk/cases/{screening.reference}"))
    assert "A coordinator is checking it" in page
    assert "Assign reviewers" not in page
    for path in ("request", "reviewers"):
        assert browser.get(f"/desk/cases/{screening.reference}/{path}").status_code == 403
        assert browser.post(f"/desk/cases/{screening.reference}/{path}", data={}).status_code == 403


def test_asking_reopens_only_what_was_asked_and_tells_the_applicant(
    make: Factory, browser_for, screening, session, read, sent
) -> None:
    browser = browser_for(screening.coordinator)
    path = f"/desk/cases/{screening.reference}/request"
    owner = make.owner_of(screening.organization).name
    form = browser.get(path)
    data = sent(form) | {"items-0-item": "document:safety_plan", "items-0-reason": "Page 2 is missing."}
    look = read(browser.post(path, data=data | {"look": "1"}))
    assert f"Who gets mail {owner}" in look
    assert "Nothing has been sent yet." in look
    answer = browser.post(path, data=data)
    assert answer.status_code == 303
    session.expire_all()
    assert screening.state is ApplicationState.INFORMATION_REQUESTED
    assert [(r.item_key, r.reason, r.state) for r in screening.requests] == [
        ("safety_plan", "Page 2 is missing.", RequestState.OPEN)
    ]
    told = session.query(OutboxMessage).filter(OutboxMessage.topic == "information.requested").all()
    assert len(told) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"items-0-item": ""}, "Choose what you need"),
        ({"items-0-item": "document:nothing"}, "Choose one of the things in the list"),
        ({"items-0-reason": " \n "}, "Say what is missing"),
        ({"items-0-reason": "x" * 2001}, "Shorten this to 2000 characters or fewer"),
        ({"items-0-reason": "odd \x00 sign"}, "hidden characters"),
        ({"due_on": ""}, "Give the date by which you need it"),
        ({"due_on": "31/31/2026"}, "Not a valid date"),
        ({"due_on": "2020-01-01"}, "Give the applicant a date after today"),
        ({"items-1-item": "document:safety_plan", "items-1-reason": "again"}, "You ask for this twice"),
    ],
)
def test_a_wrong_request_is_refused_in_words_and_kept(wrong, said, browser_for, screening, read, sent) -> None:
    browser = browser_for(screening.coordinator)
    path = f"/desk/cases/{screening.reference}/request"
    good = {"items-0-item": "document:safety_plan", "items-0-reason": "Page 2 is missing."}
    answer = browser.post(path, data={**sent(browser.get(path)), **good, **wrong})
    assert answer.status_code == 422
    assert said in read(answer)
    if "items-0-reason" not in wrong:
        assert sent(answer)["items-0-reason"] == "Page 2 is missing."
    assert screening.requests == []


def test_one_more_row_keeps_what_was_typed(browser_for, coordinator, screening, sent) -> None:
    browser = browser_for(coordinator)
    path = f"/desk/cases/{screening.reference}/request"
    data = sent(browser.get(path)) | {"items-0-item": "document:safety_plan", "items-0-reason": "Page 2.", "more": "1"}
    page = browser.post(path, data=data)
    assert page.status_code == 200
    assert sent(page)["items-0-reason"] == "Page 2."
    assert "items-1-reason" in sent(page)


def test_only_people_who_may_judge_are_offered(
    make: Factory, browser_for, coordinator, screening, session, read
) -> None:
    free, torn, member = (
        make.reviewer("Free Reviewer"),
        make.reviewer("Torn Reviewer"),
        make.reviewer("Member Reviewer"),
    )
    make.take(
        "conflict", Conflict(user_id=torn.id, organization_id=screening.organization_id), "declare", make.actor(torn)
    )
    make.grant(member, Role.ORG_VIEWER, organization=screening.organization)
    browser = browser_for(coordinator)
    path = f"/desk/cases/{screening.reference}/reviewers"
    page = browser.get(path)
    assert f'value="{free.reference}"' in page.get_data(as_text=True)
    for person in (torn, member):
        assert f'value="{person.reference}"' not in page.get_data(as_text=True)
        assert f"{person.name}: Has a conflict of interest" in read(page)
        forged = browser.post(path, data={"reviewer": person.reference, "version": screening.version})
        assert forged.status_code == 422
    assert browser.post(path, data={"reviewer": free.reference, "version": screening.version}).status_code == 303
    session.expire_all()
    assert [(r.reviewer_id, r.state) for r in screening.reviews] == [(free.id, ReviewState.ASSIGNED)]


def test_somebody_who_was_second_keeps_the_text(make: Factory, browser_for, coordinator, screening, read, sent) -> None:
    browser = browser_for(coordinator)
    path = f"/desk/cases/{screening.reference}/request"
    data = sent(browser.get(path)) | {"items-0-item": "document:safety_plan", "items-0-reason": "My careful words."}
    make.take("application", screening, "assign_reviewer", make.actor(make.director()), data=assign(make))
    answer = browser.post(path, data=data)
    assert answer.status_code == 409
    assert "Dora Director" in read(answer)
    assert "My careful words." in read(answer)


def test_a_document_is_accepted_or_returned_with_a_reason(
    make: Factory, browser_for, coordinator, screening, session, read
) -> None:
    browser = browser_for(coordinator)
    version = screening.evidence[0].document_version
    code = f"{version.document.reference}.{version.number}"
    page = browser.get(f"/desk/cases/{screening.reference}?doc={code}")
    assert version.sha256 in page.get_data(as_text=True)
    path = f"/desk/documents/{version.document.reference}/{version.number}/return"
    empty = browser.post(path, data={"reason": "  ", "version": version.version})
    assert empty.status_code == 422
    assert "give your own" in read(empty)
    assert browser.post(path, data={"reason": "It is cut off.", "version": version.version}).status_code == 303
    session.expire_all()
    assert (version.state, version.return_reason) == (EvidenceState.RETURNED, "It is cut off.")
    forged = f"/desk/documents/{version.document.reference}/{version.number + 1}/return"
    assert browser.get(forged).status_code == 404


def test_a_reviewer_opens_the_documents_of_the_case_and_no_others(
    make: Factory, browser_for, coordinator, screening
) -> None:
    case = make.in_review(make.submitted(), coordinator=coordinator)
    browser = browser_for(case.reviews[0].reviewer)
    mine, other = case.evidence[0].document_version, screening.evidence[0].document_version
    with browser.get(f"/evidence/{mine.document.reference}/{mine.number}") as opened:
        assert opened.status_code == 200
    assert browser.get(f"/evidence/{other.document.reference}/{other.number}").status_code == 404


def test_the_conflicted_see_no_case(make: Factory, browser_for, screening) -> None:
    torn = make.coordinator("Torn Between")
    browser = browser_for(torn)
    assert browser.get(f"/desk/cases/{screening.reference}").status_code == 200
    path = f"/desk/organizations/{screening.organization.reference}"
    assert browser.post(f"{path}/interest", data={"reason": "My brother works there."}).status_code == 303
    assert browser.get("/desk/recusals").status_code == 200
    for gone in (
        f"/desk/cases/{screening.reference}",
        path,
        f"{path}/suspend",
        f"/desk/cases/{screening.reference}/request",
    ):
        answer = browser.get(gone)
        assert answer.status_code == 404
        never = re.sub(r"(VET|ORG)-\w{4}-\w{4}", r"\1-0000-0000", gone)
        assert len(answer.data) == len(browser.get(never).data)
    assert screening.reference not in browser.get("/desk/queue?pile=waiting&q=Organization").get_data(as_text=True)


def test_overdue_requests_default_to_business_days(browser_for, coordinator, screening, sent) -> None:
    due = sent(browser_for(coordinator).get(f"/desk/cases/{screening.reference}/request"))["due_on"]
    assert clock.today() + timedelta(days=12) <= clock.today().fromisoformat(due) <= clock.today() + timedelta(days=24)
