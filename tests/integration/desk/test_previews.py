"""Who gets what, on the page, before anything is sent."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.factories import Factory
from vetting import clock
from vetting.models import Application, HistoryEntry, OutboxMessage
from vetting.workflows.commands import HoldCase


@pytest.fixture
def coordinator(make: Factory):
    return make.coordinator()


@pytest.fixture
def screening(make: Factory, coordinator) -> Application:
    case = make.submitted()
    make.take("application", case, "screen", make.actor(coordinator))
    return case


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
    path = f"/desk/cases/{screening.reference}/documents/{version.document.reference}/{version.number}/return"
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
