"""The directory shows approved programs of partners in good standing, finds them fast, and leaks nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import clock, refs
from vetting.models import (
    Organization,
    Partnership,
    PartnershipState,
    Program,
    ProgramFacet,
    ProgramState,
    Role,
    Suspension,
)
from vetting.queries import directory, search
from vetting.queries.directory_question import Wanted
from vetting.unit_of_work import unit_of_work

Statements = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def partner(make: Factory, session: Session) -> Organization:
    organization = make.partner()
    with unit_of_work(session):
        organization.legal_name, organization.doing_business_as = "Harbor Strings", ""
        search.refresh(session, organization.programs)
    return organization


def describe(session: Session, program: Program, name: str, summary: str, **facets: str) -> None:
    """Give an approved program words and facets, as publishing a profile does."""
    with unit_of_work(session):
        program.name, program.summary = name, summary
        program.facets = [ProgramFacet(facet=facet, value=value) for facet, value in facets.items()]
        search.refresh(session, [program])


def more_programs(session: Session, organization: Organization, count: int) -> None:
    """Further approved programs of one organization, straight into the tables: only their number matters."""
    with unit_of_work(session):
        rows = [
            Program(
                reference=refs.new_reference("PRG"),
                organization=organization,
                state=ProgramState.APPROVED,
                name=f"Program {number:03d}",
                category_key="arts",
                approved_at=clock.now(),
                facets=[ProgramFacet(facet="grade", value="3"), ProgramFacet(facet="language", value="es")],
            )
            for number in range(count)
        ]
        session.add_all(rows)
        session.flush()
        search.refresh(session, rows)


def found(session: Session, text: str = "", **facets: str) -> list[str]:
    results = directory.find(session, Wanted(text, facets))
    session.commit()
    return [card.program.name for card in results.cards]


def test_words_are_found_whatever_their_case_accents_endings_and_signs(session: Session, partner: Organization) -> None:
    describe(session, partner.programs[0], "Orquesta Niños", "After-school violins for beginners")
    for text in ("violin", "VIOLINS", "ninos", "niños orq", "harbor", "strings; DROP TABLE", "begin"):
        expected = [] if "DROP" in text else ["Orquesta Niños"]
        assert found(session, text) == expected, text
    for text in ('"', "*", "'", "violin OR trumpet", "trumpet", "NOT violin", "vio* -lin", "a" * 500):
        assert found(session, text) in ([], ["Orquesta Niños"]), text
    assert found(session, "trumpet") == []


def test_a_word_in_the_name_comes_first(make: Factory, session: Session, partner: Organization) -> None:
    other = make.partner("Anchor Arts")
    describe(session, partner.programs[0], "Zebra chess", "Thinking games")
    describe(session, other.programs[0], "Art room", "Painting, chess and clay")
    assert found(session, "chess") == ["Zebra chess", "Art room"]


def test_filters_narrow_and_counts_say_what_they_would_leave(
    make: Factory, session: Session, partner: Organization
) -> None:
    other = make.partner("Anchor Arts")
    describe(session, partner.programs[0], "Strings", "", language="es", day="mon")
    describe(session, other.programs[0], "Clay", "", language="vi", day="mon")
    assert found(session, language="es") == ["Strings"]
    assert found(session, language="es", day="tue") == []
    assert found(session, badge="partner") == ["Clay", "Strings"]
    assert found(session, badge="portfolio") == []
    results = directory.find(session, Wanted(facets={"language": "es"}))
    assert results.total == 1
    assert results.counts["language"] == {"es": 1, "vi": 1}
    assert results.counts["day"] == {"mon": 1}
    assert results.counts["badge"]["partner"] == 1


def test_a_program_at_a_school_is_found_by_the_school(make: Factory, session: Session, partner: Organization) -> None:
    school = make.school("Mather Elementary")
    with unit_of_work(session):
        session.add(
            Partnership(
                reference=refs.new_reference("PSH"),
                program_id=partner.programs[0].id,
                school_id=school.id,
                school_year="2026-27",
                state=PartnershipState.ACTIVE,
            )
        )
    results = directory.find(session, Wanted(facets={"school": school.dese_id}))
    assert [card.schools for card in results.cards] == [1]
    assert results.schools == ((school.dese_id, "Mather Elementary", 1),)


def test_pages_lose_and_repeat_nothing_in_both_directions(session: Session, partner: Organization) -> None:
    more_programs(session, partner, 50)
    seen: list[str] = []
    place = None
    pages = []
    while True:
        page = directory.find(session, Wanted(after=place))
        pages.append([card.program.name for card in page.cards])
        seen += pages[-1]
        if page.later is None:
            break
        place = page.later
    assert len(seen) == len(set(seen)) == 51
    assert seen == sorted(seen)
    back = directory.find(session, Wanted(before=page.earlier))
    assert [card.program.name for card in back.cards] == pages[-2]


def test_the_list_asks_the_database_as_often_for_fifty_programs_as_for_one(
    session: Session, client: CheckingClient, partner: Organization, statements: Statements
) -> None:
    client.get("/directory")
    with statements() as one:
        client.get("/directory?q=harbor&grade=3&badge=partner")
    more_programs(session, partner, 50)
    with statements() as fifty:
        client.get("/directory?q=harbor&grade=3&badge=partner")

    def queries(sent: list[str]) -> int:
        return sum(1 for text in sent if text.lstrip().upper().startswith("SELECT"))

    assert queries(fifty) <= 8
    assert queries(one) <= queries(fifty)


def test_a_suspended_partner_and_a_draft_vanish_at_once(
    make: Factory, session: Session, client: CheckingClient, partner: Organization
) -> None:
    program = partner.programs[0].reference
    places = (f"/directory/programs/{program}", f"/directory/organizations/{partner.reference}")
    session.commit()
    for at in places:
        assert client.get(at).status_code == 200
    boss = make.director()
    director = make.actor(boss)
    suspension = Suspension(
        organization=partner,
        reason="A child was hurt.",
        imposed_by_id=boss.id,
        imposed_at=clock.now(),
        review_due_on=clock.today(),
    )
    make.take("suspension", suspension, "impose", director, reason="A child was hurt.")
    session.commit()
    for at in places:
        assert client.get(at).status_code == 404
    assert "Harbor Strings" not in client.get("/directory").get_data(as_text=True)
    applicant = make.organization(name="Still Potential")
    hidden = applicant.programs[0].reference
    session.commit()
    assert client.get(f"/directory/programs/{hidden}").status_code == 404
    assert client.get(f"/directory/organizations/{applicant.reference}").status_code == 404


CANARIES = {
    "address": "99 Canary Street",
    "ein_last4": "8642",
    "note": "canary words of a school",
}


def test_nothing_private_is_on_a_public_page(
    make: Factory, session: Session, client: CheckingClient, partner: Organization
) -> None:
    school = make.school()
    with unit_of_work(session):
        partner.address, partner.ein_last4 = CANARIES["address"], CANARIES["ein_last4"]
        session.add(
            Partnership(
                reference=refs.new_reference("PSH"),
                program_id=partner.programs[0].id,
                school_id=school.id,
                school_year="2026-27",
                note=CANARIES["note"],
            )
        )
    owner = make.owner_of(partner)
    reviewers = [person.name for person in session.scalars(sa.select(type(owner))) if person.name.startswith("Person")]
    program = partner.programs[0].reference
    session.commit()
    for at in ("/directory", f"/directory/programs/{program}", f"/directory/organizations/{partner.reference}"):
        page = client.get(at).get_data(as_text=True)
        for canary in (*CANARIES.values(), owner.email, *reviewers):
            assert canary not in page, (at, canary)


def test_a_strange_question_gets_the_list_and_not_an_error(client: CheckingClient, partner: Organization) -> None:
    for query in (
        "grade=99",
        "after=%00",
        "after=bm90IGpzb24=",
        "after=WzEsMiwzXQ==",
        "before=WzAsICJhIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTld",
        "q=%00%ff",
        "school=%27",
        "badge=owner",
        "q=" + "x" * 3000,
    ):
        assert client.get(f"/directory?{query}").status_code == 200, query


def test_every_filter_in_the_address_stays_in_the_links(client: CheckingClient, partner: Organization) -> None:
    page = client.get("/directory?q=harbor&badge=partner").get_data(as_text=True)
    links = re.findall(r'class="chip" href="([^"]+)"', page)
    assert links == ["/directory?q=harbor"]


def test_only_school_staff_are_offered_a_partnership(
    make: Factory,
    session: Session,
    client: CheckingClient,
    partner: Organization,
    browser_for: Callable[..., CheckingClient],
) -> None:
    at = f"/directory/programs/{partner.programs[0].reference}"
    leader = make.leader(make.school("Mather Elementary"))
    finance = make.person("Fin Ance", Role.FINANCE)
    session.commit()
    assert "Propose a partnership" not in client.get(at).get_data(as_text=True)
    assert "Propose a partnership" in browser_for(leader).get(at).get_data(as_text=True)
    assert browser_for(finance).get(f"{at}/propose").status_code == 403
    assert client.get(f"{at}/propose").status_code == 302
    empty = browser_for(leader).post(f"{at}/propose", data={"school": "", "note": "Keep this"})
    assert empty.status_code == 422
    assert "Keep this" in empty.get_data(as_text=True)
