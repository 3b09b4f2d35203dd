"""Somebody's word on an application before it is sent: a sign-off, or the confirmation of what the office entered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.models import (
    Application,
    ApplicationState,
    HistoryEntry,
    Invitation,
    Organization,
    OutboxMessage,
    Outcome,
    Role,
    User,
)
from vetting.queries import pins
from vetting.queries.actors import actor_for
from vetting.workflows.commands import DraftDecision, SaveAnswers
from vetting.workflows.engine import NotAllowed, StepRefused

BrowserFor = Callable[[User], CheckingClient]
ENTRY = {"how": "phone", "caller": "Rosa Caller", "language": "es", "interpreter": "y"}
NEW = {"legal_name": "Corner Garden Group", "kind": "community_based_organization", "program_name": "Garden Days"}


@pytest.fixture
def wanted(make: Factory) -> Application:
    """A complete draft of an organization that wants a senior person to sign off."""
    case = make.registration(make.organization(make.person("Olga Owner"), "Harbor Strings"))
    make.fill(case)
    case.organization.sign_off_required = True
    make.session.commit()
    return case


def wants(organization: Organization) -> bool:
    return organization.sign_off_required


def signed(case: Application) -> bool:
    return case.signed_off_at is not None


def seen(case: Application) -> dict[str, str]:
    return {"agree": "y", "seen": pins.pin_of(case), "version": str(case.version)}


def test_an_owner_switches_the_sign_off_on(make: Factory, browser_for: BrowserFor) -> None:
    organization = make.organization()
    editor = make.person("Ed Editor")
    make.grant(editor, Role.ORG_EDITOR, organization=organization)
    path = f"/apply/organizations/{organization.reference}/settings"
    assert browser_for(editor).post(path, data={"sign_off_required": "y"}).status_code == 403
    assert not wants(organization)
    owner = browser_for(make.owner_of(organization))
    assert owner.post(path, data={"sign_off_required": "y"}).status_code == 303
    assert wants(organization)
    assert owner.post(path, data={}).status_code == 303
    assert not wants(organization)


def test_nothing_is_sent_before_the_sign_off_and_everybody_reads_why(
    make: Factory, session: Session, wanted: Application, browser_for: BrowserFor
) -> None:
    editor, signer = make.person("Ed Editor"), make.person("Sana Signer")
    make.grant(editor, Role.ORG_EDITOR, organization=wanted.organization)
    make.grant(signer, Role.ORG_SIGNER, organization=wanted.organization)
    writing, signing = browser_for(editor), browser_for(signer)
    case, check = f"/apply/{wanted.reference}", f"/apply/{wanted.reference}/check"
    refused = writing.post(check, data={"version": str(wanted.version)})
    assert refused.status_code == 422
    assert "These people can: Olga Owner, Sana Signer." in refused.text
    assert writing.get(f"{case}/sign-off").status_code == 403
    look = writing.post(f"{case}/ask-sign-off", data={"look": "1", "version": str(wanted.version)})
    assert signer.email in look.text
    assert wanted.sign_off_asked_at is None
    assert writing.post(f"{case}/ask-sign-off", data={"version": str(wanted.version)}).status_code == 303
    told = session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "sign_off.asked")).all()
    assert set(told) == {f"user:{signer.id}", f"user:{make.owner_of(wanted.organization).id}"}
    assert "We asked on" in writing.get(case).text
    assert signing.post(f"{case}/sign-off", data={}).status_code == 422
    assert signing.post(f"{case}/sign-off", data=seen(wanted)).status_code == 303
    assert "Sana Signer signed this off" in writing.get(check).text
    assert writing.post(check, data={"version": str(wanted.version)}).location.endswith("/receipt")
    assert wanted.state is ApplicationState.SUBMITTED


def test_a_later_change_takes_the_sign_off_away_and_says_so(
    make: Factory, session: Session, wanted: Application, browser_for: BrowserFor
) -> None:
    owner = make.owner_of(wanted.organization)
    browser = browser_for(owner)
    path = f"/apply/{wanted.reference}/sign-off"
    assert browser.post(path, data=seen(wanted)).status_code == 303
    same = SaveAnswers({"mission": next(a.value for a in wanted.answers if a.question_key == "mission")})
    make.take("application", wanted, "save_answers", make.actor(owner), data=same)
    assert signed(wanted)
    make.take("application", wanted, "save_answers", make.actor(owner), data=SaveAnswers({"mission": "Another one."}))
    assert not signed(wanted)
    assert (
        "Olga Owner had signed it off, and it was changed after that." in browser.get(f"/apply/{wanted.reference}").text
    )
    with pytest.raises(StepRefused, match="wants a senior person to sign off first"):
        make.take("application", wanted, "submit", make.actor(owner))
    session.rollback()
    entry = session.scalars(
        sa.select(HistoryEntry).where(HistoryEntry.step == "save_answers").order_by(HistoryEntry.id.desc())
    ).first()
    assert entry is not None
    assert entry.data["sign_off"] == "ended"
    make.document(wanted.organization, "w9")
    assert browser.post(path, data=seen(wanted)).status_code == 303
    make.attach(wanted, "w9")
    assert not signed(wanted)


def test_nobody_signs_off_what_they_have_not_read(make: Factory, wanted: Application, browser_for: BrowserFor) -> None:
    owner = make.owner_of(wanted.organization)
    browser, before = browser_for(owner), seen(wanted)
    make.take("application", wanted, "save_answers", make.actor(owner), data=SaveAnswers({"mission": "New words."}))
    late = browser.post(f"/apply/{wanted.reference}/sign-off", data={**before, "version": str(wanted.version)})
    assert late.status_code == 422
    assert "It was changed after you opened this page" in late.text
    assert "New words." in late.text
    assert not signed(wanted)


def test_an_incomplete_draft_is_not_signed_off(make: Factory, browser_for: BrowserFor) -> None:
    case = make.registration()
    case.organization.sign_off_required = True
    make.session.commit()
    answer = browser_for(make.owner_of(case.organization)).post(f"/apply/{case.reference}/sign-off", data=seen(case))
    assert answer.status_code == 422
    assert case.signed_off_at is None


def entered(session: Session, answer: Any) -> Application:
    reference = answer.location.rpartition("/")[2]
    return session.scalars(sa.select(Application).where(Application.reference == reference)).one()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choose phone or desk"),
        ({**NEW, "how": "phone"}, "Enter the name of the person"),
        ({**ENTRY}, "Enter the legal name, or the reference of a registered organization"),
        ({**ENTRY, **NEW, "program_name": ""}, "Enter the name of the program"),
        ({**ENTRY, "organization": "ORG-NONE-NONE"}, "There is no organization with this reference"),
        ({**ENTRY, **NEW, "caller": "123-45-6789"}, "Rosa"),
    ],
)
def test_an_entry_that_cannot_begin_keeps_what_was_typed(
    make: Factory, browser_for: BrowserFor, typed: dict[str, str], said: str
) -> None:
    answer = browser_for(make.coordinator()).post("/desk/assisted", data=typed)
    assert answer.status_code == 422
    if said != "Rosa":
        assert said in answer.text
    if "legal_name" in typed:
        assert "Corner Garden Group" in answer.text


def test_the_office_enters_reads_back_and_sends(make: Factory, session: Session, browser_for: BrowserFor) -> None:
    coordinator = make.coordinator()
    browser = browser_for(coordinator)
    begun = browser.post("/desk/assisted", data={**ENTRY, **NEW})
    assert begun.status_code == 303
    case = entered(session, begun)
    assert (case.assisted_by_id, case.assisted_how) == (coordinator.id, "phone")
    for page in ("", "/check", "/sections/organization", "/documents", "/copy"):
        shown = browser.get(f"/apply/{case.reference}{page}").text
        assert "Cora Coordinator of the office entered this on the phone with Rosa Caller." in shown, page
        assert "An interpreter helped." in shown
    assert (
        browser.post(f"/apply/{case.reference}/programs/add", data={"program_name": "Winter Days"}).status_code == 303
    )
    fill_as(make, case, coordinator)
    desk = f"/desk/assisted/{case.reference}"
    refused = browser.post(f"/apply/{case.reference}/check", data={"version": str(case.version)})
    assert refused.status_code == 422
    assert "once the organization has confirmed it" in refused.text
    assert browser.post(f"{desk}/read-back", data={"how": "read_phone", **seen(case)}).status_code == 422
    asked = browser.post(f"{desk}/ask", data={"version": str(case.version)}, follow_redirects=True)
    assert "Nobody of the organization has an account yet" in asked.text
    word = {**seen(case), "name": "Rosa Caller", "how": "read_phone"}
    assert browser.post(f"{desk}/read-back", data=word).status_code == 303
    assert (case.confirmed_how, case.assisted_facts["confirmed_name"]) == ("read_phone", "Rosa Caller")
    assert "Confirmed by Rosa Caller" in browser.get(desk).text
    assert browser.post(f"/apply/{case.reference}/check", data={"version": str(case.version)}).status_code == 303
    assert case.state is ApplicationState.SUBMITTED
    assert "Entered by the office" in browser.get(f"/desk/cases/{case.reference}").text


def fill_as(make: Factory, case: Application, person: User) -> None:
    """Everything answered by the person of the office, with the documents they were given."""
    take = make.take

    def for_them(workflow: str, subject: Any, step: str, *rest: Any, **more: Any) -> Any:
        return take(workflow, subject, "receive_for" if step == "receive" else step, *rest, **more)

    make.owner_of, make.take = lambda organization: person, for_them  # type: ignore[method-assign]
    make.fill(case)
    del make.owner_of, make.take


def test_who_entered_it_has_no_part_in_the_decision(make: Factory, session: Session, browser_for: BrowserFor) -> None:
    coordinator = make.coordinator()
    case = entered(session, browser_for(coordinator).post("/desk/assisted", data={**ENTRY, **NEW}))
    fill_as(make, case, coordinator)
    command = {**seen(case), "name": "Rosa Caller", "how": "paper"}
    other = make.coordinator("Carl Other")
    assert browser_for(other).post(f"/desk/assisted/{case.reference}/read-back", data=command).status_code == 303
    with pytest.raises(NotAllowed):
        make.take("application", case, "save_answers", make.actor(other), data=SaveAnswers({"mission": "x"}))
    session.rollback()
    make.take("application", case, "submit", make.actor(coordinator))
    make.ready_to_decide(case, coordinator=other)
    finding = {"standard": "P2", "name": "Safety", "result": "meets", "reason": "Seen."}
    draft = DraftDecision(Outcome.APPROVE, "Good.", (finding,))
    with pytest.raises(StepRefused, match="You entered this application for the organization"):
        make.take("application", case, "draft_decision", make.actor(coordinator), data=draft)
    session.rollback()
    make.take("application", case, "draft_decision", make.actor(other), data=draft)
    with pytest.raises(StepRefused, match="You entered this application for the organization"):
        make.take("application", case, "release_approval", make.actor(coordinator))


def test_the_applicant_gets_the_account_finds_everything_and_confirms(
    make: Factory, session: Session, browser_for: BrowserFor
) -> None:
    coordinator = make.coordinator()
    office = browser_for(coordinator)
    case = entered(session, office.post("/desk/assisted", data={**ENTRY, **NEW}))
    fill_as(make, case, coordinator)
    desk = f"/desk/assisted/{case.reference}"
    assert office.post(f"{desk}/invite", data={"email": "nonsense"}).status_code == 422
    for _again in range(2):
        assert (
            office.post(f"{desk}/invite", data={"email": "rosa@corner.example", "person_name": "Rosa"}).status_code
            == 303
        )
    invitation = session.scalars(sa.select(Invitation)).one()
    rosa = make.person("Rosa Caller", email="rosa@corner.example")
    make.take("invitation", invitation, "accept", actor_for(session, rosa))
    theirs = browser_for(rosa)
    assert case.reference in theirs.get("/apply").text
    assert theirs.get(f"/apply/{case.reference}/check").status_code == 200
    look = office.post(f"{desk}/ask", data={"look": "1", "version": str(case.version)})
    assert "rosa@corner.example" in look.text
    assert office.post(f"{desk}/ask", data={"version": str(case.version)}).status_code == 303
    assert office.get(f"/apply/{case.reference}/confirm").status_code == 403
    assert theirs.post(f"/apply/{case.reference}/confirm", data=seen(case)).status_code == 303
    assert (case.confirmed_by_id, case.confirmed_how) == (rosa.id, "account")
    make.take("application", case, "save_answers", make.actor(rosa), data=SaveAnswers({"mission": "Ours."}))
    assert case.confirmed_at is None
    assert "so it needs their word again" in theirs.get(f"/apply/{case.reference}").text
    refused = office.post(f"{desk}/invite", data={"email": "x@corner.example"}, follow_redirects=True)
    assert "has an owner already" in refused.text


def test_a_registered_organization_is_entered_once(make: Factory, session: Session, browser_for: BrowserFor) -> None:
    organization: Organization = make.organization(name="Harbor Strings")
    coordinator = make.coordinator()
    browser = browser_for(coordinator)
    typed = {**ENTRY, "organization": organization.reference.lower()}
    case = entered(session, browser.post("/desk/assisted", data=typed))
    assert case.organization_id == organization.id
    again = browser.post("/desk/assisted", data=typed)
    assert again.status_code == 422
    assert case.reference in again.text
    member = make.coordinator("Mia Member")
    make.grant(member, Role.ORG_VIEWER, organization=organization)
    walled = browser_for(member)
    assert "There is no organization with this reference" in walled.post("/desk/assisted", data=typed).text
    assert "Harbor Strings" not in walled.get("/desk/assisted").text
    assert walled.get(f"/desk/assisted/{case.reference}").status_code == 404
    assert browser_for(make.reviewer()).get("/desk/assisted").status_code == 403
