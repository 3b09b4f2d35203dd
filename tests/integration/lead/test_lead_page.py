"""The lead's page: every number is the length of the list it leads to, and the page costs the same at any size."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.support.pages import text_of
from vetting import clock
from vetting.jobs import stay_figures
from vetting.models import Application, Conflict, Review, Role, User
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import HoldCase

NUMBER = re.compile(r'<a href="([^"]+)">(\d+)</a>')


@pytest.fixture
def busy(make: Factory, session: Session) -> User:
    """A district with something behind every kind of number, and its director."""
    lead, cora = make.director("Lena Lead"), make.coordinator()
    cases = [make.submitted() for _ in range(3)]
    cases += [make.in_review(), make.ready_to_decide(), make.decision_drafted(), make.approved()]
    cora_acts = make.actor(cora)
    for case in cases[1:3]:
        make.take("application", case, "screen", cora_acts)
    make.take(
        "application", cases[2], "hold", cora_acts, data=HoldCase(clock.today() + timedelta(days=9)), reason="Away."
    )
    with unit_of_work(session):
        for case in cases[:3]:
            case.due_on = clock.today() - timedelta(days=2)
        for review in session.scalars(sa.select(Review).limit(1)):
            review.due_on = clock.today() - timedelta(days=1)
    withdrawn = make.submitted()
    make.take("application", withdrawn, "withdraw", make.actor(make.owner_of(withdrawn.organization)))
    stay_figures.fold(sessionmaker(session.get_bind()))
    session.rollback()
    return lead


def total(page: str) -> int:
    """How many cases a linked list says it holds: its badge on the queue, its own number elsewhere."""
    if 'class="buckets"' in page:
        return int(re.search(r'aria-current="page">[^<]*<span class="bucket-count">(\d+)', page).group(1))
    found = re.search(r"(\d+) cases?\b", text_of(page))
    return int(found.group(1)) if found else 0


def test_every_number_leads_to_its_list(busy: User, browser_for) -> None:
    browser = browser_for(busy)
    page = browser.get("/desk/lead").get_data(as_text=True)
    numbers = [(unescape(address), int(number)) for address, number in NUMBER.findall(page)]
    assert len(numbers) > 15
    wrong = {address: (number, total(browser.get(address).get_data(as_text=True))) for address, number in numbers}
    assert not {address: pair for address, pair in wrong.items() if pair[0] != pair[1]}


def test_a_case_behind_the_wall_is_in_no_number(busy: User, make: Factory, session: Session, browser_for) -> None:
    browser = browser_for(busy)
    before = text_of(browser.get("/desk/lead").get_data(as_text=True))
    case = session.scalars(sa.select(Application).order_by(Application.id)).first()
    make.take("conflict", Conflict(user_id=busy.id, organization_id=case.organization_id), "declare", make.actor(busy))
    session.rollback()
    after = text_of(browser.get("/desk/lead").get_data(as_text=True))
    opened = [int(re.search(r"Open cases (\d+)", page).group(1)) for page in (before, after)]
    assert opened[1] == opened[0] - 1


def test_a_table_is_a_file_too(busy: User, browser_for) -> None:
    rows = list(csv.DictReader(io.StringIO(browser_for(busy).get("/desk/lead/funnel.csv").data.decode("utf-8-sig"))))
    assert {row["Step"]: row["Cases"] for row in rows}["Received"] == "8"
    assert browser_for(busy).get("/desk/lead/nothing.csv").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "from=nonsense",
        "from=2027-01-01&to=2026-01-01",
        "from=1900-01-01",
        "kind=none",
        "round=%00<b>",
        "from=9999-12-31",
    ],
)
def test_what_cannot_be_understood_is_left_out(make: Factory, browser_for, query: str) -> None:
    assert browser_for(make.director()).get(f"/desk/lead?{query}").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["", "list=funnel", "list=funnel&step=draft", "list=reviews&person=PER-NO", "list=times&state=x", "list=round"],
)
def test_a_list_that_is_none_does_not_exist(make: Factory, browser_for, query: str) -> None:
    assert browser_for(make.director()).get(f"/desk/lead/cases?{query}").status_code == 404


def test_who_leads_nothing_does_not_see_it(make: Factory, browser_for) -> None:
    assert browser_for(make.reviewer()).get("/desk/lead").status_code == 403
    assert browser_for(make.person("", Role.AUDITOR)).get("/desk/lead").status_code == 200


def test_the_page_costs_the_same_at_any_size(busy: User, make: Factory, browser_for, statements) -> None:
    browser = browser_for(busy)
    with statements() as few:
        browser.get("/desk/lead")
    for _ in range(6):
        make.in_review()
    with statements() as more:
        page = browser.get("/desk/lead")
    assert len(more) == len(few) <= 12
    assert len(page.data) <= 60_000


def test_a_case_on_hold_is_late_on_no_list(busy: User, session: Session, browser_for) -> None:
    """Its due date has passed, but its clock stands still; the case beside it is overdue."""
    held = session.scalars(sa.select(Application).where(Application.held_since.is_not(None))).one()
    late = session.scalars(
        sa.select(Application).where(Application.state == held.state, Application.held_since.is_(None))
    ).one()
    references = {"held": held.reference, "late": late.reference}
    session.rollback()
    browser = browser_for(busy)
    figures = browser.get("/desk/lead").get_data(as_text=True)
    received = next(unescape(href) for href, _ in NUMBER.findall(figures) if "list=funnel" in href)
    for address in ("/desk/assigning", received):
        rows = browser.get(address).get_data(as_text=True).split("<tr")
        for name, said in (("held", False), ("late", True)):
            (row,) = [row for row in rows if references[name] in row and 'scope="row"' in row]
            assert ("overdue" in row) is said, f"{name} at {address}"
