"""Reading pages in tests."""

from __future__ import annotations

import html
import re

import pytest
from werkzeug.test import TestResponse


def words(response: TestResponse) -> str:
    """The page as a person reads it: no markup, single spaces."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.S)
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
    for name, text in re.findall(r'<textarea\b[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, flags=re.S):
        found[name] = html.unescape(re.sub(r"^\r?\n", "", text))
    return found


@pytest.fixture
def read():
    return words


@pytest.fixture
def sent():
    return fields
