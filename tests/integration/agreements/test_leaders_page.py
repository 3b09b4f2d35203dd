"""What a school's leader finds on one page, and what is said before they say yes."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import Place
from tests.support.client import CheckingClient
from vetting import clock, refs
from vetting.comparing import GONE, NEW
from vetting.models import Agreement, AgreementState, Organization, Partnership, PartnershipState, Program, Role, User
from vetting.workflows import terms_told

Browser = Callable[[User], CheckingClient]
Statements = Callable[[], AbstractContextManager[list[str]]]


def add(session: Session, like: Agreement, how_many: int, **changed: Any) -> None:
    """Agreements of the same school beside ``like``, written past the engine: only their number matters here."""
    columns = [column.name for column in Agreement.__table__.columns if column.name != "id"]
    row = {name: getattr(like, name) for name in columns} | changed
    rows = [{**row, "reference": refs.new_reference("AGR"), "verify_code": refs.new_code()} for _ in range(how_many)]
    session.execute(sa.insert(Agreement), rows)


def test_the_page_and_its_searches_ask_as_often_for_three_hundred_agreements_as_for_ten(
    make: Factory, place: Place, browser_for: Browser, session: Session, statements: Statements
) -> None:
    agreement = make.in_force(make.agreement(make.partnership(place.organization, place.school)))
    day = clock.today()
    add(session, agreement, 9, ends_on=day + timedelta(days=200))
    session.commit()
    leader, at = browser_for(place.leader), f"/schools/{place.school.dese_id}"
    addresses = (at, f"{at}?pile=in_force&from=0", f"{at}?q=harbor&of=2026-27")
    counted: list[list[int]] = []
    leader.get(at)
    for more in (0, 290):
        if more:
            add(session, agreement, more, ends_on=day + timedelta(days=200))
            session.commit()
        counted.append([])
        for address in addresses:
            with statements() as sent:
                assert leader.get(address).status_code == 200
            counted[-1].append(sum(1 for text in sent if text.lstrip().upper().startswith("SELECT")))
    assert counted[0] == counted[1]
    assert max(counted[0]) <= 14
    page = leader.get(f"{at}?pile=in_force").get_data(as_text=True)
    assert "1 to 20 of 300" in page
    last = leader.get(f"{at}?pile=in_force&from=280").get_data(as_text=True)
    assert "281 to 300 of 300" in last
    assert "281 to" not in page
    for odd in ("from=7", "from=99999999999", "from=-20", "pile=none", "of=x", "q=%00", "q=" + "a" * 500):
        assert leader.get(f"{at}?{odd}").status_code == 200, odd


def test_programs_partners_and_references_are_found_whatever_the_accents(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    first = make.in_force(make.agreement(make.partnership(place.organization, place.school)))
    other = make.partner()
    second = make.in_force(make.agreement(make.partnership(other, place.school)))
    names = ((place.organization, "Harbor Strings"), (other, "Música del Mar"))
    for organization, name in names:
        session.execute(sa.update(Organization).where(Organization.id == organization.id).values(legal_name=name))
    session.execute(sa.update(Program).where(Program.organization_id == other.id).values(name="Coro de niños"))
    session.commit()
    leader, at = browser_for(place.leader), f"/schools/{place.school.dese_id}"

    def found(text: str) -> set[str]:
        page = leader.get(at, query_string={"q": text}).get_data(as_text=True)
        return {agreement for agreement in (first.reference, second.reference) if f"/agreements/{agreement}" in page}

    assert found("musica") == found("NINOS coro") == found(second.reference.lower()) == {second.reference}
    assert found("harbor") == {first.reference}
    assert found("") == {first.reference, second.reference}
    assert found("harbor musica") == set()
    assert found("%") == set()


def test_the_next_thing_to_do_is_the_one_that_hurts_most(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    leader, at = browser_for(place.leader), f"/schools/{place.school.dese_id}"

    def next_step() -> str:
        page = leader.get(at).get_data(as_text=True)
        return str(re.search(r'id="next-step">([^<]+)<', page).group(1))  # type: ignore[union-attr]

    assert next_step() == "Nothing waits for you"
    partnership = make.partnership(place.organization, place.school)
    running = make.in_force(make.agreement(partnership))
    session.execute(
        sa.update(Agreement).where(Agreement.id == running.id).values(ends_on=clock.today() + timedelta(days=20))
    )
    session.commit()
    assert next_step().endswith("ends soon")
    draft = make.agreement(partnership)
    session.commit()
    assert next_step().startswith("Finish the agreement on")
    other = make.partner("Paper Moons")
    proposed = Partnership(
        reference=refs.new_reference("PSH"), program=other.programs[0], school=place.school, school_year="2026-27"
    )
    make.take("partnership", proposed, "propose", make.actor(place.leader))
    assert proposed.state is PartnershipState.PROPOSED
    session.commit()
    assert next_step().startswith("Confirm the partnership on")
    make.sent(draft)
    for signer in draft.versions[-1].signers[:1]:
        make.sign(signer)
    session.commit()
    assert next_step().startswith("Sign the agreement on")


def test_what_is_agreed_and_what_is_different_is_said_before_anybody_says_yes(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    partnership = make.partnership(place.organization, place.school)
    before = make.in_force(make.agreement(partnership, cents=1_000_00, source="partnership_fund"))
    session.execute(
        sa.update(Agreement)
        .where(Agreement.id == before.id)
        .values(starts_on=before.starts_on - timedelta(days=365), school_year="2025-26")  # type: ignore[operator]
    )
    after = make.agreement(partnership, cents=1_500_00, source="partnership_fund")
    session.execute(
        sa.update(Agreement)
        .where(Agreement.id == after.id)
        .values(
            draft={**after.draft, "roles_school": after.draft["roles_school"] + " And a quiet room.", "payments": []}
        )
    )
    session.commit()
    session.expire_all()
    told = terms_told.told(session, after)
    assert told.before is not None
    assert told.before.id == before.id
    pieces = {change.key: change.pieces for change in told.changes}
    assert {"amount", "roles_school"} <= set(pieces)
    assert "students_planned" not in pieces
    assert "".join(piece.text for piece in pieces["amount"] if piece.kind == GONE) == "$1,000.00"
    assert "".join(piece.text for piece in pieces["amount"] if piece.kind == NEW) == "$1,500.00"
    assert "quiet" in "".join(piece.text for piece in pieces["roles_school"] if piece.kind == NEW)
    coordinator = make.person("Cora Coordinator", Role.COORDINATOR)
    reference = after.reference
    session.commit()
    for person, words in (
        (place.leader, "What your school does"),
        (place.partner_signer, "What your organization does"),
        (coordinator, "What the school does"),
    ):
        page = browser_for(person).get(f"/agreements/{reference}").get_data(as_text=True)
        assert "What you are agreeing to" in page
        assert words in page
        assert "$1,500.00 in all" in page or "$1,500 in all" in page
        assert "What changed since the last one" in page
        assert before.reference in page


def test_the_first_agreement_on_a_program_is_compared_with_nothing(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    elsewhere = make.in_force(make.agreement(make.partnership(place.organization)))
    assert elsewhere.state is AgreementState.IN_FORCE
    agreement = make.sent(make.agreement(make.partnership(place.organization, place.school)))
    assert terms_told.told(session, agreement).before is None
    reference = agreement.reference
    session.commit()
    page = browser_for(place.leader).get(f"/agreements/{reference}").get_data(as_text=True)
    assert "What you are agreeing to" in page
    assert "What changed since" not in page
