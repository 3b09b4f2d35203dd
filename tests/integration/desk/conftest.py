"""Reading pages in tests."""

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
from vetting.models import Application, User


def words(response: TestResponse) -> str:
    """The page as a person reads it: no markup, single spaces."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def fields(response: TestResponse) -> dict[str, str]:
    """Hidden fields, texts and chosen radio buttons of the page, as a browser would send them."""
    page = response.get_data(as_text=True)
    found: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if "name" not in attributes or attributes["name"] == "csrf_token":
            continue
        if attributes.get("type") in {"radio", "checkbox"} and " checked" not in tag:
            continue
        found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    for name, text in re.findall(r'<textarea\b[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, flags=re.DOTALL):
        found[name] = html.unescape(re.sub(r"^\r?\n", "", text))
    return found


@pytest.fixture
def read():
    return words


@pytest.fixture
def sent():
    return fields


@pytest.fixture
def coordinator(make: Factory) -> User:
    return make.coordinator()


@pytest.fixture
def screening(make: Factory, coordinator: User) -> Application:
    """A registration in screening, in the hands of the coordinator."""
    return make.screening(coordinator)


@pytest.fixture
def browser_for(browser_for: Callable[..., CheckingClient], session: Session) -> Callable[..., CheckingClient]:
    """A signed-in browser; what the test only read before a request holds no lock while the request writes."""

    def signed_in(user: User, method: str = "password") -> CheckingClient:
        browser = browser_for(user, method)
        opened = browser.open

        def open_unhindered(*args: Any, **kwargs: Any) -> Any:
            session.rollback()
            return opened(*args, **kwargs)

        browser.open = open_unhindered  # type: ignore[method-assign]
        return browser

    return signed_in
