"""The page of the queue as a person uses it: claim, choose, sort, columns, views by name, why a case stands there."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from tests.factories import Factory
from tests.integration.desk import generated
from vetting import clock
from vetting.models import Role, SavedView
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import HoldCase


def case_links(response: Any) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/desk/cases/([^"?]+)', response.get_data(as_text=True))


def test_a_case_is_taken_from_the_list_with_one_button(
    make: Factory, session: Any, browser_for: Any, read: Any
) -> None:
    case = make.submitted()
    coordinator = make.coordinator()
    browser = browser_for(coordinator)
    page = browser.get("/desk/queue?pile=pool").get_data(as_text=True)
    button = re.search(r'<button [^>]*name="version" value="(\d+)" formaction="([^"]+)"', page)
    back = re.search(r'name="next" value="([^"]+)"', page)
    assert button
    assert back
    answer = browser.post(button[2], data={"version": button[1], "next": back[1]})
    assert (answer.status_code, answer.location) == (303, "/desk/queue?pile=pool")
    session.refresh(case)
    assert case.coordinator_id == coordinator.id
    assert case_links(browser.get("/desk/queue?pile=pool")) == []
    late = browser_for(make.coordinator("Second Hand")).post(button[2], data={"version": button[1], "next": back[1]})
    assert late.status_code == 409
    assert "Cora Coordinator" in read(late), "the second person reads who was first"


def test_only_those_who_take_cases_see_the_button(make: Factory, browser_for: Any) -> None:
    make.submitted()
    page = browser_for(make.person("", Role.AUDITOR)).get("/desk/queue?pile=pool").get_data(as_text=True)
    assert len(re.findall(r"/desk/cases/", page)) == 1
    assert "formaction" not in page
    assert 'name="case"' not in page


def test_a_row_says_what_is_going_on(make: Factory, session: Any, browser_for: Any, read: Any) -> None:
    coordinator = make.coordinator()
    case = make.submitted()
    make.take("application", case, "screen", make.actor(coordinator))
    with unit_of_work(session):
        case.open_flags, case.missing_documents, case.message_received_at = 2, 1, clock.now()
        case.due_on = clock.today() - timedelta(days=1)
    text = read(browser_for(coordinator).get("/desk/queue"))
    assert "Message received · 1 document missing · 2 flags" in text
    assert "· overdue" in text
    wakes = clock.today() + timedelta(days=9)
    make.take("application", case, "hold", make.actor(coordinator), data=HoldCase(wakes), reason="Waits for a lease.")
    browser = browser_for(coordinator)
    assert case_links(browser.get("/desk/queue")) == []
    assert case_links(browser.get("/desk/queue?pile=overdue")) == [], "the clock stands still"
    text = read(browser.get("/desk/queue?pile=hold"))
    assert "on hold until" in text
    assert "· overdue" not in text


def test_headings_sort_and_say_so(make: Factory, browser_for: Any) -> None:
    for name in ("Beta Works", "alpha House", "Ámbar Studio"):
        make.submitted(make.registration(make.organization(name=name)))
    browser = browser_for(make.coordinator())
    page = browser.get("/desk/queue?pile=open&sort=organization").get_data(as_text=True)
    names = re.findall(r'<th scope="row"><a [^>]*>([^<]+)', page)
    assert names == ["alpha House", "Ámbar Studio", "Beta Works"]
    assert re.search(
        r'aria-sort="ascending"><a class="sort" href="/desk/queue\?pile=open&amp;sort=organization&amp;dir=down"', page
    )
    assert page.count("aria-sort") == 1
    assert "/desk/queue?pile=open&amp;sort=organization" in browser.get("/desk/queue?pile=open").get_data(as_text=True)


def test_columns_are_chosen_and_kept(make: Factory, session: Any, browser_for: Any) -> None:
    make.submitted()
    coordinator = make.coordinator()
    browser = browser_for(coordinator)

    def heads() -> list[str]:
        page = browser.get("/desk/queue?pile=new").get_data(as_text=True)
        cells = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page, re.DOTALL)
        return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]

    assert heads()[1:] == ["Stage", "State", "Due", "Assignee"]
    answer = browser.post("/desk/queue/columns", data={"column": ["received", "due", "nonsense"], "pile": "new"})
    assert answer.location == "/desk/queue?pile=new"
    assert heads()[1:] == ["Due", "Received"]
    browser.post("/desk/queue/columns", data={})
    assert heads()[1:] == []
    browser.post("/desk/queue/columns", data={"usual": "1"})
    assert heads()[1:] == ["Stage", "State", "Due", "Assignee"]


def test_filters_narrow_the_list_and_are_taken_away_one_by_one(
    make: Factory, session: Any, browser_for: Any, read: Any
) -> None:
    one, other = make.submitted(), make.submitted()
    with unit_of_work(session):
        one.missing_documents = 2
        other.due_on = clock.today() + timedelta(days=30)
    browser = browser_for(make.coordinator())
    assert case_links(browser.get("/desk/queue?pile=new&missing=yes")) == [one.reference]
    assert case_links(browser.get("/desk/queue?pile=new&due=later")) == [other.reference]
    page = browser.get("/desk/queue?pile=new&missing=yes&due=later")
    assert case_links(page) == []
    assert "No case fits these filters" in read(page)
    for left in ("/desk/queue?pile=new&amp;due=later", "/desk/queue?pile=new&amp;missing=yes"):
        assert f'class="chip" href="{left}"' in page.get_data(as_text=True)
    assert "School served" not in read(browser.get("/desk/queue"))
    assert "School served" in read(browser.get("/desk/queue?more=1"))


def test_a_page_beside_a_case_that_is_gone_starts_over(make: Factory, browser_for: Any) -> None:
    case = make.submitted()
    browser = browser_for(make.coordinator())
    assert case_links(browser.get("/desk/queue?pile=new&after=VET-ZZZZ-ZZZZ")) == [case.reference]
    assert case_links(browser.get(f"/desk/queue?pile=new&after={case.reference}")) == [case.reference]


def test_a_case_says_why_it_stands_where_it_stands(make: Factory, session: Any, browser_for: Any, read: Any) -> None:
    first, second, third = make.submitted(), make.submitted(), make.submitted()
    with unit_of_work(session):
        first.due_on = second.due_on = clock.today() + timedelta(days=2)
        third.due_on = clock.today() + timedelta(days=1)
    browser = browser_for(make.coordinator())
    case = browser.get(f"/desk/cases/{second.reference}?pile=new").get_data(as_text=True)
    assert f"/desk/queue/why/{second.reference}?pile=new" in case
    text = read(browser.get(f"/desk/queue/why/{second.reference}?pile=new"))
    assert "2 cases stand before it" in text
    assert "1 case before it is equal in this" in text
    assert "It stands first" in read(browser.get(f"/desk/queue/why/{third.reference}?pile=new"))
    assert "not in the view" in read(browser.get(f"/desk/queue/why/{third.reference}?pile=decide"))


def test_a_view_is_kept_renamed_offered_and_removed(make: Factory, session: Any, browser_for: Any, read: Any) -> None:
    keeper, colleague, director = make.coordinator(), make.coordinator("Cole Colleague"), make.director()
    mine, theirs = browser_for(keeper), browser_for(colleague)
    made = mine.post(
        "/desk/views", data={"name": " Late   Portfolio ", "pile": "overdue", "kind": "portfolio", "x": "y"}
    )
    assert made.location == "/desk/queue?pile=overdue&kind=portfolio"
    view = session.query(SavedView).one()
    assert (view.name, view.arguments, view.team) == ("Late Portfolio", {"pile": "overdue", "kind": "portfolio"}, False)
    assert "Late Portfolio" in read(mine.get("/desk/queue"))
    assert "View: Late Portfolio" in read(mine.get("/desk/queue?kind=portfolio&pile=overdue"))
    assert "Late Portfolio" not in read(theirs.get("/desk/queue"))
    assert theirs.get(f"/desk/views/{view.reference}").status_code == 404
    mine.post(f"/desk/views/{view.reference}", data={"name": "Late ones", "team": "y"})
    assert "Late ones (Cora Coordinator)" in read(theirs.get("/desk/queue"))
    assert theirs.get(f"/desk/views/{view.reference}").status_code == 404, "a colleague opens it and does not change it"
    assert theirs.post(f"/desk/views/{view.reference}/remove").status_code == 404
    assert browser_for(director).get(f"/desk/views/{view.reference}").status_code == 200
    assert mine.post(f"/desk/views/{view.reference}/remove").status_code == 303
    assert "Late ones" not in read(theirs.get("/desk/views"))
    assert session.query(SavedView).count() == 0


def test_a_bad_name_is_refused_in_words_and_nothing_is_lost(
    make: Factory, session: Any, browser_for: Any, read: Any
) -> None:
    keeper, colleague = make.coordinator(), make.coordinator("Cole Colleague")
    browser = browser_for(keeper)
    browser.post("/desk/views", data={"name": "Mine", "pile": "new"})
    browser_for(colleague).post("/desk/views", data={"name": "Ours", "pile": "new", "team": "y"})
    for name, words in (
        ("", "Enter a name for the view"),
        ("   ", "Enter a name for the view"),
        ("x" * 81, "Shorten this to 80 characters or fewer"),
        ("mINE", "There is a view with this name already"),
        ("ours", "There is a view with this name already"),
        ("a\u202eb", "hidden characters"),
    ):
        answer = browser.post("/desk/views", data={"name": name, "pile": "decide", "kind": "portfolio", "team": "y"})
        assert answer.status_code == 422, name
        assert words in read(answer)
        page = answer.get_data(as_text=True)
        assert '<input type="hidden" name="kind" value="portfolio">' in page
        assert re.search(r'name="team"[^>]* checked|checked[^>]* name="team"', page)
    assert session.query(SavedView).count() == 2
    own = session.query(SavedView).filter_by(name="Mine").one()
    assert browser.post(f"/desk/views/{own.reference}", data={"name": "mine"}).status_code == 303
    assert browser.post(f"/desk/views/{own.reference}", data={"name": "Ours"}).status_code == 422


def test_the_page_costs_as_many_reads_and_little_more_for_a_thousand_cases(
    make: Factory, session: Any, browser_for: Any, statements: Any
) -> None:
    many = generated.many_cases(make, 10, 7)
    browser = browser_for(many.people["coordinator"])

    def asked(path: str) -> tuple[int, int]:
        browser.get(path)
        with statements() as sent:
            page = browser.get(path)
        assert page.status_code == 200
        return len([s for s in sent if s.lstrip().upper().startswith("SELECT")]), len(page.data)

    paths = ("/desk/queue", "/desk/queue?pile=done", "/desk/queue?pile=open&q=harbor", "/desk/queue?sort=organization")
    few = [asked(path)[0] for path in paths]
    more = generated.more_cases(make, many, 990, 8)
    assert more.cases == 1000
    found = [asked(path) for path in paths]
    assert [reads for reads, _size in found] == few
    assert max(few) <= 8
    assert max(size for _reads, size in found) <= 60_000
