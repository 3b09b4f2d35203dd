"""Pages on which a text is talked about, compared, approved and ended, as people click them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import Place, looking
from tests.integration.agreements.test_walk import BEGIN, SCOPE, start, version_on, write
from tests.support.client import CheckingClient
from tests.support.pages import form_fields
from vetting import clock
from vetting.models import Agreement, AgreementState, Approval, ApprovalState, Partnership, Remark, Role, User
from vetting.queries import approvals, estimates

Browser = Callable[[User], CheckingClient]


def test_both_sides_agree_on_other_words_and_see_what_changed(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    leader, agreement = start(place, browser_for, session)
    write(leader, agreement)
    owner = make.person("Odette Owner")
    make.grant(owner, Role.ORG_OWNER, organization=place.organization)
    session.commit()
    at = f"/agreements/{agreement.reference}"
    page = leader.get(f"{at}/talk").get_data(as_text=True)
    share = {"version": version_on(page), "next": f"{at}/talk"}
    looked = leader.post(f"/steps/agreement/{agreement.reference}/share", data={**share, "look": "1"})
    assert "Please read the text" in looked.get_data(as_text=True)
    assert leader.post(f"/steps/agreement/{agreement.reference}/share", data=share).status_code == 303
    partner = browser_for(owner)
    for data, words in (
        ({"part": "", "body": "Hello"}, "Choose the part"),
        ({"part": "grades"}, "Write a comment, or other words"),
        ({"part": "clause:insurance", "proposed": "None"}, "clauses of this kind of agreement are fixed"),
        ({"part": "place", "proposed": "Somewhere"}, "made of several answers"),
    ):
        answer = partner.post(f"{at}/talk", data=data)
        assert answer.status_code in {409, 422}
        assert words in answer.get_data(as_text=True)
    said = {"part": "grades", "proposed": "3 to 8", "body": "We can take more grades."}
    assert partner.post(f"{at}/talk", data=said).status_code == 303
    with looking(session):
        remark = session.scalars(sa.select(Remark)).one()
        step = f"/steps/agreement_remark/{remark.id}/accept"
    assert partner.post(step, data={"next": at}).status_code == 409
    page = leader.get(f"{at}/talk").get_data(as_text=True)
    assert "<del>" in page
    assert "<ins>" in page
    assert leader.post(step, data={"next": at}).status_code == 303
    compared = partner.get(f"{at}/compare?from=e1&to=now").get_data(as_text=True)
    assert 'href="#part-1">Grades</a>: changed' in compared
    assert "Odette Owner" in leader.get(f"{at}/talk").get_data(as_text=True)
    with looking(session):
        session.refresh(agreement)
        assert agreement.draft["grades"] == "3 to 8"


def test_finance_reads_why_it_is_asked_and_the_leader_cannot_send_before(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    leader, agreement = start(place, browser_for, session)
    much = {**SCOPE["money"], "amount": "18,500", "payments-0-amount": "18,500"}
    write(leader, agreement, {**SCOPE, "money": much})
    at = f"/agreements/{agreement.reference}"
    page = leader.get(f"{at}/send").get_data(as_text=True)
    assert "needs a yes first: the finance office" in page
    ask = f"/steps/agreement/{agreement.reference}/request_review"
    assert leader.post(ask, data=form_fields(page, ask)).status_code == 303
    page = leader.get(f"{at}/send").get_data(as_text=True)
    assert "waits for a yes: the finance office" in page
    assert ask not in page
    with looking(session):
        finance = session.scalars(sa.select(User).where(User.name == "Fin Ance")).one()
    browser = browser_for(finance)
    waiting = browser.get("/agreements/to-approve").get_data(as_text=True)
    assert agreement.reference in waiting
    assert "since today" in waiting
    page = browser.get(at).get_data(as_text=True)
    assert "Your yes is needed" in page
    assert "written quotes from three vendors" in page
    action = page.split("/steps/agreement_approval/")[1].split("/")[0]
    approve = browser.post(f"/steps/agreement_approval/{action}/approve", data={"reason": "Quotes seen", "next": at})
    assert approve.status_code == 303
    assert 'name="words"' in leader.get(f"{at}/send").get_data(as_text=True)
    assert "Nothing waits for you" in browser.get("/agreements/to-approve").get_data(as_text=True)


def test_a_yes_waits_from_the_moment_on_which_it_can_be_said_and_the_longest_wait_is_first(
    make: Factory, place: Place, browser_for: Browser, session: Session
) -> None:
    """A second yes waits from the first one on; a weekend is no wait."""
    noon = datetime(2026, 11, 19, 17, tzinfo=UTC)
    leader, agreement = start(place, browser_for, session)
    write(leader, agreement)
    with looking(session):
        finance = make.person("Fin Ance")
        make.grant(finance, Role.FINANCE)
        lawyer = make.person("Lee Gal")
        words = {"agreement_id": agreement.id, "because": "confirms", "content_sha256": "a" * 64}
        first = Approval(**words, position=1, role=Role.DIRECTOR, state=ApprovalState.APPROVED, created_at=noon)
        first.decided_by_id, first.decided_at = lawyer.id, noon + timedelta(days=3)
        held_up = Approval(**words, position=2, role=Role.FINANCE, created_at=noon)
        straight = Approval(**{**words, "content_sha256": "b" * 64}, position=1, role=Role.FINANCE, created_at=noon)
        session.add_all([first, held_up, straight])
    since = approvals.waiting_since(session, [held_up, straight])
    assert since == {held_up.id: noon + timedelta(days=3), straight.id: noon}
    assert [estimates.waited(noon, date(2026, 11, day)) for day in (19, 20, 21, 22, 23)] == [0, 1, 1, 1, 2]
    session.rollback()


def test_the_kind_is_chosen_by_the_answers_and_said(place: Place, browser_for: Browser, session: Session) -> None:
    leader, _agreement = start(place, browser_for, session)
    with looking(session):
        partnership = session.scalars(sa.select(Partnership)).one()
    at = f"/partnerships/{partnership.reference}/agreements"
    assert "Which kinds there are" in leader.get(f"{at}/new").get_data(as_text=True)
    missing = leader.post(at, data={**BEGIN, "paid": ""})
    assert missing.status_code == 422
    assert "Choose yes or no" in missing.get_data(as_text=True)
    made = leader.post(at, data={**BEGIN, "activity": "space", "paid": "no"})
    assert "The school leader confirms it and does not sign." in leader.get(made.location).get_data(as_text=True)
    with looking(session):
        kinds = [row.type_key for row in session.scalars(sa.select(Agreement).order_by(Agreement.id))]
    assert kinds == ["paid_services", "space_use"]


@pytest.mark.parametrize("day", [10, -1])
def test_an_end_is_looked_at_before_it_is_decided(
    make: Factory, browser_for: Browser, session: Session, day: int
) -> None:
    agreement = make.in_force()
    leader = make._holder(Role.SCHOOL_LEADER, school=agreement.school)
    assert leader is not None
    session.commit()
    browser, at = browser_for(leader), f"/agreements/{agreement.reference}/end"
    typed = {"last_day": (clock.today() + timedelta(days=day)).isoformat(), "reason": "No staff"}
    typed["version"] = version_on(browser.get(at).get_data(as_text=True))
    looked = browser.post(at, data={**typed, "look": "1"})
    if day < 0:
        assert looked.status_code == 409
        assert "cannot be in the past" in looked.get_data(as_text=True)
        return
    assert "Ends early, on" in looked.get_data(as_text=True)
    assert browser.post(at, data=typed).status_code == 303
    page = browser.get(f"/agreements/{agreement.reference}").get_data(as_text=True)
    assert "This agreement ends early." in page
    assert agreement.state is AgreementState.IN_FORCE
