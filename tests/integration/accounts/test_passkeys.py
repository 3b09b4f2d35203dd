"""Passkeys in a real browser with an authenticator of its own, and without one by hand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.integration.accounts.conftest import PASSWORD
from tests.support.client import CheckingClient
from vetting.models import LoginSession, User, WebAuthn

Look = Callable[[Any], list[Any]]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application, served on a free port that is also its public address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    settings = app.config["SETTINGS"]
    public = f"http://localhost:{server.server_port}"
    app.config["SETTINGS"] = replace(settings, public_url=public)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield public
    server.shutdown()
    thread.join()
    app.config["SETTINGS"] = settings


@pytest.mark.browser
def test_a_passkey_is_made_signs_in_and_is_removed(address: str, person: User, look: Look, chromium: Browser) -> None:
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
    context.clear_cookies()
    page.goto(f"{address}/sign-in?next=/account/security")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Sign-in and security").wait_for()
    assert page.get_by_text("by a passkey").is_visible()
    page.get_by_role("button", name="Remove My laptop").click()
    page.get_by_text("The passkey is removed").wait_for()
    context.close()
    assert look(sa.select(LoginSession.method).order_by(LoginSession.id)) == ["password", "passkey"]
    assert not look(sa.select(WebAuthn))


@pytest.mark.parametrize(
    "credential", ["", "not json", "[]", "{}", json.dumps({"rawId": "AAAA", "id": "AAAA"}), json.dumps({"rawId": "é"})]
)
def test_an_answer_that_proves_nothing_signs_nobody_in(client: CheckingClient, look: Look, credential: str) -> None:
    assert client.post("/sign-in/passkey/options").json["rpId"] == "localhost"
    assert client.post("/sign-in/passkey", data={"credential": credential}).location == "/sign-in"
    assert "does not work here" in client.get("/sign-in").text
    assert not look(sa.select(LoginSession))


def test_somebody_elses_passkey_is_not_there_to_remove(
    browser_for: Callable[[User], CheckingClient], person: User
) -> None:
    assert browser_for(person).post("/account/passkeys/remove", data={"passkey": "00" * 16}).status_code == 404
