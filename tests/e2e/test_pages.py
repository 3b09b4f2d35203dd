"""Every page a person can click to, as every kind of person: accessible, without sideways scrolling, without errors."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response

from tests.e2e.conftest import District
from tests.support.axe import violations as violations_on

PEOPLE = (
    None,
    "lena@lemonade-law.example",
    "signer@upside-down-orchestra.example",
    "leader.00350227@schools.example",
    "cora.coordinator@district.example",
    "rosa.reviewer@district.example",
    "dora.director@district.example",
    "farah.finance@district.example",
    "ada.admin@district.example",
)
PASSWORD = "a made up district"
WIDTHS = (1280, 768, 320)
MOST_PAGES = 60
"""Per person; a page that looks like one already seen (the same address but for references) is seen once."""

PASSED_OVER = re.compile(r"/(sign-out|static|evidence)|\.pdf$|\.po$|/file\.(yaml|json)$|/dev/mail/.+/html$|/health")


def shape(path: str) -> str:
    """An address without the references and numbers in it; parts of a form's draft are all alike."""
    path = re.sub(r"(?<=/draft/sections/)[a-z_]+|(?<=/draft/questions/)[a-z_]+|(?<=/draft/texts/)[\w-]+", "*", path)
    return re.sub(r"(?<=/)([A-Z]{3}-[A-Z0-9-]+|\d{8}|FY\d\d|\d+|[0-9a-f]{32}|[a-z_-]+\.eml)(?=/|$)", "*", path)


def sign_in(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    return page


def links(page: Page) -> Iterator[str]:
    """Paths on this site that the page links to."""
    host = urlsplit(page.url).netloc
    for href in page.eval_on_selector_all("a[href]", "nodes => nodes.map(node => node.href)"):
        parts = urlsplit(href)
        if parts.netloc == host and not PASSED_OVER.search(parts.path):
            yield parts.path


def faults_of(page: Page, seen: set[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with the page at each width. Axe looks at each kind of page once per width, whoever sees it."""
    kind = shape(urlsplit(page.url).path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if excess > 0:
            yield f"{page.url} scrolls sideways by {excess} px at {width} px"
        for violation in violations_on(page):
            name = (kind, violation["id"])
            if name not in seen:
                seen.add(name)
                where = violation["nodes"][0]["html"][:160]
                yield f"{page.url} at {width} px: {violation['id']}: {violation['help']}: {where}"


def opened(page: Page, path: str) -> Response | None:
    """The answer to a visit; None when it is a file to keep and no page."""
    try:
        return page.goto(path)
    except Error as stopped:
        if "Download is starting" not in str(stopped):
            raise
        return None


def listen(page: Page, faults: list[str]) -> None:
    """Note errors of scripts and everything the content policy stopped."""
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)


@pytest.mark.browser
@pytest.mark.sqlite
@pytest.mark.timeout(1200)
def test_every_page_is_accessible(demonstration: District, chromium: Browser) -> None:
    faults: list[str] = []
    visited: set[str] = set()
    violations: set[tuple[str, str]] = set()
    for address in PEOPLE:
        context = chromium.new_context(base_url=demonstration.url, reduced_motion="reduce")
        context.set_default_timeout(60_000)
        page = sign_in(context, address) if address else context.new_page()
        listen(page, faults)
        waiting, known = deque(["/", "/apply" if address else "/directory", "/account"]), set()
        count = 0
        while waiting and count < MOST_PAGES:
            path = waiting.popleft()
            if shape(path) in known:
                continue
            known.add(shape(path))
            answer = opened(page, path)
            if answer is None or answer.status == 403:
                continue
            if answer.status >= 400:
                faults.append(f"{path} answers {answer.status} to {address}")
                continue
            count += 1
            waiting.extend(links(page))
            if shape(path) not in visited:
                faults += faults_of(page, violations)
                visited.add(shape(path))
        context.close()
    assert not faults, "\n".join(faults)
    assert len(visited) > 60, sorted(visited)
