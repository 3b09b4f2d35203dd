"""The office's list of what runs out: the urgent first, in piles that can be counted, searched and paged."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.lapses.conftest import FILING, GENERAL
from tests.support.pages import text_of
from vetting import clock
from vetting.models import Role
from vetting.views import lapse_piles


@pytest.fixture
def partners(world: Any) -> dict[int, Any]:
    """Partners by the number of days that their certificate is still good."""
    today = clock.today()
    began = today - timedelta(days=300)
    found = {}
    for left in (-40, -2, 10, 45, 80):
        partner = world.partner(began, GENERAL)
        world.paper(partner, GENERAL, began, today + timedelta(days=left), began)
        found[left] = partner
    world.night(today)
    return found


@pytest.fixture
def desk(world: Any, make: Any, browser_for: Any) -> Any:
    world.session.rollback()
    return browser_for(make.person("Rita Risk", Role.RISK))


def rows(page: str) -> list[str]:
    """The organizations of the list, from the top."""
    table = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', table.group(1)) if table else []


def counts(page: str) -> dict[str, str]:
    return dict(re.findall(r">([^<>]+?) <span class=\"bucket-count\">(\d+)", page))


def names(partners: dict[int, Any], *left: int) -> list[str]:
    return [partners[one].legal_name for one in left]


def test_what_is_out_stands_first_and_every_pile_holds_what_it_counts(partners: Any, desk: Any) -> None:
    page = desk.get("/desk/lapses").text
    assert rows(page) == names(partners, -40, -2)
    assert counts(page) == {
        "Out now": "2",
        "In the next 30 days": "1",
        "In 31 to 60 days": "1",
        "Later": "1",
        "All": "5",
    }
    for pile, left in {"soon": (10,), "next": (45,), "later": (80,), "all": (-40, -2, 10, 45, 80)}.items():
        assert rows(desk.get(f"/desk/lapses?when={pile}").text) == names(partners, *left), pile


def test_a_name_or_a_kind_of_document_is_found_and_the_piles_count_what_was_found(partners: Any, desk: Any) -> None:
    wanted = partners[45].legal_name
    page = desk.get("/desk/lapses", query_string={"q": wanted.upper()}).text
    assert rows(page) == [wanted], "the first pile that holds something"
    assert counts(page)["All"] == "1"
    assert len(rows(desk.get("/desk/lapses?q=general+liability&when=all").text)) == 5
    nothing = text_of(desk.get("/desk/lapses?q=harpsichord").text)
    assert "Nothing fits these filters" in nothing


def test_a_week_shows_what_is_out_from_it_and_no_more(partners: Any, desk: Any) -> None:
    day = clock.today() + timedelta(days=11)
    monday = day - timedelta(days=day.weekday())
    page = desk.get(f"/desk/lapses?week={monday.isoformat()}").text
    assert rows(page) == names(partners, 10)
    assert f"week={monday.isoformat()}" in desk.get("/desk/lapses").text


def test_a_long_list_is_turned_page_by_page(partners: Any, desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(lapse_piles, "PAGE", 2)
    seen, href = [], "/desk/lapses?when=all"
    while href:
        page = desk.get(href).text
        seen.append(rows(page))
        following = re.search(r'href="([^"]*)" rel="next"', page)
        href = following.group(1).replace("&amp;", "&") if following else ""
    assert seen == [names(partners, -40, -2), names(partners, 10, 45), names(partners, 80)]
    assert rows(desk.get("/desk/lapses?when=all&page=99").text) == names(partners, 80), (
        "the last page, not an empty one"
    )


@pytest.mark.parametrize("wrong", ["when=soonish", "week=2026-13-01", "week=2026-11-24", "page=-1", "page=²", "page=x"])
def test_an_address_it_does_not_know_shows_the_first_pile(partners: Any, desk: Any, wrong: str) -> None:
    answer = desk.get(f"/desk/lapses?{wrong}")
    assert answer.status_code == 200
    assert rows(answer.text) == names(partners, -40, -2)


def test_what_bites_stands_before_what_is_out_longer_but_only_shown(world: Any, make: Any, browser_for: Any) -> None:
    today = clock.today()
    began = today - timedelta(days=300)
    quiet, biting = world.partner(began, FILING), world.partner(began, GENERAL)
    world.paper(quiet, FILING, began, today - timedelta(days=9), began)
    world.paper(biting, GENERAL, began, today - timedelta(days=3), began)
    world.night(today - timedelta(days=1))
    world.night(today)
    world.session.rollback()
    desk = browser_for(make.person("Rita Risk", Role.RISK))
    assert rows(desk.get("/desk/lapses").text) == [biting.legal_name, quiet.legal_name]
