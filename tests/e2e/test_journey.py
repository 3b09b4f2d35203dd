"""From an organization's first visit to a school leader's signed agreement, as eight people in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import files
from tests.e2e.conftest import District
from tests.e2e.forms import fill_everything
from tests.e2e.people import Person

PASSWORD = "a long password for the journey"


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_the_whole_partner_path(district: District, chromium: Browser, tmp_path: Path) -> None:
    def person(name: str, address: str) -> Person:
        return Person(chromium, district.url, district.instance / "mail", name, address)

    ana = person("Ana Applicant", "ana@harbor-strings.example")
    reference = register(ana)
    fill_the_form(ana, reference)
    add_documents(ana, reference, tmp_path)
    send(ana, reference)


def register(ana: Person) -> str:
    """A visitor reads, answers, creates an account, confirms the address and registers."""
    ana.go("/")
    ana.click("Become a partner")
    ana.sees("An organization, group or coalition")
    ana.page.get_by_label("We give an ongoing service, again and again over weeks or months").check()
    ana.page.get_by_label("Students, families, school staff or others at the school, directly").check()
    ana.page.get_by_label("An organization, a group or a coalition").check()
    ana.click("See what comes next")
    ana.click("Create an account")
    ana.fill("Your name", ana.name)
    ana.fill("E-mail address", ana.address)
    ana.page.get_by_label("Password").fill(PASSWORD)
    ana.click("Create account")
    ana.follow_link(ana.mail("Confirm"))
    ana.page.locator("main form button").first.click()
    ana.sign_in(PASSWORD) if ana.page.locator("header").get_by_text(ana.name).count() == 0 else None
    ana.go("/apply")
    ana.click("Register your organization")
    ana.fill("Legal name of your organization", "Harbor Strings")
    ana.page.get_by_label("What kind of organization is it?").select_option("community_based_organization")
    ana.fill("Name of your first program", "After-school orchestra")
    ana.click("Register")
    found = re.search(r"VET-[A-Z0-9-]+", ana.page.url)
    assert found is not None
    return found[0]


ANSWERS = {
    "nonprofit_status": "nonprofit",
    "service_category": "stem.science",
    "legal_name": "Harbor Strings",
    "program_name": "After-school orchestra",
    "website": "https://harbor-strings.example/",
    "years_in_boston": "9",
    "valid_from": "2026-07-01",
    "valid_until": "2027-06-30",
    "issued_on": "2026-03-02",
    "start_date": "2026-09-14",
    "end_date": "2027-06-11",
}


def fill_the_form(ana: Person, reference: str) -> None:
    """Every section of the task list, one after the other, until only the documents are left."""
    for _ in range(20):
        ana.go(f"/apply/{reference}")
        rows = ana.page.locator("ul.tasks li").filter(has_text=re.compile("Not started|In progress"))
        links = rows.get_by_role("link").filter(has_not_text=re.compile("^Documents$"))
        if links.count() == 0:
            return
        links.first.click()
        fill_everything(ana.page, ANSWERS)
        ana.page.locator("main form button").first.click()
        expect(ana.page.locator(".error-summary")).to_have_count(0)
    raise AssertionError("the form has no end")


KINDS = {"PDF": files.pdf, "PNG": files.png, "Word": files.docx}


def add_documents(ana: Person, reference: str, folder: Path, *, leave_out: str = "") -> None:
    """Upload every document that is needed: a PDF, a picture and a Word document among them."""
    given = 0
    for _ in range(20):
        ana.go(f"/apply/{reference}/documents")
        rows = ana.page.locator("ul.tasks li").filter(has_text="To add")
        if rows.count() == 0:
            return
        link = rows.first.get_by_role("link").first
        name = link.inner_text()
        link.click()
        ana.sees("Up to 10 MB")
        kinds = [make for words, make in KINDS.items() if words in ana.page.locator("main form").first.inner_text()]
        document = kinds[given % len(kinds)](folder / name[:20])
        given += 1
        ana.page.locator("main input[type=file]").first.set_input_files(document)
        fill_everything(ana.page, ANSWERS)
        ana.page.locator("main form").filter(has=ana.page.locator("input[type=file]")).locator("button").first.click()
        expect(ana.page).not_to_have_url(re.compile(r"/documents/"))
    raise AssertionError("the list of documents has no end")


def send(ana: Person, reference: str) -> None:
    ana.go(f"/apply/{reference}/check")
    ana.sees("Harbor Strings")
    ana.click("Send application")
    ana.sees(reference)
    ana.mail(f"We have your application {reference}")
    ana.go(f"/apply/{reference}")
    ana.sees("We have it")
