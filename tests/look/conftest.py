"""Renders the templates with Jinja alone and serves them, so that the look is proved apart from the application."""

import datetime as dt
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader
from playwright.sync_api import Browser, Page

from vetting.forms.gallery import example_forms

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "vetting" / "static"
TEMPLATES = ROOT / "vetting" / "templates"

# The policy the application sends: nothing inline, nothing from elsewhere.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

SITE = {
    "product": "Partner Vetting",
    "district": "Example Public Schools",
    "mail_url": "/dev/mail",
    "help_email": "help@district.example",
    "sign_in_url": "/sign-in",
    "languages": [
        {"code": "en", "name": "English", "href": "#", "current": True},
        {"code": "es", "name": "Español", "href": "#"},
    ],
}
ACCOUNT = {
    "name": "Ana Lima",
    "email": "ana@district.example",
    "role": "Coordinator",
    "links": [{"label": "Your account", "href": "/account"}],
    "sign_out_href": "/sign-out",
}
NAV = [{"label": "Queue", "href": "/queue", "current": "page", "badge": 12}, {"label": "Schools", "href": "/schools"}]

Render = Callable[..., str]


def _environment(pages: dict[str, str]) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([DictLoader(pages), FileSystemLoader(TEMPLATES)]),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        asset=lambda path: f"/static/{path}",
        csrf_token=lambda: "the-token",
        get_flashed_messages=lambda with_categories=False: [("success", "Your answers are saved.")],
    )
    environment.filters.update(
        localdate=lambda day: f"{day:%B} {day.day}, {day.year}",
        localsecond=lambda moment: f"{moment:%B} {moment.day}, {moment.year}, {moment:%H:%M:%S}",
        localtime=lambda moment: f"{moment:%B} {moment.day}, {moment.year}",
        cents=lambda cents: f"${cents / 100:,.2f}",
    )
    return environment


@pytest.fixture(scope="session")
def render() -> Render:
    """`render(source, **context)`: the HTML of a page written in the test."""

    def rendered(source: str, **context: Any) -> str:
        context = {"site": SITE, "nav": NAV, "account": ACCOUNT, "demo": True, **context}
        return _environment({"page.html": source}).get_template("page.html").render(context)

    return rendered


@pytest.fixture(scope="session")
def gallery(render: Render) -> str:
    """The page of all components, forms included."""
    later, sooner = dt.datetime(2026, 11, 20, 19, 2, tzinfo=dt.UTC), dt.datetime(2026, 11, 12, 14, 0, tzinfo=dt.UTC)
    entries = [
        {"what": "Reply received", "who": "Dana Ortiz", "at": later, "tone": "warn"},
        {"what": "Sent", "at": sooner, "said": "Two lines\nof text."},
    ]
    return render('{% extends "components/_gallery.html" %}', forms=example_forms(), timeline_entries=entries)


@dataclass
class Site:
    """A local server of pages written by the test; `answers` are what POST and JSON addresses say, in turn."""

    address: str
    pages: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[tuple[int, dict[str, Any]]]] = field(default_factory=dict)
    received: list[tuple[str, bytes]] = field(default_factory=list)

    def show(self, html: str) -> str:
        """Serve the page at an address of its own."""
        path = f"/{hashlib.sha256(html.encode()).hexdigest()[:12]}"
        self.pages[path] = html
        return self.address + path


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, site: Site, *args: Any) -> None:
        self.site = site
        super().__init__(*args)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CONTENT_POLICY)
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str) -> bool:
        queue = self.site.answers.get(path)
        if not queue:
            return False
        status, said = queue.pop(0) if len(queue) > 1 else queue[0]
        self._send(status, "application/json", json.dumps(said).encode())
        return True

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path in self.site.pages:
            self._send(200, "text/html; charset=utf-8", self.site.pages[path].encode())
        elif path.startswith("/static/") and (STATIC / path.removeprefix("/static/")).is_file():
            found = STATIC / path.removeprefix("/static/")
            self._send(200, TYPES.get(found.suffix, "application/octet-stream"), found.read_bytes())
        elif not self._answer(path):
            self._send(404, "text/html", b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.site.received.append((self.path, body))
        if not self._answer(self.path):
            self._send(200, "text/html", b"<!doctype html><title>Received</title><h1>Received</h1>")

    def log_message(self, *args: Any) -> None:
        """Say nothing: pytest shows what matters."""


@pytest.fixture
def site() -> Iterator[Site]:
    """A server for one test."""
    held = Site("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, held))
    held.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    """Chromium, for pages with a built stylesheet."""
    if not (STATIC / "vendor" / "vetting.css").exists():
        pytest.fail("the stylesheet is not built; run bin/assets", pytrace=False)
    return chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when the browser reports an error or a broken content policy."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    context.close()
    assert problems == []
