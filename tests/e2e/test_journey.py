"""From an organization's first visit to a school leader's signed agreement, as eight people in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import files
from tests.e2e.conftest import District
from tests.e2e.forms import fill_everything
from tests.e2e.people import Person
from tests.e2e.seed import LEADER, PASSWORD, STAFF
from vetting import clock


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_the_whole_partner_path(district: District, chromium: Browser, tmp_path: Path) -> None:
    place = district.prepare()

    def person(name: str, address: str) -> Person:
        return Person(chromium, district.url, district.instance / "mail", name, address)

    ana = person("Ana Applicant", "ana@harbor-strings.example")
    cora, rey, rita, dora, dee = (person(name, address) for name, (address, _) in STAFF.items())
    lee = person(*LEADER)
    sam = person("Sam Signer", "sam@harbor-strings.example")

    registration = register(ana)
    fill_the_form(ana, registration)
    add_documents(ana, registration, tmp_path)
    send(ana, registration)

    for one in (cora, rey, rita, dora, dee):
        one.sign_in(PASSWORD)
    take_in_hand(cora, registration)
    ask_for(cora, registration, "Board roster")
    answer(ana, registration, tmp_path)
    assign(cora, registration, [rey])
    review_registration(rey, registration)
    draft_decision(dora, registration)
    dora_cannot_release(dora, registration)
    release(cora, registration)
    ana.mail("Approved until")
    ana.go(f"/apply/{registration}")
    ana.sees("Approved")
    in_the_directory(person("Vic Visitor", "vic@home.example"))

    portfolio = apply_for_portfolio(ana, tmp_path)
    take_in_hand(cora, portfolio)
    assign(cora, portfolio, [rey, rita])
    rate_everything(rey, portfolio)
    independent(rita, portfolio)
    rate_everything(rita, portfolio)
    draft_decision(dora, portfolio)
    release(cora, portfolio)
    ana.go(f"/apply/{portfolio}/letter")
    ana.sees("Safe and supportive environment")

    invite_signer(ana, sam)
    lee.sign_in_with_code()
    agreement = agree(lee, place["school"])
    for one in (sam, lee, dee):
        sign(one, agreement)
    paper = download(lee, agreement, tmp_path)
    visitor = person("Uma Unsure", "uma@home.example")
    check_paper(visitor, paper)
    ana.go("/apply")
    ana.sees("Funded Partner")
    lee.go(f"/schools/{place['dese_id']}")
    lee.sees("$9,500")

    done = district.command("verify")
    assert "agree" in done.stdout
    for one in (ana, cora, rey, rita, dora, dee, lee, sam, visitor):
        assert one.faults == [], one.name


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
    ana.leave_by(ana.page.locator("main form button").first)
    expect(ana.page.locator("header")).to_contain_text(ana.name)
    ana.go("/apply")
    ana.click("Register your organization")
    ana.fill("Legal name of your organization", "Harbor Strings")
    ana.page.get_by_label("What kind of organization is it?").select_option("community_based_organization")
    ana.fill("Name of your first program", "After-school orchestra")
    ana.click("Register")
    return ana.reference("VET")


ANSWERS = {
    "nonprofit_status": "nonprofit",
    "service_category": "stem.science",
    "legal_name": "Harbor Strings",
    "program_name": "After-school orchestra",
    "website": "https://harbor-strings.example/",
    "year_founded": "1999",
    "years_in_boston": "9",
    "valid_from": "2026-07-01",
    "valid_until": "2027-06-30",
    "issued_on": "2026-03-02",
    "start_date": "2026-09-14",
    "end_date": "2027-06-11",
}


def fill_the_form(ana: Person, reference: str, *, keep: bool = False) -> None:
    """Every section of the task list, one after the other, until only the documents are left."""
    for _ in range(20):
        ana.go(f"/apply/{reference}")
        rows = ana.page.locator("ul.tasks li").filter(has_text=re.compile("Not started|In progress"))
        links = rows.get_by_role("link").filter(has_not_text=re.compile("^Documents$"))
        if links.count() == 0:
            return
        ana.leave_by(links.first)
        fill_everything(ana.page, ANSWERS, keep=keep)
        ana.leave_by(ana.page.locator("main form button").first)
        expect(ana.page.locator(".error-summary")).to_have_count(0)
    raise AssertionError("the form has no end")


KINDS = {"PDF": files.pdf, "PNG": files.png, "Word": files.docx}


def add_documents(ana: Person, reference: str, folder: Path) -> None:
    """Upload every document that is needed: a PDF, a picture and a Word document among them."""
    for given in range(20):
        ana.go(f"/apply/{reference}/documents")
        rows = ana.page.locator("ul.tasks li").filter(has_text="To add")
        if rows.count() == 0:
            return
        link = rows.first.get_by_role("link").first
        name = link.inner_text()
        ana.leave_by(link)
        ana.sees("Up to 10 MB")
        kinds = [make for words, make in KINDS.items() if words in ana.page.locator("main form").first.inner_text()]
        document = kinds[given % len(kinds)](folder / name[:20])
        ana.page.locator("main input[type=file]").first.set_input_files(document)
        fill_everything(ana.page, ANSWERS)
        ana.click("Save the document")
        expect(ana.page).not_to_have_url(re.compile(r"/documents/"))
    raise AssertionError("the list of documents has no end")


def send(ana: Person, reference: str) -> None:
    ana.go(f"/apply/{reference}/check")
    ana.sees("Harbor Strings")
    ana.click("Send application")
    ana.sees(reference)
    ana.mail(f"We have it. Nothing for you to do. ({reference})")
    ana.go(f"/apply/{reference}")
    ana.sees("We have it")


def take_in_hand(cora: Person, reference: str) -> None:
    cora.go("/desk/queue")
    cora.leave_by(cora.page.locator("main").get_by_role("link", name="Harbor Strings").first)
    cora.click("Start screening")
    cora.sees("Screening")
    assert reference in cora.page.url


def ask_for(cora: Person, reference: str, document: str) -> None:
    cora.go(f"/desk/cases/{reference}/request")
    cora.page.locator("main select").first.select_option(label=document)
    cora.page.locator("main textarea").first.fill("We need the list of your board, to see who governs you.")
    cora.click("Check before sending")
    cora.sees("Who gets mail")
    cora.click("Send the request")
    cora.sees("Waiting for the applicant")


def answer(ana: Person, reference: str, folder: Path) -> None:
    """Only the one item is open; the page says who has to act."""
    ana.follow_link(ana.mail("We need one thing from you by"))
    ana.sees("We need one thing from you by")
    ana.sees("You act next")
    ana.go(f"/apply/{reference}/sections/organization")
    expect(ana.page.locator("main form")).to_have_count(0)
    ana.go(f"/apply/{reference}")
    ana.leave_by(ana.page.locator("main").get_by_role("link", name=re.compile("^Answer")).first)
    ana.page.locator("main input[type=file]").set_input_files(files.docx(folder / "board"))
    fill_everything(ana.page, ANSWERS)
    ana.click("Send answer")
    ana.sees("Nothing for you to do")


def assign(cora: Person, reference: str, reviewers: list[Person]) -> None:
    for one in reviewers:
        cora.go(f"/desk/cases/{reference}/reviewers")
        cora.page.get_by_label(one.name).check()
        cora.click("Check before sending")
        cora.click("Assign this reviewer")
        cora.sees(f"{one.name} is assigned")
    cora.click("Send to review")
    cora.sees("In review")


def declare(reviewer: Person, reference: str) -> None:
    """The case shows itself only after the declaration."""
    reviewer.mail(f"You are asked to review {reference}")
    reviewer.go(f"/desk/cases/{reference}/review")
    reviewer.sees("Before you review")
    answer_conflict(reviewer)


def answer_conflict(reviewer: Person) -> None:
    """The last thing of the review's own page is its button: once it stands there, so does every question."""
    reviewer.page.get_by_label("No. I have no conflict of interest.").check()
    reviewer.click("Continue")
    reviewer.page.get_by_role("button", name="Send in your review").wait_for()


def review_registration(rey: Person, reference: str) -> None:
    declare(rey, reference)
    for choice in rey.page.locator('main input[type=radio][value="met"]').all():
        choice.check()
    rey.click("Send in your review")
    rey.sees("Your review of Harbor Strings is in")


def rate_everything(reviewer: Person, reference: str) -> None:
    """Every indicator, one of them below the benchmark: without a reason it is not taken."""
    if reviewer.page.url.endswith("/review"):
        answer_conflict(reviewer)
    else:
        declare(reviewer, reference)
    names = sorted({str(box.get_attribute("name")) for box in reviewer.page.locator("main input[type=radio]").all()})
    for name in names:
        reviewer.page.locator(f'input[name="{name}"][value="3"]').check()
    low = next(name for name in names if name.startswith("rating-P5"))
    reviewer.page.locator(f'input[name="{low}"][value="2"]').check()
    reviewer.click("Send in your review")
    reviewer.sees("There is a problem")
    reviewer.page.locator(f'[name="{low.replace("rating-", "reason-")}"]').fill("The sample shows one culture only.")
    reviewer.click("Send in your review")
    reviewer.sees("is in. Thank you.")


def independent(rita: Person, reference: str) -> None:
    """Nothing of the other review shows before one's own is in."""
    rita.mail(f"You are asked to review {reference}")
    rita.go(f"/desk/cases/{reference}")
    rita.does_not_see("The sample shows one culture only.")
    rita.go(f"/desk/cases/{reference}/review")
    rita.does_not_see("The sample shows one culture only.")


def draft_decision(dora: Person, reference: str) -> None:
    dora.go(f"/desk/cases/{reference}/decision")
    dora.page.locator('main input[type=radio][value="approve"]').check()
    dora.page.get_by_label("Message to the applicant").fill("Thank you for a clear application.")
    dora.click("Check before sending")
    dora.click("Keep the draft for release")
    dora.sees("Decision to release")


def dora_cannot_release(dora: Person, reference: str) -> None:
    """Four eyes: the one who drafted is told that a different person releases."""
    dora.go(f"/desk/cases/{reference}/release")
    dora.sees("A different person must release it")


def release(cora: Person, reference: str) -> None:
    cora.go(f"/desk/cases/{reference}/release")
    cora.sees("Harbor Strings")
    cora.page.locator("main").get_by_role("button", name="Check before releasing").click()
    cora.click("Release this decision")
    cora.sees("Approved")


def in_the_directory(visitor: Person) -> None:
    visitor.go("/directory?q=orchestra")
    visitor.leave_by(visitor.page.locator("main").get_by_role("link", name="After-school orchestra").first)
    visitor.sees("School-Community Partner")
    visitor.does_not_see("4567")


def apply_for_portfolio(ana: Person, folder: Path) -> str:
    ana.go("/apply/portfolio")
    ana.leave_by(ana.page.locator("main").get_by_role("link", name=re.compile("Portfolio round 2026")).first)
    fill_everything(ana.page, ANSWERS)
    ana.leave_by(ana.page.locator("main form button").first)
    reference = ana.reference("VET")
    fill_the_form(ana, reference)
    add_documents(ana, reference, folder)
    send(ana, reference)
    return reference


SCOPE = {
    "grades": "3 to 8",
    "students_planned": "30",
    "sessions-0-starts": "3 pm",
    "sessions-0-ends": "5 pm",
    "funding_source": "partnership_fund",
    "amount": "9,500",
    "payments-0-due_on": "2027-05-01",
    "payments-0-amount": "9,500",
    "data_basis": "none",
    "starts_on": clock.today().isoformat(),
    "ends_on": (clock.today() + timedelta(days=200)).isoformat(),
    "reporting_dates-0-day": "2027-02-01",
    "reporting_dates-1-day": "2027-06-01",
}


def invite_signer(ana: Person, sam: Person) -> None:
    """The person who may bind the organization gets a role of their own, by an invitation."""
    ana.go("/apply")
    ana.click("People and roles")
    ana.page.locator("main form").last.get_by_label("E-mail address").fill(sam.address)
    ana.page.get_by_role("radio", name="Authorized signer").check()
    ana.click("Send the invitation")
    ana.sees(f"We have sent an invitation to {sam.address}")
    sam.follow_link(sam.mail("You are invited"))
    sam.page.get_by_label("Your name").fill(sam.name)
    sam.click("Create the account and accept")
    sam.sees("Authorized signer")


def agree(lee: Person, school: str) -> str:
    """From the directory to an agreement that is out for signature."""
    lee.go("/directory?q=orchestra")
    lee.click("After-school orchestra")
    lee.click("Propose a partnership")
    lee.page.get_by_label("School", exact=True).select_option(label=school)
    lee.page.get_by_label("2026-27").check()
    lee.click("Propose this partnership")
    lee.click("Propose it")
    lee.click("Confirm the partnership")
    lee.click("Draft an agreement")
    fill_everything(lee.page, {"activity": "service", "paid": "yes", "terms": "fixed"})
    lee.click("Begin the draft")
    lee.sees("Services may not start until this is in force")
    agreement = lee.reference("AGR")
    for section in ("service", "purpose", "roles", "money", "information", "ending"):
        lee.go(f"/agreements/{agreement}/edit/{section}")
        fill_everything(lee.page, SCOPE)
        lee.click("Save and see all parts")
        lee.sees("What is missing")
    lee.go(f"/agreements/{agreement}/text")
    lee.sees("This is a draft")
    lee.click("Send for signature")
    lee.click("Send for signature")
    lee.sees("Waiting for signatures")
    return agreement


def sign(signer: Person, agreement: str) -> None:
    """Consent first, then the typed name under the exact text."""
    signer.follow_link(signer.mail("Please sign"))
    assert agreement in signer.page.url
    signer.sees("Services may not start until this is in force")
    shown = re.search(r"\b[0-9a-f]{64}\b", signer.page.locator("main").inner_text())
    assert shown is not None
    signer.page.get_by_label("I agree to sign and to get this agreement electronically").check()
    signer.page.get_by_label("I could open this PDF").check()
    signer.click("Agree and go on")
    signer.leave_by(signer.page.get_by_role("link", name="Show that it is you", exact=True))
    signer.enter_mailed_code("E-mail me a code", "code for signing")
    signer.page.get_by_label("I am allowed to sign for this side").check()
    signer.page.get_by_label("Your title").fill("Director")
    signer.page.get_by_label("Type your full name to sign").fill(signer.name)
    signer.click("Sign")
    signer.sees("You have signed")
    signer.sees(shown[0])


def download(lee: Person, agreement: str, folder: Path) -> Path:
    """The worker seals the agreement; the page says so and the file is there."""
    lee.mail("In force")
    lee.go(f"/agreements/{agreement}")
    lee.sees("In force")
    with lee.page.expect_download() as waiting:
        lee.page.locator("main").get_by_role("link", name=re.compile("Download")).first.click()
    path = folder / "agreement.pdf"
    waiting.value.save_as(path)
    assert path.read_bytes().startswith(b"%PDF-")
    return path


def check_paper(visitor: Person, paper: Path) -> None:
    """Anybody can ask whether a file is the agreement, and a changed file is not; the file need not be sent."""
    page = visitor.page

    def send_in(path: Path) -> None:
        visitor.go("/verify")
        page.get_by_label("The PDF to check").set_input_files(path)
        visitor.click("Check this file")

    send_in(paper)
    visitor.sees(re.compile("exact copy", re.IGNORECASE))
    visitor.go("/verify")
    page.get_by_label("Work it out from a file").set_input_files(paper)
    expect(page.get_by_text("Worked out. The file was not sent.")).to_be_visible()
    visitor.click("Look up this SHA-256")
    visitor.sees(re.compile("exact copy", re.IGNORECASE))
    visitor.sees("Your file was not sent to us.")
    changed = paper.with_name("changed.pdf")
    body = bytearray(paper.read_bytes())
    body[len(body) // 2] ^= 1
    changed.write_bytes(body)
    send_in(changed)
    expect(page.locator("main")).not_to_contain_text(re.compile("exact copy of", re.IGNORECASE))
    visitor.sees("SHA-256")
