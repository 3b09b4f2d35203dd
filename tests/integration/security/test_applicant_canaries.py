"""What the office keeps to itself stays there in every state of a case: on no page, file, calendar or mail.

Every address under the applicant's own places is asked by everybody of the organization. A new route is asked by
itself; one with an address this file cannot fill fails here.
"""

from __future__ import annotations

import email
import email.policy
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pypdfium2 as pdfium
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests.factories import Factory
from tests.integration.security.test_canaries import text_of
from tests.support.client import CheckingClient
from tests.support.pages import form_fields
from vetting import clock
from vetting.calendar_days import add_business_days
from vetting.models import (
    Application,
    Conflict,
    CopyKind,
    Flag,
    Note,
    NoteKind,
    Outcome,
    OwnCopy,
    RequestItem,
    Review,
    Role,
    SeenBy,
    User,
)
from vetting.queries import references, tasklist
from vetting.queries.settings import closures_from
from vetting.worker import Worker
from vetting.workflows.commands import (
    AnswerRequest,
    AssignReviewer,
    DraftDecision,
    HandOver,
    HoldCase,
    RatingValue,
    RequestedItem,
    RequestInformation,
    SaveRatings,
)

BrowserFor = Callable[[User], CheckingClient]

SECRETS = {
    "first reviewer": "Quillone Hushname",
    "second reviewer": "Quilltwo Hushname",
    "reviewer with a conflict": "Quillthree Hushname",
    "coordinator": "Coraline Hushname",
    "second coordinator": "Colbert Hushname",
    "drafter": "Danforth Hushname",
    "releaser": "Ritanna Hushname",
    "rating reason": "hush-rating-1101",
    "review comment": "hush-comment-1102",
    "office note": "hush-note-1103",
    "call": "hush-call-1104",
    "whom we called": "hush-person-1105",
    "reviewer's note": "hush-reviewnote-1106",
    "flag": "hush-flag-1107",
    "how the flag was settled": "hush-settled-1108",
    "why it is on hold": "hush-hold-1109",
    "why it was given away": "hush-handed-1110",
    "conflict reason": "hush-conflict-1111",
    "why a reviewer left": "hush-aside-1112",
    "unreleased decision": "hush-decision-1113",
    "unreleased finding": "hush-finding-1114",
    "why the draft was returned": "hush-returned-1115",
}
"""What nobody outside the office may ever read."""

ORGANIZATION_ROLES = (Role.ORG_OWNER, Role.ORG_EDITOR, Role.ORG_SIGNER, Role.ORG_VIEWER)
OWN_PLACES = ("/apply", "/account/calendar", "/account/notifications", "/calendar", "/evidence")
ALWAYS = ("/apply/<reference>", "/evidence/<reference>/<int:number>")
ALWAYS_TOO = frozenset({"applicant.home", "calendar.feed", "calendar.index"})
WHOLE_AT = {"drafted", "released"}
"""States at which addresses that are not about this case are asked as well, and own copies are made."""


@dataclass
class Watched:
    """A case, its people by role, and what was found where."""

    case: Application
    people: dict[Role, User]
    feed: str = ""
    copies: list[str] = field(default_factory=list)
    found: dict[str, list[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)


def applicant_rules(app: Flask) -> list[Rule]:
    """Every address that belongs to applicants."""
    return [
        rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.rule.startswith(OWN_PLACES)
    ]


def values_for(rule: Rule, watched: Watched) -> Iterator[dict[str, Any]]:
    """Ways to fill an address. Raises for an argument nobody explained."""
    case = watched.case
    document = case.evidence[0].document_version.document.reference if case.evidence else "DOC-NONE-NONE"
    section = next(s for s in tasklist.form_of(case).sections if s.questions)
    references = [case.reference]
    if rule.rule.startswith("/apply/organizations"):
        references = [case.organization.reference]
    elif rule.rule.startswith("/apply/copies"):
        references = watched.copies or ["CPY-NONE-NONE"]
    elif rule.rule.startswith("/evidence"):
        references = [document]
    known: dict[str, list[Any]] = {
        "reference": references,
        "number": [1],
        "document": [document],
        "upload": ["UPL-ZZZZ-ZZZZ"],
        "person": ["CLR-ZZZZ-ZZZZ"],
        "page": [1],
        "size": ["base"],
        "key": [case.reference] if rule.endpoint.startswith("calendar.") else [section.key],
        "kind": ["request", "round", "information_request"],
        "program": [case.organization.programs[0].reference],
        "type_key": ["evaluation_report"],
        "round_reference": [case.round.reference if case.round else "RND-NONE-NONE"],
    }
    unexplained = set(rule.arguments) - set(known)
    if unexplained:
        pytest.fail(f"{rule.rule} has arguments that this test cannot fill: {sorted(unexplained)}")
    filled: list[dict[str, Any]] = [{}]
    for name in sorted(rule.arguments):
        filled = [{**values, name: value} for values in filled for value in known[name]]
    yield from filled


def leaks(text: str) -> list[str]:
    return [name for name, secret in SECRETS.items() if secret in text]


def everything_in(data: bytes, mimetype: str) -> str:
    """The words of a file, of the files inside it too."""
    if mimetype != "application/zip":
        return data.decode("latin-1")
    words = ""
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        for name in bundle.namelist():
            inside = bundle.read(name)
            words += name + everything_in(inside, "application/zip" if name.endswith(".zip") else "")
            if name.endswith(".pdf"):
                words += _pdf_words(inside)
    return words


def _pdf_words(data: bytes) -> str:
    try:
        document = pdfium.PdfDocument(io.BytesIO(data))
        words = "".join(page.get_textpage().get_text_range() for page in document)
        document.close()
    except pdfium.PdfiumError:
        return ""
    return words


def look_everywhere(app: Flask, watched: Watched, browser_for: BrowserFor, state: str) -> None:
    """Ask every applicant address as everybody of the organization, and note what should not be there."""
    adapter = app.url_map.bind("localhost")
    for role, person in watched.people.items():
        browser = browser_for(person)
        for rule in applicant_rules(app):
            if state not in WHOLE_AT and not rule.rule.startswith(ALWAYS) and rule.endpoint not in ALWAYS_TOO:
                continue
            for values in values_for(rule, watched):
                path = adapter.build(rule.endpoint, values, "GET")
                if rule.endpoint == "calendar.feed":
                    path = watched.feed
                watched.asked.add(rule.endpoint)
                # Past the checks of markup, which other tests make of the same pages: there are thousands of answers.
                response = FlaskClient.open(browser, path)
                assert response.status_code < 500, path
                if response.status_code == 200:
                    watched.answered.add(rule.endpoint)
                words = text_of(response) + everything_in(response.data, response.mimetype or "")
                if names := leaks(words):
                    watched.found[f"{state}: {role} {path}"] = names
                response.close()


@pytest.fixture
def watched(make: Factory, session: Session, browser_for: BrowserFor) -> Watched:
    owner = make.person("Olga Owner")
    organization = make.organization(owner, "Harbor Strings")
    make.approved(make.registration(organization))
    case = make.portfolio(organization)
    make.fill(case)
    people = {Role.ORG_OWNER: owner}
    for role in ORGANIZATION_ROLES[1:]:
        people[role] = make.person(f"Member {role.value}")
        make.grant(people[role], role, organization=organization)
    session.rollback()
    return Watched(case, people, _feed(browser_for(owner)))


def _feed(browser: CheckingClient) -> str:
    """The owner's secret calendar address."""
    fields = form_fields(browser.get("/account/calendar").text, "/account/calendar") | {"act": "make"}
    assert browser.post("/account/calendar", data=fields).status_code == 303
    page = browser.get("/account/calendar").text
    start = page.index("/calendar/feed.ics")
    return page[start : page.index('"', start)].replace("&amp;", "&")


def stages(make: Factory, watched: Watched) -> Iterator[str]:
    """Bring the case from a draft to a released decision, leaving secrets where the office writes; name each state."""
    case = watched.case
    owner = make.actor(watched.people[Role.ORG_OWNER])
    one, two = (make.reviewer(SECRETS[f"{number} reviewer"]) for number in ("first", "second"))
    conflicted = make.reviewer(SECRETS["reviewer with a conflict"])
    cora, colbert = make.coordinator(SECRETS["coordinator"]), make.coordinator(SECRETS["second coordinator"])
    dan, rita = make.director(SECRETS["drafter"]), make.director(SECRETS["releaser"])
    boss = make.actor(cora)
    yield "draft"
    make.take("application", case, "submit", owner)
    yield "submitted"
    make.take("application", case, "screen", boss)
    _write(make, case, cora, NoteKind.COMMENT, SECRETS["office note"])
    _write(make, case, cora, NoteKind.CALL, SECRETS["call"], with_whom=SECRETS["whom we called"])
    flag = Flag(application=case, reason=SECRETS["flag"], section="", owner_id=cora.id, raised_by_id=dan.id)
    make.take("flag", flag, "raise", make.actor(dan))
    make.take("flag", flag, "resolve", boss, reason=SECRETS["how the flag was settled"])
    message = Note(
        application=case, author_id=cora.id, kind=NoteKind.MESSAGE, seen_by=SeenBy.APPLICANT, body="Welcome to us."
    )
    make.take("note", message, "send", boss)
    yield "screening"
    wakes = add_business_days(clock.today(), 5, closures_from(clock.today().year))
    make.take("application", case, "hold", boss, data=HoldCase(wakes), reason=SECRETS["why it is on hold"])
    yield "on hold"
    make.take("application", case, "wake", boss)
    question = next(q.key for s in tasklist.form_of(case).sections for q in s.questions)
    item = RequestedItem(RequestItem.QUESTION, question, "Please say more about this.")
    command = RequestInformation((item,), clock.today() + timedelta(days=10))
    make.take("application", case, "request_information", boss, data=command)
    yield "asked"
    make.take("information_request", case.requests[0], "answer", owner, data=AnswerRequest(reply="Here is more."))
    make.take(
        "application", case, "hand_over", boss, data=HandOver(colbert.id), reason=SECRETS["why it was given away"]
    )
    boss = make.actor(colbert)
    for person in (one, two, conflicted):
        make.take("application", case, "assign_reviewer", boss, data=AssignReviewer(person.id))
    leaving = next(review for review in case.reviews if review.reviewer_id == conflicted.id)
    make.take("review", leaving, "step_aside", make.actor(conflicted), reason=SECRETS["why a reviewer left"])
    away = make.reviewer("Quillfour Hushname")
    known = Conflict(user_id=away.id, organization_id=case.organization_id, reason=SECRETS["conflict reason"])
    make.take("conflict", known, "declare", make.actor(away))
    make.take("application", case, "start_review", boss)
    yield "in review"
    framework = references.framework(case.framework_version)
    for review in _live(case):
        reviewer = make.actor(review.reviewer)
        make.take("review", review, "declare_no_conflict", reviewer)
        values = {i.key: RatingValue(level=3, reason=SECRETS["rating reason"]) for i in framework.indicators}
        ratings = SaveRatings(values, SECRETS["review comment"])
        make.take("review", review, "save_ratings", reviewer, data=ratings)
    _write(make, case, one, NoteKind.COMMENT, SECRETS["reviewer's note"])
    yield "rated"
    for review in _live(case):
        make.take("review", review, "submit", make.actor(review.reviewer))
    yield "ready"
    _draft(make, case, dan)
    yield "drafted"
    make.take("application", case, "return_decision", make.actor(rita), reason=SECRETS["why the draft was returned"])
    yield "returned"
    finding = {"standard": "P2", "name": "Safe", "result": "meets", "reason": "Seen in the plan."}
    data = DraftDecision(Outcome.APPROVE, "Thank you for a clear application.", (finding,))
    make.take("application", case, "draft_decision", make.actor(dan), data=data)
    yield "drafted again"
    make.take("application", case, "release_approval", make.actor(rita))
    yield "released"


def _live(case: Application) -> list[Review]:
    return [review for review in case.reviews if review.state in {"assigned", "in_progress", "submitted"}]


def _draft(make: Factory, case: Application, by: User) -> None:
    finding = {"standard": "P2", "name": "Safe", "result": "meets", "reason": SECRETS["unreleased finding"]}
    data = DraftDecision(Outcome.APPROVE, SECRETS["unreleased decision"], (finding,))
    make.take("application", case, "draft_decision", make.actor(by), data=data)


def _write(make: Factory, case: Application, author: User, kind: NoteKind, body: str, **more: Any) -> None:
    note = Note(application=case, author_id=author.id, kind=kind, seen_by=SeenBy.OFFICE, body=body, **more)
    make.take("note", note, "write", make.actor(author))


@pytest.mark.timeout(600)
def test_no_state_of_a_case_shows_an_applicant_what_the_office_keeps(
    app: Flask, make: Factory, watched: Watched, browser_for: BrowserFor
) -> None:
    seen = []
    for state in stages(make, watched):
        seen.append(state)
        make.session.commit()
        if state in WHOLE_AT:
            _copy(app, make, watched, browser_for)
        look_everywhere(app, watched, browser_for, state)
    assert watched.found == {}
    assert len(seen) == 12
    # What is searched was really shown: the pages, the letter, the data, the calendar and both kinds of copy.
    wanted = {
        "applicant.case", "applicant.status_json", "applicant.messages", "applicant.copy", "applicant.receipt",
        "applicant.copy_file", "applicant.own_copy", "decisions.letter", "calendar.feed", "applicant.home",
        "evidence.download", "applicant.organization",
    }  # fmt: skip
    assert wanted <= watched.answered
    assert {rule.endpoint for rule in applicant_rules(app)} == watched.asked
    assert _mail_leaks(app, watched) == {}


def _copy(app: Flask, make: Factory, watched: Watched, browser_for: BrowserFor) -> None:
    """Both kinds of own copy, made by the worker as the owner asks for them."""
    owner = browser_for(watched.people[Role.ORG_OWNER])
    path = f"/apply/{watched.case.reference}/copy"
    for kind in CopyKind:
        answer = owner.post(path, data=form_fields(owner.get(path).text, path) | {"kind": kind.value})
        assert answer.status_code == 303, answer.text
        watched.copies.append(answer.location.rstrip("/").rpartition("/")[2])
    with app.app_context():
        Worker(app).drain()
    ready = make.session.query(OwnCopy.storage_key).filter(OwnCopy.reference.in_(watched.copies)).all()
    make.session.rollback()
    assert all(key for (key,) in ready)


def _mail_leaks(app: Flask, watched: Watched) -> dict[str, list[str]]:
    """All mail to the organization's people, decoded, headers included."""
    with app.app_context():
        Worker(app).drain()
    addresses = {person.email for person in watched.people.values()}
    found, read = {}, 0
    for path in (app.config["SETTINGS"].instance / "mail").glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if message["To"] not in addresses:
            continue
        read += 1
        words = str(message.items()) + "".join(
            str(part.get_content()) for part in message.walk() if not part.is_multipart()
        )
        if names := leaks(words):
            found[str(message["Subject"])] = names
    assert read >= 4
    return found


def test_the_office_reads_what_was_planted(make: Factory, watched: Watched, browser_for: BrowserFor) -> None:
    """Otherwise the test above would prove that nothing was there to leak."""
    for state in stages(make, watched):
        make.session.commit()
        if state == "drafted":
            break
    director = browser_for(make.director("Dora Director"))
    base = f"/desk/cases/{watched.case.reference}"
    words = "".join(
        director.get(base + more).text for more in ("", "/notes", "/flags", "/timeline", "/decision", "/release")
    )
    unseen = {name for name, secret in SECRETS.items() if secret not in words}
    elsewhere = {
        "why the draft was returned", "releaser", "conflict reason", "why a reviewer left", "rating reason",
        "review comment", "reviewer with a conflict", "coordinator", "whom we called",
    }  # fmt: skip
    assert unseen <= elsewhere
