"""Two people act on the same thing at the same moment: one wins, the other is told, and nothing happens twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory, signature
from tests.support.soak import amount
from vetting.extensions import db
from vetting.models import (
    Agreement,
    AgreementState,
    Allocation,
    Application,
    ApplicationState,
    Designation,
    ExecutedDocument,
    HistoryEntry,
    LedgerAccount,
    OutboxMessage,
    Outcome,
    Role,
    Signature,
    Signer,
)
from vetting.policy import SYSTEM, Actor
from vetting.queries import fund
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.workflows import engine
from vetting.workflows.commands import RecordExecution
from vetting.workflows.engine import StaleVersion, StepRefused
from vetting.workflows.registry import subject_type, workflow_named
from vetting.workflows.verify import check

ROUNDS = amount(3, 40)

Act = Callable[[Session], None]


def at_once(app: Flask, *acts: Act) -> list[BaseException | None]:
    """Run each act in a thread and a session of its own, all let go together; what each raised."""
    gate = threading.Barrier(len(acts))
    ends: list[BaseException | None] = [None] * len(acts)
    with app.app_context():
        engine_ = db.engine

    def run(number: int, act: Act) -> None:
        with Session(engine_, expire_on_commit=False) as session:
            gate.wait(timeout=30)
            try:
                with unit_of_work(session):
                    act(session)
            except (LostRace, StaleVersion, StepRefused) as error:
                ends[number] = error
            except BaseException as error:  # noqa: BLE001 - handed to the test, which knows nothing of this thread
                ends[number] = error

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return ends


def step(workflow: str, subject: Any, name: str, actor: Actor = SYSTEM, **more: Any) -> Act:
    """Take a step on the row as it is in the act's own session."""
    seen = more.pop("seen", None)

    def act(session: Session) -> None:
        own = session.get(subject_type(workflow), subject.id)
        engine.run(session, workflow_named(workflow), own, name, actor, seen_version=seen, **more)

    return act


def one_won(ends: list[BaseException | None]) -> None:
    assert ends.count(None) == 1, ends
    losers = [end for end in ends if end is not None]
    assert all(isinstance(end, LostRace | StaleVersion | StepRefused) for end in losers), losers
    assert not any("database is locked" in str(end) for end in losers), losers


def count(session: Session, table: Any, *conditions: Any) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_a_decision_is_released_once(app: Flask, make: Factory, session: Session, attempt: int) -> None:
    case = make.decision_drafted(make.portfolio())
    first, second = (make.actor(make.director(name)) for name in ("Rita", "Rosa"))
    session.commit()
    ends = at_once(
        app,
        step("application", case, "release_approval", first, seen=case.version),
        step("application", case, "return_decision", second, reason="Look again.", seen=case.version),
        step("application", case, "release_approval", second, seen=case.version),
    )
    one_won(ends)
    session.expire_all()
    approved = case.state is ApplicationState.APPROVED
    assert count(session, Designation, Designation.application_id == case.id) == int(approved)
    assert count(session, OutboxMessage, OutboxMessage.topic == "decision.released") == 1 + int(approved)
    assert list(check(session)) == []


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_a_double_click_sends_once(app: Flask, make: Factory, session: Session, attempt: int) -> None:
    case = make.registration()
    make.fill(case)
    owner = make.actor(make.owner_of(case.organization))
    session.commit()
    one_won(at_once(app, *[step("application", case, "submit", owner, seen=case.version)] * 3))
    assert count(session, HistoryEntry, HistoryEntry.step == "submit") == 1
    assert count(session, OutboxMessage, OutboxMessage.topic == "application.received") == 1


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_a_double_click_signs_once(app: Flask, make: Factory, session: Session, attempt: int) -> None:
    agreement = make.sent()
    signer = agreement.versions[-1].signers[0]
    make.consent(signer)
    actor, words = make.actor(signer.user), signature(signer)
    session.commit()
    one_won(at_once(app, *[step("signer", signer, "sign", actor, data=words, seen=signer.version)] * 3))
    assert count(session, Signature) == 1
    assert count(session, OutboxMessage, OutboxMessage.topic == "agreement.signature_invited") == 2


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_a_signature_and_a_change_of_the_text_do_not_both_stand(
    app: Flask, make: Factory, session: Session, attempt: int
) -> None:
    agreement = make.sent()
    signer = agreement.versions[-1].signers[0]
    make.consent(signer)
    actor, words = make.actor(signer.user), signature(signer)
    boss = make.actor(make.coordinator())
    session.commit()
    ends = at_once(
        app,
        step("signer", signer, "sign", actor, data=words),
        step("agreement", agreement, "change_text", boss, reason="A date is wrong."),
    )
    assert None in ends
    session.expire_all()
    if agreement.state is AgreementState.DRAFT:
        assert {place.state.value for place in agreement.versions[-1].signers} == {"voided"}
    else:
        assert agreement.state is AgreementState.PARTLY_SIGNED
    assert list(check(session)) == []


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_an_agreement_is_executed_once(app: Flask, make: Factory, session: Session, attempt: int) -> None:
    agreement = make.signed()
    session.commit()
    records = [RecordExecution(f"{n}" * 64, 10, f"executed/{n}", "f" * 64, True, "0" * 64) for n in (1, 2)]
    one_won(at_once(app, *[step("agreement", agreement, "execute", data=record) for record in records]))
    assert count(session, ExecutedDocument) == 1
    keys = session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.executed")).all()
    assert len(keys) == len(set(keys)) > 0


def two_almost_signed(make: Factory) -> tuple[Agreement, Agreement, list[Signer]]:
    """Two agreements of one school, each for more than half of its money, that wait for one last signature."""
    partnership = make.partnership()
    make.money(partnership.school, cents=1_000_00)
    agreements = []
    for _ in range(2):
        agreement = make.sent(make.agreement(partnership, cents=700_00, source="partnership_fund"))
        for signer in agreement.versions[-1].signers[:-1]:
            make.sign(signer)
        make.consent(agreement.versions[-1].signers[-1])
        agreements.append(agreement)
    return agreements[0], agreements[1], [agreement.versions[-1].signers[-1] for agreement in agreements]


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_two_agreements_do_not_spend_the_same_money(app: Flask, make: Factory, session: Session, attempt: int) -> None:
    first, second, signers = two_almost_signed(make)
    acts = [step("signer", signer, "sign", make.actor(signer.user), data=signature(signer)) for signer in signers]
    session.commit()
    one_won(at_once(app, *acts))
    session.expire_all()
    states = sorted(agreement.state.value for agreement in (first, second))
    assert states == ["executing", "partly_signed"]
    share = session.scalars(sa.select(Allocation)).one()
    assert fund.balances(session, share.school_id, share.fund_year_id)[LedgerAccount.AVAILABLE] == 300_00


def test_money_seen_before_the_other_took_it_is_not_spent(app: Flask, make: Factory, session: Session) -> None:
    """The exact order that a lucky race would hide: look, the other commits, then write."""
    _, _, signers = two_almost_signed(make)
    acts = [step("signer", signer, "sign", make.actor(signer.user), data=signature(signer)) for signer in signers]
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        return  # there is one writer at a time, so nobody can look in between
    with app.app_context(), Session(db.engine, expire_on_commit=False) as slow:
        agreement = slow.get(Signer, signers[0].id).agreement_version.agreement  # type: ignore[union-attr]
        looked = fund.available_cents(slow, agreement.school_id, agreement.fiscal_year)
        assert at_once(app, acts[1]) == [None]
        assert looked == 1_000_00
        with pytest.raises((LostRace, StepRefused)), unit_of_work(slow):
            acts[0](slow)


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_two_owners_cannot_both_go(app: Flask, make: Factory, session: Session, attempt: int) -> None:
    """Each sees the other stay; somebody must be left in charge."""
    organization = make.organization()
    second = make.person("Second Owner")
    make.grant(second, Role.ORG_OWNER, organization=organization)
    first = make.owner_of(organization)
    grants = [next(g for g in person.grants if g.organization_id == organization.id) for person in (first, second)]
    session.commit()
    acts = [step("role_grant", g, "leave", make.actor(g.user)) for g in grants]
    session.commit()
    ends = at_once(app, *acts)
    assert ends.count(None) == 1, ends


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_many_writers_wait_their_turn(app: Flask, make: Factory, session: Session, attempt: int) -> None:
    """Different things do not stand in each other's way: nobody loses, nobody reads that a database is locked."""
    cases = [make.submitted() for _ in range(4)]
    boss = make.actor(make.coordinator())
    session.commit()
    assert at_once(app, *[step("application", case, "screen", boss) for case in cases]) == [None] * 4
    assert count(session, Application, Application.state == ApplicationState.SCREENING) == 4


def test_the_loser_is_told_who_did_what(app: Flask, make: Factory, session: Session, browser_for: Any) -> None:
    """The page that answers a lost race names the winner's act and keeps the loser's words."""
    case = make.decision_drafted(outcome=Outcome.NOT_SELECT)
    winner, loser = make.director("Wilma Winner"), make.director("Lou Loser")
    seen = case.version
    make.take("application", case, "return_decision", make.actor(winner), reason="Look again.")
    answer = browser_for(loser).post(
        f"/steps/application/{case.reference}/return_decision",
        data={"version": str(seen), "reason": "My own long reason, typed with care."},
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Wilma Winner" in page
    assert "My own long reason, typed with care." in page
