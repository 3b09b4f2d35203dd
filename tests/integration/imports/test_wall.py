"""What a list says about an organization is not read by people who have an interest in it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.imports.conftest import Cells, csv_file, partner, program
from tests.support.client import CheckingClient
from tests.support.pages import text_of
from vetting.jobs import partner_imports
from vetting.models import Conflict, InvitationBatch, Organization, PartnerImport, Role, Sheet, User
from vetting.sealing import Sealer

P = Sheet.PARTNERS
FRIENDS, OTHERS = "Harbor Lights Theater", "Quincy Chess Circle"
HIDDEN = "1 row is about an organization that you declared an interest in"


class Lists:
    """Somebody who loads lists, and the worker who carries it out."""

    def __init__(self, browser: CheckingClient, session: Session, run: sessionmaker[Session], sealer: Sealer) -> None:
        self.browser, self.session, self.run, self.sealer = browser, session, run, sealer

    def checked(self, *rows: Cells, programs: tuple[Cells, ...] = ()) -> tuple[str, int]:
        made = [csv_file(P, list(rows)), *([csv_file(Sheet.PROGRAMS, programs)] if programs else [])]
        files = {"files": [(io.BytesIO(data), name) for name, data in made]}
        answer = self.browser.post("/desk/imports", data=files, content_type="multipart/form-data")
        number = self.session.scalars(sa.select(PartnerImport.id).order_by(PartnerImport.id.desc())).first()
        self.session.rollback()
        assert number is not None
        partner_imports.check(self.run, self.sealer, number)
        return str(answer.location), number

    def loaded(self, *rows: Cells) -> str:
        here, number = self.checked(*rows)
        version = self.session.get_one(PartnerImport, number).version
        self.session.rollback()
        assert self.browser.post(f"{here}/load", data={"understood": "y", "version": version}).status_code == 303
        assert partner_imports.work(self.run, self.sealer, number, lambda: False)
        return here


@pytest.fixture
def lists(
    browser_for: Callable[[User], CheckingClient],
    director: User,
    session: Session,
    sessions: sessionmaker[Session],
    sealer: Sealer,
) -> Lists:
    return Lists(browser_for(director), session, sessions, sealer)


@pytest.fixture
def friend(make: Factory, session: Session) -> User:
    """Somebody in the office who will declare an interest."""
    person = make.person("Fay Friend", Role.DIRECTOR)
    session.commit()
    return person


def declare(make: Factory, session: Session, person: User, name: str) -> None:
    organization = session.scalars(sa.select(Organization).where(Organization.legal_name == name)).one()
    conflict = Conflict(user_id=person.id, organization_id=organization.id, reason="I know them.")
    make.take("conflict", conflict, "declare", make.actor(person))
    session.commit()


def both(**changes: str) -> list[Cells]:
    theirs = partner(legal_name=FRIENDS, contact_email="fran@friends.example", **changes)
    others = partner("P-002", legal_name=OTHERS, contact_email="otto@others.example", **changes)
    return [theirs, others]


def test_rows_lines_and_mail_about_it_are_not_among_those_that_are_shown(
    lists: Lists, friend: User, make: Factory, session: Session, browser_for: Callable[[User], CheckingClient]
) -> None:
    loaded = lists.loaded(*both())
    declare(make, session, friend, FRIENDS)
    again, _number = lists.checked(*both(website="https://new.example"))
    assert lists.browser.post(f"{loaded}/invitations").status_code == 303
    batch = session.scalars(sa.select(InvitationBatch.reference)).one()
    session.commit()
    walled = browser_for(friend)
    pages = (loaded, again, f"/desk/imports/invitations/{batch}")
    for browser, sees in ((lists.browser, True), (walled, False)):
        for address in (*pages, f"{loaded}/rows.csv", f"{again}/rows.csv"):
            with browser.get(address) as answer:
                text = answer.get_data(as_text=True)
            assert (FRIENDS in text) is sees, address
            assert ("fran@friends.example" in text) <= sees, address
            assert OTHERS in text, address
    for address in (loaded, again):
        assert HIDDEN in text_of(walled.get(address).text)
        assert HIDDEN not in text_of(lists.browser.get(address).text)


def test_a_pair_with_it_is_answered_by_somebody_else(
    lists: Lists, friend: User, make: Factory, session: Session, browser_for: Callable[[User], CheckingClient]
) -> None:
    lists.loaded(*both())
    declare(make, session, friend, FRIENDS)
    here, _number = lists.checked(partner("P-009", legal_name="Harbour Lights Theatre"))
    walled = browser_for(friend)
    page = text_of(walled.get(f"{here}/look-alikes").text)
    assert "Harbour Lights" not in page
    assert FRIENDS not in page
    assert "1 pair is about an organization that you declared an interest in" in page
    assert "Harbour Lights" not in walled.get(here).text
    assert FRIENDS in text_of(lists.browser.get(f"{here}/look-alikes").text)


def test_rows_about_it_that_cannot_be_loaded_or_look_like_one_are_not_shown_either(
    lists: Lists, friend: User, make: Factory, session: Session, browser_for: Callable[[User], CheckingClient]
) -> None:
    lists.loaded(*both())
    declare(make, session, friend, FRIENDS)
    theirs, others = both(website="no address")
    renamed = partner("P-007", legal_name=FRIENDS, website="no address either")
    wrong, _number = lists.checked(
        theirs, others, renamed, programs=(program("P-001A", "P-001"), program("P-002A", "P-002"))
    )
    alike, _number = lists.checked(both()[0], partner("P-009", legal_name="Harbour Lights Theatre"))
    walled = browser_for(friend)
    for address in (wrong, f"{wrong}/rows.csv", alike, f"{alike}?rows=ask", f"{alike}/rows.csv"):
        with walled.get(address) as answer, lists.browser.get(address) as full:
            text, everything = answer.get_data(as_text=True), full.get_data(as_text=True)
        for words in (FRIENDS, "P-001", "P-007", "Harbour"):
            assert words not in text, (address, words)
        assert ("P-002A" in everything) == ("P-002A" in text), address
    with lists.browser.get(f"{wrong}/rows.csv") as answer:
        assert "P-001A" in answer.get_data(as_text=True)
    assert "3 rows are about organizations that you declared an interest in" in text_of(walled.get(wrong).text)
