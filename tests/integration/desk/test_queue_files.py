"""The queue as a file: what is shown, all of it, in its order, and nothing that calculates."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.factories import Factory
from tests.integration.desk import generated
from vetting import clock
from vetting.jobs import spreadsheets
from vetting.models import Conflict
from vetting.queries import queue
from vetting.queries.queue_filters import Filters
from vetting.unit_of_work import unit_of_work

NASTY = '=HYPERLINK("http://evil.example";"Open")'


def rows_of(response: Any) -> list[list[str]]:
    text = response.get_data().decode("utf-8")
    response.close()
    assert text.startswith("\ufeff"), "spreadsheet programs need to be told that this is UTF-8"
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def opened(response: Any) -> Any:
    body = response.get_data()
    response.close()
    return openpyxl.load_workbook(io.BytesIO(body))


def book_of(response: Any) -> list[list[Any]]:
    book = opened(response)
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


@pytest.mark.parametrize(
    "view", ["", "?pile=done&sort=organization&dir=down", "?pile=open&kind=portfolio&sort=received"]
)
def test_a_file_holds_every_row_of_the_view_in_its_order(
    make: Factory, session: Any, browser_for: Any, view: str
) -> None:
    many = generated.many_cases(make, 120, 5)
    coordinator = many.people["coordinator"]
    browser = browser_for(coordinator)
    args = dict(part.split("=") for part in view.lstrip("?").split("&") if part)
    wanted = queue.references(session, make.actor(coordinator), Filters.from_args(args), clock.today(), 1000)
    lines = rows_of(browser.get(f"/desk/queue.csv{view}"))
    assert lines[0] == ["Reference", "Organization", "Program", "Stage", "State", "Notes", "Due", "Assignee"]
    assert [line[0] for line in lines[1:]] == wanted
    book = book_of(browser.get(f"/desk/queue.xlsx{view}"))
    assert [row[0] for row in book] == ["Reference", *wanted]
    dues = {line[0]: line[6] for line in lines[1:]}
    assert {row[0]: row[6].date().isoformat() if row[6] else "" for row in book[1:]} == dues


def test_a_file_has_the_columns_that_are_on_the_page(make: Factory, browser_for: Any) -> None:
    case = make.submitted()
    browser = browser_for(make.coordinator())
    browser.post("/desk/queue/columns", data={"column": "received"})
    lines = rows_of(browser.get("/desk/queue.csv?pile=new"))
    assert lines[0] == ["Reference", "Organization", "Program", "Received"]
    assert lines[1][0] == case.reference
    assert lines[1][3] == clock.local_date(case.received_at).isoformat()


def test_nothing_in_a_file_is_calculated(make: Factory, session: Any, browser_for: Any) -> None:
    case = make.submitted(make.registration(make.organization(name="Plain")))
    with unit_of_work(session):
        case.organization.legal_name = NASTY
    browser = browser_for(make.coordinator())
    line = rows_of(browser.get("/desk/queue.csv?pile=new"))[1]
    assert line[1] == f"'{NASTY}"
    book = opened(browser.get("/desk/queue.xlsx?pile=new"))
    cell = book.active.cell(row=2, column=2)
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", NASTY, None)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1", "＠x"]
)
def test_text_that_looks_like_a_formula_is_made_plain(text: str) -> None:
    assert spreadsheets.harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Harbor Strings", "a=b", "10-12", "'quoted", "100% Ready"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert spreadsheets.harmless(text) == text


def test_a_file_leaves_out_what_a_conflicted_person_must_not_see(make: Factory, browser_for: Any) -> None:
    hidden, seen = make.submitted(), make.submitted()
    torn = make.coordinator("Torn Between")
    conflict = Conflict(user_id=torn.id, organization_id=hidden.organization_id)
    make.take("conflict", conflict, "declare", make.actor(torn))
    browser = browser_for(torn)
    assert [line[0] for line in rows_of(browser.get("/desk/queue.csv?pile=open"))[1:]] == [seen.reference]
    assert [row[0] for row in book_of(browser.get("/desk/queue.xlsx?pile=open"))[1:]] == [seen.reference]


def test_an_empty_view_is_a_file_with_its_headings(make: Factory, browser_for: Any) -> None:
    browser = browser_for(make.coordinator())
    assert len(rows_of(browser.get("/desk/queue.csv?q=nothing-like-this"))) == 1
    assert len(book_of(browser.get("/desk/queue.xlsx?q=nothing-like-this"))) == 1


def _endless(count: int) -> Iterator[list[Any]]:
    for number in range(count):
        yield [f"VET-{number:08d}", "An organization with a name of some length", date(2026, 11, 2), number]


def test_memory_stays_flat_however_long_the_file(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            spreadsheets.write_csv(tmp_path / "x.csv", ["a", "b", "c", "d"], _endless(count))
            assert spreadsheets.write_xlsx(tmp_path / "x.xlsx", "Queue", ["a", "b", "c", "d"], _endless(count)) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(20_000) < peak(1_000) + 1_000_000
