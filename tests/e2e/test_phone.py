"""An applicant on a phone: the net breaks in the middle of a save, the sign-in runs out, a colleague writes as well.

The registration is finished all the same. Nothing is typed twice, and nothing is overwritten that nobody saw.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.conftest import District
from tests.e2e.forms import fill_everything
from tests.e2e.people import Person
from tests.e2e.seed import PASSWORD
from tests.e2e.test_journey import ANSWERS, add_documents, fill_the_form, register, send

SAVED = re.compile(r"Saved at \d")
SAVED_OR_FOUND = re.compile(r"(Saved at|Last saved:) \d")
SLOW = 70_000
"""Milliseconds: the page waits up to a minute before it tries again."""

FIRST, SECOND, THIRD, FOURTH = "We teach the violin", " and the cello", " to all who ask", " in Dorchester"


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_bad_day_loses_no_text(district: District, chromium: Browser, tmp_path: Path) -> None:
    spool = district.instance / "mail"
    ana = Person(chromium, district.url, spool, "Ana Applicant", "ana@harbor-strings.example", width=320)
    ben = Person(chromium, district.url, spool, "Ben Colleague", "ben@harbor-strings.example")
    reference = register(ana)
    invite_editor(ana, ben)
    ana.go(f"/apply/{reference}/sections/organization")
    fill_everything(ana.page, ANSWERS)
    ana.page.locator("main form button").first.click()

    section = f"/apply/{reference}/sections/mission"
    ana.go(section)
    the_net_breaks_in_the_middle_of_a_save(ana.page)
    the_page_is_loaded_anew_before_anything_was_saved(ana.page)
    the_sign_in_runs_out(ana, district)
    assert mission(ana.page).input_value() == FIRST + SECOND + THIRD + FOURTH
    a_colleague_writes_as_well(ana, ben, section)

    fill_the_form(ana, reference, keep=True)
    narrow_enough(ana.page)
    ana.go(section)
    assert mission(ana.page).input_value() == f"{FIRST}{SECOND}{THIRD}{FOURTH}. Ben: since 1999."
    assert ana.page.get_by_label("How many years have you worked in Boston?").input_value() == "27"
    add_documents(ana, reference, tmp_path)
    send(ana, reference)
    narrow_enough(ana.page)
    assert ana.faults == ben.faults == []


def mission(page: Page) -> Locator:
    return page.get_by_label("What is your mission?")


def write(field: Locator, text: str) -> None:
    """At the end of what is there."""
    field.press("Control+End")
    field.press_sequentially(text)


def line(page: Page) -> Locator:
    return page.locator("[data-saved]")


def narrow_enough(page: Page) -> None:
    assert page.locator("html").evaluate("node => node.scrollWidth") <= 320


def invite_editor(ana: Person, ben: Person) -> None:
    ana.go("/apply")
    ana.click("People and roles")
    narrow_enough(ana.page)
    ana.page.locator("main form").last.get_by_label("E-mail address").fill(ben.address)
    ana.page.get_by_role("radio", name="Editor").check()
    ana.click("Send the invitation")
    ben.follow_link(ben.mail("You are invited"))
    ben.page.get_by_label("Your name").fill(ben.name)
    ben.click("Create the account and accept")
    ben.sees("Editor")


def the_net_breaks_in_the_middle_of_a_save(page: Page) -> None:
    """The server has the text, but the phone never hears of it; then nothing gets through at all for a while."""
    page.route("**/autosave", once(taken_but_never_answered))
    with page.expect_event("requestfailed"):
        write(mission(page), FIRST)
    expect(line(page)).to_contain_text("Not saved")
    page.context.set_offline(True)
    write(mission(page), SECOND)
    expect(line(page)).to_contain_text("Not saved")
    page.context.set_offline(False)
    expect(line(page)).to_contain_text(SAVED, timeout=SLOW)
    narrow_enough(page)


def once(handler: Callable[[Route], None]) -> Callable[[Route], None]:
    done: list[Route] = []

    def handle(route: Route) -> None:
        if done:
            route.continue_()
            return
        done.append(route)
        handler(route)

    return handle


def taken_but_never_answered(route: Route) -> None:
    answer = route.fetch()
    assert answer.status == 200
    assert "saved_at" in answer.json()
    route.abort("connectionreset")


def the_page_is_loaded_anew_before_anything_was_saved(page: Page) -> None:
    page.context.set_offline(True)
    with page.expect_event("requestfailed"):
        write(mission(page), THIRD)
    expect(line(page)).to_contain_text("Not saved")
    page.context.set_offline(False)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(mission(page)).to_have_value(FIRST + SECOND + THIRD, timeout=SLOW)
    # The save may have arrived just before the page was left; then there is nothing to put back.
    expect(line(page)).to_contain_text(SAVED_OR_FOUND, timeout=SLOW)


def the_sign_in_runs_out(ana: Person, district: District) -> None:
    engine = sa.create_engine(district.environment["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE login_session SET expires_at = authenticated_at"))
    engine.dispose()
    write(mission(ana.page), FOURTH)
    expect(line(ana.page)).to_contain_text("Sign in in another tab")
    narrow_enough(ana.page)
    section_tab = ana.page
    ana.page = ana.context.new_page()
    ana.sign_in(PASSWORD)
    ana.page.close()
    ana.page = section_tab
    ana.page.bring_to_front()
    expect(line(ana.page)).to_contain_text(SAVED, timeout=SLOW)


def a_colleague_writes_as_well(ana: Person, ben: Person, section: str) -> None:
    """Both have the section open. Ben saves first; Ana sees both texts and puts them together."""
    # His sign-in ran out as well, and he has no password.
    ben.sign_in_with_code()
    ben.go(section)
    mission(ben.page).fill("Ben: since 1999.")
    ben.page.get_by_label("How many years have you worked in Boston?").fill("27")
    expect(line(ben.page)).to_contain_text(SAVED, timeout=SLOW)

    write(mission(ana.page), ".")
    expect(line(ana.page)).to_contain_text("Somebody else changed")
    ana.page.locator("main form button").first.click()
    ana.sees("Somebody else changed this too")
    ana.sees(f"{FIRST}{SECOND}{THIRD}{FOURTH}.")
    ana.sees("Ben: since 1999.")
    ana.sees(f"Written by {ben.name}")
    narrow_enough(ana.page)
    write(mission(ana.page), " Ben: since 1999.")
    ana.page.locator("main form button").first.click()
