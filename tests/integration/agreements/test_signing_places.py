"""Who signs, and until when: handing a place on, reminding, more time, and somebody who left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory, signature
from tests.integration.agreements.conftest import looking
from tests.support.client import CheckingClient
from vetting import clock
from vetting.extensions import db
from vetting.jobs import agreements as sealing
from vetting.jobs import unsigned_copies
from vetting.jobs.calendar_day import settle
from vetting.models import (
    Agreement,
    AgreementState,
    OutboxMessage,
    Role,
    RoleGrant,
    Signer,
    SignerState,
    UnsignedCopy,
    User,
)
from vetting.workflows.commands import Delegate, GiveTime, ReplaceSigners
from vetting.workflows.engine import NotAllowed, StepRefused

Browser = Callable[[User], CheckingClient]
Told = Callable[[str], Counter[str]]

WEEK = timedelta(days=7)


@pytest.fixture
def told(session: Session) -> Told:
    """Who was told of a topic, and how often."""

    def read(topic: str) -> Counter[str]:
        found = session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == topic)).all()
        return Counter(found)

    return read


@pytest.fixture
def agreement(make: Factory) -> Agreement:
    return make.sent()


def first(agreement: Agreement) -> Signer:
    return agreement.versions[-1].signers[0]


def colleague(make: Factory, agreement: Agreement, name: str = "Ama Mensah") -> User:
    """Another authorized signer of the partner."""
    user = make.person(name, title="Board chair")
    make.grant(user, Role.ORG_SIGNER, organization=agreement.organization)
    return user


def hand_on(make: Factory, signer: Signer, to: User, until: Any = None, reason: str = "I am on leave.") -> None:
    command = Delegate(to.id, until or clock.today() + WEEK)
    make.take("signer", signer, "delegate", make.actor(signer.user), data=command, reason=reason)


def leader_of(make: Factory, agreement: Agreement) -> User:
    found = make._holder(Role.SCHOOL_LEADER, school=agreement.school)
    assert found is not None
    return found


def why(refused: pytest.ExceptionInfo[StepRefused]) -> str:
    return str(refused.value)


def test_a_place_is_handed_on_at_the_page_and_everybody_reads_why(
    make: Factory, session: Session, agreement: Agreement, browser_for: Browser, told: Told
) -> None:
    other = colleague(make, agreement)
    signer, leader = first(agreement), leader_of(make, agreement)
    author = signer.user
    at = f"/agreements/{agreement.reference}"
    session.commit()
    browser = browser_for(author)
    data = {"person": str(other.id), "until": (clock.today() + WEEK).isoformat(), "reason": " "}
    refused = browser.post(f"{at}/delegate", data=data)
    assert refused.status_code == 422
    assert "Give a reason" in refused.text
    assert browser.post(f"{at}/delegate", data={**data, "reason": "I am on leave."}).status_code == 303
    assert browser.get(f"{at}/sign").status_code == 404
    page = browser_for(other).get(f"{at}/sign").text
    assert f"I sign in the place of {author.name}, who asked me to." not in page
    assert "Agree to sign electronically" in page
    seen = browser_for(leader).get(at).text
    assert "Ama Mensah signs in the place of" in seen
    assert "I am on leave." in seen
    story = seen.split("What happened")[1]
    assert "Ama Mensah" not in story.split("Asked to sign")[1].split("</li>")[0]
    recipients = told("agreement.signature_delegated")
    assert set(recipients.values()) == {1}
    assert {f"user:{author.id}", f"user:{other.id}", f"user:{leader.id}"} <= set(recipients)
    session.commit()


def test_the_one_it_was_handed_to_signs_and_the_certificate_names_both(
    make: Factory, session: Session, agreement: Agreement, app: Flask
) -> None:
    from tests.documents.test_render import text_of

    other, signer = colleague(make, agreement), first(agreement)
    author = signer.name
    hand_on(make, signer, other)
    make.sign(signer)
    for place in agreement.versions[-1].signers[1:]:
        make.sign(place)
    number = agreement.id
    session.commit()
    sealing.execute(_sessions(app), app.extensions["store"], app.config["SETTINGS"], number)
    with looking(session):
        session.refresh(agreement)
        assert agreement.state is AgreementState.IN_FORCE
        document = session.scalars(sa.text("SELECT storage_key FROM executed_document")).one()
    with app.extensions["store"].open(document) as stream:
        printed = " ".join(text_of(stream.read()).split())
    assert f"In the place of {author}" in printed
    assert "Ama Mensah" in printed
    assert "I am on leave." in printed


def _sessions(app: Flask) -> sessionmaker[Session]:
    with app.app_context():
        return sessionmaker(db.engine, expire_on_commit=False)


def test_nobody_without_the_role_twice_or_in_a_chain(make: Factory, session: Session, agreement: Agreement) -> None:
    signer, leader = first(agreement), leader_of(make, agreement)
    stranger = make.person("Nobody Special")
    with pytest.raises(StepRefused) as refused:
        hand_on(make, signer, stranger)
    assert "does not hold the role that signs here" in why(refused)
    make.grant(leader, Role.ORG_SIGNER, organization=agreement.organization)
    with pytest.raises(StepRefused) as refused:
        hand_on(make, signer, leader)
    assert "signs this agreement already" in why(refused)
    other, third = colleague(make, agreement), colleague(make, agreement, "Esi Boateng")
    for day in (clock.today() - timedelta(days=1), clock.today() + timedelta(days=91)):
        with pytest.raises(StepRefused) as refused:
            hand_on(make, signer, other, until=day)
        assert "between today and ninety days" in why(refused)
    with pytest.raises(StepRefused) as refused:
        hand_on(make, signer, other, reason="On leave \U0001f334")
    assert "cannot print" in why(refused)
    hand_on(make, signer, other)
    with pytest.raises(StepRefused) as refused:
        hand_on(make, signer, third)
    assert "You sign in the place of" in why(refused)


def test_a_place_comes_back_by_hand_and_by_the_calendar(
    make: Factory, session: Session, agreement: Agreement, app: Flask, told: Told
) -> None:
    other, signer = colleague(make, agreement), first(agreement)
    author, author_id = signer.name, signer.user_id
    make.consent(signer)
    hand_on(make, signer, other)
    assert signer.consent is None
    make.take("signer", signer, "hand_back", make.actor(other))
    assert (signer.name, signer.user_id) == (author, author_id)
    assert signer.consent is not None
    hand_on(make, signer, other, until=clock.today())
    make.consent(signer)
    session.commit()
    settle(_sessions(app), clock.now())
    with looking(session):
        session.refresh(signer)
        assert signer.user_id == other.id
    settle(_sessions(app), clock.now() + timedelta(days=1))
    with looking(session):
        session.expire_all()
        assert signer.user_id == author_id
        assert [one.ended_at is not None for one in signer.delegations] == [True, True]
        assert told("agreement.signature_handed_back")[f"user:{author_id}"] == 2


def test_whoever_looks_at_the_mail_first_learns_nobody_of_the_office(
    make: Factory, session: Session, agreement: Agreement, browser_for: Browser
) -> None:
    office, other, signer = make.coordinator("Cora Coordinator"), colleague(make, agreement), first(agreement)
    hand_on(make, signer, other)
    number = signer.id
    session.commit()
    look = browser_for(other).post(f"/steps/signer/{number}/hand_back", data={"look": "1"})
    assert look.status_code == 200
    assert "The partnerships office" in look.text
    assert office.name not in look.text
    assert office.email not in look.text
    with looking(session):
        session.refresh(signer)
        assert signer.delegation is not None, "looking does nothing"


def test_after_the_last_day_the_other_signs_nothing(
    make: Factory, session: Session, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, signer = colleague(make, agreement), first(agreement)
    hand_on(make, signer, other, until=clock.today())
    make.consent(signer)
    tomorrow = clock.now() + timedelta(days=1)
    with pytest.raises(StepRefused) as refused:
        make.take("signer", signer, "sign", make.actor(other), data=signature(signer), at=tomorrow)
    assert "You could sign in the place of" in why(refused)


def test_a_reminder_is_looked_at_first_and_goes_once_a_day(
    make: Factory, session: Session, agreement: Agreement, browser_for: Browser, told: Told
) -> None:
    signer, leader = first(agreement), leader_of(make, agreement)
    with looking(session):
        signer.invited_at = clock.now() - timedelta(days=3)
    at = f"/steps/signer/{signer.id}/remind"
    number, version, email = signer.user_id, signer.version, signer.email
    session.commit()
    browser = browser_for(leader)
    assert "Remind" in browser.get(f"/agreements/{agreement.reference}").text
    look = browser.post(at, data={"look": "1", "version": str(version)}).text
    assert email in look
    assert "waits for your signature" in look
    assert told("agreement.signature_reminded") == {}
    session.commit()
    assert browser.post(at, data={"version": str(version)}).status_code == 303
    assert told("agreement.signature_reminded") == {f"user:{number}": 1}
    session.commit()
    again = browser.post(at)
    assert again.status_code == 409
    assert "went out today already" in again.text
    assert browser_for(signer.user).post(at).status_code == 403


def test_more_time_moves_the_last_day_and_is_told_once(
    make: Factory, session: Session, agreement: Agreement, app: Flask, told: Told
) -> None:
    leader = make.actor(leader_of(make, agreement))
    until = clock.today() + timedelta(days=60)
    for bad in (clock.today() + timedelta(days=30), clock.today() + timedelta(days=91)):
        with pytest.raises(StepRefused) as refused:
            make.take("agreement", agreement, "extend", leader, data=GiveTime(bad), reason="Holidays.")
        assert "at most ninety days from today" in why(refused)
    make.take("agreement", agreement, "extend", leader, data=GiveTime(until), reason="Holidays.")
    assert set(told("agreement.signing_extended").values()) == {1}
    session.commit()
    settle(_sessions(app), clock.now() + timedelta(days=59))
    with looking(session):
        session.refresh(agreement)
        assert agreement.state is AgreementState.OUT_FOR_SIGNATURE
    settle(_sessions(app), clock.now() + timedelta(days=61))
    with looking(session):
        session.refresh(agreement)
        assert agreement.state is AgreementState.EXPIRED
        recipients = told("agreement.expired")
        assert {f"user:{signer.user_id}" for signer in agreement.versions[-1].signers} <= set(recipients)
        assert set(recipients.values()) == {1}


def test_who_left_is_told_of_at_once_and_replaced_by_a_new_version(
    make: Factory, session: Session, agreement: Agreement, browser_for: Browser, told: Told
) -> None:
    office, leader = make.coordinator(), leader_of(make, agreement)
    make.sign(first(agreement))
    district = agreement.versions[-1].signers[-1]
    fresh = make.person("New Signatory", Role.DISTRICT_SIGNATORY, title="Chief")
    boss = make.actor(leader)
    command = ReplaceSigners({"district_signatory": fresh.id})
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", agreement, "replace_signers", boss, data=command, reason="She moved.")
    assert "Every signer still holds their role" in why(refused)
    grant = session.scalars(sa.select(RoleGrant).where(RoleGrant.user_id == district.user_id)).one()
    make.take("role_grant", grant, "end")
    assert district.left_on == clock.today()
    recipients = told("agreement.signer_left")
    assert {f"user:{office.id}", f"user:{leader.id}"} <= set(recipients)
    assert f"user:{district.user_id}" not in recipients
    assert set(recipients.values()) == {1}
    before = agreement.versions[-1]
    number, at, version = before.id, f"/agreements/{agreement.reference}", agreement.version
    others = {signer.role.value: str(signer.user_id) for signer in before.signers}
    session.commit()
    browser = browser_for(leader)
    page = browser.get(at).text
    assert "A signer left: name another one" in page
    assert "Every signer still holds" not in browser.get(f"{at}/signers").text
    data = {**others, "district_signatory": str(fresh.id), "reason": "She moved.", "version": str(version)}
    assert "New Signatory" in browser.get(f"{at}/signers").text
    look = browser.post(f"{at}/signers", data={**data, "look": "1"})
    assert "Only the names are different" in look.text
    for nobody in ("9" * 5000, "0", "x"):
        assert browser.post(f"{at}/signers", data={**data, "district_signatory": nobody}).status_code == 409
    assert browser.post(f"{at}/signers", data=data).status_code == 303
    with looking(session):
        session.expire_all()
        old, new = agreement.versions
        assert (old.id, agreement.state) == (number, AgreementState.OUT_FOR_SIGNATURE)
        assert {one.state for one in old.signers} == {SignerState.VOIDED}
        assert [one.state for one in new.signers] == [SignerState.INVITED, SignerState.WAITING, SignerState.WAITING]
        assert new.signers[-1].user_id == fresh.id
        assert new.content_sha256 != old.content_sha256
        same = {"services", "clauses", "money", "goals", "starts_on", "ends_on"}
        assert {key: new.content[key] for key in same} == {key: old.content[key] for key in same}
        invited = told("agreement.signature_invited")[f"user:{new.signers[0].user_id}"]
        replaced = told("agreement.signer_replaced")
        assert invited == 2
        assert f"user:{new.signers[0].user_id}" not in replaced
        assert set(replaced.values()) == {1}


def test_an_account_that_was_closed_is_found_by_the_calendar(
    make: Factory, session: Session, agreement: Agreement, app: Flask, told: Told
) -> None:
    office, signer = make.coordinator(), agreement.versions[-1].signers[-1]
    with looking(session):
        signer.user.active = False
    settle(_sessions(app), clock.now())
    settle(_sessions(app), clock.now() + timedelta(days=1))
    with looking(session):
        session.refresh(signer)
        assert signer.left_on == clock.today()
        assert told("agreement.signer_left")[f"user:{office.id}"] == 1


def test_declining_tells_everybody_once(make: Factory, agreement: Agreement, told: Told) -> None:
    signer = first(agreement)
    make.take("signer", signer, "decline", make.actor(signer.user), reason="The dates do not fit.")
    recipients = told("agreement.signature_declined")
    assert {f"user:{one.user_id}" for one in agreement.versions[-1].signers} <= set(recipients)
    assert set(recipients.values()) == {1}


def test_sealing_again_is_the_offices(make: Factory, session: Session) -> None:
    agreement = make.signed()
    with pytest.raises(NotAllowed):
        make.take("agreement", agreement, "seal_again", make.actor(leader_of(make, agreement)))
    with pytest.raises(StepRefused):
        make.take("agreement", agreement, "seal_again", make.actor(make.coordinator()))


def test_the_unsigned_pdf_is_drawn_once_and_says_that_it_is_not_signed(
    make: Factory, session: Session, agreement: Agreement, app: Flask, browser_for: Browser
) -> None:
    from tests.documents.test_agreement import words
    from tests.documents.test_render import text_of
    from vetting.documents.agreement import agreement_body

    version = agreement.versions[-1]
    number, content, reader = version.id, version.content, first(agreement).user
    wanted = session.scalars(
        sa.select(OutboxMessage.payload).where(OutboxMessage.topic == "agreement.unsigned_copy_wanted")
    ).all()
    assert [one["version_id"] for one in wanted] == [number]
    session.commit()
    store = app.extensions["store"]
    assert unsigned_copies.make(_sessions(app), store, number) is True
    assert unsigned_copies.make(_sessions(app), store, number) is False
    with looking(session):
        assert len(session.scalars(sa.select(UnsignedCopy.id)).all()) == 1
    answer = browser_for(reader).get(f"/agreements/{agreement.reference}/unsigned.pdf")
    printed = text_of(answer.data, "-raw")
    answer.close()
    assert "Draft, not signed" in printed
    page = browser_for(reader).get(f"/agreements/{agreement.reference}/sign").text
    assert str(agreement_body(content)) in page

    def letters(text: str) -> str:
        return "".join(text.replace("•", "").split())

    # Breaks of lines and pages fall differently on paper; the words and their order may not.
    shown, on_paper = words(agreement_body(content)), letters(printed)
    missing = [word for word in shown if letters(word) not in on_paper]
    assert missing == []
