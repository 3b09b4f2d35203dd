"""Words planted where only the office may look never reach an applicant, a school or a visitor, in any form."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import pypdfium2 as pdfium
import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import Factory
from tests.integration.security.conftest import NOBODY, District, Row, read_matrix
from tests.integration.security.world import CANARIES
from vetting.models import Outcome
from vetting.policy import POLICY, Permission, anyone
from vetting.worker import Worker
from vetting.workflows.commands import DraftDecision

OUTSIDE = (NOBODY, "owner", "viewer", "leader", "other_owner", "former_member", "former_office")
OPEN = frozenset({200})


def text_of(response: TestResponse) -> str:
    """Everything a reader could find: markup, JSON, headers, the words of a PDF, the bytes of anything else."""
    head = str(response.headers)
    if response.mimetype == "application/pdf" and response.data.startswith(b"%PDF"):
        try:
            document = pdfium.PdfDocument(io.BytesIO(response.data))
            words = "".join(page.get_textpage().get_text_range() for page in document)
            document.close()
        except pdfium.PdfiumError:
            words = ""
        return head + words + response.data.decode("latin-1")
    return (
        head + response.get_data(as_text=response.mimetype.startswith(("text/", "application/json")) or False).__str__()
    )


def forms_of(secret: str) -> Iterator[str]:
    """The secret as it might slip out: as it is, in base64, and for a number with the usual dash."""
    yield secret
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
    if secret.isdecimal():
        yield f"{secret[:2]}-{secret[2:]}"


def leaks(text: str) -> list[str]:
    return [name for name, secret in CANARIES.items() if any(form in text for form in forms_of(secret))]


READ = [row for row in read_matrix() if row.method == "GET" and row.endpoint != "steps.plain"]


@pytest.mark.parametrize("person", OUTSIDE)
def test_no_page_tells_an_outsider(district: District, person: str) -> None:
    found = {}
    for row in READ:
        if row.expected[person] in OPEN:
            with district.untouched():
                response = district.ask(person, "GET", district.address(row))
                if words := leaks(text_of(response)):
                    found[str(row)] = words
                response.close()
    assert found == {}


def test_the_office_does_read_them(district: District) -> None:
    """Otherwise the test above would prove that nothing was planted."""
    seen: set[str] = set()
    for row in READ:
        if row.expected["director"] in OPEN and row.subject in {"in_review", "to_decide", "to_release"}:
            with district.untouched():
                seen |= set(leaks(text_of(district.ask("director", "GET", district.address(row)))))
    assert {"reviewer", "rating", "decision", "note", "reviewer note", "flag", "settled"} <= seen


def test_a_reviewer_who_still_owes_a_review_reads_nobody_elses(district: District) -> None:
    found = {}
    for row in READ:
        if row.expected["reviewer_assigned"] in OPEN and row.subject == "in_review":
            with district.untouched():
                text = text_of(district.ask("reviewer_assigned", "GET", district.address(row)))
            hidden = set(leaks(text)) & {"rating", "comment", "decision", "reviewer note"}
            if hidden:
                found[str(row)] = hidden
    assert found == {}


def test_somebody_with_a_conflict_learns_nothing_from_lists(district: District) -> None:
    """Lists, counts and searches leave the organization out."""
    reference = str(district.world.values["in_review"]["reference"])
    for path in ("/desk/queue", f"/desk/queue?q={reference}", "/desk/reviews", "/desk/organizations?q=Harbor"):
        with district.untouched():
            text = district.ask("reviewer_conflicted", "GET", path).get_data(as_text=True)
        assert f"/desk/cases/{reference}" not in text
        assert "Harbor Strings" not in text


HIDES = {
    Permission.HISTORY_VIEW: ("reviewer_submitted", Row("timeline.index", "GET", "in_review", {})),
}
"""Permissions that decide what a page says rather than whether it opens, and a page that must ask for them."""


@pytest.mark.parametrize("permission", HIDES)
def test_what_hides_words_on_a_page_is_the_policy(
    district: District, monkeypatch: pytest.MonkeyPatch, permission: Permission
) -> None:
    """The page says more when the rule lets everybody in, so it does ask."""
    person, row = HIDES[permission]
    with district.untouched():
        before = len(district.ask(person, "GET", district.address(row)).data)
    monkeypatch.setitem(POLICY, permission, anyone)
    with district.untouched():
        after = len(district.ask(person, "GET", district.address(row)).data)
    assert after > before


def test_no_mail_to_an_applicant_names_a_reviewer_or_a_rating(app: Flask, make: Factory, session: Session) -> None:
    organization = make.partner()
    reviewer = make.reviewer(CANARIES["reviewer"])
    case = make.in_review(make.portfolio(organization), reviewers=[reviewer, make.reviewer()])
    for review in case.reviews:
        make.rate(review)
    case.reviews[0].ratings[0].reason = CANARIES["rating"]
    case.reviews[0].comment = CANARIES["comment"]
    session.commit()
    boss, other = make.director("Dan Drafter"), make.director("Rita Releaser")
    draft = DraftDecision(Outcome.APPROVE, "A clear decision.", ())
    make.take("application", case, "draft_decision", make.actor(boss), data=draft)
    make.take("application", case, "release_approval", make.actor(other))
    owner = make.owner_of(organization).email
    session.commit()
    with app.app_context():
        Worker(app).drain()
    mails = [path.read_text() for path in (app.config["SETTINGS"].instance / "mail").glob("*.eml")]
    to_owner = [mail for mail in mails if f"To: {owner}" in mail]
    assert len(to_owner) >= 3
    assert [leaks(mail) for mail in to_owner if leaks(mail)] == []
    assert not any(name in mail for mail in to_owner for name in ("Dan Drafter", "Rita Releaser"))
