"""A reviewer's day in Chromium on the running server, and what is kept when the server is out of reach."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import District
from tests.e2e.day_seed import ADDRESS
from tests.e2e.people import Person
from tests.e2e.seed import PASSWORD
from tests.support.review_day import Work, walk


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_a_day_by_keyboard(district: District, chromium: Browser) -> None:
    work = Work(**district.prepare("tests.e2e.day_seed"))
    dana = Person(chromium, district.url, district.instance / "mail", "Dana Deskworker", ADDRESS)
    dana.sign_in(PASSWORD)
    day = walk(dana.page, work, turn=True)
    assert day.ratings == work.indicators
    assert day.keystrokes_per_rating < 2
    assert day.actions_to_next == 0

    dana.go("/desk/reviews")
    row = dana.page.locator("tbody tr", has_text=work.first)
    expect(row).to_contain_text("Submitted")
    dana.go(f"/desk/cases/{work.first}/review")
    chosen = dana.page.locator("input[type=radio]:checked")
    expect(chosen).to_have_count(work.indicators)
    assert {radio.get_attribute("value") for radio in chosen.all()} == {"3"}
    cited = dana.page.locator(".cited a")
    expect(cited).to_have_count(1)
    cited.click()
    expect(dana.page.locator("[data-viewer]")).to_have_attribute("data-said", "Page 2 of 3")

    out_of_reach(dana, work)
    signed_out(dana, work)
    two_panes(dana, work)
    assert dana.faults == []
    assert "agree" in district.command("verify").stdout


def out_of_reach(dana: Person, work: Work) -> None:
    """The page says since when nothing is saved, keeps trying, and tells when it got through."""
    dana.go(f"/desk/cases/{work.following}/review")
    page, line = dana.page, dana.page.locator("[data-saved]")
    reason = page.locator("textarea[name^=reason-]").first
    reason.fill("Typed with a connection.")
    expect(line).to_have_text(re.compile("^Saved at "))
    page.context.set_offline(True)
    reason.fill("Typed without one.")
    expect(line).to_have_text(re.compile("^Not saved since .* We keep trying"))
    page.context.set_offline(False)
    expect(line).to_have_text(re.compile("^Saved at "))
    page.reload()
    expect(page.locator("textarea[name^=reason-]").first).to_have_value("Typed without one.")


def signed_out(dana: Person, work: Work) -> None:
    """What was typed after the session ended comes back when the person has signed in again."""
    path = f"/desk/cases/{work.following}/review"
    page = dana.page
    page.on("dialog", lambda dialog: dialog.accept())
    kept = page.context.cookies()
    page.context.clear_cookies()
    page.locator("textarea[name^=reason-]").first.fill("Typed after the session ended.")
    expect(page.locator("[data-saved]")).to_have_text(re.compile("^Not saved"))
    page.context.add_cookies(kept)  # type: ignore[arg-type]
    dana.go("/desk/queue")
    dana.go(path)
    expect(page.locator("textarea[name^=reason-]").first).to_have_value("Typed after the session ended.")
    expect(page.locator("[data-saved]")).to_have_text(re.compile("^Saved at "))
    page.reload()
    expect(page.locator("textarea[name^=reason-]").first).to_have_value("Typed after the session ended.")


def two_panes(dana: Person, work: Work) -> None:
    """Each pane scrolls on its own; the border moves by keyboard and stays where it was put."""
    page = dana.page
    handle, checklist = page.locator("[data-handle]"), page.locator("#checklist")
    page.evaluate("scrollTo(0, 0)")
    checklist.evaluate("pane => { pane.scrollTop = 900 }")
    assert page.evaluate("scrollY") == 0
    assert page.locator("[data-viewer]").bounding_box() is not None
    before = checklist.bounding_box()
    handle.press("End")
    expect(handle).to_have_attribute("aria-valuenow", "75")
    after = checklist.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] * 1.3
    page.reload()
    expect(page.locator("[data-handle]")).to_have_attribute("aria-valuenow", "75")
    page.set_viewport_size({"width": 375, "height": 700})
    expect(page.locator("[data-handle]")).to_be_hidden()
    page.locator("[data-switch] a", has_text="Documents").click()
    expect(page.locator("#evidence")).to_be_in_viewport()
    page.locator("[data-switch] a", has_text="Checklist").click()
    expect(page.locator("[data-progress]")).to_be_in_viewport()
