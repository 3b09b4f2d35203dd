"""In a blind round no reviewer of a case learns who applies: words planted in every name stay unseen."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pypdfium2 as pdfium
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.security.test_wall import concerned, values_for, words_of
from tests.integration.security.wall import Walled, _keys
from tests.support.client import CheckingClient
from vetting import clock
from vetting.forms.custody import quick_day
from vetting.models import (
    Application,
    DocumentCheck,
    FindingNote,
    Flag,
    Note,
    NoteKind,
    Outcome,
    RequestItem,
    Role,
    SeenBy,
    User,
)
from vetting.queries import search
from vetting.worker import Worker
from vetting.workflows.commands import (
    AttachEvidence,
    DraftDecision,
    HoldCase,
    RequestedItem,
    RequestInformation,
    SaveAnswers,
)
from vetting.workflows.engine import StepRefused

BrowserFor = Callable[[User], CheckingClient]

PLANTED = {
    "legal name": "Canarylegal Harbor",
    "other name": "Canaryother",
    "program": "Canaryprogram Strings",
    "address": "77 Canarystreet",
    "site": "canarysite.example",
    "mail": "canarymail@people.example",
    "phone": "617-555-7788",
    "owner": "Olga Canaryowner",
    "file": "canaryfile-board-list",
    "inside the file": "Canarymetadata",
    "person": "Canaryreference",
    "message": "Canarymessage",
    "call": "Canarycall",
    "mission": "Canarymission",
    "comment": "Canarycomment",
    "flag": "Canaryflag",
    "hold": "Canaryhold",
}
"""What would say who applies."""

ABOUT_ORGANIZATIONS = ("organizations.", "room.", "agreements.", "partnerships.", "schools.", "admin.", "applicant.")
"""Places that name organizations to everybody who may open them, and say nothing of the case."""


@dataclass
class Blind:
    """A case of a blind round in review: one reviewer, one coordinator who reviews it, and one who only coordinates."""

    case: Application
    reviewer: User
    both: User
    coordinator: User
    values: Walled


def paper() -> bytes:
    """A PDF that names its author inside."""
    document = pdfium.PdfDocument.new()
    document.new_page(200, 200)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue() + f"\n% /Author ({PLANTED['inside the file']})\n".encode()


@pytest.fixture
def blind(make: Factory, session: Session) -> Blind:
    owner = make.person(PLANTED["owner"], email=PLANTED["mail"])
    organization = make.organization(owner, PLANTED["legal name"])
    make.approved(make.registration(organization))
    program = organization.programs[0]
    organization.legal_name, organization.doing_business_as = PLANTED["legal name"], PLANTED["other name"]
    organization.name_folded = PLANTED["legal name"].casefold()
    organization.address, organization.phone = PLANTED["address"], PLANTED["phone"]
    organization.website, organization.email = f"https://{PLANTED['site']}/", PLANTED["mail"]
    organization.mission, program.name = PLANTED["mission"], PLANTED["program"]
    session.commit()
    case = make.portfolio(organization, make.round(title="Blind round", blind=True))
    by_owner = make.actor(owner)
    make.fill(case)
    make.take("application", case, "save_answers", by_owner, data=SaveAnswers({"reference_1_name": PLANTED["person"]}))
    version = make.document(organization, "evaluation_report", paper(), filename=f"{PLANTED['file']}.pdf")
    make.take("application", case, "attach_evidence", by_owner, data=AttachEvidence(version, "evaluation_report"))
    finding = {
        "key": "name_other",
        "page": 1,
        "values": {"read": PLANTED["other name"], "expected": PLANTED["legal name"]},
    }
    found = {
        "rules_version": 1,
        "facts_sha256": "0" * 64,
        "outcome": "done",
        "findings": [finding],
        "checked_at": clock.now(),
    }
    for link in case.evidence:
        number = link.document_version_id
        session.add(DocumentCheck(document_version_id=number, **found))
        said = FindingNote(
            document_version_id=number, finding_key="name_other", text=PLANTED["message"], author_id=owner.id
        )
        session.add(said)
    make.take("application", case, "submit", by_owner)
    search.refresh_cases(session, [case])
    session.commit()
    reviewer, coordinator = make.reviewer("Rita Reviewer"), make.coordinator()
    both = make.person("Bo Both", Role.COORDINATOR, Role.REVIEWER)
    make.in_review(case, reviewers=[reviewer, both], coordinator=coordinator)
    boss = make.actor(coordinator)
    message = Note(
        application=case,
        kind=NoteKind.MESSAGE,
        seen_by=SeenBy.APPLICANT,
        author_id=owner.id,
        from_applicant=True,
        body=PLANTED["message"],
    )
    make.take("note", message, "reply", by_owner)
    call = Note(
        application=case,
        kind=NoteKind.CALL,
        seen_by=SeenBy.OFFICE,
        author_id=coordinator.id,
        body=f"We spoke with {PLANTED['call']}.",
        with_whom=PLANTED["call"],
    )
    make.take("note", call, "write", boss)
    for words, nameless in ((f"Ask {PLANTED['comment']} again.", False), ("The budget adds up.", True)):
        comment = Note(
            application=case,
            kind=NoteKind.COMMENT,
            seen_by=SeenBy.OFFICE,
            author_id=coordinator.id,
            body=words,
            nameless=nameless,
        )
        make.take("note", comment, "write", boss)
    reason = f"{PLANTED['flag']} has to send a new budget."
    flag = Flag(application=case, reason=reason, owner_id=coordinator.id, raised_by_id=coordinator.id)
    make.take("flag", flag, "raise", boss)
    wakes = HoldCase(quick_day(clock.today(), 3))
    make.take("application", case, "hold", boss, data=wakes, reason=f"{PLANTED['hold']} is away.")
    values = Walled(cases=(case.reference,), ids=(case.id,), keys=_keys(session, [case.id]))
    # What the case has nothing of is asked for by a reference that nothing has.
    values.values = defaultdict(lambda: "none")
    values.values |= {
        "document": version.document.reference,
        "round": case.round.reference if case.round else "",
        "type_key": "evaluation_report",
        "program": program.reference,
    }
    return Blind(case, reviewer, both, coordinator, values)


def pages(app: Flask, blind: Blind, browser: CheckingClient) -> dict[str, str]:
    """Every page, list, file and answer that could be about the case, as this person gets it."""
    adapter = app.url_map.bind("localhost")
    found = {}
    for rule in concerned(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(ABOUT_ORGANIZATIONS):
            continue
        for values in values_for(rule, blind.values):
            path = adapter.build(rule.endpoint, values, "GET")
            more = f"?doc={blind.values.values['document']}.1" if rule.arguments else f"?q={blind.case.reference}"
            for asked in (path, path + more):
                response = browser.get(asked)
                assert response.status_code < 500, asked
                found[asked] = words_of(response) + str(response.headers)
                response.close()
    return found


def leaks(texts: dict[str, str]) -> dict[str, list[str]]:
    """Where which of the planted words stand."""
    found = {place: [name for name, word in PLANTED.items() if word in text] for place, text in texts.items()}
    return {place: names for place, names in found.items() if names}


@pytest.mark.parametrize("who", ["reviewer", "both"])
def test_nothing_that_a_blind_reviewer_opens_says_who_applies(
    app: Flask, session: Session, blind: Blind, browser_for: BrowserFor, who: str
) -> None:
    texts = pages(app, blind, browser_for(getattr(blind, who)))
    assert leaks(texts) == {}
    session.rollback()
    hashes = [link.document_version.sha256 for link in session.get_one(Application, blind.case.id).evidence]
    assert hashes
    told = [path for path, text in texts.items() if any(known in text for known in hashes)]
    assert told == [], "who has a file knows its hash, and so who sent it"
    reached = [path for path, text in texts.items() if f"Application {blind.case.reference}" in text]
    assert len(reached) > 3, "the case itself has to be among what was read"


def test_a_coordinator_who_does_not_review_reads_all_of_it(app: Flask, blind: Blind, browser_for: BrowserFor) -> None:
    """Otherwise the test above would prove that nothing was planted."""
    told = leaks(pages(app, blind, browser_for(blind.coordinator)))
    assert {name for names in told.values() for name in names} >= {
        "legal name", "program", "owner", "file", "inside the file", "person", "message", "call", "comment", "flag",
        "hold",
    }  # fmt: skip


def test_words_without_names_reach_blind_reviewers_and_no_others(blind: Blind, browser_for: BrowserFor) -> None:
    path = f"/desk/cases/{blind.case.reference}/notes"
    reviewer, coordinator = browser_for(blind.reviewer), browser_for(blind.coordinator)
    assert "The budget adds up." in reviewer.get(path).get_data(as_text=True)
    asks = "No names in it: reviewers may read this comment"
    assert asks in coordinator.get(path).get_data(as_text=True)
    assert asks not in reviewer.get(path).get_data(as_text=True), "who knows no names is not asked"
    for words, more in (("Words with a mark.", {"nameless": "y"}), ("Words without one.", {})):
        sent = coordinator.post(path, data={"kind": "comment", "body": words, **more})
        assert sent.status_code == 303
    assert reviewer.post(path, data={"kind": "comment", "body": "A question of mine."}).status_code == 303
    reads = reviewer.get(path).get_data(as_text=True)
    assert "Words with a mark." in reads
    assert "A question of mine." in reads
    assert "Words without one." not in reads
    everything = coordinator.get(path).get_data(as_text=True)
    assert all(words in everything for words in ("Words with a mark.", "Words without one.", "A question of mine."))
    assert "Reviewers read this too" in everything


def test_what_the_office_asked_for_tells_a_blind_reviewer_no_name(
    app: Flask, make: Factory, blind: Blind, browser_for: BrowserFor
) -> None:
    items = (RequestedItem(RequestItem.QUESTION, "mission", f"{PLANTED['call']} has to say more."),)
    wanted = RequestInformation(items, clock.today() + timedelta(days=10))
    make.take("application", blind.case, "request_information", make.actor(blind.coordinator), data=wanted)
    assert leaks(pages(app, blind, browser_for(blind.reviewer))) == {}


def test_nobody_hands_a_flag_with_names_to_a_blind_reviewer(
    make: Factory, blind: Blind, browser_for: BrowserFor
) -> None:
    page = browser_for(blind.coordinator).get(f"/desk/cases/{blind.case.reference}/flags/raise").get_data(as_text=True)
    assert blind.coordinator.reference in page
    assert blind.reviewer.reference not in page
    assert blind.both.reference not in page
    flag = Flag(application=blind.case, reason="Call them.", owner_id=blind.both.id, raised_by_id=blind.coordinator.id)
    with pytest.raises(StepRefused, match="must not learn who applied"):
        make.take("flag", flag, "raise", make.actor(blind.coordinator))


def test_a_blind_reviewer_finds_a_case_by_its_reference_alone(blind: Blind, browser_for: BrowserFor) -> None:
    browser = browser_for(blind.reviewer)
    case = blind.case.reference
    for text, there in ((case, True), ("Canarylegal", False), ("Canaryprogram", False), ("Canaryother", False)):
        page = browser.get(f"/desk/queue?pile=hold&q={text}").get_data(as_text=True)
        assert (f"/desk/cases/{case}" in page) is there, text


def test_a_blind_reviewer_sees_pages_and_never_the_file(blind: Blind, browser_for: BrowserFor) -> None:
    document = blind.values.values["document"]
    browser = browser_for(blind.reviewer)
    assert browser.get(f"/evidence/{document}/1").status_code == 404
    assert browser.get(f"/evidence/{document}/1/pages/1").status_code == 200
    response = browser_for(blind.coordinator).get(f"/evidence/{document}/1")
    assert response.status_code == 200
    response.close()


def test_the_page_of_the_organization_does_not_tell_which_case_is_its_own(
    blind: Blind, browser_for: BrowserFor
) -> None:
    path = f"/desk/organizations/{blind.case.organization.reference}"
    assert blind.case.reference not in browser_for(blind.reviewer).get(path).get_data(as_text=True)
    assert blind.case.reference in browser_for(blind.coordinator).get(path).get_data(as_text=True)


def test_mail_to_a_blind_reviewer_says_the_reference_and_no_name(app: Flask, session: Session, blind: Blind) -> None:
    session.rollback()
    with app.app_context():
        Worker(app).drain()
    mails = [path.read_text() for path in (app.config["SETTINGS"].instance / "mail").glob("*.eml")]
    own = [mail for mail in mails if f"To: {blind.reviewer.email}" in mail or f"To: {blind.both.email}" in mail]
    assert len(own) >= 2
    assert all(blind.case.reference in mail for mail in own)
    assert leaks({str(number): mail for number, mail in enumerate(own)}) == {}


def test_names_return_when_the_decision_is_released(
    make: Factory, blind: Blind, browser_for: BrowserFor, session: Session
) -> None:
    for review in list(blind.case.reviews):
        make.rate(review)
    browser = browser_for(blind.reviewer)
    path = f"/desk/cases/{blind.case.reference}"
    assert PLANTED["legal name"] not in browser.get(path).get_data(as_text=True)
    draft = DraftDecision(Outcome.APPROVE, "A clear decision.", ())
    make.take("application", blind.case, "draft_decision", make.actor(make.director("Dan Drafter")), data=draft)
    assert PLANTED["legal name"] not in browser.get(path).get_data(as_text=True)
    make.take("application", blind.case, "release_approval", make.actor(make.director("Rita Releaser")))
    session.commit()
    assert PLANTED["legal name"] in browser.get(path).get_data(as_text=True)


def test_a_blind_reviewer_looks_at_mail_without_names(make: Factory, blind: Blind, browser_for: BrowserFor) -> None:
    browser = browser_for(blind.both)
    make.take("application", blind.case, "wake", make.actor(blind.coordinator))
    looks = {
        "to the applicant": (f"/desk/cases/{blind.case.reference}/message", {"body": "Please look at page 2."}),
        "to a colleague": (
            f"/desk/cases/{blind.case.reference}/hand-over",
            {"person": make.director("Dora Other").reference, "reason": "I am away."},
        ),
    }
    for what, (path, typed) in looks.items():
        look = browser.post(path, data={**typed, "look": "1"})
        assert look.status_code == 200, what
        text = look.get_data(as_text=True)
        assert "Who gets mail" in text
        assert leaks({what: text}) == {}
        assert ("so this mail is not shown to you" in text) is (what == "to the applicant")
    seen = browser_for(blind.coordinator).post(looks["to the applicant"][0], data={"body": "Page 2.", "look": "1"})
    assert PLANTED["mail"] in seen.get_data(as_text=True), "who does not review reads the mail in full"
