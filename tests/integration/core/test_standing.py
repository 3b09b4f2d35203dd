"""The stored state of an organization is its highest designation in force, on every date and after any sequence."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.support.soak import amount
from vetting.clock import DISTRICT_ZONE
from vetting.jobs import calendar_day
from vetting.models import (
    Designation,
    DesignationKind,
    DesignationState,
    HistoryEntry,
    Organization,
    PartnerState,
    School,
    Suspension,
    SuspensionState,
)
from vetting.policy import SYSTEM
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.definition import Context
from vetting.workflows.effects import designations, suspensions
from vetting.workflows.registry import workflow_named
from vetting.workflows.verify import check

KINDS = {
    DesignationKind.PARTNER: PartnerState.PARTNER,
    DesignationKind.PORTFOLIO: PartnerState.PORTFOLIO,
    DesignationKind.FUNDED: PartnerState.FUNDED,
}
HIGHEST_FIRST = (DesignationKind.FUNDED, DesignationKind.PORTFOLIO, DesignationKind.PARTNER)

# Clocks change, a day is 23 or 25 hours long, a year has a 366th day, a fiscal year turns.
STRANGE_DAYS = (date(2026, 3, 7), date(2026, 10, 31), date(2028, 2, 27), date(2027, 12, 30), date(2027, 6, 29))
HOURS = (time(0, 0, 1), time(1, 30), time(2, 30), time(12), time(23, 59, 59))


@dataclass
class Fact:
    """What the test itself remembers of a designation."""

    kind: DesignationKind
    starts: date
    ends: date | None
    taken_back: bool = False
    began: bool = False

    def in_force(self, day: date) -> bool:
        return not self.taken_back and self.starts <= day and (self.ends is None or day <= self.ends)


@dataclass
class World:
    """One organization, and an independent account of what should be so."""

    make: Factory
    sessions: sessionmaker[Session]
    organization: Organization
    school: School
    people: tuple[Any, Any]
    day: date
    hour: time
    facts: dict[int, Fact] = field(default_factory=dict)
    suspension: Suspension | None = None
    gone: bool = False

    @property
    def now(self) -> datetime:
        return datetime.combine(self.day, self.hour, DISTRICT_ZONE)

    def expected(self) -> PartnerState:
        if self.gone:
            return PartnerState.EXITED
        if self.suspension is not None:
            return PartnerState.SUSPENDED
        for kind in HIGHEST_FIRST:
            if any(fact.kind is kind and fact.in_force(self.day) for fact in self.facts.values()):
                return KINDS[kind]
        return PartnerState.LAPSED if any(fact.began for fact in self.facts.values()) else PartnerState.POTENTIAL

    def settle(self) -> None:
        """What the worker does when it wakes up on a day, perhaps late."""
        self.make.session.commit()
        calendar_day.settle(self.sessions, self.now)
        self.make.session.expire_all()
        for fact in self.facts.values():
            if fact.starts <= self.day and not fact.taken_back and not fact.began:
                fact.began, self.gone = True, False

    def grant(self, kind: DesignationKind, after: int, days: int | None) -> None:
        if self.suspension is not None:
            return  # a suspended organization is approved for nothing; the guards see to that
        starts = self.day + timedelta(days=after)
        ends = None if days is None else starts + timedelta(days=days)
        scope: dict[str, Any] = {"kind": kind, "starts_on": starts, "ends_on": ends}
        if kind is DesignationKind.PORTFOLIO:
            scope |= {"program_id": self.organization.programs[0].id, "category_key": "stem"}
        if kind is DesignationKind.FUNDED:
            scope |= {"school_id": self.school.id, "fiscal_year": "FY27"}
        with unit_of_work(self.make.session) as session:
            moment = self.now

            def fire(workflow: str, subject: Any, step: str, data: Any = None, reason: str = "") -> None:
                engine.run(
                    session, workflow_named(workflow), subject, step, SYSTEM, data=data, reason=reason, at=moment
                )

            context = Context(session=session, actor=SYSTEM, now=moment, fire=fire)
            designation = designations._grant(self.organization, context, **scope)
        fact = self.facts[designation.id] = Fact(kind, starts, ends)
        if after <= 0:
            fact.began, self.gone = True, False

    def take_back(self, which: int) -> None:
        open_ones = [
            i for i, fact in self.facts.items() if not fact.taken_back and (not fact.began or fact.in_force(self.day))
        ]
        if open_ones:
            chosen = open_ones[which % len(open_ones)]
            self.make.take("designation", self.make.session.get(Designation, chosen), "revoke", at=self.now)
            self.facts[chosen].taken_back = True

    def suspend(self) -> None:
        if self.suspension is None and not self.gone:
            imposer = self.people[0]
            drafted = suspensions.drafted(self.make.session, self.organization, imposer.user_id, "A risk.", self.now)
            self.make.take("suspension", drafted, "impose", imposer, reason="A risk.", at=self.now)
            self.suspension = drafted

    def confirm(self) -> None:
        if self.suspension is not None and self.suspension.state is SuspensionState.AWAITING_REVIEW:
            self.make.take("suspension", self.suspension, "confirm", self.people[1], at=self.now)

    def lift(self) -> None:
        if self.suspension is not None:
            self.make.take("suspension", self.suspension, "lift", self.people[1], reason="Settled.", at=self.now)
            self.suspension = None

    def leave(self) -> None:
        if not self.gone:
            owner = self.make.actor(self.make.owner_of(self.organization))
            self.make.take("partner", self.organization, "exit", owner, reason="We stop.", at=self.now)
            self.gone = True
            for fact in self.facts.values():
                if not fact.began or fact.in_force(self.day):
                    fact.taken_back = True

    def wait(self, days: int, hour: time) -> None:
        self.day += timedelta(days=days)
        self.hour = hour if days else max(hour, self.hour)


days_ahead = st.integers(0, 12)
ACTIONS = st.one_of(
    st.tuples(st.just("grant"), st.sampled_from(list(KINDS)), days_ahead, st.none() | st.integers(0, 20)),
    st.tuples(st.just("wait"), st.integers(0, 9), st.sampled_from(HOURS)),
    st.tuples(st.just("wait"), st.integers(1, 3), st.sampled_from(HOURS)),
    st.tuples(st.just("take_back"), st.integers(0, 5)),
    st.tuples(st.just("suspend")),
    st.tuples(st.just("confirm")),
    st.tuples(st.just("lift")),
    st.tuples(st.just("leave")),
)


@pytest.fixture
def world(make: Factory, session: Session) -> Any:
    school = make.school()
    people = (make.actor(make.director("First")), make.actor(make.director("Second")))
    sessions = sessionmaker(session.get_bind(), expire_on_commit=False)

    def begin(day: date, hour: time = time(12)) -> World:
        return World(make, sessions, make.organization(name=f"Org {uuid.uuid4().hex[:6]}"), school, people, day, hour)

    return begin


def test_the_stored_state_is_the_highest_designation_in_force(world: Any, session: Session) -> None:
    @settings(max_examples=amount(40, 2000))
    @given(
        st.sampled_from(STRANGE_DAYS) | st.dates(date(2024, 1, 1), date(2029, 1, 1)),
        st.sampled_from(HOURS),
        st.lists(ACTIONS, min_size=1, max_size=14),
    )
    def walk(day: date, hour: time, actions: list[tuple[Any, ...]]) -> None:
        here = world(day, hour)
        for name, *arguments in actions:
            getattr(here, name)(*arguments)
            here.settle()
            expected = here.expected()
            assert here.organization.state is expected, (here.day, name, arguments)
            event(expected.value)

    walk()
    assert list(check(session)) == []


@pytest.mark.parametrize("first", STRANGE_DAYS)
@pytest.mark.parametrize("late", [0, 1, 5], ids=["every day", "a day late", "five days late"])
def test_a_renewal_in_time_opens_no_gap(world: Any, session: Session, first: date, late: int) -> None:
    here: World = world(first)
    here.grant(DesignationKind.PARTNER, 0, 2)
    here.grant(DesignationKind.PARTNER, 3, 30)
    states = []
    for _ in range(8):
        here.wait(late + 1, time(0, 0, 1))
        here.settle()
        states.append(here.organization.state)
    assert states[0] is PartnerState.PARTNER
    moves = session.scalars(
        sa.select(HistoryEntry.step).where(
            HistoryEntry.subject_type == "partner",
            HistoryEntry.subject_id == here.organization.id,
            HistoryEntry.at < datetime.combine(first + timedelta(days=30), time(0), DISTRICT_ZONE),
        )
    ).all()
    assert "lapse" not in moves


def test_a_designation_holds_through_its_last_local_minute(world: Any) -> None:
    """Late in the evening it is already tomorrow in UTC; the district's day is what counts."""
    here: World = world(date(2026, 10, 31), time(9))
    here.grant(DesignationKind.PARTNER, 0, 1)
    seen = []
    for days, hour in [(1, time(1, 30)), (0, time(23, 59, 59)), (1, time(0, 0, 1))]:
        here.wait(days, hour)
        here.settle()
        seen.append((here.day.isoformat(), here.organization.state.value))
    assert seen == [("2026-11-01", "partner"), ("2026-11-01", "partner"), ("2026-11-02", "lapsed")]


def test_what_was_taken_back_before_it_began_leaves_no_trace_on_the_path(world: Any, session: Session) -> None:
    """An organization that never was a partner has not lapsed."""
    here: World = world(date(2026, 9, 1))
    here.grant(DesignationKind.PARTNER, 10, 100)
    here.take_back(0)
    assert here.organization.state is PartnerState.POTENTIAL
    assert here.organization.designations[0].state is not DesignationState.IN_FORCE
