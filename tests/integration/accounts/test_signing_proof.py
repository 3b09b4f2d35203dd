"""Who is there at the moment of signing: which ways count, for what, for how long, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from tests.integration.accounts.conftest import PASSWORD
from tests.integration.accounts.test_passkeys import AUTHENTICATOR, address  # noqa: F401 - a fixture
from tests.integration.accounts.test_second_step import later, switch_on
from tests.support.client import CheckingClient
from tests.support.proving import mailed_code, prove
from vetting import clock
from vetting.models import OneTimeCode, OutboxMessage, SigningProof, User
from vetting.unit_of_work import unit_of_work
from vetting.views import signing_proof

BrowserFor = Callable[[User], CheckingClient]
Look = Callable[[Any], list[Any]]

TEXT = "ab" * 32
OTHER = "cd" * 32
AT = f"/account/before-signing/{TEXT}"
PROVEN = sa.select(SigningProof.bound_to).where(SigningProof.proven_at.is_not(None))


def wants_proof(browser: CheckingClient, bound_to: str = TEXT) -> bool:
    """Whether this browser still has to show who is there; once it has, the page leads on."""
    return browser.get(f"/account/before-signing/{bound_to}").status_code == 200


def test_a_mailed_code_proves_it_for_one_text_in_one_browser(
    browser_for: BrowserFor, person: User, session: Session
) -> None:
    here, there = browser_for(person), browser_for(person)
    assert wants_proof(here)
    prove(here, session, person.email, TEXT, "/agreements/to-sign")
    assert not wants_proof(here)
    assert wants_proof(here, OTHER)
    assert wants_proof(there)


def test_opening_the_page_sends_nothing_and_proves_nothing(browser_for: BrowserFor, person: User, look: Look) -> None:
    browser = browser_for(person)
    for _ in range(3):
        assert browser.get(AT).status_code == 200
        assert browser.head(AT).status_code == 200
    assert look(sa.select(SigningProof.id)) == []
    assert look(sa.select(OutboxMessage.id)) == []


def test_a_code_for_another_text_or_for_signing_in_is_refused(
    browser_for: BrowserFor, app: Flask, person: User, session: Session, look: Look
) -> None:
    browser = browser_for(person)
    browser.post(f"/account/before-signing/{OTHER}/code")
    for_another = mailed_code(session, person.email)
    browser.post(f"{AT}/code")
    assert browser.post(AT, data={"code": for_another}).status_code == 422
    browser.post("/account/its-you/code")
    to_sign_in = look(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id.desc()))[0]["body"]
    code = next(word for word in to_sign_in.split("\n") if word.strip().replace(" ", "").isdigit())
    refused = browser.post(AT, data={"code": code})
    assert refused.status_code == 422
    assert "This code does not work" in refused.text
    assert look(PROVEN) == []
    assert len(look(sa.select(OneTimeCode.id))) == 1


def test_a_password_is_never_enough(browser_for: BrowserFor, person: User, look: Look) -> None:
    browser = browser_for(person)
    assert browser.post("/account/its-you", data={"password": PASSWORD}).status_code == 303
    assert wants_proof(browser)
    assert browser.post(AT, data={"password": PASSWORD, "code": PASSWORD}).status_code == 422
    assert look(PROVEN) == []


def test_proof_runs_out_after_ten_minutes(browser_for: BrowserFor, person: User, session: Session) -> None:
    browser = browser_for(person)
    prove(browser, session, person.email, TEXT)
    session.execute(sa.update(SigningProof).values(expires_at=clock.now() - timedelta(seconds=1)))
    session.commit()
    assert wants_proof(browser)


def test_a_code_works_once_and_a_newer_one_ends_it(browser_for: BrowserFor, person: User, session: Session) -> None:
    browser = browser_for(person)
    browser.post(f"{AT}/code")
    first = mailed_code(session, person.email)
    browser.post(f"{AT}/code")
    assert browser.post(AT, data={"code": first}).status_code == 422
    newest = mailed_code(session, person.email)
    assert browser.post(AT, data={"code": newest.replace(" ", "")}).status_code == 303
    assert browser.post(AT, data={"code": newest}).status_code == 422


def test_guessing_is_stopped(browser_for: BrowserFor, person: User, session: Session, look: Look) -> None:
    browser = browser_for(person)
    browser.post(f"{AT}/code")
    for _ in range(5):
        assert browser.post(AT, data={"code": "0000 0000"}).status_code == 422
    right = mailed_code(session, person.email)
    assert browser.post(AT, data={"code": right}).status_code == 422
    assert look(PROVEN) == []


def test_the_app_is_the_only_way_where_there_is_one(
    browser_for: BrowserFor, person: User, session: Session, look: Look
) -> None:
    browser = browser_for(person)
    authenticator, recovery = switch_on(browser)
    page = browser.get(AT).text
    assert "Six digits from your authenticator app" in page
    assert "E-mail me a code" not in page
    assert browser.post(f"{AT}/code").status_code == 404
    assert browser.post(AT, data={"code": recovery[0]}).status_code == 422
    assert browser.post(AT, data={"code": later(authenticator), "next": "/"}).status_code == 303
    assert look(sa.select(SigningProof.method)) == ["app"]
    # The code of the app is spent for everything else as well.
    assert browser.post(f"/account/before-signing/{OTHER}", data={"code": later(authenticator)}).status_code == 422


def test_of_two_uses_one_fails_and_a_rollback_gives_the_proof_back(
    browser_for: BrowserFor, person: User, session: Session, look: Look
) -> None:
    prove(browser_for(person), session, person.email, TEXT)
    proof = session.scalars(sa.select(SigningProof)).one()
    with unit_of_work(session):
        signing_proof.use(session, proof)
        session.rollback()
    with unit_of_work(session):
        signing_proof.use(session, proof)
    with pytest.raises(signing_proof.ProofSpent), unit_of_work(session):
        signing_proof.use(session, proof)
    assert len(look(sa.select(SigningProof.id).where(SigningProof.used_at.is_not(None)))) == 1


@pytest.mark.parametrize("bad", ["x" * 64, "ab" * 31, "AB" * 32, "ab" * 33])
def test_what_is_no_digest_is_not_found(browser_for: BrowserFor, person: User, bad: str) -> None:
    assert browser_for(person).get(f"/account/before-signing/{bad}").status_code == 404


def test_the_way_back_stays_on_this_site(browser_for: BrowserFor, person: User, session: Session) -> None:
    browser = browser_for(person)
    browser.post(f"{AT}/code")
    code = mailed_code(session, person.email)
    assert browser.post(AT, data={"code": code, "next": "//elsewhere.example"}).location == "/agreements/to-sign"


@pytest.mark.browser
def test_a_passkey_proves_it(
    address: str,  # noqa: F811 - a fixture
    person: User,
    look: Look,
    chromium: Browser,
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(f"{address}/sign-in?next=/account/passkeys/add")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_text("The passkey is ready").wait_for()
    page.goto(f"{address}{AT}?next=/account/security")
    assert not page.get_by_role("button", name="E-mail me a code").is_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Sign-in and security").wait_for()
    context.close()
    assert look(sa.select(SigningProof.method)) == ["passkey"]
    assert look(PROVEN) == [TEXT]
