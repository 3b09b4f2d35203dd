"""Signing in: the same answer to every wrong try, codes that work once, pauses shared by all processes."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_security import verify_password
from sqlalchemy.orm import Session

import config
from tests.factories import Factory
from tests.integration.accounts.conftest import PASSWORD, code_in
from tests.support.client import CheckingClient
from vetting.models import LoginSession, OneTimeCode, SignInAttempts, User
from vetting.views.account import attempts, passwords

Look = Callable[[Any], list[Any]]
Mails = Callable[[str], list[dict[str, str]]]


def sign_in(browser: CheckingClient, email: str, password: str, **more: str):
    return browser.post("/sign-in", data={"email": email, "password": password, **more})


def signed_in(browser: CheckingClient) -> bool:
    return browser.get("/account/").status_code == 200


def anonymous(html: str) -> str:
    """A page without what differs by design: the typed address and the form's token."""
    return re.sub(r'value="[^"]*"', "", html)


def test_a_person_signs_in_with_a_password_and_out_again(client: CheckingClient, person: User, look: Look) -> None:
    answer = sign_in(client, "  Noor@People.Example ", PASSWORD)
    assert answer.status_code == 303
    assert answer.location == "/account/start"
    assert signed_in(client)
    (row,) = look(sa.select(LoginSession))
    assert (row.method, row.ended_at) == ("password", None)
    assert client.post("/sign-out").status_code == 303
    assert not signed_in(client)
    assert look(sa.select(LoginSession))[0].ended_at is not None


def test_the_cookie_of_a_browser_that_signed_out_is_worth_nothing(client: CheckingClient, person: User) -> None:
    sign_in(client, person.email, PASSWORD)
    kept = client.get_cookie("vetting")
    assert kept is not None
    client.post("/sign-out")
    client.set_cookie("vetting", kept.value)
    assert not signed_in(client)


@pytest.mark.parametrize("path", ["/sign-out"])
def test_nobody_is_signed_out_by_a_link(client: CheckingClient, person: User, path: str) -> None:
    sign_in(client, person.email, PASSWORD)
    assert client.get(path).status_code == 405
    assert signed_in(client)


def test_wrong_password_no_account_closed_account_and_no_password_look_the_same(
    app: Flask, make: Factory, person: User, session: Session
) -> None:
    closed = make.person("Closed", email="closed@people.example", password=person.password)
    closed.active = False
    make.person("Codes Only", email="codes@people.example")
    session.commit()
    pages = set()
    for email in (person.email, "nobody@people.example", "closed@people.example", "codes@people.example"):
        answer = sign_in(app.test_client(), email, PASSWORD if email == closed.email else "a wrong password")
        pages.add((answer.status_code, anonymous(answer.get_data(as_text=True))))
    assert len(pages) == 1
    assert pages.pop()[0] == 422


def test_a_password_is_compared_whether_or_not_there_is_one(
    app: Flask, make: Factory, person: User, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing is what takes the time, so that its absence would tell who has an account."""
    make.person("Codes Only", email="codes@people.example")
    session.commit()
    compared: list[str] = []

    def counted(password: str, stored: str) -> bool:
        compared.append(stored)
        return bool(verify_password(password, stored))

    monkeypatch.setattr(passwords, "verify_password", counted)
    for email in (person.email, "nobody@people.example", "codes@people.example"):
        compared.clear()
        assert sign_in(app.test_client(), email, "a wrong password").status_code == 422
        assert [stored.split("$")[1] for stored in compared] == ["argon2id"], email


def test_asking_for_a_code_or_a_new_password_answers_the_same_for_nobody(
    app: Flask, person: User, mails: Mails
) -> None:
    for path, more in (("/sign-in", {"send_code": "1"}), ("/forgot-password", {}), ("/confirm", {})):
        answers = set()
        for email in (person.email, "nobody@people.example"):
            browser = app.test_client()
            answer = browser.post(path, data={"email": email, **more})
            after = browser.get(answer.location)
            answers.add((answer.status_code, answer.location, anonymous(after.text).replace(email, "")))
        assert len(answers) == 1, path
    assert not mails("nobody@people.example")
    assert len(mails(person.email)) == 3


def test_a_code_works_once_and_with_spaces_only_once(
    client: CheckingClient, app: Flask, person: User, mails: Mails
) -> None:
    client.post("/sign-in", data={"email": person.email, "send_code": "1"})
    code = code_in(mails(person.email)[-1]["body"])
    assert client.post("/sign-in/code", data={"code": f"  {code}\u00a0"}).status_code == 303
    assert signed_in(client)
    other = app.test_client()
    other.post("/sign-in", data={"email": "nobody@people.example", "send_code": "1"})
    with other.session_transaction() as cookie:
        cookie["code_for"] = person.email
    for again in (code, code.replace(" ", ""), code.replace(" ", "  "), f"{code}\t"):
        assert other.post("/sign-in/code", data={"code": again}).status_code == 422
    assert not signed_in(other)


def test_a_new_code_ends_the_former_one_and_nothing_is_kept_in_the_clear(
    client: CheckingClient, person: User, mails: Mails, look: Look
) -> None:
    client.post("/sign-in", data={"email": person.email, "send_code": "1"})
    client.post("/sign-in/code/again")
    first, second = (code_in(mail["body"]) for mail in mails(person.email))
    (kept,) = look(sa.select(OneTimeCode.code_digest))
    assert second.replace(" ", "") not in kept
    assert client.post("/sign-in/code", data={"code": first}).status_code == 422
    assert client.post("/sign-in/code", data={"code": second}).status_code == 303


def test_guesses_are_counted_for_all_server_processes(
    app: Flask, settings: config.Settings, person: User, mails: Mails, process: Callable[[config.Settings], Flask]
) -> None:
    second_process = process(settings)
    for number in range(5):
        asked = (app if number % 2 else second_process).test_client()
        assert sign_in(asked, person.email, "a wrong password").status_code == 422
    for either in (app, second_process):
        assert sign_in(either.test_client(), person.email, PASSWORD).status_code == 422
    # The door that is not being pushed at stays open.
    browser = app.test_client()
    browser.post("/sign-in", data={"email": person.email, "send_code": "1"})
    assert browser.post("/sign-in/code", data={"code": code_in(mails(person.email)[-1]["body"])}).status_code == 303


def test_a_made_up_forwarded_address_does_not_help_guessing(app: Flask, person: User) -> None:
    for number in range(5):
        app.test_client().post(
            "/sign-in",
            data={"email": person.email, "password": "a wrong password"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        )
    answer = app.test_client().post(
        "/sign-in",
        data={"email": person.email, "password": PASSWORD},
        headers={"X-Forwarded-For": "198.51.100.7"},
    )
    assert answer.status_code == 422


def test_people_who_share_an_address_and_get_it_right_do_not_use_it_up(
    app: Flask, person: User, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FREE_PER_ADDRESS", {})
    monkeypatch.setattr(attempts, "FREE_PER_ADDRESS_ELSE", 2)
    for _number in range(4):
        assert sign_in(app.test_client(), person.email, PASSWORD).status_code == 303
        browser = app.test_client()
        browser.post("/sign-in", data={"email": person.email, "send_code": "1"})
        code = code_in(mails(person.email)[-1]["body"])
        assert browser.post("/sign-in/code", data={"code": code}).status_code == 303


def test_one_address_that_tries_many_accounts_is_slowed_down(
    app: Flask, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FREE_PER_ADDRESS_ELSE", 3)
    for number in range(3):
        sign_in(app.test_client(), f"guess{number}@people.example", "a wrong password")
    assert sign_in(app.test_client(), person.email, PASSWORD).status_code == 422


def test_the_pause_ends_by_itself(app: Flask, person: User, session: Session) -> None:
    for _number in range(6):
        sign_in(app.test_client(), person.email, "a wrong password")
    assert sign_in(app.test_client(), person.email, PASSWORD).status_code == 422
    session.execute(sa.text("UPDATE sign_in_attempts SET last_at = '2020-01-01 00:00:00'"))
    session.commit()
    assert sign_in(app.test_client(), person.email, PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nLocation: x",
        "\\\\evil",
    ],
)
def test_sign_in_never_leads_away(client: CheckingClient, person: User, wanted: str) -> None:
    assert sign_in(client, person.email, PASSWORD, next=wanted).location == "/account/start"


def test_sign_in_leads_back_to_the_page_that_asked_for_it(client: CheckingClient, person: User) -> None:
    asked = client.get("/account/security")
    assert asked.location == "/sign-in?next=/account/security"
    assert sign_in(client, person.email, PASSWORD, next="/account/security").location == "/account/security"


def test_a_token_that_went_out_of_date_costs_one_click_and_no_text(client: CheckingClient, person: User) -> None:
    page = client.post(
        "/create-account", data={"name": "Ada Ferry", "email": "ada@people.example", "csrf_token": "old"}, csrf=False
    )
    assert page.status_code == 400
    assert "Ada Ferry" in page.text
    assert "ada@people.example" in page.text


def test_cookies_follow_the_public_address(
    settings: config.Settings, tmp_path_factory: pytest.TempPathFactory, process: Callable[[config.Settings], Flask]
) -> None:
    instance = tmp_path_factory.mktemp("secure")
    secure = process(
        replace(
            settings,
            instance=instance,
            database_url=f"sqlite:///{instance / 'empty.db'}",
            public_url="https://vetting.district.example",
            trusted_hosts=("vetting.district.example",),
        )
    )
    browser = secure.test_client()
    with browser.session_transaction(base_url="https://vetting.district.example") as cookie:
        cookie["x"] = 1
    flags = browser._cookies
    (kept,) = flags.values()
    assert kept.key == "__Host-vetting"
    assert (kept.secure, kept.http_only, kept.path) == (True, True, "/")


def test_a_new_secret_signs_and_the_former_one_is_still_read(
    settings: config.Settings,
    client: CheckingClient,
    person: User,
    process: Callable[[config.Settings], Flask],
) -> None:
    sign_in(client, person.email, PASSWORD)
    kept = client.get_cookie("vetting")
    assert kept is not None
    new = "another secret key of the test, long enough"
    rotated = process(replace(settings, secret_key=new, secret_keys_before=(settings.secret_key,)))
    without = process(replace(settings, secret_key=new))
    browser = rotated.test_client()
    browser.set_cookie("vetting", kept.value)
    assert browser.get("/account/").status_code == 200
    fresh = rotated.test_client()
    with fresh.session_transaction() as cookie:
        cookie["x"] = 1
    written = fresh.get_cookie("vetting")
    assert written is not None
    reader = without.session_interface.get_signing_serializer(without)
    assert reader is not None
    assert reader.loads(written.value)["x"] == 1


def test_guesses_at_the_same_moment_are_all_counted(app: Flask, person: User, look: Look) -> None:
    browsers = [app.test_client() for _number in range(8)]
    tokens = [browser.csrf_token() for browser in browsers]
    email = person.email

    def guess(number: int) -> int:
        data = {"email": email, "password": f"wrong wrong {number}", "csrf_token": tokens[number]}
        return FlaskClient.open(browsers[number], "/sign-in", method="POST", data=data).status_code

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert set(pool.map(guess, range(8))) == {422}
    counted = look(sa.select(SignInAttempts.failures).where(SignInAttempts.key.like("password:%")))
    assert counted == [attempts.FREE_PER_ACCOUNT]
    assert sign_in(app.test_client(), email, PASSWORD).status_code == 422


def test_an_invented_host_is_refused(client: CheckingClient) -> None:
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
