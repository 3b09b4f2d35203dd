"""The vault: one upload serves many, versions stay, what came back reopens, numbers instead of tax forms."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from tests.documents.papers import pdf_of
from tests.support.pages import form_fields, text_of
from vetting import clock
from vetting.models import (
    Document,
    DocumentVersion,
    EvidenceState,
    EvidenceUse,
    Organization,
    Role,
    UseSaidBy,
)
from vetting.unit_of_work import unit_of_work


@pytest.fixture
def home(draft: Any) -> str:
    return f"/apply/organizations/{draft.organization.reference}/documents"


def put(browser: Any, url: str, content: bytes, name: str = "paper.pdf", **more: Any) -> Any:
    data = {"issued_on": "2026-05-01", **more, "files": (BytesIO(content), name)}
    return browser.post(url, data=data, content_type="multipart/form-data")


def test_a_document_is_added_outside_any_case_and_offered_in_one(
    owner: Any, draft: Any, home: str, session: Any
) -> None:
    reference = draft.reference
    answer = put(owner, f"{home}/add/articles_or_charter", pdf_of("Articles of organization"))
    assert answer.status_code == 303
    page = text_of(owner.get(answer.location).text)
    assert "Version 1" in page
    assert "Nowhere yet" in page
    offered = text_of(owner.get(f"/apply/{reference}/documents/articles_or_charter").text)
    assert "You already gave us this" in offered
    assert session.query(DocumentVersion).count() == 1


def test_one_upload_serves_two_cases_several_standards_and_a_program(
    owner: Any, make: Any, draft: Any, home: str, session: Any
) -> None:
    version = make.attach(draft, "safety_plan")
    program = draft.organization.programs[0]
    url = f"{home}/{version.document.reference}"
    number, program_id = version.id, program.id
    session.rollback()
    form = form_fields(owner.get(url).text)
    page = owner.get(url).text
    standards = re.findall(r'name="standards"[^>]*value="([^"]+)"', page)[:3]
    assert len(standards) == 3
    data = {"year": form["year"], "standards": standards, "programs": [str(program_id)]}
    assert owner.post(f"{url}/purposes", data=data).status_code == 303
    uses = session.scalars(sa.select(EvidenceUse).where(EvidenceUse.document_version_id == number)).all()
    assert {(use.standard_key, use.program_id) for use in uses} == {(key, program_id) for key in standards}
    assert {use.said_by for use in uses} == {UseSaidBy.APPLICANT}
    session.rollback()
    assert owner.post(f"{url}/purposes", data={**data, "standards": standards[:1]}).status_code == 303
    assert owner.post(f"{url}/purposes", data={**data, "standards": standards[:1]}).status_code == 303
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count()).select_from(EvidenceUse)) == 1
    assert session.query(DocumentVersion).count() == 1


def test_a_new_version_keeps_the_old_one_and_its_bytes(owner: Any, draft: Any, home: str, session: Any) -> None:
    first = put(owner, f"{home}/add/articles_or_charter", pdf_of("first")).location
    assert put(owner, f"{first}/new", pdf_of("second")).status_code == 303
    document = session.scalars(sa.select(Document)).one()
    states = {version.number: version.state for version in document.versions}
    assert states == {1: EvidenceState.REPLACED, 2: EvidenceState.RECEIVED}
    assert len({version.sha256 for version in document.versions}) == 2
    page = text_of(owner.get(first).text)
    assert "Version 1" in page
    assert "Version 2" in page


def test_what_came_back_says_why_and_shows_a_good_one(
    owner: Any, make: Any, draft: Any, home: str, session: Any
) -> None:
    version = make.document(draft.organization, "board_roster")
    coordinator = make.coordinator()
    make.take("evidence", version, "return", make.actor(coordinator), reason="Page two is cut off.")
    url = f"{home}/{version.document.reference}"
    session.rollback()
    for page in (owner.get(home), owner.get(url), owner.get(f"{url}/new")):
        assert "Page two is cut off." in page.text
    assert "A good one:" in text_of(owner.get(url).text)


def test_a_vault_is_closed_to_others_and_viewers_only_read(
    owner: Any, make: Any, draft: Any, home: str, browser_for: Any
) -> None:
    version = make.document(draft.organization, "board_roster")
    url = f"{home}/{version.document.reference}"
    person = make.person("Vera Viewer")
    make.grant(person, Role.ORG_VIEWER, organization=draft.organization)
    viewer = browser_for(person)
    assert viewer.get(url).status_code == 200
    assert viewer.get(f"{url}/new").status_code == 403
    stranger = browser_for(make.owner_of(make.registration().organization))
    assert stranger.get(url).status_code == 404
    assert stranger.get(home).status_code == 404


def test_a_tax_form_with_a_personal_number_and_results_of_checks_are_not_kept(
    app: Any, owner: Any, draft: Any, home: str, session: Any
) -> None:
    personal = put(owner, f"{home}/add/w9", pdf_of("Form W-9", "Social Security Number 123-45-6780"))
    assert personal.status_code == 422
    assert "Social Security number" in text_of(personal.text)
    results = put(owner, f"{home}/add/cori_policy", pdf_of("A page"), "CORI results.pdf")
    assert results.status_code == 422
    assert "We must not keep those" in text_of(results.text)
    assert session.query(DocumentVersion).count() == 0
    assert list(app.extensions["store"].keys("evidence")) == []


def test_a_tax_form_needs_a_word_that_no_personal_number_shows(
    owner: Any, draft: Any, home: str, session: Any, pdf: bytes
) -> None:
    url = f"{home}/add/w9"
    first = put(owner, url, pdf)
    assert first.status_code == 422
    assert "cover the number if there is one" in text_of(first.text)
    form = form_fields(first.text)
    assert form["held"], "the file need not be sent again"
    assert owner.post(url, data={**form, "number_covered": "y"}).status_code == 303
    version = session.scalars(sa.select(DocumentVersion)).one()
    assert version.details["number_covered"] == "yes"


@pytest.mark.parametrize("typed", ["123-45-6789", "12-3456789", "12", "VC/ 00 12!", "x" * 30])
def test_a_vendor_number_is_no_tax_number(owner: Any, draft: Any, session: Any, typed: str) -> None:
    url = f"/apply/organizations/{draft.organization.reference}/vendor-number"
    version = form_fields(owner.get(url).text)["version"]
    answer = owner.post(url, data={"vendor_number": typed, "version": version})
    assert answer.status_code == 422
    assert session.scalars(sa.select(Organization.vendor_number)).first() == ""


def test_a_vendor_number_answers_for_the_tax_form(
    owner: Any, make: Any, draft: Any, session: Any, browser_for: Any
) -> None:
    reference = draft.organization.reference
    url = f"/apply/organizations/{reference}/vendor-number"
    version = form_fields(owner.get(url).text)["version"]
    assert owner.post(url, data={"vendor_number": "vc 0000-1234", "version": version}).status_code == 303
    session.expire_all()
    organization = session.scalars(sa.select(Organization).where(Organization.reference == reference)).one()
    assert organization.vendor_number == "VC00001234"
    session.rollback()
    finance = browser_for(make.person("Finn Finance", Role.FINANCE))
    desk = f"/desk/organizations/{reference}/vendor-number"
    version = form_fields(finance.get(desk).text)["version"]
    assert finance.post(desk, data={"vendor_number": "VC7", "version": version}).status_code == 422
    assert finance.post(desk, data={"vendor_number": "VC777", "version": version}).status_code == 303
    session.expire_all()
    assert session.get_one(Organization, organization.id).vendor_number == "VC777"


def test_the_newest_good_document_is_offered_first_and_taken_with_one_click(
    owner: Any, make: Any, draft: Any, session: Any
) -> None:
    make.document(draft.organization, "board_roster", filename="older.pdf")
    newer = make.document(draft.organization, "board_roster", filename="newer.pdf")
    with_gap = make.document(draft.organization, "board_roster", filename="gone.pdf")
    with unit_of_work(session):
        gone = session.get_one(DocumentVersion, with_gap.id)
        gone.valid_from, gone.valid_until = None, clock.today() - timedelta(days=1)
    url = f"/apply/{draft.reference}/documents/board_roster"
    page = owner.get(url).text
    words = text_of(page)
    assert words.index("newer.pdf") < words.index("Or add another file")
    assert "gone.pdf" not in words
    answer = owner.post(f"{url}/reuse", data={"document": newer.document.reference})
    assert answer.status_code == 303
    session.expire_all()
    case = session.get_one(type(draft), draft.id)
    assert [link.document_version_id for link in case.evidence] == [newer.id]
