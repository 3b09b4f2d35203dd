"""Two people finish together, one person in two tabs, a hand on paper and a hand on the screen: each counts once."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.integration.agreements.racing import Racers, at_once, once_each
from tests.support import soak
from tests.support.client import CheckingClient
from vetting.extensions import db
from vetting.jobs import agreements as job
from vetting.models import (
    Agreement,
    AgreementState,
    ExecutedDocument,
    LedgerEntry,
    Role,
    SealCertificate,
    SignerState,
)
from vetting.queries import fund
from vetting.unit_of_work import LostRace

Browser = Callable[..., CheckingClient]


def two_tabs(racers: Racers, agreement: Agreement) -> None:
    """The last signer presses the button in two tabs of one browser."""
    first, second, last = agreement.versions[-1].signers
    racers.make.sign(first)
    racers.make.sign(second)
    racers.ready(last)
    answers = at_once([racers.signs(last), racers.signs(last, racers.twin(last.user))])
    assert 303 in answers
    assert set(answers) <= {303, 409}


def two_signers(racers: Racers, agreement: Agreement) -> None:
    """The last two press together: the order holds, and whoever was too early signs after."""
    first, second, last = agreement.versions[-1].signers
    racers.make.sign(first)
    racers.ready(second)
    before = racers.signs(second)
    racers.browser(last.user)
    answers = at_once([before, racers.signs(last)])
    assert answers[0] == 303, answers
    racers.ready(last)
    assert racers.signs(last)() == 303


def hand_and_screen(racers: Racers, agreement: Agreement) -> None:
    """The last signature is confirmed from paper while the same person signs on the screen: one of them counts."""
    first, second, last = agreement.versions[-1].signers
    racers.make.sign(first)
    racers.make.sign(second)
    racers.ready(last)
    record = racers.compared(agreement, last)
    racers.fresh()
    answers = at_once([racers.signs(last), racers.confirms(record)])
    assert 303 in answers, answers
    assert set(answers) <= {303, 409}
    racers.fresh()
    with looking(racers.session):
        assert (record.state.value == "confirmed") is (last.signature is None)


RACES = (two_tabs, two_signers, hand_and_screen)


@pytest.mark.soak
@pytest.mark.timeout(14_400 if soak.FULL else 600)
def test_whoever_finishes_together_there_is_one_seal_one_document_and_one_message_each(
    app: Flask, make: Factory, session: Session, browser_for: Browser
) -> None:
    racers = Racers(make, session, browser_for)
    chance = random.Random(soak.SEED)
    partnership = make.partnership()
    with app.app_context():
        sessions = sessionmaker(db.engine, expire_on_commit=False)

    def worker(agreement_id: int) -> int:
        try:
            job.execute(sessions, app.extensions["store"], app.config["SETTINGS"], agreement_id)
        except LostRace:
            return 0
        return 1

    made = 0
    for number in range(soak.amount(25, 1000)):
        agreement = make.sent(make.agreement(partnership))
        RACES[number % 3 if number < 3 else chance.choice((0, 0, 1, 1, 2))](racers, agreement)
        racers.fresh()
        with looking(session):
            assert agreement.state is AgreementState.EXECUTING
            assert {place.state for place in agreement.versions[-1].signers} == {SignerState.SIGNED}
            once_each(session, agreement)
        if number % soak.amount(12, 1) == 0:
            # Two workers take it up at the same time.
            at_once([partial(worker, agreement.id)] * 2)
            made += 1
        session.commit()
    racers.fresh()
    with looking(session):
        documents = session.scalars(sa.select(ExecutedDocument)).all()
        assert len(documents) == made
        assert len(session.scalars(sa.select(SealCertificate)).all()) == 1
        kept = set(app.extensions["store"].keys("executed"))
        assert {document.storage_key for document in documents} <= kept
        for document in documents:
            once_each(session, document.agreement_version.agreement)
            assert document.agreement_version.agreement.state is AgreementState.IN_FORCE


@pytest.mark.soak
def test_two_agreements_raced_for_one_balance_never_take_more_than_there_is(
    make: Factory, session: Session, browser_for: Browser
) -> None:
    racers = Racers(make, session, browser_for)
    partnership = make.partnership()
    make.money(partnership.school, cents=3_000_00)
    for _ in range(soak.amount(2, 16)):
        with looking(session):
            left = fund.available_cents(session, partnership.school_id, "FY27")
        price = left // 2 + 1
        pair = [make.sent(make.agreement(partnership, cents=price, source="partnership_fund")) for _ in range(2)]
        for agreement in pair:
            first, second, last = agreement.versions[-1].signers
            make.sign(first)
            make.sign(second)
            racers.ready(last)
        answers = at_once([racers.signs(agreement.versions[-1].signers[-1]) for agreement in pair])
        assert sorted(answers) == [303, 409]
        racers.fresh()
        with looking(session):
            states = sorted(agreement.state.value for agreement in pair)
            assert states == ["executing", "partly_signed"]
            assert fund.available_cents(session, partnership.school_id, "FY27") == left - price
            posted = session.scalars(
                sa.select(LedgerEntry.agreement_id).where(LedgerEntry.agreement_id.in_([one.id for one in pair]))
            ).all()
            assert len(posted) == 1
            loser = next(one for one in pair if one.state is AgreementState.PARTLY_SIGNED)
        leader = make._holder(Role.SCHOOL_LEADER, school=partnership.school)
        assert leader is not None
        make.take("agreement", loser, "void", make.actor(leader), reason="No money is left")
