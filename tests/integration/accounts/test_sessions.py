"""What is open where: browsers that can be signed out, rights that end on the next click, proofs asked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.accounts.conftest import PASSWORD, code_in
from tests.support.client import CheckingClient
from vetting import clock
from vetting.models import LoginSession, Role, User

Look = Callable[[Any], list[Any]]
Mails = Callable[[str], list[dict[str, str]]]
BrowserFor = Callable[[User], CheckingClient]


def opens(browser: CheckingClient, path: str = "/account/") -> bool:
    return browser.get(path).status_code == 200


def test_one_browser_can_be_signed_out_from_another(browser_for: BrowserFor, person: User, look: Look) -> None:
    here, there = browser_for(person), browser_for(person)
    _first, second = (row.id for row in look(sa.select(LoginSession).order_by(LoginSession.id)))
    assert here.get("/account/security").text.count("This browser") == 1
    assert here.post("/account/browsers/sign-out", data={"browser": second}).status_code == 303
    assert opens(here)
    assert not opens(there)


def test_somebody_elses_browser_answers_like_none(
    browser_for: BrowserFor, person: User, make: Factory, look: Look
) -> None:
    theirs = browser_for(person)
    (their_id,) = look(sa.select(LoginSession.id))
    mine = browser_for(make.person("Stranger"))
    answers = [
        mine.post("/account/browsers/sign-out", data={"browser": value}) for value in (their_id, 999999, "x", "")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert opens(theirs)


def test_every_other_browser_can_be_signed_out_at_once(browser_for: BrowserFor, person: User) -> None:
    here, one, two = browser_for(person), browser_for(person), browser_for(person)
    here.post("/account/browsers/sign-out-others")
    assert [opens(browser) for browser in (here, one, two)] == [True, False, False]


def test_a_session_runs_out_and_a_closed_account_is_out(
    browser_for: BrowserFor, person: User, session: Session
) -> None:
    late = browser_for(person)
    session.execute(sa.update(LoginSession).values(expires_at=clock.now() - timedelta(seconds=1)))
    session.commit()
    assert not opens(late)
    browser = browser_for(person)
    session.execute(sa.update(User).values(active=False))
    session.commit()
    assert not opens(browser)


def test_a_role_that_ends_is_gone_on_the_next_click(browser_for: BrowserFor, make: Factory) -> None:
    admin = make.person("Ari Admin", Role.SYSTEM_ADMIN)
    second = make.person("Bo Second")
    grant = make.grant(second, Role.SYSTEM_ADMIN)
    browser = browser_for(second)
    assert opens(browser, "/admin/people")
    ended = browser_for(admin).post(f"/steps/role_grant/{grant.id}/end", data={"next": "/admin/people"})
    assert ended.status_code == 303
    assert browser.get("/admin/people").status_code == 403
    assert opens(browser)


def test_the_last_administrator_stays(browser_for: BrowserFor, make: Factory) -> None:
    admin = make.person("Ari Admin")
    grant = make.grant(admin, Role.SYSTEM_ADMIN)
    browser = browser_for(admin)
    refused = browser.post(f"/steps/role_grant/{grant.id}/end")
    assert refused.status_code == 409
    assert "last person with this role" in refused.text
    assert opens(browser, "/admin/people")


def test_somebody_whose_account_is_closed_does_not_count_as_in_charge(
    browser_for: BrowserFor, make: Factory, session: Session
) -> None:
    admin, closed = make.person("Ari Admin"), make.person("Cas Closed", Role.SYSTEM_ADMIN)
    grant = make.grant(admin, Role.SYSTEM_ADMIN)
    closed.active = False
    session.commit()
    browser = browser_for(admin)
    assert browser.post(f"/steps/role_grant/{grant.id}/end").status_code == 409
    assert opens(browser, "/admin/people")


def test_sign_in_takes_a_new_token_and_ends_what_the_browser_had(app: Flask, person: User, look: Look) -> None:
    browser = app.test_client()
    tokens = []
    for _time in range(2):
        browser.post("/sign-in", data={"email": person.email, "password": PASSWORD})
        with browser.session_transaction() as cookie:
            tokens.append(cookie["sid"])
    assert tokens[0] != tokens[1]
    assert [row.ended_at is None for row in look(sa.select(LoginSession).order_by(LoginSession.id))] == [False, True]


def test_office_sessions_end_within_a_day_and_others_within_a_month(
    app: Flask, make: Factory, person: User, look: Look
) -> None:
    office = make.person("Dee Director", Role.DIRECTOR, password=person.password)
    for user in (person, office):
        app.test_client().post("/sign-in", data={"email": user.email, "password": PASSWORD})
    lives = {row.user_id: row.expires_at - row.authenticated_at for row in look(sa.select(LoginSession))}
    assert lives == {person.id: timedelta(days=30), office.id: timedelta(hours=12)}


def test_looking_at_pages_writes_nothing(browser_for: BrowserFor, person: User, statements: Callable[[], Any]) -> None:
    browser = browser_for(person)
    with statements() as sent:
        for path in ("/account/", "/account/security", "/account/app", "/account/passkeys/add", "/account/password"):
            assert opens(browser, path)
    assert not [line for line in sent if line.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]


@pytest.mark.parametrize("path", ["/account/password", "/account/app", "/account/passkeys/add"])
def test_a_sensitive_page_asks_who_is_there_after_half_an_hour(
    browser_for: BrowserFor, person: User, session: Session, mails: Mails, path: str
) -> None:
    browser = browser_for(person)
    session.execute(sa.update(LoginSession).values(authenticated_at=clock.now() - timedelta(minutes=31)))
    session.commit()
    asked = browser.get(path)
    assert asked.location.startswith("/account/its-you?next=")
    assert browser.get(asked.location).status_code == 200
    assert browser.post("/account/its-you", data={"password": "wrong wrong wrong", "next": path}).status_code == 422
    browser.post("/account/its-you/code", data={"next": path})
    assert browser.get(asked.location).status_code == 200
    code = code_in(mails(person.email)[-1]["body"])
    assert browser.post("/account/its-you", data={"code": code, "next": path}).location == path
    assert opens(browser, path)


def test_changing_the_password_signs_other_browsers_out_and_tells_the_owner(
    browser_for: BrowserFor, app: Flask, person: User, mails: Mails
) -> None:
    here, there = browser_for(person), browser_for(person)
    assert here.post("/account/password", data={"password": "quite another set of words"}).status_code == 303
    assert (opens(here), opens(there)) == (True, False)
    assert "changed" in mails(person.email)[-1]["subject"]
    again = app.test_client().post("/sign-in", data={"email": person.email, "password": "quite another set of words"})
    assert again.status_code == 303


def test_private_pages_are_not_kept_by_browsers(browser_for: BrowserFor, person: User) -> None:
    assert "no-store" in browser_for(person).get("/account/security").headers["Cache-Control"]


def test_a_person_changes_name_and_title(browser_for: BrowserFor, person: User, look: Look) -> None:
    browser = browser_for(person)
    assert browser.post("/account/", data={"name": "Noor  H.", "title": "Program\r\nlead"}).status_code == 303
    assert [(u.name, u.title) for u in look(sa.select(User))] == [("Noor H.", "Program lead")]
    assert browser.post("/account/", data={"name": "", "title": "x"}).status_code == 422
