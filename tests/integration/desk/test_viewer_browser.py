"""Reading a document in Chromium: words under the cursor, pages turned in place, and nothing asked of anybody else."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.documents import papers
from tests.factories import Factory
from tests.support import hostile
from tests.support.soak import FULL
from vetting.documents.preview import draw_next
from vetting.models import Application, DocumentVersion, EvidenceLink, User

pytestmark = pytest.mark.browser

COLUMN = "BT /F1 14 Tf 72 600 Td (Exits are marked and kept free) Tj 0 -30 Td (Staff practice twice a year) Tj ET"


@dataclass
class Desk:
    """A running copy with one case, its document of several pages, and a browser."""

    address: str
    page: Page
    case: Application
    code: str
    asked: list[str]
    faults: list[str]
    draw: Callable[[], None]

    def open(self, path: str, **more: object) -> None:
        asked = "".join(f"&{name}={value}" for name, value in more.items())
        self.page.goto(f"{self.address}{path}?doc={self.code}{asked}")

    @property
    def case_path(self) -> str:
        return f"/desk/cases/{self.case.reference}"


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
def desk_for(
    app: Flask,
    serve: str,
    make: Factory,
    session: Session,
    browser_for: Callable[[User], FlaskClient],
    chromium: Browser,
) -> Iterator[Callable[..., Desk]]:
    expect.set_options(timeout=20_000)
    contexts = []

    def opened(person: User, case: Application, content: bytes) -> Desk:
        stored = make.store.put(io.BytesIO(content), area="evidence")
        first = case.evidence[0]
        version = DocumentVersion(
            document=make.document(case.organization, first.type_key).document,
            number=2,
            filename="plan.pdf",
            media_type="application/pdf",
            size=stored.size,
            sha256=stored.sha256,
            storage_key=stored.key,
        )
        session.add_all([version, EvidenceLink(application=case, document_version=version, type_key=first.type_key)])
        session.commit()
        code = f"{version.document.reference}.{version.number}"
        cookie = browser_for(person).get_cookie(str(app.config["SESSION_COOKIE_NAME"]))
        assert cookie is not None
        session.rollback()
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": serve}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        asked: list[str] = []
        faults: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.on("download", lambda download: faults.append(f"downloaded {download.url}"))

        def draw() -> None:
            assert draw_next(app.extensions["renditions"], app.extensions["store"])

        return Desk(serve, page, case, code, asked, faults, draw)

    yield opened
    for context in contexts:
        context.close()


def boxes(page: Page) -> dict[str, dict[str, float]]:
    """Where each word of the text layer is on the picture, as parts of its size."""
    found: dict[str, dict[str, float]] = page.evaluate(
        """() => {
          const sheet = document.querySelector(".sheet img").getBoundingClientRect();
          return Object.fromEntries([...document.querySelectorAll(".sheet-words tspan")].map((word) => {
            const range = document.createRange();
            range.selectNodeContents(word);
            const box = range.getBoundingClientRect();
            return [word.textContent, {
              left: (box.left - sheet.left) / sheet.width, right: (box.right - sheet.left) / sheet.width,
              top: (box.top - sheet.top) / sheet.height, bottom: (box.bottom - sheet.top) / sheet.height,
            }];
          }));
        }"""
    )
    return found


def test_a_lively_document_is_only_looked_at(desk_for: Any, make: Factory) -> None:
    """It waits, shows itself when it is ready, and no request leaves for anywhere but the program's own pages."""
    desk: Desk = desk_for(make.coordinator(), make.submitted(), papers.lively("http://127.0.0.1:9"))
    desk.open(desk.case_path)
    expect(desk.page.locator("[data-viewer] [data-poll-text]")).to_have_text("We are preparing the pages.")
    desk.draw()
    expect(desk.page.locator(".sheet img")).to_be_visible()
    expect(desk.page.locator(".sheet-words")).to_contain_text("Dana Ortiz")
    desk.page.wait_for_load_state("networkidle")
    paths = {urlsplit(url).path for url in desk.asked if url.startswith(desk.address)}
    assert [url for url in desk.asked if not url.startswith(desk.address)] == []
    own = (desk.case_path, "/static/", "/evidence/", "/favicon")
    assert [path for path in paths if not path.startswith(own)] == []
    assert not any(path.startswith("/evidence/") and "/pages/" not in path for path in paths)
    assert desk.faults == []


def test_words_can_be_selected_where_they_are_seen(desk_for: Any, make: Factory) -> None:
    desk: Desk = desk_for(make.coordinator(), make.submitted(), papers.drawn(COLUMN))
    desk.open(desk.case_path)
    desk.draw()
    expect(desk.page.locator(".sheet img")).to_be_visible()
    for zoom in ("Fit width", "150 %"):
        desk.page.get_by_role("link", name=zoom).click()
        expect(desk.page.locator("[data-viewer][aria-busy]")).to_have_count(0)
        expect(desk.page.get_by_role("link", name=zoom)).to_have_attribute("aria-current", "true")
        found = boxes(desk.page)
        # "Exits" begins an inch from the left, its baseline 192 points from the top; Helvetica makes it 33 points wide.
        assert abs(found["Exits"]["left"] - 72 / 612) < 0.005
        assert abs(found["Exits"]["right"] - (72 + 32.7) / 612) < 0.005
        assert found["Exits"]["top"] < 185 / 792 < 192 / 792 < found["Exits"]["bottom"]
        assert found["Staff"]["top"] > found["Exits"]["top"] + 0.02
        picture = desk.page.locator(".sheet img").bounding_box()
        pane = desk.page.locator("[data-view-page]").bounding_box()
        assert picture is not None
        assert pane is not None
        across = found["Exits"]["left"] * picture["width"] + picture["x"] + 1
        down = (found["Exits"]["top"] + found["Exits"]["bottom"]) / 2 * picture["height"] + picture["y"]
        desk.page.mouse.dblclick(across + 8, down)
        assert desk.page.evaluate("getSelection().toString().trim()") == "Exits"
    assert desk.page.evaluate("window.find('marked and kept')")
    assert desk.faults == []


def test_pages_turn_in_place_by_keyboard_and_by_number(desk_for: Any, make: Factory) -> None:
    """What is typed beside the document stays, and the address always names what is shown."""
    reviewer = make.reviewer()
    case = make.in_review(make.submitted(), reviewers=[reviewer])
    desk: Desk = desk_for(reviewer, case, papers.pdf_of("one", "two", "three"))
    desk.open(f"{desk.case_path}/review")
    desk.draw()
    page = desk.page
    words = page.locator(".sheet-words")
    expect(words).to_contain_text("one")
    page.locator("#comment").fill("Typed beside the document")
    page.get_by_role("button", name="Next page").click()
    expect(words).to_contain_text("two")
    expect(page.get_by_role("button", name="Next page")).to_be_focused()
    assert f"doc={desk.code}&page=2" in page.url
    pane = page.locator("[data-view-page]")
    pane.focus()
    for key, text in (("PageDown", "three"), ("PageUp", "two")):
        while text not in (words.text_content() or ""):
            page.keyboard.press(key)
            expect(page.locator("[data-viewer][aria-busy]")).to_have_count(0)
        expect(pane).to_be_focused()
    page.locator("[data-viewer]").get_by_label("Page", exact=True).fill("3")
    page.keyboard.press("Enter")
    expect(words).to_contain_text("three")
    expect(page.locator("p[role=status].for-readers", has_text="Page 3 of 3")).to_have_count(1)
    expect(page.locator("#comment")).to_have_value("Typed beside the document")
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1
    assert len([url for url in desk.asked if url.endswith("/review")]) == 0
    assert desk.faults == []


def test_a_phone_shows_the_page_as_wide_as_the_screen(desk_for: Any, make: Factory) -> None:
    desk: Desk = desk_for(make.coordinator(), make.submitted(), papers.pdf_of("one", "two"))
    desk.page.set_viewport_size({"width": 320, "height": 700})
    desk.open(desk.case_path, zoom="200")
    desk.draw()
    expect(desk.page.locator(".sheet img")).to_be_visible()
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert desk.page.locator("[data-view-page]").evaluate("(pane) => pane.scrollWidth > 1500")
    desk.page.get_by_role("link", name="Fit width").click()
    expect(desk.page.locator(".sheet.fits")).to_have_count(1)
    assert desk.page.locator("[data-view-page]").evaluate("(pane) => pane.scrollWidth <= pane.clientWidth")


WORST = (
    "a script at its opening",
    "a program to start",
    "a form that is sent",
    "a screen",
    "a picture from elsewhere",
    "an address in a script's words",
)


@pytest.mark.soak
def test_pages_that_show_hostile_files_ask_nobody_anything(desk_for: Any, make: Factory) -> None:
    """The worst of what is taken, one after the other: drawn, looked at, and not one request that is not ours."""
    person, case = make.coordinator(), make.submitted()
    for name in WORST if FULL else WORST[:3]:
        desk: Desk = desk_for(person, case, hostile.CORPUS[f"pdf with {name}"].build())
        desk.open(desk.case_path)
        desk.draw()
        expect(desk.page.locator(".sheet img")).to_be_visible()
        desk.page.locator(".sheet").click()
        desk.page.wait_for_load_state("networkidle")
        own = (desk.case_path, "/static/", "/evidence/", "/favicon")
        strange = [u for u in desk.asked if not (u.startswith(desk.address) and urlsplit(u).path.startswith(own))]
        assert strange == []
        assert not any(path.endswith(("/copy", "/2")) for path in (urlsplit(u).path for u in desk.asked))
        assert desk.faults == []
