"""Papers from a phone on a bad network: the line breaks in the middle of a file, the page is loaded anew, a second
file does not get through. Nothing is sent twice, and what is saved is byte for byte what was chosen."""

from __future__ import annotations

import base64
import hashlib
import random
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from tests.e2e.conftest import District
from tests.e2e.files import pdf
from tests.e2e.people import Person
from tests.e2e.seed import PASSWORD

MEGABYTE = 1024 * 1024
PIECE = re.compile(r"/apply/uploads/UPL-[A-Z0-9-]+$")


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_a_line_that_breaks_costs_no_file(district: District, chromium: Browser, tmp_path: Path) -> None:
    where = district.prepare("tests.e2e.upload_seed")["page"]
    large = scan(tmp_path / "large", 5 * MEGABYTE)
    second, third = (scan(tmp_path / name, MEGABYTE + n) for n, name in enumerate(("second", "third")))
    ana = Person(
        chromium, district.url, district.instance / "mail", "Ana Applicant", "ana@harbor-strings.example", width=320
    )
    ana.sign_in(PASSWORD)
    ana.go(where)
    ana.sees("At a time, up to 5 files with 25 MB together")
    too_large_is_said_at_once(ana.page, tmp_path)
    the_net_breaks_and_comes_back(ana.page, large)
    at = the_page_is_loaded_anew(ana.page)
    it_goes_on_where_it_stopped(ana.page, large, at)
    the_sign_in_runs_out(ana, district, third)
    only_the_second_is_tried_again(ana.page, second)
    ana.page.get_by_label("Date of the document").fill("2024-05-01")
    ana.click("Save the document")
    ana.sees("The documents are saved.")
    ana.go(where)
    for file in (large, second, third):
        ana.sees(file.name)
        name = hashlib.sha256(file.read_bytes()).hexdigest()
        assert (district.instance / "store" / "evidence" / name[:2] / name).read_bytes() == file.read_bytes()
    assert ana.page.locator("[data-rows] li").count() == 0
    assert list((district.instance / "uploads").iterdir()) == []
    narrow_enough(ana.page)
    assert ana.faults == []


def scan(path: Path, size: int) -> Path:
    """A PDF as large as a scan is."""
    file = pdf(path)
    head, mark, tail = file.read_bytes().rpartition(b"startxref")
    noise = base64.b64encode(random.Random(size).randbytes(size))[: size - len(head + mark + tail) - 2]
    file.write_bytes(head + b"%" + noise + b"\n" + mark + tail)
    return file


def choose(page: Page, *files: Path) -> None:
    page.get_by_label(re.compile("^Choose")).set_input_files(files)


def row(page: Page, file: Path) -> Locator:
    return page.locator("[data-rows] li").filter(has_text=file.name)


def state(page: Page, file: Path) -> Locator:
    return row(page, file).locator("[data-state]")


def narrow_enough(page: Page) -> None:
    assert page.locator("html").evaluate("node => node.scrollWidth") <= 320


def too_large_is_said_at_once(page: Page, folder: Path) -> None:
    huge = folder / "huge.pdf"
    with huge.open("wb") as out:
        out.truncate(11 * MEGABYTE)
    choose(page, huge)
    expect(state(page, huge)).to_have_text("huge.pdf is 11.0 MB. The limit is 10 MB. Choose a smaller file.")
    narrow_enough(page)
    row(page, huge).get_by_role("button", name="Remove").press("Enter")
    expect(row(page, huge)).to_have_count(0)
    expect(page.get_by_label(re.compile("^Choose"))).to_be_focused()


def the_net_breaks_and_comes_back(page: Page, file: Path) -> None:
    """In the middle of the third piece; when it is back, the file goes on by itself. The fifth finds no way again."""
    seen: list[int] = []

    def cut(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        seen.append(int(route.request.headers["upload-offset"]))
        if len(seen) == 3:
            page.context.set_offline(True)
        if len(seen) == 3 or len(seen) >= 5:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(PIECE, cut)
    choose(page, file)
    expect(state(page, file)).to_have_text("No connection. We go on by ourselves when it is back.")
    narrow_enough(page)
    page.get_by_role("button", name="Save the document").click()
    expect(page.locator("[data-chosen]")).to_contain_text("We save as soon as every file is here")
    page.context.set_offline(False)
    expect(state(page, file)).to_have_text("The connection is weak. We keep trying.")
    assert seen[3] == seen[2] > 0


def the_page_is_loaded_anew(page: Page) -> float:
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.unroute(PIECE)
    half = page.locator(".half-sent")
    expect(half).to_contain_text("Choose the same file again and it goes on where it stopped")
    narrow_enough(page)
    found = re.search(r"([\d.]+) (kB|MB) of 5 MB", half.inner_text())
    assert found is not None
    return float(found[1]) / (1024 if found[2] == "kB" else 1)


def it_goes_on_where_it_stopped(page: Page, file: Path, megabytes: float) -> None:
    offsets: list[int] = []
    page.on("request", lambda request: note_offset(request, offsets))
    choose(page, file)
    expect(state(page, file)).to_have_text("Ready to save")
    assert offsets[0] == pytest.approx(megabytes * MEGABYTE, rel=0.05)
    assert offsets == sorted(set(offsets))


def note_offset(request: Request, offsets: list[int]) -> None:
    if "upload-offset" in request.headers:
        offsets.append(int(request.headers["upload-offset"]))


def the_sign_in_runs_out(ana: Person, district: District, file: Path) -> None:
    """She signs in in another tab; back in this one, the file goes on."""
    engine = sa.create_engine(district.environment["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE login_session SET expires_at = authenticated_at"))
    engine.dispose()
    choose(ana.page, file)
    expect(state(ana.page, file)).to_contain_text("Sign in in another tab")
    sending = ana.page
    ana.page = ana.context.new_page()
    ana.sign_in(PASSWORD)
    ana.page.close()
    ana.page = sending
    sending.bring_to_front()
    expect(state(sending, file)).to_have_text("Ready to save")


def only_the_second_is_tried_again(page: Page, file: Path) -> None:
    """It gives up after a while and says what to do; the first stays as it is."""
    page.clock.install()
    page.route(PIECE, lambda route: route.abort("connectionreset"))
    choose(page, file)
    again = row(page, file).get_by_role("button", name="Try again")
    for _ in range(8):
        with page.expect_event("requestfailed"):
            page.clock.fast_forward(31_000)
    page.clock.fast_forward(31_000)
    expect(state(page, file)).to_have_text("The file did not arrive. Check your connection and send it again.")
    page.get_by_role("button", name="Save the document").click()
    expect(page.locator("[data-chosen]")).to_contain_text("Try it again or remove it, then save")
    expect(again).to_be_focused()
    page.unroute(PIECE)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "/uploads" in request.url else None)
    again.press("Enter")
    expect(state(page, file)).to_have_text("Ready to save")
    begun = [body for body in sent if body.startswith("name=")]
    assert len(begun) == 1
    assert begun[0].startswith("name=second.pdf")
    expect(page.locator("[data-rows] li")).to_have_count(3)
