"""A group without a tax id names who holds its money; a registered sponsor confirms it, and no number is ever shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.models import (
    Answer,
    Base,
    Organization,
    OutboxMessage,
    Role,
    Sponsorship,
    SponsorshipState,
    User,
)
from vetting.notifications.mail import Place
from vetting.notifications.mail import make as make_mail
from vetting.workflows.commands import SaveAnswers

BrowserFor = Callable[[User], CheckingClient]
CANARY = "04-7654321"
NAMED = {"sponsor_name": "The Borrowed Umbrella Fund", "ein": CANARY, "ein_again": "047654321"}


@pytest.fixture
def group(make: Factory) -> Organization:
    return make.organization(make.person("Greta Group"), "Corner Garden Group")


def registered(app: Flask, make: Factory, number: str = CANARY) -> Organization:
    """An organization that is registered with this tax id."""
    sponsor = make.organization(make.person("Uma Umbrella"), "The Borrowed Umbrella Fund")
    kept = app.extensions["sealer"].seal(number)
    sponsor.ein_digest, sponsor.ein_last4 = kept["digest"], kept["last4"]
    sponsor.ein_encrypted = kept["sealed"].encode()
    make.session.commit()
    return sponsor


def live(session: Session) -> Sponsorship:
    session.commit()
    session.expire_all()
    return session.scalars(sa.select(Sponsorship).where(Sponsorship.state.in_(["named", "asked", "confirmed"]))).one()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"sponsor_name": ""}, "Enter the name of the fiscal sponsor"),
        ({"ein": ""}, "Enter the tax ID"),
        ({"ein": "12345"}, "Enter the tax ID as nine digits"),
        ({"ein": "123-45-6789", "ein_again": "123-45-6789"}, "This looks like a Social Security number"),
        ({"ein_again": "04-7654322"}, "The two numbers are not the same"),
        ({"ein_again": ""}, "Type the tax ID again"),
        ({"ein": "07-1234567", "ein_again": "07-1234567"}, "No tax ID begins with 07"),
    ],
)
def test_a_mistake_is_said_and_the_number_is_not_shown_again(
    make: Factory, session: Session, group: Organization, browser_for: BrowserFor, typed: dict[str, str], said: str
) -> None:
    browser = browser_for(make.owner_of(group))
    answer = browser.post(f"/apply/organizations/{group.reference}/sponsor", data={**NAMED, **typed})
    assert answer.status_code == 422
    assert said in answer.text
    for number in (CANARY, "047654321", "123-45-6789", "07-1234567"):
        assert number not in answer.text
    if typed.get("sponsor_name") is None:
        assert "The Borrowed Umbrella Fund" in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Sponsorship)) == 0


def test_a_sponsor_that_is_not_registered_stays_a_name(
    make: Factory, session: Session, group: Organization, browser_for: BrowserFor
) -> None:
    browser = browser_for(make.owner_of(group))
    path = f"/apply/organizations/{group.reference}"
    assert browser.post(f"{path}/sponsor", data=NAMED).status_code == 303
    assert live(session).state is SponsorshipState.NAMED
    page = browser.get(path).text
    assert "**-***4321" in page
    assert "The Borrowed Umbrella Fund" in page
    again = browser.post(f"{path}/sponsor", data=NAMED)
    assert again.status_code == 422
    assert "There is a fiscal sponsor already" in again.text
    desk = browser_for(make.coordinator()).get(f"/desk/organizations/{group.reference}").text
    assert "Named, not registered here" in desk
    editor = make.person("Ed Editor")
    make.grant(editor, Role.ORG_EDITOR, organization=group)
    assert browser_for(editor).get(f"{path}/sponsor").status_code == 403


def test_a_registered_sponsor_is_asked_and_shown_only_once_it_confirms(
    app: Flask, make: Factory, session: Session, browser_for: BrowserFor, client: CheckingClient
) -> None:
    group, sponsor = make.partner("Corner Garden Group"), registered(app, make)
    theirs, ours = browser_for(make.owner_of(sponsor)), browser_for(make.owner_of(group))
    public, own = f"/directory/organizations/{group.reference}", f"/apply/organizations/{group.reference}"
    assert ours.post(f"{own}/sponsor", data=NAMED).status_code == 303
    found = live(session)
    assert (found.state, found.sponsor_id) == (SponsorshipState.ASKED, sponsor.id)
    mail = _mail(app, session, "sponsorship.asked")
    assert mail.to == make.owner_of(sponsor).email
    assert f"/apply/sponsors/{found.reference}" in mail.text
    assert "Fiscal sponsor" not in client.get(public).text
    page = f"/apply/sponsors/{found.reference}"
    for person in (make.owner_of(group), make.person("Somebody"), make.coordinator()):
        assert browser_for(person).get(page).status_code == 404
    assert ours.post(f"/steps/sponsorship/{found.reference}/confirm").status_code == 403
    assert "Yes, we are their fiscal sponsor" in theirs.get(page).text
    assert theirs.post(f"/steps/sponsorship/{found.reference}/confirm", data={"next": page}).status_code == 303
    assert "Fiscal sponsor:" in client.get(public).text
    assert "The Borrowed Umbrella Fund" in client.get(public).text
    assert "You are the fiscal sponsor of" in theirs.get(f"/apply/organizations/{sponsor.reference}").text
    assert theirs.post(f"/steps/sponsorship/{found.reference}/step_back").status_code == 303
    assert "Fiscal sponsor:" not in client.get(public).text
    assert _mail(app, session, "sponsorship.ended").to == make.owner_of(group).email


def test_a_partner_is_not_led_astray_by_the_name_of_a_group_that_it_does_not_know(
    app: Flask, make: Factory, session: Session, browser_for: BrowserFor
) -> None:
    owner = make.person("Sly Stranger")
    group = make.organization(owner, "Your account is locked: https://evil.example/login")
    registered(app, make)
    assert browser_for(owner).post(f"/apply/organizations/{group.reference}/sponsor", data=NAMED).status_code == 303
    mail = _mail(app, session, "sponsorship.asked")
    for text in (mail.subject, mail.text, mail.html):
        assert "account is locked" in text, "the name itself is said"
        assert "evil.example" not in text
        assert "https://evil" not in text


def _mail(app: Flask, session: Session, topic: str) -> Any:
    session.commit()
    row = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic == topic)).one()
    mail = make_mail(session, row, Place.of(app.config["SETTINGS"]))
    assert mail is not None
    return mail


def test_a_declined_sponsor_is_said_and_another_can_be_named(
    app: Flask, make: Factory, session: Session, group: Organization, browser_for: BrowserFor
) -> None:
    sponsor = registered(app, make)
    ours, own = browser_for(make.owner_of(group)), f"/apply/organizations/{group.reference}"
    ours.post(f"{own}/sponsor", data=NAMED)
    number = live(session).reference
    assert browser_for(make.owner_of(sponsor)).post(f"/steps/sponsorship/{number}/decline").status_code == 303
    assert "The sponsor says that this is not so." in ours.get(own).text
    other = {**NAMED, "ein": "04-7654399", "ein_again": "04-7654399", "sponsor_name": "Another Fund"}
    assert ours.post(f"{own}/sponsor", data=other).status_code == 303
    assert live(session).sponsor_name == "Another Fund"


def test_the_answers_of_an_application_name_the_sponsor_and_keep_its_number_apart(
    app: Flask, make: Factory, session: Session, group: Organization, browser_for: BrowserFor
) -> None:
    sponsor = registered(app, make)
    case = make.registration(group)
    make.fill(case)
    owner = make.actor(make.owner_of(group))
    answers = {
        "nonprofit_status": "fiscal_sponsor",
        "fiscal_sponsor_name": "The Borrowed Umbrella Fund",
        "ein": app.extensions["sealer"].seal(CANARY),
    }
    make.take("application", case, "save_answers", owner, data=SaveAnswers(answers))
    make.take("application", case, "submit", owner)
    found = live(session)
    assert (found.state, found.sponsor_id, found.ein_last4) == (SponsorshipState.ASKED, sponsor.id, "4321")
    assert group.ein_digest is None
    kept = session.scalars(sa.select(Answer).where(Answer.question_key == "ein")).one()
    assert CANARY not in str(kept.value)


def test_nobody_ever_reads_a_number(
    app: Flask, make: Factory, session: Session, group: Organization, browser_for: BrowserFor
) -> None:
    sponsor = registered(app, make)
    owner, office, theirs = make.owner_of(group), make.director(), make.owner_of(sponsor)
    ours = browser_for(owner)
    ours.post(f"/apply/organizations/{group.reference}/sponsor", data=NAMED)
    number = live(session).reference
    desk = browser_for(office)
    desk.post("/desk/duplicates", data={"first": group.reference, "second": sponsor.reference})
    pages = [
        ours.get(f"/apply/organizations/{group.reference}").text,
        ours.post(
            f"/apply/organizations/{group.reference}/sponsor", data={**NAMED, "csrf_token": "bad"}, csrf=False
        ).text,
        browser_for(theirs).get(f"/apply/sponsors/{number}").text,
        browser_for(theirs).get(f"/apply/organizations/{sponsor.reference}").text,
        desk.get(f"/desk/organizations/{group.reference}").text,
        desk.get(f"/desk/organizations/{sponsor.reference}").text,
        desk.get("/desk/duplicates").text,
    ]
    place = Place.of(app.config["SETTINGS"])
    session.commit()
    for row in session.scalars(sa.select(OutboxMessage)).all():
        mail = make_mail(session, row, place) if row.recipient != "worker" else None
        pages += [mail.text, mail.html] if mail is not None else []
    for table in Base.metadata.sorted_tables:
        pages += [str(tuple(row)) for row in session.execute(sa.select(table))]
    for text in pages:
        for form in (CANARY, CANARY.replace("-", ""), CANARY[-7:]):
            assert form not in text
