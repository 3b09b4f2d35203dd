"""The components in Chromium: accessibility, narrow screens, keyboard, and each small script."""

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.look.conftest import Render, Site
from tests.support import axe
from vetting.forms.gallery import ExampleForm

pytestmark = pytest.mark.browser

FORM = """{% extends "layouts/public.html" %}{% from "components/post_form.html" import post_form %}
{% set h1 = "A form" %}{% block content %}
{% call post_form(none, "/received", autosave=autosave|default(""), kept="a-form") %}
<label for="text">Text</label><textarea id="text" name="text"></textarea>
<input type="hidden" name="version" value="1">
<button type="submit">Send</button>
{% endcall %}<a href="/elsewhere">Elsewhere</a>{% endblock %}"""


def _violations(page: Page) -> list[str]:
    return [f"{rule['id']}: {node['target']}" for rule in axe.violations(page) for node in rule["nodes"]]


# Every width in both schemes; density alternates, because colour and spacing do not depend on each other.
@pytest.mark.parametrize(
    ("width", "scheme", "dense"),
    [
        (320, "light", False),
        (320, "dark", True),
        (768, "light", True),
        (768, "dark", False),
        (1280, "light", True),
        (1280, "dark", False),
    ],
)
def test_every_component_is_accessible_and_fits(
    page: Page, site: Site, gallery: str, width: int, scheme: str, dense: bool
) -> None:
    html = gallery.replace('<body class="airy">', '<body class="desk">') if dense else gallery
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(site.show(html))
    page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")
    assert _violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_check_itself_finds_a_missing_label_and_poor_contrast(page: Page, site: Site, gallery: str) -> None:
    page.goto(site.show(gallery))
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', '<input id=planted><p id=pale>Pale</p>')"
    )
    page.evaluate("document.getElementById('pale').style.color = '#ccc'")
    found = " ".join(_violations(page))
    assert "label:" in found
    assert "color-contrast:" in found


def test_a_language_from_right_to_left_fits_and_mirrors(page: Page, site: Site, gallery: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(site.show(gallery.replace('dir="ltr"', 'dir="rtl"')))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    bar = page.locator(".field.wrong").first
    assert bar.evaluate("one => getComputedStyle(one).borderRightWidth") == "4px"
    assert _violations(page) == []


def test_text_can_be_spaced_out_without_being_cut(page: Page, site: Site, gallery: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(site.show(gallery))
    page.evaluate(
        "for (const one of document.querySelectorAll('main *')) Object.assign(one.style,"
        "{lineHeight: '1.5', letterSpacing: '0.12em', wordSpacing: '0.16em'})"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_keyboard_reaches_the_content_first_and_the_ring_is_seen(page: Page, site: Site, render: Render) -> None:
    page.goto(site.show(render(FORM).replace("data-told", "")))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the main content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the main content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Text")).to_be_focused()
    assert page.get_by_label("Text").evaluate("one => getComputedStyle(one).outlineWidth") != "0px"


def test_after_a_step_the_keyboard_goes_on_from_the_words_that_say_it_was_taken(
    page: Page, site: Site, render: Render
) -> None:
    page.goto(site.show(render(FORM)))
    expect(page.get_by_text("Your answers are saved.").locator("xpath=ancestor::*[@data-told]")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Text")).to_be_focused()


def test_the_account_menu_opens_closes_on_escape_and_gives_the_focus_back(
    page: Page, site: Site, render: Render
) -> None:
    page.goto(site.show(render(FORM)))
    summary = page.locator("details.menu summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Your account")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Your account")).to_be_hidden()
    expect(summary).to_be_focused()


PLACES = [
    {"label": f"Place {number}", "href": f"/{number}", "current": "page" if number == 6 else "", "more": number > 9}
    for number in range(1, 13)
]


FEW_OFTEN = [{**place, "more": number > 6} for number, place in enumerate(PLACES[:9], 1)]


@pytest.mark.parametrize("places", [PLACES, FEW_OFTEN], ids=["many that are needed often", "few"])
@pytest.mark.parametrize(("width", "in_row"), [(320, 0), (768, 4), (1024, 6), (1280, 8)])
def test_the_places_take_one_row_and_every_place_is_shown_once(
    page: Page, site: Site, render: Render, width: int, in_row: int, places: list[dict[str, object]]
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(site.show(render(FORM, nav=places)))
    nav = page.get_by_role("navigation", name="Main")
    assert nav.locator(".topnav-row > li:visible").count() == in_row
    assert nav.bounding_box()["height"] < 60, "one row"
    button = nav.locator("summary")
    expect(button.get_by_text("Place 6")).to_be_visible(visible=in_row < 6)
    button.focus()
    page.keyboard.press("Enter")
    shown = [link.inner_text() for link in nav.get_by_role("link").all()]
    assert shown == [place["label"] for place in places]
    assert nav.locator("[aria-current]:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_few_places_need_no_button(page: Page, site: Site, render: Render) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(site.show(render(FORM, nav=PLACES[:3])))
    nav = page.get_by_role("navigation", name="Main")
    expect(nav.get_by_role("link")).to_have_count(3)
    assert nav.locator("summary").count() == 0


def test_everything_works_without_script(browser: Browser, site: Site, render: Render, gallery: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.show(render(FORM, autosave="/save")))
    page.locator("details.menu summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.locator("details.menu summary").click()
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(site.show(render(FORM, autosave="/save", nav=PLACES)))
    page.get_by_role("navigation", name="Main").get_by_text("Menu").click()
    expect(page.get_by_role("link", name="Place 12")).to_be_visible()
    page.get_by_label("Text").fill("Hello")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Received")).to_be_visible()
    assert site.received == [("/received", b"csrf_token=the-token&text=Hello&version=1")]
    page.goto(site.show(gallery))
    assert page.locator(".needs-script:visible").count() == 0
    context.close()


def test_the_summary_of_mistakes_has_the_focus_and_leads_to_the_field(page: Page, site: Site, gallery: str) -> None:
    page.goto(site.show(gallery))
    expect(page.locator(".summary-of-errors")).to_be_focused()
    page.get_by_role("link", name="Enter a number of students").click()
    expect(page.locator("#mistaken-students")).to_be_focused()


def test_the_count_says_how_much_is_left_and_how_much_is_too_much(page: Page, site: Site, gallery: str) -> None:
    page.goto(site.show(gallery))
    page.locator("#blank-summary").fill("x" * 190)
    expect(page.locator("#blank-summary-count")).to_have_text("10 characters left")
    page.locator("#blank-summary").fill("é" * 205)
    expect(page.locator("#blank-summary-count")).to_have_text("5 characters too many")


def test_autosave_says_saved_only_when_the_server_did(page: Page, site: Site, render: Render) -> None:
    site.answers["/save"] = [
        (500, {}),
        (409, {"message": "Sam Reed changed this at 2:00 pm. Open the page again to see both."}),
        (200, {"saved_at": "2:02 pm", "version": 7}),
    ]
    page.goto(site.show(render(FORM, autosave="/save")))
    line = page.locator("[data-saved]")
    page.get_by_label("Text").fill("one")
    expect(line).to_have_text("Not saved yet. We keep trying.")
    # It tries again by itself, and then says what the server answers.
    expect(line).to_have_text("Sam Reed changed this at 2:00 pm. Open the page again to see both.")
    page.get_by_label("Text").fill("three")
    expect(line).to_have_text("Saved at 2:02 pm")
    expect(page.locator("[name=version]")).to_have_value("7")
    assert b"three" in site.received[-1][1]
    assert b"the-token" in site.received[-1][1]


def test_a_save_while_the_page_is_left_does_not_cost_the_next_page_its_text(
    page: Page, site: Site, render: Render
) -> None:
    site.answers["/save"] = [(500, {}), (200, {"saved_at": "2:02 pm"})]
    page.goto(site.show(render(FORM, autosave="/save")))
    line = page.locator("[data-saved]")
    page.get_by_label("Text").fill("one")
    expect(line).to_have_text("Not saved yet. We keep trying.")
    # The question whether to leave is asked and answered; the page has its focus back and saves.
    page.evaluate("for (const name of ['beforeunload', 'focus']) window.dispatchEvent(new Event(name))")
    expect(line).to_have_text("Saved at 2:02 pm")
    # The next page was made before that.
    page.reload()
    expect(page.get_by_label("Text")).to_have_value("one")


def test_a_page_with_unsent_text_asks_before_it_is_left_but_not_when_it_is_sent(
    page: Page, site: Site, render: Render
) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(site.show(render(FORM)))
    page.get_by_label("Text").press_sequentially("Hello")
    page.get_by_role("link", name="Elsewhere").click(no_wait_after=True)
    expect(page.get_by_label("Text")).to_have_value("Hello")
    page.wait_for_function("true")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Received")).to_be_visible()
    assert asked == ["beforeunload"]


UPLOAD = """{% extends "layouts/form.html" %}{% from "components/file_input.html" import file_input %}
{% set h1 = "Certificate" %}{% set form_action = "/received" %}
{% block fields %}{{ file_input(form.certificate, "PDF", 1) }}{% endblock %}"""


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    page: Page, site: Site, render: Render, tmp_path: Path
) -> None:
    large, small = tmp_path / "large.pdf", tmp_path / "small.pdf"
    large.write_bytes(b"x" * (1024 * 1024 + 1))
    small.write_bytes(b"y" * 1000)
    page.goto(site.show(render(UPLOAD, form=ExampleForm())))
    page.get_by_label("Certificate of insurance").set_input_files(large)
    expect(page.get_by_text("large.pdf is 1.0 MB. The limit is 1 MB. Choose a smaller file.")).to_be_visible()
    page.get_by_role("button", name="Save and continue").click()
    assert site.received == []
    page.get_by_label("Certificate of insurance").set_input_files(small)
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", name="Received")).to_be_visible()
    assert b"y" * 1000 in site.received[0][1]


def test_a_page_that_waits_shows_news_and_reloads_when_the_thing_is_ready(
    page: Page, site: Site, render: Render
) -> None:
    source = """{% extends "layouts/public.html" %}{% from "components/working.html" import working %}
    {% set h1 = "Working" %}{% block content %}{{ working("First", "/ready", "#") }}{% endblock %}"""
    site.answers["/ready"] = [(200, {"ready": False, "text": "Second"}), (200, {"ready": True})]
    address = site.show(render(source))
    page.goto(address)
    expect(page.get_by_text("Second")).to_be_visible()
    site.pages[address.removeprefix(site.address)] = "<!doctype html><title>Ready</title><h1>Ready</h1>"
    expect(page.get_by_role("heading", name="Ready")).to_be_visible()


def test_row_keys_work_only_where_they_are_switched_on_and_never_while_typing(
    page: Page, site: Site, render: Render
) -> None:
    source = """{% extends "layouts/desk.html" %}{% from "components/data_table.html" import data_table, head_cell %}
    {% set h1 = "Queue" %}{% block content %}<label>Find <input id="find"></label>
    {% call(row) data_table("Cases", [{"label": "Case"}], ["a", "b"], keys=true) %}
    <tr>{{ head_cell(row, "#" ~ row) }}</tr>
    {% endcall %}{% endblock %}"""
    keys = [{"name": "row-next", "key": "j", "words": "Next"}, {"name": "open", "key": "o", "words": "Open"}]
    page.goto(site.show(render(source, shortcuts=keys, shortcuts_href="#")))
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="b", exact=True)).to_be_focused()
    page.keyboard.press("o")
    assert page.url.endswith("#b")
    page.locator("#find").press("k")
    expect(page.locator("#find")).to_have_value("k")
    expect(page.locator("#find")).to_be_focused()
    page.goto(site.show(render(source, shortcuts=[])))
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="a", exact=True)).not_to_be_focused()


def test_the_browser_works_out_the_hash_of_a_file_without_sending_it(
    page: Page, site: Site, render: Render, tmp_path: Path
) -> None:
    source = """{% extends "layouts/public.html" %}{% set h1 = "Check a document" %}{% block content %}
    <form data-verify method="get"><div data-verify-file hidden><label for="paper">Document</label>
    <input type="file" id="paper"></div>
    <label for="hash">SHA-256</label><input id="hash" name="hash" data-verify-hash>
    <p role="status" data-verify-status data-done-text="Ready to check"></p></form>{% endblock %}"""
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"exact words")
    page.goto(site.show(render(source)))
    page.get_by_label("Document").set_input_files(paper)
    expect(page.get_by_label("SHA-256")).to_have_value(hashlib.sha256(b"exact words").hexdigest())
    expect(page.get_by_text("Ready to check")).to_be_visible()
    assert site.received == []
    page.get_by_label("Document").set_input_files([])
    expect(page.get_by_label("SHA-256")).to_have_value("")


def test_a_long_value_is_copied_and_the_copying_is_said(page: Page, site: Site, gallery: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(site.show(gallery))
    page.get_by_role("button", name=re.compile("Copy")).click()
    expect(page.locator("[data-copy-status]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("9f86d081884c7d65")


def test_a_narrow_table_keeps_the_heading_of_every_cell(page: Page, site: Site, gallery: str) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(site.show(gallery))
    cell = page.locator("table.cards-when-narrow td", has_text="112")
    assert cell.evaluate("one => getComputedStyle(one, '::before').content") == '"Students" / ""'
    assert page.locator("td .tag", has_text="Reply received").first.is_visible()


def test_forced_colours_keep_edges_and_focus(page: Page, site: Site, gallery: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(site.show(gallery))
    assert page.locator(".tag").first.evaluate("one => getComputedStyle(one).borderTopWidth") == "1px"
    page.get_by_role("button", name="Save and continue").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_paper_shows_the_content_without_navigation(page: Page, site: Site, gallery: str) -> None:
    page.goto(site.show(gallery))
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Components")).to_be_visible()
    expect(page.locator(".topnav")).to_be_hidden()
    expect(page.get_by_role("button", name="Save and continue").first).to_be_hidden()
