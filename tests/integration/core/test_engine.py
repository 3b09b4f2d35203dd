"""One step: who, which version, whether now, what changes, what is kept, whom it tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting import clock, outbox
from vetting.models import (
    GENESIS,
    Application,
    ApplicationState,
    Conflict,
    DecisionState,
    HistoryEntry,
    OutboxMessage,
    Outcome,
    ProgramState,
    RequestItem,
    ReviewState,
    Role,
    SuspensionState,
)
from vetting.policy import POLICY, SYSTEM, VISITOR, Actor, allows
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.workflows import engine
from vetting.workflows.commands import DraftDecision, RequestedItem, RequestInformation
from vetting.workflows.definition import Step, Workflow
from vetting.workflows.effects.suspensions import drafted
from vetting.workflows.engine import NotAllowed, NotVisible, StaleVersion, StepRefused
from vetting.workflows.registry import SUBJECTS, WORKFLOWS


def counts(session: Session) -> tuple[Any, ...]:
    """Everything a refused step might have left behind."""
    session.expire_all()
    history = session.scalar(sa.select(sa.func.count()).select_from(HistoryEntry))
    mail = session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage))
    versions = session.execute(sa.select(Application.id, Application.version, Application.state)).all()
    return history, mail, [tuple(row) for row in versions]


def history_of(session: Session, kind: str, subject: Any) -> list[HistoryEntry]:
    return list(
        session.scalars(
            sa.select(HistoryEntry)
            .where(HistoryEntry.subject_type == kind, HistoryEntry.subject_id == subject.id)
            .order_by(HistoryEntry.sequence)
        )
    )


# The order of questions


def test_who_is_asked_before_which_version(make: Factory) -> None:
    """Somebody who may not do it learns nothing about what changed."""
    case = make.submitted()
    reviewer = make.actor(make.reviewer())
    with pytest.raises(NotVisible):
        make.take("application", case, "screen", reviewer, seen_version=1)
    owner = make.actor(make.owner_of(case.organization))
    with pytest.raises(NotAllowed):
        make.take("application", case, "screen", owner, seen_version=1)


def test_which_version_is_asked_before_whether_now(make: Factory) -> None:
    case = make.registration()
    owner = make.actor(make.owner_of(case.organization))
    seen = case.version
    make.take("application", case, "save_answers", owner, data=_nothing())
    with pytest.raises(StaleVersion):
        make.take("application", case, "submit", owner, seen_version=seen)
    with pytest.raises(StepRefused):
        make.take("application", case, "submit", owner, seen_version=case.version)


def _nothing() -> Any:
    from vetting.workflows.commands import SaveAnswers

    return SaveAnswers({})


def test_a_stale_page_is_told_what_happened_since(make: Factory) -> None:
    case = make.submitted()
    boss = make.actor(make.coordinator("Cora Coordinator"))
    seen = case.version
    make.take("application", case, "screen", boss)
    with pytest.raises(StaleVersion) as stale:
        make.take("application", case, "screen", boss, seen_version=seen)
    assert [(entry.step, entry.actor_name) for entry in stale.value.since] == [("screen", "Cora Coordinator")]


def test_even_a_step_that_changes_no_column_moves_the_version(make: Factory) -> None:
    case = make.registration()
    owner = make.actor(make.owner_of(case.organization))
    seen = case.version
    make.take("application", case, "save_answers", owner, data=_nothing())
    assert case.version > seen


# Refusals leave no trace


def test_refusals_leave_no_trace(make: Factory, session: Session) -> None:
    case = make.submitted()
    owner, boss = make.actor(make.owner_of(case.organization)), make.actor(make.coordinator())
    before = counts(session)
    for step, actor in (
        ("submit", owner),
        ("screen", owner),
        ("start_review", boss),
        ("fly", boss),
        ("screen", VISITOR),
        ("release_approval", boss),
    ):
        with pytest.raises(engine.StepError):
            make.take("application", case, step, actor)
        assert counts(session) == before, step


def test_a_message_that_cannot_be_queued_takes_the_whole_step_back(make: Factory, session: Session) -> None:
    """The move, its effects on other things, the history rows and the mail are one transaction."""
    case = make.registration()
    make.fill(case)
    owner = make.owner_of(case.organization)
    number = history_of(session, "application", case)[-1].sequence + 1
    key = f"application.received:application:{case.id}:{number}:user:{owner.id}"
    with unit_of_work(session):
        outbox.record(session, key=key, topic="application.received", recipient="user:0", payload={})
    before = counts(session)
    with pytest.raises(LostRace):
        make.take("application", case, "submit", make.actor(owner))
    assert counts(session) == before
    assert case.organization.programs[0].state is ProgramState.DRAFT


def test_a_reason_made_of_spaces_is_none(make: Factory, session: Session) -> None:
    case = make.ready_to_decide()
    boss = make.actor(make.coordinator())
    with pytest.raises(StepRefused, match=r"Give a reason\."):
        make.take("application", case, "review_again", boss, reason="  \n ")
    make.take("application", case, "review_again", boss, reason="  One rating is missing. ")
    assert history_of(session, "application", case)[-1].reason == "One rating is missing."


# What is kept


def test_one_history_row_for_each_change_chained_by_hash(make: Factory, session: Session) -> None:
    case = make.approved()
    entries = history_of(session, "application", case)
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    previous, state = GENESIS, None
    for entry in entries:
        assert (entry.previous_hash, entry.from_state) == (previous, state)
        assert entry.hash == entry.computed_hash()
        previous, state = entry.hash, entry.to_state
    assert state == case.state.value == "approved"


def test_a_consequence_names_its_cause(make: Factory, session: Session) -> None:
    case = make.approved()
    released = history_of(session, "application", case)[-1]
    designation = case.organization.designations[0]
    scheduled, begun = history_of(session, "designation", designation)
    path = history_of(session, "partner", case.organization)[-1]
    assert scheduled.data["because_of"] == ["application", case.id, released.sequence]
    assert begun.data["because_of"] == ["application", case.id, released.sequence]
    assert path.data["because_of"] == ["designation", designation.id, begun.sequence]
    assert {entry.actor_kind for entry in (scheduled, begun, path)} == {"system"}
    assert {entry.at for entry in (scheduled, begun, path)} == {released.at}


def test_history_says_what_it_is_about(make: Factory, session: Session) -> None:
    case = make.in_review()
    for entry in history_of(session, "review", case.reviews[0]):
        assert (entry.application_id, entry.organization_id) == (case.id, case.organization_id)


def test_nothing_is_bound_to_rows(make: Factory) -> None:
    """The library's habit of hanging triggers on models would let anything move a row."""
    case = make.registration()
    assert not any(hasattr(case, name) for name in ("submit", "may_submit", "trigger", "is_draft", "to_submitted"))


def test_an_effect_is_queued_once_for_each_recipient(make: Factory, session: Session) -> None:
    message = {"key": "a:1", "topic": "application.received", "recipient": "user:1", "payload": {}}
    with unit_of_work(session):
        outbox.record(session, **message)
    with pytest.raises(LostRace), unit_of_work(session):
        outbox.record(session, **message)
    assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 1


def test_one_person_with_two_roles_is_told_once(make: Factory, session: Session) -> None:
    organization = make.organization()
    make.grant(make.owner_of(organization), Role.ORG_EDITOR, organization=organization)
    make.submitted(make.registration(organization))
    told = [row.recipient for row in session.scalars(sa.select(OutboxMessage))]
    people = [name for name in told if name != "worker"]
    assert len(people) == len(set(people)) == 1


# Four eyes


def test_the_drafter_of_a_decision_does_not_release_it(make: Factory) -> None:
    drafter = make.director("Dan Drafter")
    case = make.decision_drafted(by=drafter)
    with pytest.raises(StepRefused, match="A different person must release it"):
        make.take("application", case, "release_approval", make.actor(drafter))
    make.take("application", case, "release_approval", make.actor(make.director("Rita Releaser")))


def test_a_second_account_of_no_other_human_is_not_enough_to_release_ones_own_review(make: Factory) -> None:
    both = make.person("Ray Both", Role.REVIEWER, Role.COORDINATOR)
    case = make.submitted()
    make.in_review(case, reviewers=[both])
    make.rate(case.reviews[0])
    draft = DraftDecision(Outcome.APPROVE, "Good.", ())
    make.take("application", case, "draft_decision", make.actor(make.director()), data=draft)
    with pytest.raises(StepRefused, match="You reviewed this case"):
        make.take("application", case, "release_approval", make.actor(both))


def test_only_the_drafted_outcome_is_released(make: Factory) -> None:
    case = make.decision_drafted(outcome=Outcome.NOT_SELECT)
    boss = make.actor(make.director("Rita"))
    with pytest.raises(StepRefused, match="not an approval"):
        make.take("application", case, "release_approval", boss)
    make.take("application", case, "release_not_selected", boss)
    assert case.decisions[-1].state is DecisionState.RELEASED


def test_an_emergency_suspension_takes_one_person_and_is_reviewed_by_a_second(make: Factory, session: Session) -> None:
    organization = make.partner()
    first, second = make.director("First"), make.director("Second")
    suspension = drafted(session, organization, first.id, "A child was hurt.", clock.now())
    make.take("suspension", suspension, "impose", make.actor(first), reason="A child was hurt.")
    assert not organization.listed
    for step in ("confirm", "lift"):
        with pytest.raises(StepRefused, match="A different person"):
            make.take("suspension", suspension, step, make.actor(first), reason="Over.")
    make.take("suspension", suspension, "lift", make.actor(second), reason="Cleared.")
    assert (suspension.state, organization.listed) == (SuspensionState.LIFTED, True)


def test_nobody_lifts_their_own_conflict(make: Factory) -> None:
    director = make.director()
    conflict = Conflict(user_id=director.id, organization_id=make.organization().id, reason="My sister works there.")
    make.take("conflict", conflict, "declare", make.actor(director))
    with pytest.raises(StepRefused, match="Nobody lifts their own"):
        make.take("conflict", conflict, "lift", make.actor(director), reason="It is fine.")


# Independent reviews


def test_a_case_waits_until_every_review_is_in(make: Factory) -> None:
    case = make.in_review(make.portfolio())
    make.rate(case.reviews[0])
    assert case.state is ApplicationState.IN_REVIEW
    make.rate(case.reviews[1])
    assert case.state is ApplicationState.READY_TO_DECIDE


def test_withdrawing_leaves_nothing_waiting_on_anybody(make: Factory) -> None:
    case = make.in_review(make.portfolio())
    boss = make.actor(make.coordinator())
    wanted = RequestedItem(RequestItem.SECTION, "organization", "One sentence more.")
    data = RequestInformation((wanted,), clock.today() + timedelta(days=7))
    make.take("application", case, "request_information", boss, data=data)
    make.take("application", case, "withdraw", make.actor(make.owner_of(case.organization)))
    assert {review.state for review in case.reviews} == {ReviewState.RELEASED}
    assert {request.state.value for request in case.requests} == {"cancelled"}


# Every row, from every state, for every role: the table is the whole truth


def actors() -> dict[str, Actor]:
    """One actor for each role, at the organization and the school numbered 1."""
    found = {"visitor": VISITOR, "somebody": Actor(user_id=99, kind="person")}
    for role in Role:
        if role.value.startswith("org_"):
            found[role] = Actor(user_id=7, kind="person", organizations={1: frozenset({role})})
        elif role.value.startswith("school_"):
            found[role] = Actor(user_id=7, kind="person", schools={1: frozenset({role})})
        else:
            found[role] = Actor(user_id=7, kind="person", roles=frozenset({role}))
    return found


class Thing:
    """Stands for any subject in any state; it has no history and no database."""

    def __init__(self, state: Any) -> None:
        self.state = state
        self.organization_id = self.school_id = self.id = 1
        self.user_id = self.reviewer_id = None
        self.email = ""
        self.received_at = clock.now()
        self.reviews: tuple[Any, ...] = ()


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_step_leaves_the_table(name: str) -> None:
    """From each state, each name leads where its row says, or nowhere."""
    workflow = WORKFLOWS[name]
    for state in workflow.states:
        legal = {step.name: step for step in workflow.steps if not step.starts and state in step.sources}
        assert {step.name for step in workflow.steps_from(state)} == set(legal)
        for step_name in workflow.by_name:
            thing = Thing(state)
            if step_name in legal:
                workflow.machine.events[step_name].trigger(thing, None)
                assert thing.state is (legal[step_name].dest or state)
            else:
                assert workflow.step(step_name, state) is None


@pytest.mark.parametrize("name", WORKFLOWS)
def test_each_role_is_offered_what_the_policy_allows(session: Session, name: str) -> None:
    workflow = WORKFLOWS[name]
    for state in workflow.states:
        thing = Thing(state)
        for who, actor in actors().items():
            expected = [step.name for step in rows_from(workflow, state) if POLICY[step.permission].test(actor, thing)]
            offered = [step.name for step in workflow.steps_from(state) if allows(step.permission, actor, thing)]
            assert [step for step in offered if not _by_system(workflow, step)] == expected, who


def rows_from(workflow: Workflow, state: Any) -> list[Step]:
    return [step for step in workflow.steps if not step.starts and state in step.sources and not step.by_system]


def _by_system(workflow: Workflow, name: str) -> bool:
    return workflow.by_name[name][0].by_system


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_person_takes_a_step_of_the_system(name: str) -> None:
    for step in WORKFLOWS[name].steps:
        if step.by_system:
            assert not any(allows(step.permission, actor, Thing(None)) for actor in actors().values()), step.name
            assert allows(step.permission, SYSTEM, Thing(None))


@pytest.mark.parametrize(
    "name", [name for name, w in WORKFLOWS.items() if not all(s.by_system for s in w.steps if s.starts)]
)
def test_nothing_is_born_by_somebody_without_the_right(session: Session, name: str) -> None:
    """The engine asks before the row is stored, so a refused birth leaves nothing."""
    workflow = WORKFLOWS[name]
    step = next(step for step in workflow.steps if step.starts)
    table: Any = SUBJECTS[name]
    before = session.scalar(sa.select(sa.func.count()).select_from(table))
    subject = table()
    with pytest.raises(NotAllowed):
        engine.run(session, workflow, subject, step.name, VISITOR)
    assert subject not in session
    assert session.scalar(sa.select(sa.func.count()).select_from(table)) == before


def test_the_database_keeps_promises_of_a_state(make: Factory, session: Session) -> None:
    """A state that claims a fact without the fact is refused by a check, not only by the program."""
    case = make.registration()
    with pytest.raises(IntegrityError):
        session.execute(sa.update(Application).where(Application.id == case.id).values(state="submitted"))
    session.rollback()
