"""An organization's own page, its people, who acts for whom, and handing it over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import clock
from vetting.extensions import db
from vetting.jobs import calendar_day
from vetting.models import (
    Application,
    ApplicationState,
    GrantState,
    HistoryEntry,
    OfferState,
    Organization,
    OutboxMessage,
    OwnershipOffer,
    Role,
    RoleGrant,
    User,
)
from vetting.notifications.mail import Place
from vetting.notifications.mail import make as make_mail
from vetting.unit_of_work import unit_of_work

BrowserFor = Callable[[User], CheckingClient]
CONTACT = {
    "phone": "617 555 0142",
    "email": "Hello@Harbor.example",
    "website": "harbor.example",
    "address": "1 Main Street, Boston, MA 02110",
}


@pytest.fixture
def ours(make: Factory) -> Organization:
    return make.partner("Harbor Strings")


def roles(session: Session, organization: Organization) -> set[tuple[str, Role]]:
    session.commit()
    query = (
        sa.select(User.name, RoleGrant.role)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.organization_id == organization.id, RoleGrant.state == GrantState.ACTIVE)
    )
    return {(name, role) for name, role in session.execute(query)}


def mails(app: Flask, session: Session, topic: str) -> list[Any]:
    session.commit()
    place = Place.of(app.config["SETTINGS"])
    rows = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic == topic).order_by(OutboxMessage.id))
    return [mail for row in rows.all() if (mail := make_mail(session, row, place)) is not None]


def test_everything_of_all_years_stands_on_one_page(make: Factory, ours: Organization, browser_for: BrowserFor) -> None:
    member = make.person("Vera Viewer")
    make.grant(member, Role.ORG_VIEWER, organization=ours)
    make.portfolio(ours)
    page = browser_for(member).get(f"/apply/organizations/{ours.reference}").text
    for words in (
        "Program of Harbor Strings",
        "Registration as a School-Community Partner",
        "Vera Viewer",
        "Application to the Opportunity Portfolio",
        "Documents we keep for you",
    ):
        assert words in page
    assert "Manage people" not in page
    assert "Add a program" not in page


def test_strangers_and_the_office_do_not_open_it(make: Factory, ours: Organization, browser_for: BrowserFor) -> None:
    path = f"/apply/organizations/{ours.reference}"
    for person in (make.person("Other"), make.coordinator(), make.reviewer()):
        assert browser_for(person).get(path).status_code == 404


@pytest.mark.parametrize(
    ("field", "bad", "said"),
    [
        ("phone", "12", "Enter a phone number with its area code"),
        ("phone", "call 617 555 0100 now", "Enter a phone number with its area code"),
        ("email", "nobody", "Enter an e-mail address like"),
        ("website", "javascript:alert(1)", "Enter a website like"),
        ("website", "http://[", "Enter a website like"),
        ("address", "", "Enter the address"),
        ("address", "x" * 401, "Shorten this to 400"),
    ],
)
def test_a_mistake_in_the_contact_keeps_what_was_typed(
    make: Factory, ours: Organization, browser_for: BrowserFor, field: str, bad: str, said: str
) -> None:
    browser = browser_for(make.owner_of(ours))
    answer = browser.post(f"/apply/organizations/{ours.reference}/contact", data={**CONTACT, field: bad})
    assert answer.status_code == 422
    assert said in answer.text
    kept = "1 Main Street" if field != "address" else "617 555 0142"
    assert kept in answer.text


def test_contact_changes_at_once_and_stays_in_history(
    make: Factory, session: Session, ours: Organization, browser_for: BrowserFor, client: CheckingClient
) -> None:
    editor = make.person("Ed Editor")
    make.grant(editor, Role.ORG_EDITOR, organization=ours)
    version, reference = str(ours.version), ours.reference
    browser = browser_for(editor)
    done = browser.post(f"/apply/organizations/{reference}/contact", data={**CONTACT, "version": version})
    assert done.status_code == 303
    page = client.get(f"/directory/organizations/{reference}").text
    assert "617 555 0142" in page
    assert "https://harbor.example" in page
    assert "hello@harbor.example" in page
    entry = session.scalars(sa.select(HistoryEntry).where(HistoryEntry.step == "save_contact")).one()
    assert set(entry.data["before"]) == {"phone", "email", "website", "address"}
    late = browser.post(f"/apply/organizations/{reference}/contact", data={**CONTACT, "version": version})
    assert late.status_code == 409


def test_a_program_added_after_approval_begins_an_application_that_knows_the_rest(
    make: Factory, session: Session, ours: Organization, browser_for: BrowserFor
) -> None:
    browser = browser_for(make.owner_of(ours))
    path, known = f"/apply/organizations/{ours.reference}/programs/add", ours.id
    assert browser.post(path, data={}).status_code == 422
    done = browser.post(path, data={"program_name": "Saturday Strings"})
    assert done.status_code == 303
    session.commit()
    drafts = sa.select(Application).where(
        Application.organization_id == known, Application.state == ApplicationState.DRAFT
    )
    draft = session.scalars(drafts).one()
    given = {answer.question_key for answer in draft.answers if answer.program == 0}
    assert {"legal_name", "mission", "ein"} <= given
    page = browser.get(done.location).text
    assert "Saturday Strings" in page
    again = browser.post(path, data={"program_name": "Sunday Strings"})
    assert again.location == done.location
    session.commit()
    assert len(session.scalars(drafts).all()) == 1


def test_a_program_waits_while_an_application_is_with_the_office(make: Factory, browser_for: BrowserFor) -> None:
    case = make.submitted(make.registration())
    browser = browser_for(make.owner_of(case.organization))
    answer = browser.get(f"/apply/organizations/{case.organization.reference}/programs/add", follow_redirects=True)
    assert "You can add a program once it is decided" in answer.text


def test_whoever_belongs_to_two_always_reads_which_one_acts(make: Factory, browser_for: BrowserFor) -> None:
    person = make.person("Twice Owner")
    one, other = make.organization(person, "Harbor Strings"), make.organization(person, "Mill Pond Writers")
    case = make.registration(other)
    browser = browser_for(person)
    for path in (
        f"/apply/{case.reference}",
        f"/apply/organizations/{other.reference}",
        f"/apply/{case.reference}/check",
    ):
        page = browser.get(path).text
        assert "You act for" in page
        assert "Act for Harbor Strings" in page
        assert "Act for Mill Pond Writers" not in page
    alone = make.person("Once Editor")
    make.grant(alone, Role.ORG_EDITOR, organization=one)
    assert "You act for" not in browser_for(alone).get(f"/apply/organizations/{one.reference}").text


def test_a_changed_role_acts_on_the_next_click(
    make: Factory, session: Session, ours: Organization, browser_for: BrowserFor
) -> None:
    editor = make.person("Ed Editor")
    grant = make.grant(editor, Role.ORG_EDITOR, organization=ours)
    owner, theirs = browser_for(make.owner_of(ours)), browser_for(editor)
    contact = f"/apply/organizations/{ours.reference}/contact"
    assert theirs.get(contact).status_code == 200
    path, version = f"/apply/organizations/{ours.reference}/people/roles/{grant.id}", str(grant.version)
    for bad in ({"role": "director"}, {"role": "org_editor"}, {}):
        owner.post(path, data={**bad, "version": version})
        assert ("Ed Editor", Role.ORG_EDITOR) in roles(session, ours)
    assert owner.post(path, data={"role": "org_viewer", "version": version}).status_code == 303
    assert ("Ed Editor", Role.ORG_VIEWER) in roles(session, ours)
    assert ("Ed Editor", Role.ORG_EDITOR) not in roles(session, ours)
    assert theirs.get(contact).status_code == 403


def test_the_last_owner_keeps_the_role(
    make: Factory, session: Session, ours: Organization, browser_for: BrowserFor
) -> None:
    owner = make.owner_of(ours)
    grant = next(grant for grant in owner.grants if grant.role is Role.ORG_OWNER)
    path = f"/apply/organizations/{ours.reference}/people/roles/{grant.id}"
    answer = browser_for(owner).post(path, data={"role": "org_viewer"}, follow_redirects=True)
    assert "This is the last person with this role" in answer.text
    assert (owner.name, Role.ORG_OWNER) in roles(session, ours)


def test_departure_ends_everything_on_the_next_click(make: Factory, session: Session, browser_for: BrowserFor) -> None:
    case = make.registration()
    organization, draft = case.organization, case.reference
    version = make.document(organization, "w9")
    leaver = make.person("Lee Leaver")
    grant = make.grant(leaver, Role.ORG_EDITOR, organization=organization)
    browser = browser_for(leaver)
    download = f"/evidence/{version.document.reference}/{version.number}"
    section = f"/apply/{draft}/sections/organization"
    people, place = str(grant.id), organization.reference
    session.commit()
    pages = (f"/apply/{draft}", section, download, f"/apply/organizations/{place}", f"/apply/{draft}/copy")
    for path in pages:
        assert browser.get(path).status_code == 200, path
    assert browser.post(f"/steps/role_grant/{people}/leave", data={"next": "/account/"}).status_code == 303
    for path in pages:
        assert browser.get(path).status_code == 404, path
    autosave = browser.post(f"{section}/autosave", data={"q_mission": "Too late"})
    assert autosave.status_code == 404
    upload = browser.post(f"/apply/{draft}/documents/w9", data={"files": (BytesIO(b"x"), "x.pdf")})
    assert upload.status_code == 404
    assert draft not in browser.get("/apply").text


def test_an_organization_is_handed_over_in_one_act(
    app: Flask, make: Factory, session: Session, ours: Organization, browser_for: BrowserFor
) -> None:
    owner, heir = make.owner_of(ours), make.person("Hana Heir")
    owner.name = "Olga Owner"
    make.grant(heir, Role.ORG_VIEWER, organization=ours)
    mine, theirs = browser_for(owner), browser_for(heir)
    path, reference, heir_reference = f"/apply/organizations/{ours.reference}/people", ours.reference, heir.reference
    session.commit()
    assert mine.post(f"{path}/hand-over", data={}).status_code == 422
    assert mine.post(f"{path}/hand-over", data={"person": owner.reference}).status_code == 422
    session.commit()
    look = mine.post(f"{path}/hand-over", data={"person": heir_reference, "look": "1"})
    assert "Nothing changes until Hana Heir accepts." in look.text
    assert mine.post(f"{path}/hand-over", data={"person": heir_reference}).status_code == 303
    (mail,) = mails(app, session, "ownership.offered")
    assert mail.to == heir.email
    assert ("Olga Owner", Role.ORG_OWNER) in roles(session, ours)
    assert ("Hana Heir", Role.ORG_OWNER) not in roles(session, ours)
    offer = session.scalars(sa.select(OwnershipOffer.reference)).one()
    session.commit()
    assert mine.post(f"/steps/ownership_offer/{offer}/accept").status_code == 403
    assert "would like to hand this organization over to you" in theirs.get(f"/apply/organizations/{reference}").text
    assert theirs.post(f"/steps/ownership_offer/{offer}/accept", data={"next": "/apply"}).status_code == 303
    assert roles(session, ours) == {
        ("Hana Heir", Role.ORG_OWNER),
        ("Hana Heir", Role.ORG_VIEWER),
        ("Olga Owner", Role.ORG_EDITOR),
    }
    assert mine.get(path).status_code == 403
    assert mails(app, session, "ownership.taken")[0].to == owner.email


def test_an_offer_can_be_declined_or_taken_back(
    make: Factory, session: Session, ours: Organization, browser_for: BrowserFor
) -> None:
    owner, heir = make.owner_of(ours), make.person("Hana Heir")
    make.grant(heir, Role.ORG_VIEWER, organization=ours)
    mine, theirs = browser_for(owner), browser_for(heir)
    path, person = f"/apply/organizations/{ours.reference}/people/hand-over", heir.reference
    session.commit()
    for browser, step in ((mine, "take_back"), (theirs, "decline")):
        assert mine.post(path, data={"person": person}).status_code == 303
        twice = mine.post(path, data={"person": person}, follow_redirects=True)
        assert "Somebody was asked already" in twice.text
        offer = session.scalars(sa.select(OwnershipOffer.reference).where(OwnershipOffer.state == "offered")).one()
        session.commit()
        assert browser.post(f"/steps/ownership_offer/{offer}/{step}").status_code == 303
        assert theirs.post(f"/steps/ownership_offer/{offer}/accept").status_code == 409
    assert (owner.name, Role.ORG_OWNER) in roles(session, ours)


def test_an_offer_that_nobody_answers_ends_and_the_owner_is_told(
    app: Flask, make: Factory, session: Session, ours: Organization, browser_for: BrowserFor
) -> None:
    owner, heir = make.owner_of(ours), make.person("Hana Heir")
    make.grant(heir, Role.ORG_VIEWER, organization=ours)
    mine, theirs = browser_for(owner), browser_for(heir)
    page, person = f"/apply/organizations/{ours.reference}", heir.reference
    session.commit()
    assert mine.post(f"{page}/people/hand-over", data={"person": person}).status_code == 303
    offer = session.scalars(sa.select(OwnershipOffer)).one()
    last = clock.today() + timedelta(days=14)
    assert offer.answer_by == last
    reference = offer.reference
    until = f"until {last:%B} {last.day}, {last.year}"
    assert until in mails(app, session, "ownership.offered")[0].text
    assert f"They can answer {until}" in mine.get(f"{page}/people").text
    assert f"You can answer {until}" in theirs.get(page).text
    with app.app_context():
        sessions = sessionmaker(db.engine, expire_on_commit=False)
    noon = clock.now() + timedelta(days=14)
    calendar_day.settle(sessions, noon)
    session.expire_all()
    assert offer.state is OfferState.OFFERED, "the last day counts"
    session.commit()
    # Nobody takes over too late, also where the worker has not been by yet.
    with unit_of_work(session):
        offer.answer_by = clock.today() - timedelta(days=1)
    late = theirs.post(f"/steps/ownership_offer/{reference}/accept")
    assert (late.status_code, "The time to answer is over" in late.text) == (409, True)
    calendar_day.settle(sessions, clock.now())
    calendar_day.settle(sessions, clock.now())
    session.expire_all()
    assert offer.state is OfferState.EXPIRED
    (told,) = mails(app, session, "ownership.expired")
    assert told.to == owner.email
    assert (owner.name, Role.ORG_OWNER) in roles(session, ours)
    session.commit()
    assert "would like to hand this organization over" not in theirs.get(page).text
    assert mine.post(f"{page}/people/hand-over", data={"person": person}).status_code == 303, "it can be offered again"
