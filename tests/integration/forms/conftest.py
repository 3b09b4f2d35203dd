"""What tests of the office's forms share: the two people who keep them, and a page's fields as a browser sends them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import Factory
from tests.support.client import CheckingClient
from tests.support.markup import tree_of
from vetting.models import ReferenceVersion, Role, User
from vetting.queries import form_versions

Fields = dict[str, list[str]]


def words(response: TestResponse) -> str:
    """The page as a person reads it: no markup, single spaces."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def filled(response: TestResponse) -> Fields:
    """Every field of the page's forms with what a browser would send for it untouched."""
    tree = tree_of(response.get_data(as_text=True))
    found: Fields = {}
    for node in tree.iter():
        name, tag = node.get("name"), node.tag
        if not name or name == "csrf_token" or node.get("type") in {"file", "submit"}:
            continue
        if tag == "input" and (node.get("type") not in {"radio", "checkbox"} or node.get("checked") is not None):
            found.setdefault(name, []).append(node.get("value", ""))
        elif tag == "textarea":
            found.setdefault(name, []).append((node.text or "").removeprefix("\n"))
        elif tag == "select":
            options = list(node.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            found.setdefault(name, []).append(chosen[0].get("value", "") if chosen else "")
    return found


@pytest.fixture
def director(make: Factory) -> User:
    return make.director()


@pytest.fixture
def admin(make: Factory) -> User:
    return make.person("Ada Admin", Role.SYSTEM_ADMIN)


@pytest.fixture
def browser_for(browser_for: Callable[..., CheckingClient], session: Session) -> Callable[..., CheckingClient]:
    """A signed-in browser; what the test only read before a request holds no lock while the request writes."""

    def signed_in(user: User) -> CheckingClient:
        browser = browser_for(user)
        opened = browser.open

        def open_unhindered(*args: Any, **kwargs: Any) -> Any:
            session.rollback()
            return opened(*args, **kwargs)

        browser.open = open_unhindered  # type: ignore[method-assign]
        return browser

    return signed_in


class Editor:
    """One person who writes on a form's draft."""

    def __init__(self, browser: CheckingClient, session: Session, form: str = "registration") -> None:
        self.browser, self.session, self.form = browser, session, form

    def get(self, path: str = "", **query: str) -> TestResponse:
        """A page of the form."""
        return self.browser.get(f"/admin/forms/{self.form}{path}", query_string=query)

    def post(self, path: str, **data: Any) -> TestResponse:
        """Send a form."""
        return self.browser.post(f"/admin/forms/{self.form}{path}", data=data)

    def send(self, path: str, *, query: dict[str, str] | None = None, **changes: Any) -> TestResponse:
        """Open a page, change some fields, and send it."""
        page = self.get(path, **(query or {}))
        assert page.status_code == 200, words(page)
        return self.browser.post(f"/admin/forms/{self.form}{path}", data={**filled(page), **changes})

    def start(self) -> Editor:
        assert self.post("/draft").status_code == 303
        return self

    @property
    def draft(self) -> ReferenceVersion:
        """The newest version as it is now."""
        self.session.expire_all()
        return form_versions.versions_of(self.session, self.form)[0]


@pytest.fixture
def editor(browser_for: Any, session: Session, director: User) -> Editor:
    """The director, with a draft of the registration begun."""
    return Editor(browser_for(director), session).start()
