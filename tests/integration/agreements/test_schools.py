"""A school's page, the fund and the assessment: right numbers, right people, the same number of queries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import Place, looking
from tests.support.client import CheckingClient
from vetting.models import (
    Agreement,
    Assessment,
    AssessmentState,
    FundYear,
    FundYearState,
    Role,
    User,
)

Browser = Callable[[User], CheckingClient]
Statements = Callable[[], AbstractContextManager[list[str]]]


def selects(sent: list[str]) -> int:
    return sum(1 for text in sent if text.lstrip().upper().startswith("SELECT"))


def test_a_leader_sees_the_own_school_and_no_other(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    other = make.school("Another School")
    session.commit()
    leader = browser_for(place.leader)
    assert leader.get("/schools").location == f"/schools/{place.school.dese_id}"
    assert leader.get(f"/schools/{place.school.dese_id}").status_code == 200
    for tail in ("", "/assessment"):
        assert leader.get(f"/schools/{other.dese_id}{tail}").status_code == 404
    assert leader.get(f"/fund/FY27/schools/{other.dese_id}").status_code == 404
    assert leader.get("/fund").status_code == 403
    assert leader.get("/fund/FY27").status_code == 404


def test_the_page_explains_the_amount_and_says_what_is_not_known(place: Place, browser_for: Browser) -> None:
    page = browser_for(place.leader).get(f"/schools/{place.school.dese_id}").get_data(as_text=True)
    assert "The Opportunity Index is 0.70, at or above 0.56." in page
    assert "400 students times a weight of 0.70 make 280.00 points." in page
    assert "made up" in page
    assert page.count("not recorded") == 2


def test_the_office_finds_schools_by_name(make: Factory, place: Place, browser_for: Browser, session: Session) -> None:
    make.school("Quincy Upper")
    finance = make.person("Fin Ance Two", Role.FINANCE)
    session.commit()
    browser = browser_for(finance)
    page = browser.get("/schools?q=quinc").get_data(as_text=True)
    assert "Quincy Upper" in page
    assert "Mather Elementary" not in page
    assert "No school has this name" in browser.get("/schools?q=%25").get_data(as_text=True)
    for odd in ("after=zzz", "after=WzEsMl0=", "q=%00"):
        assert browser.get(f"/schools?{odd}").status_code == 200
    assert browser_for(make.person()).get("/schools").status_code == 403


def test_the_school_page_asks_as_often_for_many_agreements_as_for_one(
    make: Factory,
    place: Place,
    browser_for: Browser,
    session: Session,
    statements: Statements,
    signed_by_all: Callable[[Agreement], Agreement],
) -> None:
    partnership = make.partnership(place.organization, place.school)
    signed_by_all(make.agreement(partnership))
    session.commit()
    leader = browser_for(place.leader)
    at = f"/schools/{place.school.dese_id}?pile=under_way"
    leader.get(at)
    with statements() as one:
        leader.get(at)
    for _ in range(5):
        signed_by_all(make.agreement(partnership))
    session.commit()
    with statements() as many:
        leader.get(at)
    assert selects(many) == selects(one) <= 14


def test_a_fund_year_is_prepared_divided_and_published(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    finance = make.person("Fin Ance Two", Role.FINANCE)
    session.commit()
    browser = browser_for(finance)
    form = {
        "fiscal_year": "fy28",
        "total": "100,000.01",
        "threshold": "0.56",
        "need_weight": "oi",
        "enrollment_year": "2025-26",
        "index_year": "2025-26",
    }
    for name, value, words in (
        ("fiscal_year", "2028", "FY and two digits"),
        ("fiscal_year", "FY27", "There is a fund year FY27 already"),
        ("total", "0", "above zero"),
        ("total", "lots", "Enter an amount in dollars"),
        ("threshold", "1.5", "between 0.01 and 0.99"),
        ("index_year", "1999-00", "Not a valid choice"),
    ):
        answer = browser.post("/fund/new", data={**form, name: value})
        assert answer.status_code == 422, (name, value)
        assert words in answer.get_data(as_text=True), (name, value)
    assert browser.post("/fund/new", data=form).location == "/fund/FY28"
    assert browser.post("/fund/FY28/calculate", data={}).status_code == 303
    page = browser.get("/fund/FY28").get_data(as_text=True)
    assert "$100,000.01" in page
    with looking(session):
        year = session.scalars(sa.select(FundYear).where(FundYear.fiscal_year == "FY28")).one()
    assert browser.get(f"/fund/FY28/schools/{place.school.dese_id}").status_code == 404
    published = browser.post(f"/steps/fund_year/{year.id}/publish", data={"version": str(year.version)})
    assert published.status_code == 303
    with looking(session):
        session.refresh(year)
        assert year.state is FundYearState.PUBLISHED
    ledger = browser.get(f"/fund/FY28/schools/{place.school.dese_id}").get_data(as_text=True)
    assert "$100,000.01" in ledger


def test_a_division_that_cannot_be_made_is_refused_in_words(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    finance = make.person("Fin Ance Two", Role.FINANCE)
    session.commit()
    browser = browser_for(finance)
    form = {
        "fiscal_year": "FY29",
        "total": "5",
        "threshold": "0.99",
        "need_weight": "oi",
        "enrollment_year": "2025-26",
        "index_year": "2025-26",
    }
    browser.post("/fund/new", data=form)
    answer = browser.post("/fund/FY29/calculate", data={})
    assert answer.status_code == 409
    assert "No school is eligible" in answer.get_data(as_text=True)


def test_an_assessment_is_begun_saved_and_completed(place: Place, browser_for: Browser, session: Session) -> None:
    leader = browser_for(place.leader)
    at = f"/schools/{place.school.dese_id}/assessment?year=2026-27"
    assert leader.post(at, data={}).status_code == 303
    page = leader.get(at).get_data(as_text=True)
    keys = [piece.split('"')[0] for piece in page.split('<textarea class="input" id="reason-')[1:]]
    assert len(keys) == 23
    unsaved = leader.post(at, data={f"reason-{keys[0]}": "A note without a level", "actions-0-owner": "Lee"})
    assert unsaved.status_code == 422
    text = unsaved.get_data(as_text=True)
    assert "Choose a level, so that your note can be kept" in text
    assert "A note without a level" in text
    assert "Say what you will do" in text
    some = {f"rating-{keys[0]}": "3", f"reason-{keys[0]}": "Seen in the plan", "actions-0-action": "Meet each month"}
    assert leader.post(at, data=some).status_code == 303
    early = leader.post(at, data={**some, "then": "submit"})
    assert early.status_code == 409
    assert "Rate the 22 indicators that are left." in early.get_data(as_text=True)
    every = {f"rating-{key}": "2" for key in keys}
    assert leader.post(at, data={**some, **every, "then": "submit"}).status_code == 303
    with looking(session):
        assessment = session.scalars(sa.select(Assessment)).one()
        assert assessment.state is AssessmentState.SUBMITTED
        assert [item.action for item in assessment.actions] == ["Meet each month"]
    page = leader.get(at).get_data(as_text=True)
    assert "Meet each month" in page
    assert "<textarea" not in page
    assert leader.get(f"/schools/{place.school.dese_id}/assessment?year=never").status_code == 404


def test_an_unknown_level_is_refused(place: Place, browser_for: Browser) -> None:
    leader = browser_for(place.leader)
    at = f"/schools/{place.school.dese_id}/assessment?year=2026-27"
    leader.post(at, data={})
    answer = leader.post(at, data={"rating-SA1": "9"})
    assert answer.status_code == 422
    assert "Choose one of the levels" in answer.get_data(as_text=True)
