"""An applicant who has no mouse: adds the last document and sends the registration by keys alone, on a narrow screen.

After every act the focus is where the next thing to do begins, and nothing that arrives by itself takes it away.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.e2e.files import pdf
from tests.factories import Factory
from vetting.models import Application
from vetting.unit_of_work import unit_of_work
from vetting.worker import Worker

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]

TITLE = "Articles of organization or charter"
FEW = 25
"""Keys that lead to anything on a page of this path; whatever is further away needs a shorter way."""


@pytest.fixture
def one_missing(make: Factory, session: Session) -> Application:
    """A registration that is filled in but for one document."""
    with unit_of_work(session):
        draft = make.registration()
        make.fill(draft)
        link = next(link for link in draft.evidence if link.type_key == "articles_or_charter")
        owner = make.actor(make.owner_of(draft.organization))
        make.take("application", draft, "detach_evidence", owner, data=link)
    return draft


@pytest.fixture
def page(
    app: Flask, one_missing: Application, make: Factory, session: Session, browser_for: Any, chromium: Browser
) -> Iterator[Page]:
    """The page of a running copy in the owner's browser, as narrow as a small phone."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://localhost:{server.server_port}"
    cookie = browser_for(make.owner_of(one_missing.organization)).get_cookie(str(app.config["SESSION_COOKIE_NAME"]))
    session.rollback()
    context = chromium.new_context(base_url=address, viewport={"width": 320, "height": 700})
    context.set_default_timeout(20_000)
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    page = context.new_page()
    # Asked for from the beginning, so that no key is quicker than the browser's promise not to open a real dialog.
    page.on("filechooser", lambda _dialog: None)
    yield page
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def look(app: Flask) -> Callable[[], None]:
    """The worker looks into every file that waits for it."""

    def work() -> None:
        with app.app_context():
            worker = Worker(app)
            while worker.look_next():
                pass

    return work


def test_a_registration_is_finished_and_sent_by_keys_alone(
    page: Page, one_missing: Application, look: Callable[[], None], tmp_path: Path
) -> None:
    expect.set_options(timeout=20_000)
    look()
    page.goto(f"/apply/{one_missing.reference}")
    follow(page, "Documents")
    follow(page, TITLE)
    nothing_chosen_is_said(page)
    choose(page, locked(pdf(tmp_path / "locked")))
    expect(page.locator("[data-rows] li")).to_contain_text("This file is locked with a password.")
    reach(page, re.compile("^Remove"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Choose the file")).to_be_focused()
    choose(page, pdf(tmp_path / "articles"))
    expect(page.locator("[data-rows] li")).to_contain_text("Ready to save")
    reach(page, "Date of the document")
    page.keyboard.type("05012024")
    follow(page, "Save the document")
    expect(page.locator("[data-told]")).to_be_focused()
    expect(page.locator("[data-told]")).to_contain_text("The document is saved.")
    follow(page, "Back to the list")
    follow(page, "Check your answers and send")
    reach(page, "Go to the end")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Send", exact=True)).to_be_focused()
    reach(page, "Send application")
    what_is_found_meanwhile_takes_no_focus(page, look)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("We have your application")
    expect(page.locator("main")).to_contain_text(one_missing.reference)


def test_what_is_found_in_one_file_leaves_what_is_typed_about_the_next(
    page: Page, one_missing: Application, look: Callable[[], None], tmp_path: Path
) -> None:
    """The page is not loaded anew: the date, the chosen file and the place on the page stay as they are."""
    expect.set_options(timeout=20_000)
    where = f"/apply/{one_missing.reference}/documents/articles_or_charter"
    page.goto(where)
    page.get_by_label("Choose the file").set_input_files(pdf(tmp_path / "first"))
    page.get_by_label("Date of the document").fill("2024-05-01")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the document").click()
    page.goto(where)
    expect(page.locator("[data-fresh]")).to_contain_text("We are checking this document.")
    second = pdf(tmp_path / "second")
    page.get_by_label("Choose the file").set_input_files(second)
    date = page.get_by_label("Date of the document")
    date.fill("2023-04-02")
    date.focus()
    look()
    expect(page.locator("[data-fresh]")).to_contain_text("to look at")
    expect(date).to_have_value("2023-04-02")
    expect(date).to_be_focused()
    expect(page.locator("[data-rows] li")).to_contain_text("second.pdf")
    expect(page.get_by_role("status").filter(has_text=re.compile(r"first\.pdf: \d+ things? to look at"))).to_have_count(
        1
    )


def locked(file: Path) -> Path:
    with pikepdf.open(file, allow_overwriting_input=True) as document:
        document.save(file, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    return file


def nothing_chosen_is_said(page: Page) -> None:
    """The summary of mistakes has the focus, and leads to the field."""
    follow(page, "Save the document")
    expect(page.locator("[data-focus]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Choose the file")).to_be_focused()


def what_is_found_meanwhile_takes_no_focus(page: Page, look: Callable[[], None]) -> None:
    waiting = page.locator("[data-fresh]").filter(has_text="We are checking this document.")
    expect(waiting).to_have_count(1)
    look()
    expect(waiting).to_have_count(0)
    expect(page.get_by_role("button", name="Send application")).to_be_focused()


def choose(page: Page, file: Path) -> None:
    """Space opens the dialog of the field that has the focus."""
    with page.expect_file_chooser() as opened:
        page.keyboard.press("Space")
    opened.value.set_files(file)


def follow(page: Page, words: str) -> None:
    reach(page, words)
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.keyboard.press("Enter")


def reach(page: Page, words: str | re.Pattern[str]) -> None:
    """Press Tab until what has these words has the focus, and can be seen to have it."""
    exact = isinstance(words, str)
    main = page.locator("main")
    wanted = (
        main.get_by_role("link", name=words, exact=exact)
        .or_(main.get_by_role("button", name=words, exact=exact))
        .or_(main.get_by_label(words, exact=exact))
    )
    expect(wanted.first).to_be_visible()
    seen = []
    for _ in range(FEW):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.innerText || document.activeElement.name"))
        if any(each.evaluate("node => node.matches(':focus-visible')") for each in wanted.all()):
            return
    raise AssertionError(f"{words!r} is more than {FEW} keys away; the keys led to {seen}")
