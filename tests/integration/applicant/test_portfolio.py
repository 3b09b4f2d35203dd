"""Applying to the Portfolio: approved programs only, one application for a category, nothing known is asked twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.pages import form_fields, text_of
from vetting.models import Application, ApplicationKind, Organization


@pytest.fixture
def partner(make: Any) -> Organization:
    """A School-Community Partner."""
    organization: Organization = make.partner("Harbor Strings")
    return organization


def cases(session: Any) -> list[tuple[str, str]]:
    query = session.query(Application).filter(Application.kind == ApplicationKind.PORTFOLIO)
    found = [(case.reference, case.category_key) for case in query]
    session.rollback()
    return found


def test_one_application_for_each_category(make: Any, browser_for: Any, partner: Any, session: Any) -> None:
    round_ = make.round()
    browser = browser_for(make.owner_of(partner))
    assert round_.title in text_of(browser.get("/apply/portfolio").text)
    url = f"/apply/portfolio/{round_.reference}"
    chosen = {"program": partner.programs[0].reference, "category": "stem.science"}
    session.rollback()
    first = browser.post(url, data=form_fields(browser.get(url).text) | chosen)
    assert first.status_code == 303
    again = browser.post(url, data=chosen | {"category": "stem.stem_math"})
    assert again.location == first.location
    other = browser.post(url, data=chosen | {"category": "academic_support.literacy"})
    assert other.status_code == 303
    assert sorted(category for _reference, category in cases(session)) == ["academic_support", "stem"]
    page = text_of(browser.get(first.location).text)
    assert "Fit and minimum criteria" in page
    section = browser.get(f"{first.location}/sections/fit").text
    assert "stem.science" in section
    assert "academic_support.literacy" not in section


def test_documents_that_are_still_good_come_along(make: Any, browser_for: Any, partner: Any, session: Any) -> None:
    make.document(partner, "staffing_plan")
    browser = browser_for(make.owner_of(partner))
    url = f"/apply/portfolio/{make.round().reference}"
    chosen = {"program": partner.programs[0].reference, "category": "stem.science"}
    session.rollback()
    started = browser.post(url, data=chosen)
    text = text_of(browser.get(f"{started.location}/documents").text)
    assert "staffing_plan.pdf" in text


def test_a_program_that_is_not_approved_cannot_apply(make: Any, browser_for: Any, session: Any) -> None:
    organization = make.organization()
    url = f"/apply/portfolio/{make.round().reference}"
    browser = browser_for(make.owner_of(organization))
    assert "None of your programs can apply yet" in text_of(browser.get(url).text)
    chosen = {"program": organization.programs[0].reference, "category": "stem.science"}
    session.rollback()
    assert browser.post(url, data=chosen).status_code == 422
    assert cases(session) == []


def test_a_program_of_another_organization_cannot_be_named(
    make: Any, browser_for: Any, partner: Any, session: Any
) -> None:
    other = make.partner("Someone else")
    url = f"/apply/portfolio/{make.round().reference}"
    browser = browser_for(make.owner_of(partner))
    chosen = {"program": other.programs[0].reference, "category": "stem.science"}
    session.rollback()
    response = browser.post(url, data=chosen)
    assert response.status_code == 422
    assert cases(session) == []


def test_a_closed_round_does_not_exist(make: Any, browser_for: Any, partner: Any) -> None:
    round_ = make.round()
    make.take("round", round_, "close")
    browser = browser_for(make.owner_of(partner))
    assert browser.get(f"/apply/portfolio/{round_.reference}").status_code == 404
    assert "No round is open now" in text_of(browser.get("/apply/portfolio").text)
