"""Invitations: bound to one address, used once, ended by a resend; and the first administrator's link."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.accounts.conftest import PASSWORD
from tests.support.client import CheckingClient
from vetting import clock, tokens
from vetting.models import GrantState, Invitation, InvitationState, LoginSession, OutboxMessage, Role, RoleGrant, User
from vetting.notifications.mail import Place
from vetting.notifications.mail import make as make_mail
from vetting.unit_of_work import unit_of_work
from vetting.views.account.setup_link import AdministratorExists, make_setup_link
from vetting.workflows.guards.accounts import INVITATIONS_A_DAY

Look = Callable[[Any], list[Any]]
BrowserFor = Callable[[User], CheckingClient]

INVITED = "sam@invited.example"


@pytest.fixture
def admin(browser_for: BrowserFor, make: Factory) -> CheckingClient:
    """An administrator's browser."""
    return browser_for(make.person("Ari Admin", Role.SYSTEM_ADMIN))


@pytest.fixture
def link(app: Flask, look: Look) -> Callable[[], str]:
    """The link of the only invitation, as its mail has it."""

    def build() -> str:
        (invitation,) = look(sa.select(Invitation))
        key = app.config["SETTINGS"].secret_key
        return f"/account/invitation/{tokens.invitation_token([key], invitation.nonce, invitation.token_digest)}"

    return build


def invite(admin: CheckingClient, **more: str) -> None:
    answer = admin.post("/admin/people/invite", data={"email": INVITED, "name": "Sam", "role": "reviewer", **more})
    assert answer.status_code == 303, answer.text


def state(look: Look) -> InvitationState:
    return look(sa.select(Invitation.state))[0]


def roles(look: Look) -> list[tuple[str, Role]]:
    query = sa.select(RoleGrant).join(RoleGrant.user).where(User.email == INVITED, RoleGrant.state == GrantState.ACTIVE)
    return [(INVITED, grant.role) for grant in look(query)]


def test_an_invited_person_makes_an_account_and_has_the_role(
    admin: CheckingClient, app: Flask, look: Look, link: Callable[[], str]
) -> None:
    invite(admin)
    browser = app.test_client()
    for _time in range(2):
        page = browser.get(link())
        assert page.status_code == 200
        assert INVITED in page.text
    assert browser.head(link()).status_code == 200
    assert state(look) is InvitationState.PENDING
    assert browser.post(link(), data={"name": "Sam Reviewer", "password": PASSWORD}).location == "/account/start"
    assert roles(look) == [(INVITED, Role.REVIEWER)]
    assert browser.get("/account/").status_code == 200
    # The link is used up, for everyone.
    assert "accepted already" in app.test_client().post(link(), data={"name": "Eve"}).text
    assert len(look(sa.select(User).where(User.email == INVITED))) == 1


def test_the_mail_carries_the_link_and_the_database_does_not(
    admin: CheckingClient, session: Session, app: Flask, link: Callable[[], str]
) -> None:
    invite(admin)
    token = link().rpartition("/")[2]
    (message,) = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.recipient == f"mail:{INVITED}"))
    settings = app.config["SETTINGS"]
    mail = make_mail(session, message, Place("http://localhost", "The district", "a@b.example", [settings.secret_key]))
    assert mail is not None
    assert f"http://localhost/account/invitation/{token}" in mail.text
    assert token not in str(message.payload)
    stored = session.execute(sa.select(Invitation.nonce, Invitation.token_digest)).one()
    assert token not in stored


def test_the_wrong_account_is_told_and_the_invitation_stays(
    admin: CheckingClient, browser_for: BrowserFor, make: Factory, look: Look, link: Callable[[], str]
) -> None:
    invite(admin)
    other = browser_for(make.person("Eve Else"))
    assert "for another address" in other.get(link()).text
    assert other.post(link()).status_code == 403
    assert state(look) is InvitationState.PENDING
    assert not roles(look)


def test_the_account_of_the_invited_address_accepts(
    admin: CheckingClient, browser_for: BrowserFor, make: Factory, look: Look, link: Callable[[], str]
) -> None:
    sam = make.person("Sam", email=INVITED)
    invite(admin)
    mine = browser_for(sam)
    assert "Accept" in mine.get(link()).text
    assert mine.post(link()).status_code == 303
    assert roles(look) == [(INVITED, Role.REVIEWER)]
    assert mine.post(link()).status_code == 200
    assert roles(look) == [(INVITED, Role.REVIEWER)]


def test_an_office_role_shortens_the_sessions_one_has(
    admin: CheckingClient, app: Flask, make: Factory, person: User, look: Look, link: Callable[[], str]
) -> None:
    make.person("Sam", email=INVITED, password=person.password)
    browser = app.test_client()
    browser.post("/sign-in", data={"email": INVITED, "password": PASSWORD})
    invite(admin)
    browser.post(link())
    lives = look(sa.select(LoginSession.expires_at).order_by(LoginSession.id.desc()))
    assert lives[0] <= clock.now() + timedelta(hours=12)


def test_nobody_takes_over_an_account_by_an_invitation(
    admin: CheckingClient, app: Flask, make: Factory, look: Look, link: Callable[[], str]
) -> None:
    make.person("Sam", email=INVITED)
    invite(admin)
    stranger = app.test_client()
    page = stranger.post(link(), data={"name": "Eve", "password": PASSWORD})
    assert "Sign in and you come back here" in page.text
    assert stranger.get("/account/").status_code == 302
    assert state(look) is InvitationState.PENDING


def test_a_resend_ends_the_former_link_and_inviting_twice_is_a_resend(
    admin: CheckingClient, app: Flask, look: Look, link: Callable[[], str]
) -> None:
    invite(admin)
    former = link()
    invite(admin)
    assert len(look(sa.select(Invitation))) == 1
    newest = link()
    assert newest != former
    assert app.test_client().get(former).status_code == 410
    assert app.test_client().post(former, data={"name": "Sam"}).status_code == 410
    reference = look(sa.select(Invitation.reference))[0]
    admin.post(f"/admin/people/invitations/{reference}/send-again")
    assert app.test_client().get(newest).status_code == 410
    assert app.test_client().post(link(), data={"name": "Sam"}).status_code == 303


def test_expired_and_taken_back_invitations_say_so(
    admin: CheckingClient, app: Flask, session: Session, look: Look, link: Callable[[], str]
) -> None:
    invite(admin)
    session.execute(sa.update(Invitation).values(expires_at=clock.now() - timedelta(minutes=1)))
    session.commit()
    page = app.test_client().post(link(), data={"name": "Sam"})
    assert (page.status_code, "expired" in page.text) == (410, True)
    reference = look(sa.select(Invitation.reference))[0]
    assert admin.post(f"/steps/invitation/{reference}/revoke", data={"next": "/admin/people"}).status_code == 303
    page = app.test_client().post(link(), data={"name": "Sam"})
    assert (page.status_code, "taken back" in page.text) == (410, True)
    assert not roles(look)


def test_an_owner_invites_to_the_own_organization_and_to_nothing_else(
    browser_for: BrowserFor, make: Factory, look: Look, app: Flask, link: Callable[[], str]
) -> None:
    owner, editor = make.person("Olu Owner"), make.person("Eda Editor")
    ours, theirs = make.organization(), make.organization()
    make.grant(owner, Role.ORG_OWNER, organization=ours)
    make.grant(editor, Role.ORG_EDITOR, organization=ours)
    browser = browser_for(owner)
    path = f"/apply/organizations/{ours.reference}/people"
    assert browser.get(path).status_code == 200
    bad = browser.post(path, data={"email": INVITED, "role": "director"})
    assert bad.status_code == 422
    assert INVITED in bad.text
    assert browser.post(path, data={"email": INVITED, "role": "org_signer"}).status_code == 303
    assert browser.get(f"/apply/organizations/{theirs.reference}/people").status_code == 404
    invited = browser.post(f"/apply/organizations/{theirs.reference}/people", data={"email": "x@y.example"})
    assert invited.status_code == 404
    reference = look(sa.select(Invitation.reference))[0]
    crossed = browser.post(f"/apply/organizations/{theirs.reference}/people/{reference}/send-again")
    assert crossed.status_code == 404
    # An editor may see the organization but not its people's rights.
    assert browser_for(editor).post(path, data={"email": INVITED, "role": "org_owner"}).status_code == 403
    assert browser_for(editor).get("/admin/people").status_code == 403
    app.test_client().post(link(), data={"name": "Sam Signer"})
    assert roles(look) == [(INVITED, Role.ORG_SIGNER)]
    again = browser.post(path, data={"email": INVITED, "role": "org_signer"})
    assert "has this role already" in again.text


def test_an_organization_cannot_have_our_mail_carry_its_words(
    app: Flask, browser_for: BrowserFor, make: Factory, session: Session, look: Look
) -> None:
    """Anybody may register an organization, and our mail then goes to any address: it says little of theirs."""
    owner = make.person("Olu Owner")
    ours = make.organization(name="Your account is locked: open https://evil.example/login or www.evil.example now")
    make.grant(owner, Role.ORG_OWNER, organization=ours)
    browser = browser_for(owner)
    path = f"/apply/organizations/{ours.reference}/people"
    name = "Ann\r\nBcc: all@town.example http://evil.example " + "now " * 30
    assert browser.post(path, data={"email": INVITED, "name": name, "role": "org_editor"}).status_code == 303
    (message,) = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.recipient == f"mail:{INVITED}"))
    key = app.config["SETTINGS"].secret_key
    mail = make_mail(session, message, Place("https://ours.example", "The district", "a@b.example", [key]))
    session.rollback()
    assert mail is not None
    assert "\n" not in mail.subject
    for text in (mail.subject, mail.text, mail.html):
        # What a mail program makes an address of: ours, and no other.
        addresses = re.findall(r"[\w-]+(?:\.[\w-]+)+|\w+://\S+|\S+@\S+", text)
        assert [one for one in addresses if "ours.example" not in one and "b.example" not in one] == []
    assert max(len(line) for line in mail.text.splitlines()) < 250
    # ... and it does not go to everybody.
    waiting = look(sa.select(Invitation.reference))[0]
    for number in range(INVITATIONS_A_DAY - 1):
        data = {"email": f"person{number}@town.example", "role": "org_viewer"}
        assert browser.post(path, data=data).status_code == 303
    refused = browser.post(path, data={"email": "one.more@town.example", "role": "org_viewer"})
    assert refused.status_code == 422
    assert "More can be sent tomorrow" in refused.text
    assert 'value="one.more@town.example"' in refused.text
    assert browser.post(f"{path}/{waiting}/send-again").status_code == 409
    # Another organization of the same person does not help.
    second = make.organization(name="Second Try")
    make.grant(owner, Role.ORG_OWNER, organization=second)
    session.commit()
    other = f"/apply/organizations/{second.reference}/people"
    assert browser.post(other, data={"email": "one.more@town.example", "role": "org_viewer"}).status_code == 422
    told = sa.select(sa.func.count()).select_from(OutboxMessage).where(OutboxMessage.recipient.startswith("mail:"))
    assert look(told) == [INVITATIONS_A_DAY]
    # The day after it does.
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1), tick=False):
        assert browser_for(owner).post(f"{path}/{waiting}/send-again").status_code == 303


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        ("school_leader", "Choose the school"),
        ("org_owner", "Enter the reference of the organization"),
        ("", "Choose a role"),
    ],
)
def test_a_role_without_its_place_is_refused_in_words(
    admin: CheckingClient, look: Look, role: str, sentence: str
) -> None:
    page = admin.post("/admin/people/invite", data={"email": INVITED, "role": role})
    assert page.status_code == 422
    assert sentence in page.text
    assert INVITED in page.text
    assert not look(sa.select(Invitation))


def test_a_school_leader_is_invited_to_a_school(
    admin: CheckingClient, app: Flask, make: Factory, look: Look, link: Callable[[], str]
) -> None:
    school = make.school()
    invite(admin, role="school_leader", school=school.dese_id)
    app.test_client().post(link(), data={"name": "Lee Leader"})
    (grant,) = look(sa.select(RoleGrant).where(RoleGrant.role == Role.SCHOOL_LEADER))
    assert grant.school_id == school.id


def setup_path(app: Flask, session: Session, *, force: bool = False) -> str:
    with app.app_context(), unit_of_work(session):
        return make_setup_link(session, force=force).removeprefix("http://localhost")


def test_the_first_administrator_is_made_by_a_link_that_works_once(app: Flask, session: Session, look: Look) -> None:
    path = setup_path(app, session)
    browser = app.test_client()
    assert browser.get(path).status_code == 200
    short = browser.post(path, data={"name": "Ari", "email": "ari@office.example", "password": "short"})
    assert (short.status_code, "ari@office.example" in short.text) == (422, True)
    made = browser.post(path, data={"name": "Ari", "email": "Ari@Office.example", "password": PASSWORD})
    assert made.location == "/admin/people"
    assert browser.get("/admin/people").status_code == 200
    assert app.test_client().get(path).status_code == 410
    again = app.test_client().post(path, data={"name": "Eve", "email": "eve@x.example", "password": PASSWORD})
    assert again.status_code == 410
    assert look(sa.select(RoleGrant.role)) == [Role.SYSTEM_ADMIN]
    with pytest.raises(AdministratorExists):
        setup_path(app, session)


def test_a_new_setup_link_ends_the_former_and_an_old_one_is_dead(app: Flask, session: Session) -> None:
    former, newest = setup_path(app, session), setup_path(app, session)
    assert app.test_client().get(former).status_code == 410
    session.execute(sa.text("UPDATE setup_link SET expires_at = '2020-01-01 00:00:00'"))
    session.commit()
    assert app.test_client().get(newest).status_code == 410


def test_a_closed_account_is_out_and_can_be_opened_again(
    admin: CheckingClient, browser_for: BrowserFor, make: Factory, app: Flask
) -> None:
    user = make.person("Rae Reviewer", Role.REVIEWER)
    theirs = browser_for(user)
    assert theirs.get("/account/").status_code == 200
    path = f"/admin/people/{user.reference}"
    assert admin.get(path).status_code == 200
    assert admin.post(f"{path}/active", data={"active": "0"}).status_code == 303
    assert theirs.get("/account/").status_code == 302
    assert "Closed" in admin.get(path).text
    admin.post(f"{path}/active", data={"active": "1"})
    assert "Closed" not in admin.get(path).text


def test_the_list_of_people_searches_and_costs_the_same_for_many(
    admin: CheckingClient, make: Factory, statements: Callable[[], Any]
) -> None:
    make.person("Zed Only", Role.FINANCE)
    with statements() as few:
        assert "Zed Only" in admin.get("/admin/people?q=zed").text
    for number in range(55):
        make.grant(make.person(f"Many {number:02d}"), Role.AUDITOR)
    with statements() as many:
        page = admin.get("/admin/people").text
    assert "Many 40" in page
    assert "after=PER-" in page
    assert len(many) == len(few)
    finance = admin.get("/admin/people?role=finance").text
    assert ("Zed Only" in finance, "Many 00" in finance) == (True, False)
    assert "Nobody fits" in admin.get("/admin/people?q=%25%25").text
