"""A new account: nothing by opening a link, one address one account, no password of a stranger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.integration.accounts.conftest import PASSWORD, path_in
from tests.support.client import CheckingClient
from vetting.models import LoginSession, User

Look = Callable[[Any], list[Any]]
Mails = Callable[[str], list[dict[str, str]]]

NEW = {"name": "Ada Ferry", "email": "ada@ferry.example", "password": PASSWORD}


def one(look: Look, email: str) -> User:
    (user,) = look(sa.select(User).where(User.email == email))
    return user


def test_opening_the_link_confirms_nothing_and_the_button_does(
    client: CheckingClient, look: Look, mails: Mails
) -> None:
    assert client.post("/create-account", data=NEW).location == "/create-account/check-mail"
    link = path_in(mails(NEW["email"])[0]["body"])
    for method in ("get", "head", "get"):
        assert getattr(client, method)(link).status_code == 200
    assert one(look, NEW["email"]).confirmed_at is None
    assert client.post(link).status_code == 303
    assert one(look, NEW["email"]).confirmed_at is not None
    assert one(look, NEW["email"]).password is not None
    assert client.get("/account/").status_code == 200
    assert client.post(link).location == "/sign-in"


def test_nobody_signs_in_before_the_address_is_confirmed(client: CheckingClient, look: Look, mails: Mails) -> None:
    client.post("/create-account", data=NEW)
    answer = client.post("/sign-in", data={"email": NEW["email"], "password": PASSWORD})
    assert answer.location == "/create-account/check-mail"
    assert client.get("/account/").status_code == 302
    assert not look(sa.select(LoginSession))
    assert len(mails(NEW["email"])) == 2


def test_a_password_set_by_somebody_else_is_dropped_when_the_owner_confirms(
    app: Flask, look: Look, mails: Mails
) -> None:
    app.test_client().post("/create-account", data={**NEW, "name": "Somebody Else"})
    owner = app.test_client()
    assert owner.post(path_in(mails(NEW["email"])[0]["body"])).status_code == 303
    assert one(look, NEW["email"]).password is None
    assert app.test_client().post("/sign-in", data=NEW).status_code == 422


def test_no_mail_to_an_address_that_nobody_confirmed_carries_the_words_of_who_typed_it(
    app: Flask, mails: Mails
) -> None:
    stranger = app.test_client()
    stranger.post("/create-account", data={**NEW, "name": "You won: https://evil.example/prize or www.evil.example"})
    stranger.post("/forgot-password", data={"email": NEW["email"]})
    stranger.post("/sign-in", data={"email": NEW["email"], "send_code": "1"})
    sent = mails(NEW["email"])
    assert len(sent) == 3
    for mail in sent:
        for text in (mail["subject"], mail["body"], mail["html"]):
            assert "evil.example" not in text
            assert "https://evil" not in text


def test_an_address_with_an_account_gets_the_same_answer_and_a_mail_that_says_so(
    app: Flask, person: User, look: Look, mails: Mails
) -> None:
    known, unknown = app.test_client(), app.test_client()
    first = known.post("/create-account", data={**NEW, "email": person.email})
    second = unknown.post("/create-account", data=NEW)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert known.get(first.location).text == unknown.get(second.location).text
    assert mails(person.email)[-1]["subject"] == "You already have an account"
    assert one(look, person.email).name == "Noor Haddad"


@pytest.mark.parametrize(
    "twin", ["NOOR@people.example", "ｎｏｏｒ@people.example", "noor@PEOPLE.example ", "noo\u02b3@people.example"]
)
def test_an_address_that_looks_or_folds_the_same_is_the_same(
    client: CheckingClient, person: User, look: Look, mails: Mails, twin: str
) -> None:
    client.post("/create-account", data={**NEW, "email": twin})
    assert len(look(sa.select(User))) == 1
    client.post("/forgot-password", data={"email": twin})
    assert [mail["subject"] for mail in mails("noor@people.example")][-1] == "Set a new password"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter your name"),
        ("name", "x" * 201, "Use at most 200 characters"),
        ("name", "A\u202eda", "This holds hidden characters"),
        ("email", "ada", "Enter an e-mail address like name@example.org"),
        ("email", "ada@", "Enter an e-mail address like name@example.org"),
        ("password", "short", "Use at least 12 characters"),
        ("password", "aaaaaaaaaaaaaaaa", "easy to guess"),
        ("password", "x1" * 200, "Use at most 256 characters"),
    ],
)
def test_wrong_input_is_named_and_kept(
    client: CheckingClient, look: Look, field: str, value: str, sentence: str
) -> None:
    page = client.post("/create-account", data={**NEW, field: value})
    assert page.status_code == 422
    assert sentence in page.text
    assert page.text.count("There is a problem") == 1
    kept = "ada@ferry.example" if field == "name" else "Ada Ferry"
    assert kept in page.text
    assert PASSWORD not in page.text
    assert not look(sa.select(User))


def test_a_new_password_by_link_works_once_and_signs_every_browser_out(app: Flask, person: User, mails: Mails) -> None:
    old = app.test_client()
    old.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    browser = app.test_client()
    browser.post("/forgot-password", data={"email": person.email})
    link = path_in(mails(person.email)[-1]["body"])
    assert browser.get(link).status_code == 200
    assert old.get("/account/").status_code == 200
    assert browser.post(link, data={"password": "another four words here"}).location == "/sign-in"
    assert old.get("/account/").status_code == 302
    assert browser.post(link, data={"password": "a third set of words"}).status_code == 410
    assert browser.post("/sign-in", data={"email": person.email, "password": PASSWORD}).status_code == 422
    good = browser.post("/sign-in", data={"email": person.email, "password": "another four words here"})
    assert good.status_code == 303
    assert mails(person.email)[-1]["subject"] == "Your sign-in has changed"


def test_a_changed_or_foreign_link_opens_nothing(client: CheckingClient, person: User, mails: Mails) -> None:
    client.post("/forgot-password", data={"email": person.email})
    link = path_in(mails(person.email)[-1]["body"])
    assert client.get(link[:-3] + "abc").status_code == 410
    assert client.get(link.replace("/reset-password/", "/confirm/")).status_code == 410
