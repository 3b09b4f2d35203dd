"""The pages that only development and demonstrations have."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.client import CheckingClient


@pytest.fixture
def spool(app: Flask) -> Path:
    """A spool with one mail."""
    folder: Path = app.config["SETTINGS"].instance / "mail"
    message = EmailMessage()
    message["To"] = "ada@ferry.example"
    message["Subject"] = "Confirm <your> address"
    message.set_content("Open http://localhost/confirm/abc.\n<script>alert(1)</script>\n")
    message.add_alternative("<p>Hello</p><script>alert(1)</script>", subtype="html")
    (folder / "one.eml").write_bytes(message.as_bytes())
    return folder


def test_the_spool_is_listed_and_read(client: CheckingClient, spool: Path) -> None:
    page = client.get("/dev/mail").text
    assert "Confirm &lt;your&gt; address" in page
    assert "ada@ferry.example" in page
    mail = client.get("/dev/mail/one.eml").text
    assert '<a href="http://localhost/confirm/abc">' in mail
    assert "<script>alert" not in mail
    assert "Confirm" not in client.get("/dev/mail?to=nobody@x.example").text.split("<main")[1]


def test_the_html_of_a_mail_runs_nothing(client: CheckingClient, spool: Path) -> None:
    # The part is a mail's, not a page of ours, so the rules for our pages are not asked of it.
    raw = FlaskClient(client.application, client.application.response_class).get("/dev/mail/one.eml/html")
    assert "default-src 'none'" in raw.headers["Content-Security-Policy"]
    assert "sandbox" in raw.headers["Content-Security-Policy"]
    assert "allow-scripts" not in raw.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["two.eml", "..%2f..%2fsecrets%2fsecret_key", "../vetting.db", ".one.eml.part"])
def test_nothing_but_mail_is_read(client: CheckingClient, spool: Path, name: str) -> None:
    assert client.get(f"/dev/mail/{name}").status_code == 404


def test_production_has_neither_page(client: CheckingClient, app: Flask, spool: Path) -> None:
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, production=True)
    try:
        assert {client.get(path).status_code for path in ("/dev/mail", "/dev/mail/one.eml", "/dev/components")} == {404}
    finally:
        app.config["SETTINGS"] = settings


def test_every_component_is_shown(client: CheckingClient) -> None:
    assert client.get("/dev/components").status_code == 200
