"""Whatever people do, in any order: no open case is lost, no waiting time has a gap, and no count is wrong."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.support.soak import FULL, amount
from vetting import clock
from vetting.extensions import db
from vetting.forms.custody import quick_day
from vetting.jobs import calendar_day
from vetting.models import (
    OPEN_STATES,
    Application,
    ApplicationState,
    Conflict,
    Flag,
    FlagState,
    HistoryEntry,
    Outcome,
    RequestItem,
    RequestState,
    Review,
    ReviewState,
    Role,
    RoleGrant,
    Stay,
    User,
)
from vetting.policy import SYSTEM, Actor, Permission, allows
from vetting.queries import people_at_work, references
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.commands import (
    AnswerRequest,
    AssignReviewer,
    DraftDecision,
    HandOver,
    HoldCase,
    RatingValue,
    RequestedItem,
    RequestInformation,
    SaveRatings,
)
from vetting.workflows.engine import NotAllowed, NotVisible, StepRefused
from vetting.workflows.registry import workflow_named
from vetting.workflows.verify import check

S = ApplicationState
CASES = 2
ANY = st.integers(0, 99)
CUSTODY = ("claim", "put_back", "hand_over", "hold", "wake")
ONWARD: dict[ApplicationState, tuple[str, ...]] = {
    S.DRAFT: ("submit",),
    S.SUBMITTED: ("screen",),
    S.SCREENING: ("ask", "send_to_review", "send_to_review"),
    S.INFORMATION_REQUESTED: ("reply",),
    S.IN_REVIEW: ("review", "review", "ask"),
    S.READY_TO_DECIDE: ("draft", "draft", "review_again"),
    S.DECISION_DRAFTED: ("release", "return_draft", "release"),
}
"""What a state asks for; what is named twice is done more often. One state after the other is left by the next name."""

SOON = {"claim", "hold", "start_review", "reviews_complete", "withdraw", "raise"}
REACHED = SOON | {
    "claim", "put_back", "hand_over", "hold", "wake", "escalate", "request_information", "replies_complete",
    "start_review", "reviews_complete", "draft_decision", "return_decision", "release_approval", "withdraw", "raise",
    "resolve", "declare", "end",
}  # fmt: skip

STAYS_IN = OPEN_STATES | {ApplicationState.DRAFT}


class Desk(RuleBasedStateMachine):
    """An office of four, some applicants, and days that pass. What the rules refuse changes nothing."""

    app: Flask
    session: Session
    make: Factory
    people: list[User]
    reached: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.now = clock.now()
        self.cases: list[Application] = []
        self.session.rollback()

    @initialize(turns=st.integers(0, 6), pick=ANY)
    def one_case_somewhere(self, turns: int, pick: int) -> None:
        self.start()
        self.submit(self.cases[0], SYSTEM, 0)
        self.go_on(self.cases[0], turns, 0, pick)

    # What people do

    @rule()
    def start(self) -> None:
        if len(self.cases) < CASES:
            case = self.make.registration()
            self.make.fill(case)
            self.cases.append(case)

    @rule(which=ANY, who=ANY, pick=ANY)
    def onward(self, which: int, who: int, pick: int) -> None:
        case = self.case(which)
        self.go_on(case, 1 + pick % 3, who, pick)
        getattr(self, CUSTODY[pick % len(CUSTODY)])(case, self.someone(pick), pick)

    def go_on(self, case: Application, turns: int, who: int, pick: int) -> None:
        """What the state of the case asks for, by the first who may."""
        for turn in range(turns):
            ways = ONWARD.get(case.state, ())
            for person in range(len(self.people) if ways else 0):
                before = case.version
                getattr(self, ways[(pick + turn) % len(ways)])(case, self.someone(who + person), pick)
                self.session.refresh(case)
                if case.version != before:
                    break

    @rule(which=ANY, who=ANY, pick=ANY)
    def take_in_hand(self, which: int, who: int, pick: int) -> None:
        getattr(self, CUSTODY[pick % len(CUSTODY)])(self.case(which), self.someone(who), pick)

    @rule(which=ANY, who=ANY, pick=ANY)
    def anything(self, which: int, who: int, pick: int) -> None:
        """Whether it fits or not."""
        ways = [*CUSTODY, *(way for found in ONWARD.values() for way in found)]
        getattr(self, ways[pick % len(ways)])(self.case(which), self.someone(who), pick)

    def submit(self, case: Application, person: Actor, pick: int) -> None:
        self.act(case, "submit", self.owner(case))

    def screen(self, case: Application, person: Actor, pick: int) -> None:
        self.act(case, "screen", person)

    def claim(self, case: Application, person: Actor, pick: int) -> None:
        self.act(case, "claim", person)

    def put_back(self, case: Application, person: Actor, pick: int) -> None:
        self.act(case, "put_back", person)

    def hand_over(self, case: Application, person: Actor, pick: int) -> None:
        self.act(case, "hand_over", person, data=HandOver(self.person(pick // 7).id))

    def hold(self, case: Application, person: Actor, pick: int) -> None:
        wakes = HoldCase(quick_day(clock.local_date(self.now), 1 + pick % 12))
        self.act(case, "hold", person, data=wakes, reason="The board meets.")

    def wake(self, case: Application, person: Actor, pick: int) -> None:
        self.act(case, "wake", person)

    def ask(self, case: Application, person: Actor, pick: int) -> None:
        items = (RequestedItem(RequestItem.QUESTION, "mission", "Say whom you serve."),)
        wanted = RequestInformation(items, clock.local_date(self.now) + timedelta(days=10))
        self.act(case, "request_information", person, data=wanted)

    def reply(self, case: Application, person: Actor, pick: int) -> None:
        for request in list(case.requests):
            if request.state is RequestState.OPEN:
                answer = AnswerRequest(reply="We serve this part of town.")
                self.act(request, "answer", self.owner(case), workflow="information_request", data=answer)

    def send_to_review(self, case: Application, person: Actor, pick: int) -> None:
        reviewer = self.people[0] if pick % 2 else self.people[3]
        self.act(case, "assign_reviewer", person, data=AssignReviewer(reviewer.id))
        self.act(case, "start_review", person)

    def review(self, case: Application, person: Actor, pick: int) -> None:
        for review in list(case.reviews):
            if review.state in {ReviewState.ASSIGNED, ReviewState.IN_PROGRESS}:
                self.rate(review)

    def review_again(self, case: Application, person: Actor, pick: int) -> None:
        self.act(case, "review_again", person, reason="Look at the plan again.")

    def draft(self, case: Application, person: Actor, pick: int) -> None:
        outcome = Outcome.APPROVE if pick % 2 else Outcome.NOT_SELECT
        self.act(case, "draft_decision", person, data=DraftDecision(outcome, "A clear decision.", ()))

    def return_draft(self, case: Application, person: Actor, pick: int) -> None:
        self.act(case, "return_decision", person, reason="Say more.")

    def release(self, case: Application, person: Actor, pick: int) -> None:
        for step in ("release_approval", "release_not_selected"):
            self.act(case, step, person)

    @rule(which=st.integers(0, 999))
    def withdraw(self, which: int) -> None:
        # Seldom, because nothing happens to a case afterwards.
        if which < 50:
            case = self.case(which)
            self.act(case, "withdraw", self.owner(case))

    @rule(which=ANY, who=ANY)
    def raise_flag(self, which: int, who: int) -> None:
        case, person = self.case(which), self.person(who)
        flag = Flag(application=case, reason="Who signs?", owner_id=person.id, raised_by_id=person.id)
        self.act(flag, "raise", self.someone(who), workflow="flag")

    @rule(which=ANY, who=ANY, step=st.sampled_from(["resolve", "reopen"]))
    def settle_flag(self, which: int, who: int, step: str) -> None:
        own = Flag.application_id.in_([case.id for case in self.cases])
        flags = self.session.scalars(sa.select(Flag).where(own).order_by(Flag.id)).all()
        if flags:
            self.act(flags[which % len(flags)], step, self.someone(who), workflow="flag", reason="They told us.")

    @rule(which=ANY, who=st.integers(0, 9))
    def declare_interest(self, which: int, who: int) -> None:
        # Now and then; otherwise nobody could do anything soon.
        if who < 2:
            case, person = self.case(which), self.people[who]
            held = sa.select(Conflict).where(
                Conflict.user_id == person.id, Conflict.organization_id == case.organization_id
            )
            if self.session.scalars(held).first() is None:
                conflict = Conflict(user_id=person.id, organization_id=case.organization_id)
                self.act(conflict, "declare", self.make.actor(person), workflow="conflict")

    @rule(who=st.integers(0, 19))
    def change_roles(self, who: int) -> None:
        """Colin leaves the office, or comes back."""
        colin = self.people[1]
        held = sa.select(RoleGrant).where(
            RoleGrant.user_id == colin.id, RoleGrant.role == Role.COORDINATOR, RoleGrant.state == "active"
        )
        grant = self.session.scalars(held).first()
        if grant is None:
            self.act(RoleGrant(user_id=colin.id, role=Role.COORDINATOR), "grant", SYSTEM, workflow="role_grant")
        elif who < 3:
            self.act(grant, "end", SYSTEM, workflow="role_grant")

    @rule(days=st.integers(1, 5))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.session.rollback()
        with self.app.app_context():
            calendar_day.settle(sessionmaker(db.engine, expire_on_commit=False), self.now)
        self.session.expire_all()

    # How they do it

    def case(self, which: int) -> Application:
        return self.cases[which % len(self.cases)]

    def person(self, who: int) -> User:
        return self.people[who % len(self.people)]

    def someone(self, who: int) -> Actor:
        return self.make.actor(self.person(who))

    def owner(self, case: Application) -> Actor:
        return self.make.actor(self.make.owner_of(case.organization))

    def act(self, subject: Any, step: str, actor: Actor, *, workflow: str = "application", **more: Any) -> None:
        self.now += timedelta(seconds=1)
        try:
            with unit_of_work(self.session) as session:
                engine.run(session, workflow_named(workflow), subject, step, actor, at=self.moment(), **more)
        except (StepRefused, NotAllowed, NotVisible):
            self.session.expire_all()

    def moment(self) -> datetime:
        """Never before anything that the builders did by the real clock."""
        self.now = max(self.now, clock.now())
        return self.now

    def rate(self, review: Review) -> None:
        person = self.make.actor(review.reviewer)
        framework = references.framework(review.application.framework_version)
        values = {one.key: RatingValue(met=True, reason="Seen in the plan.") for one in framework.must_haves}
        self.act(review, "declare_no_conflict", person, workflow="review")
        self.act(review, "save_ratings", person, workflow="review", data=SaveRatings(values, "Clear."))
        self.act(review, "submit", person, workflow="review")

    # What always holds

    @invariant()
    def every_open_case_lies_in_one_list_and_a_closed_one_in_none(self) -> None:
        if not self.cases:
            return
        self.session.expire_all()
        lists: Counter[int] = Counter()
        for user in people_at_work.holding(self.session, Role.COORDINATOR, Role.DIRECTOR):
            actor = self.make.actor(user)
            held = sa.select(Application).where(
                Application.coordinator_id == user.id, Application.state.in_(OPEN_STATES)
            )
            lists.update(c.id for c in self.session.scalars(held) if allows(Permission.CASE_CUSTODY, actor, c))
        pool = sa.select(Application.id).where(Application.coordinator_id.is_(None), Application.state.in_(OPEN_STATES))
        lists.update(self.session.scalars(pool))
        for case in self.cases:
            assert lists[case.id] == (1 if case.state in OPEN_STATES else 0), (case.state, case.coordinator_id)

    @invariant()
    def every_open_case_is_due_and_only_an_open_one_waits(self) -> None:
        for case in self.cases:
            assert (case.due_on is not None) == (case.state in OPEN_STATES)
            assert case.held_since is None or case.state in OPEN_STATES
            assert (case.coordinator_id is None) == (case.in_charge_since is None)

    @invariant()
    def stays_are_what_history_tells(self) -> None:
        for case in self.cases:
            told = self.session.execute(
                sa.select(HistoryEntry.from_state, HistoryEntry.to_state, HistoryEntry.at)
                .where(HistoryEntry.subject_type == "application", HistoryEntry.subject_id == case.id)
                .order_by(HistoryEntry.sequence)
            )
            moves = [(after, at) for before, after, at in told if before != after]
            ends = [at for _state, at in moves[1:]] + [None]
            wanted = [
                (state, began, ended)
                for (state, began), ended in zip(moves, ends, strict=True)
                if ApplicationState(state) in STAYS_IN
            ]
            stays = sa.select(Stay).where(Stay.application_id == case.id).order_by(Stay.id)
            kept = [(stay.case_state, stay.began_at, stay.ended_at) for stay in self.session.scalars(stays)]
            assert kept == wanted

    @invariant()
    def flags_are_counted(self) -> None:
        for case in self.cases:
            raised = sa.select(sa.func.count()).where(Flag.application_id == case.id, Flag.state == FlagState.RAISED)
            assert case.open_flags == self.session.scalar(raised)

    def teardown(self) -> None:
        # Closed, so that the days of the next walk find nothing of this one.
        for case in self.cases:
            self.act(case, "withdraw", self.owner(case))
        self.reached.update(self.session.scalars(sa.select(HistoryEntry.step).distinct()))
        assert list(check(self.session)) == []
        self.session.rollback()


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_no_order_of_acts_loses_a_case(app: Flask, make: Factory, session: Session) -> None:
    class Here(Desk):
        pass

    Here.app, Here.make, Here.session = app, make, session
    Here.people = [
        make.person("Cora Coordinator", Role.COORDINATOR, Role.REVIEWER),
        make.coordinator("Colin Coordinator"),
        make.director("Dora Director"),
        make.reviewer("Rhea Reviewer"),
    ]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=amount(8, 150),
            stateful_step_count=amount(30, 50),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    missing = (REACHED if FULL else SOON) - Here.reached
    assert not missing, "the walks were too short to mean anything"
