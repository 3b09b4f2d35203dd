"""A reviewer's day by keyboard, as one script: a browser test asks what came of it, the benchmark how long it took."""

from __future__ import annotations

import io
import re
import time
from dataclasses import dataclass
from typing import Any

import pikepdf
from playwright.sync_api import Page, expect

from tests.factories import Factory
from vetting.models import Document, DocumentVersion, Organization, Role, User
from vetting.queries import references
from vetting.workflows.commands import AssignReviewer

PATIENCE = 30_000
"""Milliseconds that a busy machine may take for one page."""


@dataclass(frozen=True)
class Work:
    """What lies on the desk, by reference: a Portfolio case in the pool to review, and the one that comes after it."""

    first: str
    following: str
    indicators: int


@dataclass(frozen=True)
class Day:
    """What it took. ``actions_to_next`` are clicks and keys from sending in until the next case stands there."""

    ratings: int
    keystrokes: int
    seconds: float
    actions_to_next: int

    @property
    def seconds_per_rating(self) -> float:
        return self.seconds / self.ratings

    @property
    def keystrokes_per_rating(self) -> float:
        return self.keystrokes / self.ratings


class PagedFactory(Factory):
    """Documents of three pages that can be drawn."""

    def document(
        self,
        organization: Organization,
        type_key: str,
        content: bytes = b"",
        *,
        filename: str = "",
        of: Document | None = None,
    ) -> DocumentVersion:
        return super().document(organization, type_key, content or _three_pages(), filename=filename, of=of)


def _three_pages() -> bytes:
    paper, stored = pikepdf.new(), io.BytesIO()
    for _number in range(3):
        paper.add_blank_page(page_size=(612, 792))
    paper.save(stored)
    return stored.getvalue()


def prepare(make: Factory, **person: Any) -> tuple[User, Work]:
    """One person of a small office who coordinates and reviews, with shortcuts on, and two Portfolio cases."""
    somebody = make.person("Dana Deskworker", Role.COORDINATOR, Role.REVIEWER, **person)
    somebody.preferences = {"shortcuts": {"on": True}}
    make.session.commit()
    other, boss = make.reviewer("Rona Reviewer"), make.coordinator("Bo Boss")
    round_ = make.round(title="A day's round")
    found = []
    for _number in range(2):
        case = make.submitted(make.portfolio(make.partner(), round_))
        actor = make.actor(boss)
        make.take("application", case, "screen", actor)
        for reviewer in (somebody, other):
            make.take("application", case, "assign_reviewer", actor, data=AssignReviewer(reviewer.id))
        make.take("application", case, "start_review", actor)
        make.take("review", case.reviews[0], "declare_no_conflict", make.actor(somebody))
        make.take("application", case, "put_back", actor)
        found.append(case)
    number = len(list(references.framework(found[0].framework_version).indicators))
    return somebody, Work(found[0].reference, found[1].reference, number)


def walk(page: Page, work: Work, *, turn: bool) -> Day:
    """Find the case in the queue, take it, rate everything by keyboard, send it in, and stand before the next one.

    With ``turn`` the worker draws pages, so the second page of the first document is opened and cited.
    """
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    _find(page, work)
    # The page names its keys once it listens to them.
    expect(page.locator("main [data-shortcut=claim][aria-keyshortcuts]")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("main")).to_contain_text(re.compile(r"In charge:\s*You"))
    page.locator("main").get_by_role("link", name="Go on with your review").click()
    expect(page.locator("[data-progress]")).to_have_text(f"0 of {work.indicators} rated")
    if turn:
        # The page is drawn by the worker, and shows itself when it is there.
        page.locator("[data-viewer] [data-key=next]").click()
        expect(page.locator("[data-viewer]")).to_have_attribute("data-said", "Page 2 of 3")
    page.locator("#checklist").focus()
    keys = ["3", "e", *(["l", "3"] * (work.indicators - 1))]
    begun = time.monotonic()
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("[data-progress]")).to_have_text(f"{work.indicators} of {work.indicators} rated")
    seconds = time.monotonic() - begun
    actions = 0
    page.keyboard.press("y")
    expect(page.locator("main")).to_contain_text("is in. Thank you.")
    if work.following not in page.url:
        page.get_by_role("link", name=work.following).click()
        actions += 1
    expect(page).to_have_url(re.compile(f"/{work.following}/review$"))
    expect(page.locator("[data-progress]")).to_have_text(f"0 of {work.indicators} rated")
    # Citing is a key of its own: it is no part of giving a level.
    return Day(work.indicators, len(keys) - 1, seconds, actions)


def _find(page: Page, work: Work) -> None:
    page.goto("/desk/queue")
    page.locator("#filter-kind").select_option("portfolio")
    page.locator("form.filters").get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("kind=portfolio"))
    expect(page.locator("[data-shortcut=search][aria-keyshortcuts]")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator("#filter-q")).to_be_focused()
    page.keyboard.type(work.first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"q={work.first}"))
    page.locator(f'tbody th a[href*="{work.first}"]').click()
