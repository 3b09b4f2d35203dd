"""Who gets what, on the page, before anything is sent."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from vetting import clock
from vetting.calendar_days import school_year_of
from vetting.models import HistoryEntry, OutboxMessage
from vetting.workflows.commands import AssignReviewer, HoldCase


@pytest.fixture
def stored(session):
    """How much has happened and how much waits to be sent."""

    def count() -> tuple[int, int]:
        session.rollback()
        happened = session.scalar(sa.select(sa.func.count()).select_from(HistoryEntry))
        waiting = session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage))
        session.rollback()
        return happened, waiting

    return count


def test_asking_is_looked_at_changed_and_sent(browser_for, coordinator, screening, stored, read, sent) -> None:
    path = f"/desk/cases/{screening.reference}/request"
    browser = browser_for(coordinator)
    typed = {"items-0-item": "document:safety_plan", "items-0-reason": "Page 2 is missing."}
    data = sent(browser.get(path)) | typed
    before = stored()
    look = browser.post(path, data=data | {"look": "1"})
    assert look.status_code == 200
    words = read(look)
    assert "Subject: We need one thing from you by" in words
    assert "Hello Person" in words
    assert stored() == before
    again = browser.post(path, data=sent(look) | {"look": "edit"})
    assert again.status_code == 200
    assert sent(again)["items-0-reason"] == "Page 2 is missing."
    assert stored() == before
    assert browser.post(path, data=sent(look)).status_code == 303
    assert stored()[1] == before[1] + 1


def test_a_mistake_is_found_before_the_look(browser_for, coordinator, screening, read, sent) -> None:
    path = f"/desk/cases/{screening.reference}/request"
    browser = browser_for(coordinator)
    answer = browser.post(path, data=sent(browser.get(path)) | {"look": "1"})
    assert answer.status_code == 422
    assert "Who gets mail" not in read(answer)


def test_assigning_shows_the_reviewers_mail(make, browser_for, screening, stored, read, sent) -> None:
    person = make.reviewer("Rosa Reviewer")
    address, reference = person.email, person.reference
    path, mail = f"/desk/cases/{screening.reference}/reviewers", f"You are asked to review {screening.reference}"
    browser = browser_for(screening.coordinator)
    data = sent(browser.get(path)) | {"reviewer": reference}
    before = stored()
    look = browser.post(path, data=data | {"look": "1"})
    assert f"Rosa Reviewer, {address}" in read(look)
    assert mail in read(look)
    assert stored() == before
    assert browser.post(path, data=sent(look)).status_code == 303


def test_a_page_that_is_out_of_date_is_told_so_at_the_look(make, browser_for, coordinator, screening, sent) -> None:
    path, reviewer = f"/desk/cases/{screening.reference}/reviewers", make.reviewer().reference
    browser = browser_for(coordinator)
    data = sent(browser.get(path)) | {"reviewer": reviewer, "look": "1"}
    make.take("application", screening, "put_back", make.actor(coordinator))
    assert browser.post(path, data=data).status_code == 409


def test_returning_a_document_shows_the_reason_in_the_mail(
    browser_for, coordinator, screening, stored, read, sent
) -> None:
    version = screening.evidence[0].document_version
    path = f"/desk/documents/{version.document.reference}/{version.number}/return"
    browser = browser_for(coordinator)
    form = browser.get(path)
    assert "Check before sending" in read(form)
    before = stored()
    look = browser.post(path, data=sent(form) | {"reason": "Page two cannot be read.", "look": "1"})
    assert "and says: Page two cannot be read." in read(look)
    assert stored() == before
    assert browser.post(path, data=sent(look)).status_code == 303


def test_the_release_page_shows_the_mail_that_the_release_sends(make, browser_for, stored, read, sent) -> None:
    reference = make.decision_drafted().reference
    browser = browser_for(make.director("Rita Releaser"))
    path = f"/desk/cases/{reference}/release"
    before = stored()
    look = browser.post(path, data={"version": sent(browser.get(path))["version"], "action": "release", "look": "1"})
    assert re.search(rf"Subject: Approved until \w+ \d+, \d{{4}}\. \({reference}\)", read(look))
    assert stored() == before
    assert browser.post(path, data=sent(look)).status_code == 303


def test_suspending_and_lifting_show_their_mail(make, browser_for, stored, read, sent) -> None:
    path = f"/desk/organizations/{make.partner().reference}"
    browser = browser_for(make.director("Dana Director"))
    before = stored()
    look = browser.post(f"{path}/suspend", data={"reason": "An adult was hurt.", "look": "1"})
    assert "The reason: An adult was hurt." in read(look)
    assert "A second person reviews it by" in read(look)
    assert stored() == before
    assert browser.post(f"{path}/suspend", data=sent(look)).status_code == 303
    other = browser_for(make.director("Dirk Director"))
    version = sent(other.get(f"{path}/suspension"))["version"]
    lifting = {"choice": "lift", "reason": "It was settled.", "version": version, "look": "1"}
    look = other.post(f"{path}/suspension", data=lifting)
    assert "is lifted" in read(look)
    assert "Nobody gets mail for this." in read(other.post(f"{path}/suspension", data=lifting | {"choice": "confirm"}))
    assert other.post(f"{path}/suspension", data=sent(look)).status_code == 303


def test_a_plain_step_that_tells_somebody_can_be_looked_at(make, browser_for, screening, stored, read, sent) -> None:
    boss = make.actor(screening.coordinator)
    wakes = HoldCase(clock.today() + timedelta(days=9))
    make.take("application", screening, "hold", boss, data=wakes, reason="Waiting for the city.")
    path, version = f"/steps/application/{screening.reference}/wake", screening.version
    browser = browser_for(make.coordinator("Carl Colleague"))
    before = stored()
    look = browser.post(path, data={"version": version, "next": "/desk/queue", "look": "1"})
    assert "Back from hold" in read(look)
    assert stored() == before
    assert browser.post(path, data=sent(look)).location.endswith("/desk/queue")


def test_an_applicant_never_learns_whom_a_step_reaches(make, browser_for, screening, coordinator) -> None:
    owner = make.owner_of(screening.organization)
    path, version = f"/steps/application/{screening.reference}/withdraw", screening.version
    names = {coordinator.email, coordinator.name}
    answer = browser_for(owner).post(path, data={"version": version, "look": "1"}).get_data(as_text=True)
    assert not any(name in answer for name in names)


def test_one_reviewer_is_reminded_from_the_case_once_a_day(make, browser_for, stored, read, sent) -> None:
    rita, rob = make.reviewer("Rita Reviewer"), make.reviewer("Rob Reviewer")
    case = make.in_review(make.registration(), reviewers=[rita, rob])
    boss = make.coordinator("Carl Colleague")
    address = f"/desk/cases/{case.reference}"
    path = f"/steps/review/{case.reviews[0].id}/remind"
    browser = browser_for(boss)
    page = browser.get(address).get_data(as_text=True)
    assert path in page
    assert f"/steps/review/{case.reviews[1].id}/remind" in page
    assert "/remind" not in browser_for(rita).get(address).get_data(as_text=True), "reviewers remind nobody"
    version, before = case.reviews[0].version, stored()
    look = browser.post(path, data={"version": version, "next": address, "look": "1"})
    assert "Rita Reviewer, " in read(look)
    assert "Rob Reviewer" not in read(look)
    assert stored() == before
    assert browser.post(path, data=sent(look)).location.endswith(address)
    assert stored()[1] == before[1] + 1
    after = browser.get(address)
    assert "A reminder went out today." in read(after)
    assert path not in after.get_data(as_text=True), "at most once a day"
    assert browser.post(path, data={"next": address}).status_code == 409
    assert stored()[1] == before[1] + 1


def test_leaving_a_review_shows_whom_it_reaches(make, browser_for, stored, read, sent) -> None:
    case = make.in_review()
    browser, path = browser_for(case.reviews[0].reviewer), f"/desk/cases/{case.reference}/review/leave"
    before = stored()
    look = browser.post(path, data={"reason": "I have no time this month.", "look": "1"})
    assert look.status_code == 200
    assert "Cora Coordinator" in read(look)
    assert "I have no time this month." in read(look)
    assert stored() == before
    assert "I have no time this month." in browser.post(path, data=sent(look) | {"look": "edit"}).get_data(as_text=True)
    assert browser.post(path, data=sent(look)).status_code == 303
    assert stored()[1] > before[1]


def test_stepping_aside_shows_whom_it_reaches_and_no_conflict_shows_nothing(
    make, browser_for, screening, stored, read, sent
) -> None:
    rita = make.reviewer("Rita Reviewer")
    boss = make.actor(screening.coordinator)
    make.take("application", screening, "assign_reviewer", boss, data=AssignReviewer(rita.id))
    path = f"/desk/cases/{screening.reference}/review/declaration"
    browser, before = browser_for(rita), stored()
    look = browser.post(path, data={"choice": "aside", "reason": "My cousin works there.", "look": "1"})
    assert "Cora Coordinator" in read(look)
    assert "My cousin works there." in read(look)
    assert stored() == before
    again = browser.post(path, data=sent(look) | {"look": "edit"})
    assert "My cousin works there." in again.get_data(as_text=True)
    assert browser.post(path, data=sent(look)).location.endswith("/desk/reviews")
    other = make.reviewer("Rob Reviewer")
    make.take("application", screening, "assign_reviewer", boss, data=AssignReviewer(other.id))
    assert browser_for(other).post(path, data={"choice": "none", "look": "1"}).status_code == 303


def test_an_applicant_looks_at_the_mail_of_sending_and_withdrawing(make, browser_for, coordinator, stored, read, sent):
    case = make.registration()
    make.fill(case)
    owner = make.owner_of(case.organization)
    browser = browser_for(owner)
    version = {"version": str(case.version)}
    for path in (f"/apply/{case.reference}/check", f"/apply/{case.reference}/withdraw"):
        assert "See the mail first" in read(browser.get(path))
        before = stored()
        look = browser.post(path, data=version | {"look": "1", "reason": "We changed our plans."})
        assert look.status_code == 200
        assert owner.email in read(look)
        assert "The partnerships office" in read(look)
        assert coordinator.email not in look.get_data(as_text=True)
        assert coordinator.name not in look.get_data(as_text=True)
        assert stored() == before
        assert browser.post(path, data=sent(look)).status_code == 303
        assert stored()[1] > before[1]
        make.session.refresh(case)
        version = {"version": str(case.version)}


def test_proposing_and_sending_an_agreement_show_their_mail(make, browser_for, stored, read, sent) -> None:
    school = make.school()
    leader = make.leader(school)
    browser = browser_for(leader)
    agreement = make.agreement(make.partnership(school=school))
    program = make.partner("Second Partner").programs[0]
    owner = make.owner_of(program.organization)
    before = stored()
    page = read(browser.get(f"/agreements/{agreement.reference}/send"))
    assert "Who gets mail" in page
    assert "Subject:" in page
    path = f"/directory/programs/{program.reference}/propose"
    typed = {"school": school.dese_id, "school_year": school_year_of(clock.today()), "note": "For grade 5."}
    look = browser.post(path, data=typed | {"look": "1"})
    assert owner.email in read(look)
    assert stored() == before
    assert "For grade 5." in browser.post(path, data=sent(look) | {"look": "edit"}).get_data(as_text=True)
    assert browser.post(path, data=sent(look)).status_code == 303
    assert stored()[1] > before[1]
