"""The sealed document leaves in one read, which finds the document and who asks for it; the policy still decides."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import clock
from vetting.models import (
    Agreement,
    Conflict,
    ConflictState,
    Delegation,
    DelegationState,
    ExecutedDocument,
    LoginSession,
    Role,
    School,
    User,
)
from vetting.queries import agreements
from vetting.queries.actors import actor_for
from vetting.queries.sign_ins import Shown
from vetting.refs import new_reference
from vetting.storage import LocalStore

Statements = Callable[[], AbstractContextManager[list[str]]]
Browsers = Callable[..., CheckingClient]


@pytest.fixture
def agreement(make: Factory, session: Session, execute: Callable[[int], None]) -> Agreement:
    """In force, with its sealed document."""
    school = make.school("Mather Elementary")
    make.leader(school)
    agreement = make.signed(make.agreement(make.partnership(school=school)))
    session.commit()
    execute(agreement.id)
    return agreement


def path_of(agreement: Agreement) -> str:
    return f"/agreements/{agreement.reference}/document.pdf"


def reads(statements: list[str]) -> int:
    return sum(1 for text in statements if text.lstrip().upper().startswith("SELECT"))


def test_a_download_reads_once(
    make: Factory, session: Session, agreement: Agreement, browser_for: Browsers, statements: Statements
) -> None:
    leader = agreement.versions[0].signers[1].user
    browser, office = browser_for(leader), browser_for(make.director())
    with statements() as sent, browser.get(path_of(agreement)) as answer:
        assert answer.status_code == 200
        assert answer.data.startswith(b"%PDF")
    assert reads(sent) == 1
    assert not [text for text in sent if text.lstrip().upper().startswith(("INSERT", "UPDATE"))]
    with statements() as sent, office.get(path_of(agreement)) as answer:
        assert answer.status_code == 200
    assert reads(sent) == 2


def test_who_may_not_have_it_finds_nothing(
    make: Factory, session: Session, agreement: Agreement, browser_for: Browsers
) -> None:
    stranger = make.leader(make.school("Elsewhere"))
    nobody = make.person("Nobody Yet")
    session.commit()
    for person in (stranger, nobody):
        assert browser_for(person).get(path_of(agreement)).status_code == 404
    assert browser_for(stranger).get("/agreements/AGR-ZZZZ-ZZZZ/document.pdf").status_code == 404


def test_an_interest_closes_it_at_the_next_request(
    make: Factory, session: Session, agreement: Agreement, browser_for: Browsers
) -> None:
    director = make.director()
    browser = browser_for(director)
    with browser.get(path_of(agreement)) as answer:
        assert answer.status_code == 200
    an_interest(session, director, agreement)
    assert browser.get(path_of(agreement)).status_code == 404


def test_a_browser_that_was_signed_out_is_sent_to_sign_in(
    session: Session, agreement: Agreement, browser_for: Browsers, client: CheckingClient
) -> None:
    leader = agreement.versions[0].signers[1].user
    browser = browser_for(leader)
    session.execute(sa.update(LoginSession).where(LoginSession.user_id == leader.id).values(ended_at=clock.now()))
    session.commit()
    for one in (browser, client):
        answer = one.get(path_of(agreement))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in")


def test_who_asks_is_the_same_person_as_on_a_page(
    make: Factory, session: Session, agreement: Agreement, browser_for: Browsers
) -> None:
    leader = agreement.versions[0].signers[1].user
    elsewhere = make.school("Elsewhere")
    deputy = make.person("Dana Deputy")
    for school in (agreement.school, elsewhere):
        make.grant(deputy, Role.SCHOOL_LIAISON, school=school)
    stands_in(session, leader, deputy, agreement)
    stands_in(session, make.leader(elsewhere), deputy, agreement, school=elsewhere)
    director = make.director()
    make.grant(director, Role.FINANCE)
    make.grant(director, Role.ORG_EDITOR, organization=make.organization())
    an_interest(session, director, agreement)
    people = (
        leader,
        deputy,
        director,
        make.coordinator(),
        make.owner_of(agreement.organization),
        make.person("Nobody"),
    )
    for person in people:
        browser_for(person)
        shown: Shown = {"digest": newest(session, person), "uniquifier": person.fs_uniquifier, "now": clock.now()}
        asked = (shown, {"reference": agreement.reference})
        found, document = agreements.sealed.with_reader(session.connection(), session, asked, address="a", agent="b")
        assert found == actor_for(session, person, address="a", agent="b", method="password")
        assert document.reference == agreement.reference


def stands_in(session: Session, leader: User, deputy: User, agreement: Agreement, school: School | None = None) -> None:
    session.add(
        Delegation(
            reference=new_reference("DEL"),
            school_id=(school or agreement.school).id,
            leader_id=leader.id,
            delegate_id=deputy.id,
            starts_on=clock.today(),
            ends_on=clock.today(),
            may_sign=True,
            state=DelegationState.GIVEN,
        )
    )
    session.commit()


def an_interest(session: Session, person: User, agreement: Agreement) -> None:
    session.add(
        Conflict(
            user_id=person.id,
            organization_id=agreement.organization_id,
            state=ConflictState.DECLARED,
            reason="A cousin works there.",
        )
    )
    session.commit()


def newest(session: Session, person: User) -> str:
    return session.scalars(
        sa.select(LoginSession.token_digest)
        .where(LoginSession.user_id == person.id)
        .order_by(LoginSession.id.desc())
        .limit(1)
    ).one()


def test_what_a_browser_has_is_not_taken_from_the_store(
    session: Session, agreement: Agreement, browser_for: Browsers, app: Flask
) -> None:
    document = session.scalars(sa.select(ExecutedDocument)).one()
    browser = browser_for(agreement.versions[0].signers[1].user)
    with browser.get(path_of(agreement), headers={"Range": "bytes=0-7"}) as part:
        assert part.status_code == 206
        assert part.headers["Content-Range"] == f"bytes 0-7/{document.size}"
    store: LocalStore = app.extensions["store"]
    (store.root / document.storage_key).unlink()
    same = browser.get(path_of(agreement), headers={"If-None-Match": f'"{document.sha256}"'})
    assert same.status_code == 304
    assert same.headers["ETag"] == f'"{document.sha256}"'
    assert same.headers["Cache-Control"] == "private, no-cache"
    assert same.data == b""
