"""Signing without a mouse, then on a phone whose browser runs no scripts: from the mail to the receipt."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import District
from tests.e2e.people import Person, text_of
from tests.e2e.seed import PASSWORD

MOST_KEYS = 60
"""Nobody presses the Tab key more often than that to get to the next thing on a page."""

NAME_IN_FOCUS = """() => {
    const here = document.activeElement;
    return (here.labels && here.labels.length ? here.labels[0].innerText : here.innerText || "").trim();
}"""


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_one_signs_by_keyboard_and_one_without_script(district: District, chromium: Browser) -> None:
    seed = district.prepare("tests.e2e.signing_seed")
    at, spool = f"/agreements/{seed['reference']}/sign", district.instance / "mail"
    (sam, sams), (lee, lees), _district = seed["signers"]
    by_keyboard = Person(chromium, district.url, spool, sam, sams)
    without_script = Person(chromium, district.url, spool, lee, lees, width=320, scripts=False)

    signs_by_keyboard(by_keyboard, at)
    without_script.mail("Please sign")
    signs_without_script(without_script, at)

    by_keyboard.go(at)
    by_keyboard.sees("You have signed")
    by_keyboard.does_not_see(lee)
    assert by_keyboard.faults == []


def signs_by_keyboard(sam: Person, at: str) -> None:
    page = sam.page
    sam.follow_link(sam.mail("Please sign"))
    write(page, "E-mail address", sam.address)
    write(page, "Password", PASSWORD)
    press_enter(page)
    expect(page).to_have_url(re.compile(re.escape(at)))
    go_to(page, "Go to the end")
    page.keyboard.press("Enter")
    step(page, "Agree to sign electronically")
    go_to(page, "Agree and go on")
    press_enter(page)
    expect(page.locator(".summary-of-errors")).to_be_focused()
    for box in ("I could open this PDF", "I agree to sign"):
        go_to(page, box)
        page.keyboard.press("Space")
    go_to(page, "Agree and go on")
    press_enter(page)
    step(page, "Show that it is you")
    go_to(page, "Show that it is you")
    press_enter(page)
    go_to(page, "E-mail me a code")
    press_enter(page)
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.keyboard.type(code_for(sam))
    press_enter(page)
    step(page, "Sign")
    go_to(page, "I am allowed to sign for this side")
    page.keyboard.press("Space")
    write(page, "Type your full name to sign", sam.name)
    press_enter(page)
    expect(page.locator("h1")).to_have_text("You have signed")


def signs_without_script(lee: Person, at: str) -> None:
    page = lee.page
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(lee.address)
    page.get_by_label("Password").fill(PASSWORD)
    lee.leave_by(page.get_by_role("button", name="Sign in", exact=True))
    lee.go(at)
    page.get_by_label("I could open this PDF").check()
    page.get_by_label("I agree to sign and to get this agreement electronically").check()
    lee.click("Agree and go on")
    lee.click("Show that it is you")
    lee.leave_by(page.get_by_role("button", name="E-mail me a code", exact=True))
    page.get_by_label("Code", exact=True).fill(code_for(lee))
    lee.click("Continue")
    page.get_by_label("I am allowed to sign for this side").check()
    page.get_by_label("Type your full name to sign").fill(lee.name)
    lee.click("Sign")
    lee.sees("You have signed")
    assert page.locator("html").evaluate("node => node.scrollWidth") <= 320


def code_for(person: Person) -> str:
    found = re.search(r"\b(\d{4} ?\d{4})\b", text_of(person.mail("code for signing")))
    assert found is not None
    return found[1]


def go_to(page: Page, words: str) -> None:
    """Press Tab until what has these words has the focus."""
    for _ in range(MOST_KEYS):
        page.keyboard.press("Tab")
        if str(page.evaluate(NAME_IN_FOCUS)).startswith(words):
            return
    raise AssertionError(f"{words!r} was not reached by keyboard on {page.url}")


def write(page: Page, label: str, text: str) -> None:
    go_to(page, label)
    page.keyboard.type(text)


def press_enter(page: Page) -> None:
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


def step(page: Page, words: str) -> None:
    """The reader stands at the heading of the step that is asked now."""
    expect(page.locator("#sign")).to_have_text(words)
    expect(page.locator("#sign")).to_be_focused()
