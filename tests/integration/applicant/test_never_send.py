"""Every page on which somebody can send a document says what must never be sent."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.support.pages import text_of
from vetting import clock
from vetting.models import RequestItem
from vetting.workflows.commands import RequestedItem, RequestInformation

TEMPLATES = Path(__file__).resolve().parents[3] / "vetting" / "templates"
NEVER = "Do not upload background-check results or student names."
NO_EVIDENCE = {"form_admin/language.html", "form_admin/upload.html", "imports/index.html", "verify/index.html"}
"""Pages that take lists, forms and PDFs of ours, and keep no document of an organization."""


def test_pages_of_applicants_say_it(draft: Any, owner: Any, make: Any, session: Any) -> None:
    home = f"/apply/organizations/{draft.organization.reference}/documents"
    kept = make.document(draft.organization, "board_roster").document.reference
    session.rollback()
    for page in (
        f"/apply/{draft.reference}/documents",
        f"/apply/{draft.reference}/documents/safety_plan",
        f"{home}/add/safety_plan",
        f"{home}/{kept}/new",
    ):
        says_it(owner, page)
    make.submitted(draft)
    boss = make.actor(make.coordinator())
    make.take("application", draft, "screen", boss)
    wanted = RequestedItem(RequestItem.DOCUMENT, "safety_plan", "A page is missing.")
    command = RequestInformation((wanted,), clock.today() + timedelta(days=10))
    make.take("application", draft, "request_information", boss, data=command)
    session.rollback()
    says_it(owner, f"/apply/{draft.reference}/requests/1")


def says_it(browser: Any, page: str) -> None:
    answer = browser.get(page)
    assert answer.status_code == 200, page
    assert NEVER in text_of(answer.text), page


def test_no_page_that_takes_files_is_forgotten() -> None:
    takes = re.compile(r"\{\{ (?:file_input|upload_fields)\(")
    found = {
        path.relative_to(TEMPLATES).as_posix(): path.read_text("utf-8")
        for path in TEMPLATES.rglob("*.html")
        if path.parent.name != "components"
    }
    takers = {name for name, text in found.items() if takes.search(text)} - NO_EVIDENCE - {"applicant/_upload.html"}
    assert takers
    for name in takers:
        assert "{{ about(" in found[name] or NEVER in found[name], name
