"""The authenticator app: switched on by a first code, asked for at every way in, no code twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyotp
import sqlalchemy as sa
from flask import Flask

import config
from tests.integration.accounts.conftest import PASSWORD, code_in
from tests.support.client import CheckingClient
from vetting.models import LoginSession, User

Look = Callable[[Any], list[Any]]
Mails = Callable[[str], list[dict[str, str]]]


def switch_on(browser: CheckingClient) -> tuple[pyotp.TOTP, list[str]]:
    """Set the app up; returns it and the recovery codes."""
    page = browser.get("/account/app").text
    key = re.search(r'class="hash">([A-Z2-7-]+)<', page)
    assert key
    app = pyotp.TOTP(key.group(1).replace("-", ""))
    done = browser.post("/account/app", data={"code": app.now()})
    assert done.status_code == 200
    return app, re.findall(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", done.text)


def later(app: pyotp.TOTP) -> str:
    """The code after the present one, which is accepted for clocks that are a little fast."""
    import time

    return app.at(int(time.time()) + 30)


def test_the_app_is_asked_for_and_its_codes_work_once(
    browser_for: Callable[[User], CheckingClient], app: Flask, person: User, look: Look, mails: Mails
) -> None:
    authenticator, recovery = switch_on(browser_for(person))
    used = 30 * look(sa.select(User.tf_last_counter))[0]
    assert len(recovery) == 10
    browser = app.test_client()
    step = browser.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    assert step.location == "/sign-in/second-step"
    assert browser.get("/account/").status_code == 302
    assert browser.post("/sign-in/second-step", data={"code": authenticator.at(used)}).status_code == 422
    code = later(authenticator)
    spaced = f" {code[:3]} {code[3:]} "
    assert browser.post("/sign-in/second-step", data={"code": spaced}).status_code == 303
    assert browser.get("/account/").status_code == 200
    assert look(sa.select(LoginSession.method).order_by(LoginSession.id.desc()))[0] == "password+app"
    again = app.test_client()
    again.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    assert again.post("/sign-in/second-step", data={"code": code}).status_code == 422
    # A code by mail is a first step only, too.
    again.post("/sign-in", data={"email": person.email, "send_code": "1"})
    by_mail = again.post("/sign-in/code", data={"code": code_in(mails(person.email)[-1]["body"])})
    assert by_mail.location == "/sign-in/second-step"
    # A recovery code works once, however it is typed.
    assert again.post("/sign-in/second-step", data={"code": recovery[0].upper().replace("-", " ")}).status_code == 303
    other = app.test_client()
    other.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    assert other.post("/sign-in/second-step", data={"code": recovery[0]}).status_code == 422
    stored = look(sa.select(User.mf_recovery_codes))[0]
    assert len(stored) == 9
    assert recovery[1].replace("-", "") not in str(stored)


def test_the_app_can_be_switched_off_again(
    browser_for: Callable[[User], CheckingClient], app: Flask, person: User, mails: Mails
) -> None:
    browser = browser_for(person)
    switch_on(browser)
    assert browser.post("/account/recovery-codes").text.count("-") > 20
    assert browser.post("/account/app/off").status_code == 303
    answer = app.test_client().post("/sign-in", data={"email": person.email, "password": PASSWORD})
    assert answer.location == "/account/start"
    assert [mail["subject"] for mail in mails(person.email)] == ["Your sign-in has changed"] * 3


def test_app_and_recovery_codes_outlive_a_changed_secret(
    browser_for: Callable[[User], CheckingClient],
    app: Flask,
    person: User,
    settings: config.Settings,
    process: Callable[[config.Settings], Flask],
) -> None:
    authenticator, recovery = switch_on(browser_for(person))
    old = settings.secret_key
    first = process(replace(settings, secret_key="z" * 40, secret_keys_before=(old,)))
    second = process(replace(settings, secret_key="a" * 40, secret_keys_before=("z" * 40, old)))
    for rotated, code in ((first, later(authenticator)), (second, recovery[3])):
        browser = rotated.test_client()
        browser.post("/sign-in", data={"email": person.email, "password": PASSWORD})
        assert browser.post("/sign-in/second-step", data={"code": code}).status_code == 303


def test_a_wrong_first_code_switches_nothing_on(
    browser_for: Callable[[User], CheckingClient], person: User, look: Look
) -> None:
    browser = browser_for(person)
    browser.get("/account/app")
    assert browser.post("/account/app", data={"code": "000000"}).status_code == 422
    assert look(sa.select(User.tf_primary_method)) == [None]


def test_the_second_step_cannot_be_reached_without_the_first(client: CheckingClient) -> None:
    assert client.get("/sign-in/second-step").location == "/sign-in"
    assert client.post("/sign-in/second-step", data={"code": "123456"}).status_code == 302
