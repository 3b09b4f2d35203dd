"""A preview is what is then sent, and leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

import config
from tests.factories import Factory
from vetting import clock, refs, rehearsal, tokens
from vetting.extensions import db, writing
from vetting.models import (
    Application,
    Base,
    Flag,
    Invitation,
    Note,
    NoteKind,
    Organization,
    OutboxMessage,
    RequestItem,
    Role,
    SeenBy,
    Suspension,
)
from vetting.notifications.mail import Place
from vetting.notifications.mail import make as make_mail
from vetting.policy import SYSTEM, Actor
from vetting.rehearsal import Act, Letter
from vetting.unit_of_work import unit_of_work
from vetting.workflows import anchors
from vetting.workflows.commands import AssignReviewer, HandOver, RequestedItem, RequestInformation
from vetting.workflows.effects.suspensions import drafted
from vetting.workflows.engine import NotVisible, StaleVersion, StepRefused


@pytest.fixture
def sessions(app: Flask) -> sessionmaker[Session]:
    with app.app_context():
        return sessionmaker(db.engine, expire_on_commit=False)


@pytest.fixture
def place(settings: config.Settings) -> Place:
    return Place.of(settings)


def ask(make: Factory) -> Act:
    case, boss = screened(make)
    item = RequestedItem(RequestItem.DOCUMENT, "safety_plan", "The plan we have is from last year.")
    data = RequestInformation((item,), clock.today() + timedelta(days=20))
    return rehearsal.step("application", case, "request_information", boss, data=data)


def assign(make: Factory) -> Act:
    case, boss = screened(make)
    return rehearsal.step("application", case, "assign_reviewer", boss, data=AssignReviewer(make.reviewer().id))


def return_document(make: Factory) -> Act:
    case = make.submitted()
    boss = make.actor(make.coordinator())
    make.take("application", case, "screen", boss)
    version = case.evidence[0].document_version
    return rehearsal.step("evidence", version.id, "return", boss, reason="Page two cannot be read.")


def release(make: Factory) -> Act:
    case = make.decision_drafted()
    return rehearsal.step("application", case.id, "release_approval", make.actor(make.director("Rita Releaser")))


def message(make: Factory) -> Act:
    case, boss = screened(make)

    def written(session: Session) -> Note:
        return Note(
            application=session.get_one(Application, case),
            author_id=boss.user_id,
            kind=NoteKind.MESSAGE,
            seen_by=SeenBy.APPLICANT,
            body="When does the program begin?",
        )

    return rehearsal.step("note", written, "send", boss)


def hand_over(make: Factory) -> Act:
    case, boss = screened(make)
    return rehearsal.step("application", case, "hand_over", boss, data=HandOver(make.coordinator("Carl").id))


def flag(make: Factory) -> Act:
    case, boss = screened(make)
    owner = make.coordinator("Olga Owner").id

    def raised(session: Session) -> Flag:
        return Flag(
            application=session.get_one(Application, case),
            reason="The insurance ends in May.",
            owner_id=owner,
            raised_by_id=boss.user_id,
        )

    return rehearsal.step("flag", raised, "raise", boss)


def suspend(make: Factory) -> Act:
    organization = make.partner().id
    director = make.actor(make.director())
    reason = "A report about safety is being looked into."

    def imposed(session: Session) -> Suspension:
        partner = session.get_one(Organization, organization)
        return drafted(session, partner, director.user_id or 0, reason, clock.now())

    return rehearsal.step("suspension", imposed, "impose", director, reason=reason)


def lift(make: Factory) -> Act:
    organization = make.partner()
    boss = make.actor(make.director())
    suspension = drafted(make.session, organization, boss.user_id or 0, "A report.", clock.now())
    make.take("suspension", suspension, "impose", boss, reason="A report.")
    other = make.actor(make.director("Dirk Director"))
    return rehearsal.step("suspension", suspension.id, "lift", other, reason="It was settled.")


def hold_nobody(make: Factory) -> Act:
    case, boss = screened(make)
    return rehearsal.step("application", case, "put_back", boss)


def screened(make: Factory) -> tuple[int, Actor]:
    case = make.submitted()
    boss = make.actor(make.coordinator())
    make.take("application", case, "screen", boss)
    return case.id, boss


ACTS: dict[str, tuple[Callable[[Factory], Act], int]] = {
    "ask for something": (ask, 1),
    "assign a reviewer": (assign, 1),
    "return a document": (return_document, 1),
    "release a decision": (release, 1),
    "send a message": (message, 1),
    "hand over": (hand_over, 1),
    "raise a flag": (flag, 1),
    "suspend": (suspend, 4),
    "lift a suspension": (lift, 1),
    "put back": (hold_nobody, 0),
}


@pytest.mark.parametrize("name", ACTS)
def test_what_is_previewed_is_what_is_sent(
    name: str, make: Factory, session: Session, sessions: sessionmaker[Session], place: Place
) -> None:
    prepare, expected = ACTS[name]
    act = prepare(make)
    session.rollback()
    shown = rehearsal.rehearse(sessions, act, place, SYSTEM)
    with sessions() as own, unit_of_work(own):
        newest = own.scalar(sa.select(sa.func.max(OutboxMessage.id))) or 0
        act(own)
    with sessions() as own:
        rows = own.scalars(sa.select(OutboxMessage).where(OutboxMessage.id > newest).order_by(OutboxMessage.id)).all()
        mails = [make_mail(own, row, place) for row in rows]
    assert [(letter.address, letter.subject, letter.text) for letter in shown] == [
        (mail.to, mail.subject, mail.text) for mail in mails if mail is not None
    ]
    assert len(shown) == expected
    assert all(letter.name for letter in shown)


@pytest.mark.parametrize("name", ["ask for something", "release a decision", "suspend", "send a message"])
def test_a_preview_stores_nothing(
    name: str, make: Factory, session: Session, sessions: sessionmaker[Session], place: Place, instance: Path
) -> None:
    act = ACTS[name][0](make)
    session.rollback()
    before, anchored = everything(sessions), (instance / "anchors" / "heads.jsonl").read_bytes()
    assert rehearsal.rehearse(sessions, act, place, SYSTEM)
    assert everything(sessions) == before
    with sessions() as own:
        assert anchors.take_pending(own) == []
    assert (instance / "anchors" / "heads.jsonl").read_bytes() == anchored


def everything(sessions: sessionmaker[Session]) -> dict[str, list[str]]:
    """Every row of every table."""
    with sessions() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(sa.select(table)))
            for table in Base.metadata.sorted_tables
        }


def test_an_act_that_is_refused_is_refused_in_the_preview(
    make: Factory, session: Session, sessions: sessionmaker[Session], place: Place
) -> None:
    case, boss = screened(make)
    stranger = make.actor(make.person("Nobody"))
    session.rollback()
    with pytest.raises(StepRefused):
        rehearsal.rehearse(sessions, rehearsal.step("application", case, "release_approval", boss), place, SYSTEM)
    with pytest.raises(NotVisible):
        rehearsal.rehearse(sessions, rehearsal.step("application", case, "put_back", stranger), place, SYSTEM)
    with pytest.raises(StaleVersion):
        rehearsal.rehearse(
            sessions, rehearsal.step("application", case, "put_back", boss, seen_version=1), place, SYSTEM
        )


def test_other_peoples_mail_is_never_in_it(
    make: Factory, session: Session, sessions: sessionmaker[Session], place: Place
) -> None:
    act = assign(make)
    release(make)
    session.rollback()
    shown = rehearsal.rehearse(sessions, act, place, SYSTEM)
    assert [type(letter) for letter in shown] == [Letter]
    assert shown[0].subject.startswith("You are asked to review")


def test_a_page_that_only_reads_can_rehearse(
    make: Factory, session: Session, sessions: sessionmaker[Session], place: Place
) -> None:
    """The act takes the write lock at its beginning even where the page around it does not write."""
    act = hand_over(make)
    session.rollback()
    found: list[list[Letter]] = []

    def page() -> None:
        writing.set(False)
        found.append(rehearsal.rehearse(sessions, act, place, SYSTEM))

    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    engine = sessions.kw["bind"]
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        thread = threading.Thread(target=page)
        thread.start()
        thread.join()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert len(found) == 1
    assert [letter.name for letter in found[0]] == ["Carl"]
    if engine.dialect.name == "sqlite":
        assert statements[0] == "BEGIN IMMEDIATE"


def test_a_link_for_one_reader_is_not_shown(
    make: Factory, session: Session, sessions: sessionmaker[Session], place: Place
) -> None:
    administrator = make.actor(make.person("Ada", Role.SYSTEM_ADMIN))

    def invited(session: Session) -> Invitation:
        nonce = refs.new_code()
        return Invitation(
            email="new@place.example",
            role=Role.REVIEWER,
            token_digest=tokens.digest(tokens.invitation_token(place.secret_keys, nonce)),
            nonce=nonce,
            expires_at=clock.now() + timedelta(days=7),
        )

    session.rollback()
    shown = rehearsal.rehearse(sessions, rehearsal.step("invitation", invited, "invite", administrator), place, SYSTEM)
    assert [(letter.address, letter.text) for letter in shown] == [("new@place.example", "")]
