"""In force at a school on a day: the stored days against a replay of the history, over random courses of agreements."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import PDF, Factory, scope, signature
from tests.support import soak
from vetting import clock
from vetting.calendar_days import local_date, local_moment_utc
from vetting.jobs.calendar_day import DUE
from vetting.models import Agreement, AgreementState, HistoryEntry, School, User
from vetting.policy import SYSTEM
from vetting.queries import agreement_days, agreement_starts
from vetting.workflows.commands import AgreementDraft, EndOn, GiveConsent, RecordExecution
from vetting.workflows.engine import StepRefused

DAYS = 45 if soak.FULL else 22
RUNS = 30 if soak.FULL else 1


class Course:
    """A school's agreements, living through days of random acts."""

    def __init__(self, make: Factory, session: Session, seed: int) -> None:
        self.make, self.session, self.dice = make, session, random.Random(seed)
        self.first = clock.today() - timedelta(days=DAYS)
        self.school: School = make.school()
        self.leader: User = make.leader(self.school)
        self.known: list[Agreement] = []

    def moment(self, day: date, hour: int = 12) -> datetime:
        return local_moment_utc(day, time(hour))

    def begin(self, day: date) -> None:
        """A new agreement, from its draft to its sealed document on one day."""
        partnership = self.make.partnership(school=self.school)
        agreement = self.make.agreement(partnership)
        lasts = timedelta(days=self.dice.randrange(2, DAYS))
        self._sealed(agreement, day, day + timedelta(days=self.dice.randrange(-2, 6)), lasts)

    def change(self, before: Agreement, day: date) -> None:
        """What replaces an agreement, at once or from a later day on."""
        leader = self.make.actor(self.leader)
        made = agreement_starts.amendment(self.session, before, day, self.leader.id)
        starts = day + timedelta(days=self.dice.choice([0, 0, 3]))
        self.make.take("agreement", made, "draft", leader, at=self.moment(day))
        self._sealed(made, day, starts, timedelta(days=self.dice.randrange(2, DAYS)))

    def _sealed(self, agreement: Agreement, day: date, starts: date, lasts: timedelta) -> None:
        at, leader = self.moment(day), self.make.actor(self.leader)
        words = scope()
        data = AgreementDraft(words.content, 0, "none", starts, max(starts + lasts, day))
        self.make.take("agreement", agreement, "save", leader, data=data, at=at)
        self.make.take("agreement", agreement, "send", leader, at=at)
        for signer in list(agreement.versions[-1].signers):
            person = self.make.actor(signer.user, address="127.0.0.1", agent="test", method="password")
            self.make.take("signer", signer, "consent", person, data=GiveConsent("consent/1", "c" * 64), at=at)
            self.make.take("signer", signer, "sign", person, data=signature(signer), at=at)
        stored = self.make.store.put(BytesIO(PDF + f"% {agreement.reference}\n".encode()), area="executed")
        record = RecordExecution(stored.sha256, stored.size, stored.key, "f" * 64, True, "0" * 64)
        self.make.take("agreement", agreement, "execute", data=record, at=at)
        self.known.append(agreement)

    def act(self, day: date) -> None:
        """Something that a person does, or nothing."""
        agreement, leader, at = self.dice.choice(self.known), self.make.actor(self.leader), self.moment(day, 15)
        match self.dice.randrange(8):
            case 0:
                self._try(agreement, "suspend", at=at)
            case 1 | 2:
                self._try(agreement, "resume", at=at)
            case 3:
                last = day + timedelta(days=self.dice.randrange(0, 6))
                self._try(agreement, "plan_end", leader, data=EndOn(last), reason="So agreed", at=at)
            case 4:
                self._try(agreement, "keep_going", leader, reason="Not after all", at=at)
            case 5 if self.dice.random() < 0.4:
                self._try(agreement, "end", leader, reason="No staff", at=at)
            case 6 if agreement.state is AgreementState.IN_FORCE and len(self.known) < 7:
                self.change(agreement, day)
            case 7 if len(self.known) < 5:
                self.begin(day)

    def _try(self, agreement: Agreement, step: str, *args: object, **more: object) -> None:
        try:
            self.make.take("agreement", agreement, step, *(args or (SYSTEM,)), **more)  # type: ignore[arg-type]
        except StepRefused:
            self.session.rollback()

    def morning(self, day: date) -> None:
        """What the daily round does with agreements."""
        now = self.moment(day, 1)
        for workflow, step, due in DUE:
            if workflow == "agreement":
                for number in list(self.session.scalars(due(self.session, day, now))):
                    self._try(self.session.get_one(Agreement, number), step, at=now)


def replayed(session: Session, agreement: Agreement, day: date) -> bool:
    """Whether the history says that an agreement was in force at the end of a day."""
    entries = session.scalars(
        sa.select(HistoryEntry)
        .where(HistoryEntry.subject_type == "agreement", HistoryEntry.subject_id == agreement.id)
        .order_by(HistoryEntry.sequence)
    )
    state, ends, ending = "", agreement.ends_on, None
    for entry in entries:
        if local_date(entry.at) > day:
            continue
        state = entry.to_state
        if entry.step == "plan_end":
            ending = date.fromisoformat(entry.data["last_day"])
        if entry.step == "keep_going":
            ending = None
    assert agreement.starts_on is not None
    assert ends is not None
    inside = agreement.starts_on <= day <= ends and (ending is None or day <= ending)
    return state == "in_force" and inside


@pytest.mark.parametrize("seed", range(RUNS))
def test_the_days_in_force_are_those_that_the_history_tells(make: Factory, session: Session, seed: int) -> None:
    course = Course(make, session, seed)
    course.begin(course.first)
    for number in range(1, DAYS):
        day = course.first + timedelta(days=number)
        course.morning(day)
        course.act(day)
    told = {entry.step for entry in session.scalars(sa.select(HistoryEntry))}
    assert told >= {"supersede", "suspend"} or soak.FULL
    for number in range(-3, DAYS):
        day = course.first + timedelta(days=number)
        stored = {item.reference for item in agreement_days.in_force_at(session, course.school.id, day)}
        assert stored == {item.reference for item in course.known if replayed(session, item, day)}, day
