"""The course of an agreement: approvals by amount, changes, renewals, ends, and what stops a text from being signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory, signature
from tests.integration.agreements.conftest import looking
from tests.support.client import CheckingClient
from vetting import clock
from vetting.calendar_days import add_months, fiscal_year_bounds, fiscal_year_of
from vetting.jobs.calendar_day import DUE
from vetting.models import (
    Agreement,
    AgreementActivity,
    AgreementState,
    AgreementTerms,
    Approval,
    ApprovalState,
    Document,
    DocumentVersion,
    FundYear,
    LedgerEntry,
    OutboxMessage,
    Remark,
    RemarkState,
    Role,
    RoleGrant,
    Side,
    User,
)
from vetting.policy import Actor
from vetting.queries import agreement_days, agreement_starts, approvals, fund
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import AgreementDraft, EndOn, SendAgreement
from vetting.workflows.engine import NotAllowed, StepRefused

BIG = 1_850_000
"""Above the second band: written quotes, and a yes of the finance office."""


@pytest.fixture
def leader(make: Factory) -> Callable[[Agreement], Actor]:
    def of(agreement: Agreement) -> Actor:
        holder = make._holder(Role.SCHOOL_LEADER, school=agreement.school)
        assert holder is not None
        return make.actor(holder)

    return of


def paid(make: Factory, cents: int) -> tuple[Agreement, FundYear]:
    """A draft that the Partnership Fund pays for, at a school that has the money."""
    partnership = make.partnership()
    year = make.money(partnership.school, cents=9_000_000)
    return make.agreement(partnership, cents=cents, source="partnership_fund"), year


def settle(make: Factory, session: Session, days: int) -> None:
    """The daily round's acts on agreements, ``days`` from now."""
    now = clock.now() + timedelta(days=days)
    for workflow, step, due in DUE:
        if workflow == "agreement":
            for number in list(session.scalars(due(session, clock.local_date(now), now))):
                try:
                    make.take("agreement", session.get_one(Agreement, number), step, at=now)
                except StepRefused:
                    session.rollback()


def why(refused: pytest.ExceptionInfo[StepRefused]) -> str:
    return str(refused.value)


def test_an_amount_of_the_second_band_needs_a_yes_of_finance_for_exactly_these_words(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor]
) -> None:
    agreement, _year = paid(make, BIG)
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", agreement, "send", leader(agreement))
    assert "needs a yes first: the finance office" in why(refused)
    session.rollback()
    make.take("agreement", agreement, "request_review", leader(agreement))
    asked = session.scalars(sa.select(Approval)).one()
    assert (asked.role, asked.because, asked.state) == (Role.FINANCE, "three_written_quotes", ApprovalState.WAITING)
    finance = make._holder(Role.FINANCE)
    assert finance is not None
    mail = session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.approval_asked"))
    assert mail.all() == [f"user:{finance.id}"]
    with pytest.raises(NotAllowed):
        make.take("agreement_approval", asked, "approve", leader(agreement))
    session.rollback()
    make.take("agreement_approval", asked, "approve", make.actor(finance), reason="Three quotes in the file")
    # Other words are not what was approved.
    with unit_of_work(session):
        agreement.draft = {**agreement.draft, "services": "Something else"}
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", agreement, "send", leader(agreement))
    assert "not what was approved" in why(refused)
    session.rollback()
    make.take("agreement", agreement, "request_review", leader(agreement))
    again = approvals.standing_ones(session, agreement)
    assert [one.state for one in again] == [ApprovalState.WAITING]
    make.take("agreement_approval", again[0], "approve", make.actor(finance))
    make.take("agreement", agreement, "send", leader(agreement))
    assert agreement.state is AgreementState.OUT_FOR_SIGNATURE


def test_an_approver_returns_with_a_reason_and_nobody_approves_an_own_draft(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor]
) -> None:
    agreement, _year = paid(make, BIG)
    writer = make.person("Wanda Writer", Role.COORDINATOR, Role.FINANCE)
    data = AgreementDraft(agreement.draft, BIG, "partnership_fund", agreement.starts_on, agreement.ends_on)
    make.take("agreement", agreement, "save", make.actor(writer), data=data)
    make.take("agreement", agreement, "request_review", leader(agreement))
    asked = approvals.standing_ones(session, agreement)[0]
    with pytest.raises(StepRefused) as refused:
        make.take("agreement_approval", asked, "approve", make.actor(writer))
    assert "You wrote on this draft" in why(refused)
    session.rollback()
    finance = make._holder(Role.FINANCE)
    assert finance is not None
    with pytest.raises(StepRefused) as refused:
        make.take("agreement_approval", asked, "return", make.actor(finance))
    assert "Give a reason" in why(refused)
    session.rollback()
    make.take("agreement_approval", asked, "return", make.actor(finance), reason="Only two quotes")
    assert (agreement.state, asked.state, asked.note) == (
        AgreementState.DRAFT,
        ApprovalState.RETURNED,
        "Only two quotes",
    )


def test_the_partners_total_across_schools_counts_not_the_single_amount(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor]
) -> None:
    first, _year = paid(make, 600_000)
    make.in_force(first)
    other = make.partnership(first.organization, make.school())
    second = make.agreement(other, cents=450_000, source="school_budget")
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", second, "send", leader(second))
    assert "the finance office" in why(refused)
    session.rollback()
    with unit_of_work(session):
        # One dollar below the band: no yes is needed, and the page warns.
        second.amount_cents = 399_900
        second.draft = {**second.draft, "payments": [{"due_on": "2027-03-31", "amount_cents": 399_900, "what": "All"}]}
    make.take("agreement", second, "send", leader(second))


def test_two_agreements_against_one_balance_are_not_both_signed(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor]
) -> None:
    partnership = make.partnership()
    make.money(partnership.school, cents=1_000_000)
    one = make.agreement(partnership, cents=600_000, source="partnership_fund")
    two = make.agreement(make.partnership(school=partnership.school), cents=600_000, source="partnership_fund")
    make.sent(one)
    make.sent(two)
    make.signed(one)
    with pytest.raises(StepRefused) as refused:
        make.signed(two)
    assert "has $4,000.00 left for this school" in why(refused)
    session.rollback()
    assert fund.available_cents(session, partnership.school_id, "FY27") == 400_000


def test_a_change_replaces_what_is_in_force_in_the_same_moment_and_its_money_too(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor]
) -> None:
    before, _year = paid(make, 800_000)
    make.in_force(before)
    actor = leader(before)
    made = agreement_starts.amendment(session, before, clock.today(), actor.user_id or 0)
    make.take("agreement", made, "draft", actor)
    assert made.draft["services"] == before.draft["services"]
    payments = [{"due_on": "2027-03-31", "amount_cents": 900_000, "what": "All sessions"}]
    data = AgreementDraft(
        {**made.draft, "payments": payments}, 900_000, "partnership_fund", made.starts_on, made.ends_on
    )
    make.take("agreement", made, "save", actor, data=data)
    twice = agreement_starts.amendment(session, before, clock.today(), actor.user_id or 0)
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", twice, "draft", actor)
    assert made.reference in why(refused)
    session.rollback()
    make.signed(made)
    assert before.state is AgreementState.IN_FORCE
    make.in_force(made)
    assert (before.state, made.state) == (AgreementState.SUPERSEDED, AgreementState.IN_FORCE)
    at_school = agreement_days.in_force_at(session, before.school_id, clock.today())
    assert at_school == [made]
    kinds = [entry.kind.value for entry in session.scalars(sa.select(LedgerEntry).order_by(LedgerEntry.id))]
    assert kinds[-3:] == ["commitment", "release", "commitment"]
    assert fund.available_cents(session, before.school_id, "FY27") == 9_000_000 - 900_000


def test_an_end_on_a_day_lets_services_go_on_until_then(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor]
) -> None:
    agreement = make.in_force()
    last = clock.today() + timedelta(days=10)
    for day, words in ((clock.today() - timedelta(days=1), "in the past"), (agreement.ends_on, "ends anyway")):
        with pytest.raises(StepRefused) as refused:
            make.take("agreement", agreement, "plan_end", leader(agreement), data=EndOn(day), reason="No staff")
        assert words in why(refused)
        session.rollback()
    make.take("agreement", agreement, "plan_end", leader(agreement), data=EndOn(last), reason="No staff")
    settle(make, session, 10)
    assert agreement.state is AgreementState.IN_FORCE
    settle(make, session, 11)
    assert agreement.state is AgreementState.ENDED
    assert agreement_days.in_force_on(session, agreement, last)
    assert not agreement_days.in_force_on(session, agreement, last + timedelta(days=1))


@pytest.mark.parametrize("objects", [False, True])
def test_an_agreement_goes_on_by_itself_unless_somebody_says_no_in_time(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor], objects: bool
) -> None:
    agreement = make.agreement()
    with unit_of_work(session):
        agreement.draft = {**agreement.draft, "renews": True}
    make.in_force(agreement)
    first_end = agreement.ends_on
    assert first_end is not None
    until = (first_end - clock.today()).days
    settle(make, session, until - 31)
    assert agreement.notice_on is None
    settle(make, session, until - 30)
    told = set(session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.renewing")))
    assert len(told) >= 3
    if objects:
        signer = next(s.user for s in agreement.versions[-1].signers if s.role.value == "partner_signer")
        make.take("agreement", agreement, "object", make.actor(signer), reason="We move away")
    settle(make, session, until + 1)
    if objects:
        assert (agreement.state, agreement.ends_on) == (AgreementState.COMPLETED, first_end)
    else:
        assert (agreement.state, agreement.ends_on) == (AgreementState.IN_FORCE, add_months(first_end, 12))
        assert agreement.notice_on is None


def test_dates_stay_inside_the_year_and_the_length_of_the_kind(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor]
) -> None:
    agreement, _year = paid(make, 500_000)
    with unit_of_work(session):
        agreement.ends_on = fiscal_year_bounds(fiscal_year_of(clock.today()))[1] + timedelta(days=1)
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", agreement, "send", leader(agreement))
    assert "stays inside one year" in why(refused)


def test_what_was_not_on_the_page_is_not_sent(make: Factory, leader: Callable[[Agreement], Actor]) -> None:
    agreement = make.agreement()
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", agreement, "send", leader(agreement), data=SendAgreement("0" * 64))
    assert "The text changed after you opened this page" in why(refused)


def test_a_negotiated_text_is_sent_only_as_it_was_shown_and_with_every_proposal_answered(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor]
) -> None:
    agreement = make.agreement()
    with unit_of_work(session):
        agreement.terms = AgreementTerms.NEGOTIATED
    school = leader(agreement)
    partner = make.person("Pat Partner")
    make.grant(partner, Role.ORG_OWNER, organization=agreement.organization)
    speaker = make.actor(partner)
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", agreement, "send", school)
    assert "has not been shown this text" in why(refused)
    session.rollback()
    make.take("agreement", agreement, "share", school)
    clause = "clause:insurance"
    was = next(c["text"] for c in agreement.template_version.content["clauses"] if c["key"] == "insurance")
    remark = Remark(
        agreement=agreement,
        part=clause,
        side=Side.PARTNER,
        author_id=partner.id,
        was=was,
        proposed="We keep insurance.",
    )
    make.take("agreement_remark", remark, "make", speaker)
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", agreement, "send", school)
    assert "has no answer yet" in why(refused)
    session.rollback()
    with pytest.raises(StepRefused):
        make.take("agreement_remark", remark, "accept", speaker)
    session.rollback()
    make.take("agreement_remark", remark, "accept", school)
    assert agreement.draft["clauses"] == {"insurance": "We keep insurance."}
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", agreement, "send", school)
    assert "has not been shown this text" in why(refused)
    session.rollback()
    make.take("agreement", agreement, "share", school)
    make.take("agreement", agreement, "send", school)
    sent = {c["key"]: c["text"] for c in agreement.versions[-1].content["clauses"]}
    assert sent["insurance"] == "We keep insurance."
    assert remark.state is RemarkState.ACCEPTED


def test_fixed_clauses_take_a_comment_but_no_other_words(make: Factory, session: Session) -> None:
    agreement = make.agreement()
    partner = make.person("Pat Partner")
    make.grant(partner, Role.ORG_OWNER, organization=agreement.organization)
    coordinator = make.person("Cora Office", Role.COORDINATOR)

    def said(**words: str) -> Remark:
        return Remark(agreement=agreement, part="clause:insurance", side=Side.PARTNER, author_id=partner.id, **words)

    with pytest.raises(StepRefused) as refused:
        make.take("agreement_remark", said(proposed="None."), "make", make.actor(partner))
    assert "fixed" in why(refused)
    session.rollback()
    make.take("agreement_remark", said(body="Can this be less?"), "make", make.actor(partner))
    told = session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.remark_made"))
    assert f"user:{coordinator.id}" in told.all()


def test_a_signer_who_lost_the_role_signs_nothing_and_reads_who_can_act(make: Factory, session: Session) -> None:
    agreement = make.sent()
    signer = agreement.versions[-1].signers[0]
    make.consent(signer)
    grant = session.scalars(sa.select(RoleGrant).where(RoleGrant.user_id == signer.user_id)).one()
    make.take("role_grant", grant, "end")
    actor = make.actor(signer.user, address="127.0.0.1", agent="test", method="password")
    with pytest.raises(StepRefused) as refused:
        make.take("signer", signer, "sign", actor, data=signature(signer))
    assert "no longer holds this role. The school leader or the partnerships office can name another signer" in why(
        refused
    )


def test_last_years_words_come_along_and_every_date_moves_a_year(
    make: Factory, session: Session, browser_for: Callable[[User], CheckingClient]
) -> None:
    before, _year = paid(make, 700_000)
    make.in_force(before)
    holder = make._holder(Role.SCHOOL_LEADER, school=before.school)
    assert holder is not None
    session.commit()
    browser = browser_for(holder)
    at = f"/agreements/{before.reference}"
    assert "every date a year later" in browser.get(f"{at}/renew").get_data(as_text=True)
    answer = browser.post(f"{at}/renew", data={})
    assert answer.status_code == 303
    assert "Brought over: please check" in browser.get(answer.location).get_data(as_text=True)
    with looking(session):
        made = session.scalars(sa.select(Agreement).where(Agreement.follows_id == before.id)).one()
        assert made.draft["services"] == before.draft["services"]
        assert made.draft["payments"][0]["due_on"] == "2028-03-31"
        assert made.draft["reporting_dates"] == ["2028-01-31"]
        assert made.starts_on == agreement_starts.next_year(before.starts_on or clock.today())
        assert (made.state, before.state) == (AgreementState.DRAFT, AgreementState.IN_FORCE)
        assert made.partnership.state.value == "confirmed"
        assert made.partnership_id != before.partnership_id


def test_lapsed_insurance_stops_a_text_from_being_sent(
    make: Factory, session: Session, leader: Callable[[Agreement], Actor]
) -> None:
    agreement = make.agreement()
    yesterday = clock.today() - timedelta(days=1)
    with unit_of_work(session):
        agreement.activity = AgreementActivity.SPACE
        for paper in session.scalars(
            sa.select(DocumentVersion)
            .join(Document, Document.id == DocumentVersion.document_id)
            .where(Document.type_key == "coi_general_liability")
        ):
            paper.valid_from, paper.valid_until = yesterday - timedelta(days=365), yesterday
    with pytest.raises(StepRefused) as refused:
        make.take("agreement", agreement, "send", leader(agreement))
    assert "general liability” of the partner is not good on this day" in why(refused)
    assert "needs a yes first: the school leader" in why(refused)
