"""A reviewer's day in Chromium on the production server: how long a level takes, and how far the next case is."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import sync_playwright

from bench.browser import signed_in
from bench.databases import Database
from bench.measuring import Result, Unexpected
from tests.conftest import CHROMIUM
from tests.support.review_day import PagedFactory, prepare, walk
from tests.support.tools import require_tool

NAME = "review_day"
MOST_ACTIONS = 1


def review_day(database: Database, port: int, scale: int) -> Result:
    """Walk the day once. No worker draws pages here, so the first page of a document is cited.

    The time is that of a script that presses keys as fast as the page takes them: what is added to the thinking.
    """
    with database.session() as session:
        make = PagedFactory(session, database.store)
        # The district's own people are numbered from one.
        make.count = itertools.count(1_000_000)
        person, work = prepare(make)
        browser = signed_in(session, person, port)
        name, _equals, value = browser.cookie.partition("=")
        session.commit()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(require_tool("chromium")), args=CHROMIUM)
        address = f"http://localhost:{port}"
        context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": name, "value": value, "url": address}])
        day = walk(context.new_page(), work, turn=False)
        chromium.close()
    if day.ratings != work.indicators:
        raise Unexpected(f"{NAME}: {day.ratings} of {work.indicators} indicators were rated")
    milliseconds = round(day.seconds_per_rating * 1000, 1)
    more: Mapping[str, Any] = {
        "seconds_per_rating": round(day.seconds_per_rating, 3),
        "keystrokes_per_rating": round(day.keystrokes_per_rating, 2),
        "actions_to_next": day.actions_to_next,
        "ratings": day.ratings,
    }
    return Result(NAME, database.name, scale, milliseconds, milliseconds, more=more)
