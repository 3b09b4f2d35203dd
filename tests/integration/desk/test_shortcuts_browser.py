"""Shortcuts in Chromium: they act where they should, never while somebody types, and list themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.factories import Factory
from vetting.models import User

pytestmark = pytest.mark.browser

ON = {"shortcuts": {"on": True, "keys": {"next": "x"}}}


@pytest.fixture
def serve(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page_for(
    app: Flask, serve: str, session: Session, browser_for: Callable[[User], FlaskClient], chromium: Browser
) -> Iterator[Callable[[User], Page]]:
    contexts = []

    def opened(person: User) -> Page:
        cookie = browser_for(person).get_cookie(str(app.config["SESSION_COOKIE_NAME"]))
        assert cookie is not None
        session.rollback()
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=serve)
        contexts.append(context)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": serve}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        return page

    yield opened
    for context in contexts:
        context.close()


def test_the_queue_is_walked_and_a_case_claimed_by_keyboard(
    make: Factory, session: Session, page_for: Callable[[User], Page]
) -> None:
    first, second = make.submitted(), make.submitted()
    cora = make.coordinator("Cora Coordinator")
    cora.preferences = ON
    session.commit()
    page = page_for(cora)
    page.goto("/desk/queue?pile=new")
    rows = page.locator("table[data-row-keys] tbody tr")
    expect(rows).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1).locator("th a").first).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0).locator("th a").first).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url("**/desk/cases/**")
    opened = first if first.reference in page.url else second
    page.keyboard.press("c")
    expect(page.get_by_text("In charge: You")).to_be_visible()
    session.expire_all()
    assert opened.coordinator_id == cora.id
    session.rollback()
    # The key of one's own choice, not the usual one.
    here = page.url
    page.keyboard.press("n")
    assert page.url == here
    page.keyboard.press("x")
    page.wait_for_url(lambda address: address != here)
    assert (second if opened is first else first).reference in page.url


def test_typing_is_typing_and_the_list_opens_on_its_key(
    make: Factory, session: Session, page_for: Callable[[User], Page]
) -> None:
    make.submitted()
    cora = make.coordinator("Cora Coordinator")
    cora.preferences = ON
    session.commit()
    page = page_for(cora)
    page.goto("/desk/queue?pile=new")
    search = page.locator("input[type=search]").first
    search.focus()
    page.keyboard.type("joc?")
    expect(search).to_have_value("joc?")
    assert not page.locator("dialog[open]").count()
    page.locator("h1").click()
    page.keyboard.press("Shift+?")
    listed = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(listed).to_be_visible()
    expect(listed.get_by_text("Open the row")).to_be_visible()
    # What this page does not offer is not listed.
    expect(listed.get_by_text("Not applicable")).to_be_hidden()
    page.keyboard.press("o")
    assert "/desk/queue" in page.url
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()


def test_nothing_listens_while_shortcuts_are_off(
    make: Factory, session: Session, page_for: Callable[[User], Page]
) -> None:
    make.submitted()
    page = page_for(make.coordinator("Cora Coordinator"))
    page.goto("/desk/queue?pile=new")
    for key in ("j", "o", "c", "n", "Shift+?"):
        page.keyboard.press(key)
    assert "/desk/queue" in page.url
    assert page.evaluate("document.activeElement === document.body")
    assert not page.locator("[aria-keyshortcuts]").count()
