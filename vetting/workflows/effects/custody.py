"""In whose hands a case is, whether it waits, and how long it stays in each state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from vetting.data.lanes import lane_for
from vetting.models import OPEN_STATES, Answer, Application, ApplicationState, Feature, Stay, Submission
from vetting.queries import people_at_work, tasklist
from vetting.queries.custody import cases_of, due_after_hold
from vetting.text import N_
from vetting.workflows.commands import ChoosePool, HandOver, HoldCase
from vetting.workflows.definition import Context

GONE = N_("The person in charge can no longer work on this case.")


def enter(application: Application, context: Context, due_on: date | None) -> None:
    """The case is in a new state from now on. What was said about the old one, a hold included, is over."""
    application.state_since = context.now
    application.due_on = due_on
    application.escalated_on = None
    _end_hold(application)
    _stay(application, context)


def _stay(application: Application, context: Context) -> None:
    session = context.session
    # A statement of its own: the open stay is unique, so the old one is closed before the next begins.
    with session.no_autoflush:
        session.execute(
            sa.update(Stay)
            .where(Stay.application_id == application.id, Stay.ended_at.is_(None))
            .values(ended_at=context.now)
            .execution_options(synchronize_session=False)
        )
    if application.state in OPEN_STATES or application.state is ApplicationState.DRAFT:
        session.add(
            Stay(
                application_id=application.id,
                kind=application.kind.value,
                round_id=application.round_id,
                case_state=application.state.value,
                began_at=context.now,
            )
        )


def keep_submission(application: Application, context: Context) -> None:
    """Keep what the applicant has given up to now, so that a later change can be shown against it."""
    session = context.session
    with session.no_autoflush:
        last = session.scalar(
            sa.select(sa.func.max(Submission.number)).where(Submission.application_id == application.id)
        )
    session.add(
        Submission(
            application_id=application.id,
            number=(last or 0) + 1,
            at=context.now,
            answers=[_answer(answer) for answer in application.answers],
            documents=[
                {
                    "type": link.type_key,
                    "document": link.document_version.document.reference,
                    "number": link.document_version.number,
                    "sha256": link.document_version.sha256,
                }
                for link in application.evidence
            ],
        )
    )
    recount_missing(application)


def _answer(answer: Answer) -> dict[str, Any]:
    return {"program": answer.program, "key": answer.question_key, "value": answer.value}


def recount_missing(application: Application) -> None:
    """How many documents the form asks for and the case has no usable version of."""
    wanted = {key for task in tasklist.tasks(application) for key in task.state.missing_documents}
    if application.missing_documents != len(wanted):
        application.missing_documents = len(wanted)


def put_in_charge(application: Application, user_id: int | None, context: Context) -> None:
    """The case is in this person's hands from now on, or in the pool when it is nobody's."""
    if application.coordinator_id != user_id:
        application.coordinator_id = user_id
        application.in_charge_since = context.now if user_id is not None else None


def claim(application: Application, context: Context) -> Mapping[str, Any]:
    put_in_charge(application, context.actor.user_id, context)
    return {"coordinator": application.coordinator_id}


def put_back(application: Application, context: Context) -> Mapping[str, Any]:
    before = application.coordinator_id
    put_in_charge(application, None, context)
    return {"before": before}


def move_to_pool(application: Application, context: Context) -> Mapping[str, Any]:
    command: ChoosePool = context.data
    before = {"before": application.coordinator_id, "pool_before": application.pool_key}
    put_in_charge(application, None, context)
    application.pool_key = command.pool
    return {"pool": application.pool_key, **before}


def route(application: Application, context: Context) -> Mapping[str, Any]:
    """While lanes are in use, a case that arrives goes to the pool of the first lane that its answers ask for."""
    if Feature.LANES not in people_at_work.features_on(context.session):
        return {}
    application.pool_key = lane_for((answer.question_key, answer.value) for answer in application.answers)
    return {"pool": application.pool_key} if application.pool_key else {}


def hand_over(application: Application, context: Context) -> Mapping[str, Any]:
    command: HandOver = context.data
    before = application.coordinator_id
    put_in_charge(application, command.person_id, context)
    return {"coordinator": application.coordinator_id, "before": before}


def hold(application: Application, context: Context) -> Mapping[str, Any]:
    command: HoldCase = context.data
    application.held_since = context.today
    application.wakes_on = command.wakes_on
    application.hold_reason = context.reason
    application.held_by_id = context.actor.user_id
    return {"wakes_on": command.wakes_on.isoformat()}


def wake(application: Application, context: Context) -> Mapping[str, Any]:
    """The clock stood still meanwhile: the due date moves by the business days on hold."""
    application.due_on = due_after_hold(application, context.today)
    _end_hold(application)
    return {"due_on": application.due_on.isoformat() if application.due_on else None}


def _end_hold(application: Application) -> None:
    application.held_since = None
    application.wakes_on = None
    application.hold_reason = ""
    application.held_by_id = None


def escalate(application: Application, context: Context) -> Mapping[str, Any]:
    application.escalated_on = context.today
    return {"due_on": application.due_on.isoformat() if application.due_on else None}


def give_up(context: Context, user_id: int, organization_id: int | None = None) -> None:
    """Cases of a person who may no longer be in charge of them go back to the pool, so that nobody waits for nothing."""
    for application in cases_of(context.session, user_id, organization_id):
        context.then("application", application, "put_back", reason=GONE)
