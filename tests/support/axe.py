"""Axe in a page of Chromium: put there once for all the widths a page is looked at in, asked for violations alone."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    # Every rule is asked of every element; what passed is only named, its elements are not described one by one.
    "resultTypes": ["violations"],
}
_RUN = "options => axe.run(options).then(({violations, passes}) => [violations, passes.length])"
_LEAST_RULES = 20


def violations(page: Page) -> list[dict[str, Any]]:
    """What the page as it stands breaks of WCAG 2.2 AA, as axe describes it."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    found, passed = page.evaluate(_RUN, WCAG)
    assert passed > _LEAST_RULES, "axe looked at the page"
    return list(found)
