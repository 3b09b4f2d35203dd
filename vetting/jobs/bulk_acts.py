"""What each act of a run does to one case: the steps to take, or the sentence that says why there is nothing to do.

The same tasks are asked about when a run is planned, rehearsed when its mail is previewed, and taken when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from vetting import clock
from vetting.data.evidence_types import load_evidence_types
from vetting.models import Application, BulkAct, BulkItem, BulkRun, RequestItem, User
from vetting.policy import Actor, Permission, allows, refusal
from vetting.queries import piles, tasklist, workload
from vetting.text import N_, Message, say
from vetting.workflows import engine
from vetting.workflows.commands import AssignReviewer, HandOver, Remind, RequestedItem, RequestInformation
from vetting.workflows.guards.reminders import reminded_on
from vetting.workflows.registry import workflow_named

MOVES = ("screen", "start_review", "claim", "put_back", "wake")
"""Steps of a case that ask for nothing and tell nobody outside the office."""

APPLICANTS, REVIEWERS = "applicants", "reviewers"


@dataclass(frozen=True)
class Task:
    """One step to take on a case or on something that belongs to it."""

    workflow: str
    subject: Any
    step: str
    data: Any = None


@dataclass(frozen=True)
class Tasks:
    """The steps for one case with the sentence for the receipt; or, without steps, why there is nothing to do."""

    steps: tuple[Task, ...]
    words: Message


def tasks_for(session: Session, run: BulkRun, case: Application, action: Mapping[str, Any]) -> Tasks:
    """What the run does to this case as it is now."""
    return _ACTS[run.act](session, run, case, action)


def _day(run: BulkRun) -> date | None:
    value = run.parameters.get("due_on")
    return date.fromisoformat(value) if value else None


def _assign(session: Session, run: BulkRun, case: Application, action: Mapping[str, Any]) -> Tasks:
    chosen: Sequence[int] = action["reviewers"]
    if not chosen:
        return Tasks((), Message.of_data(action["why"]))
    if run.parameters["mode"] != "person" and workload.open_places(case) < len(chosen):
        return Tasks((), say(N_("Somebody else assigned reviewers in the meantime. The case has enough.")))
    names = ", ".join(session.get_one(User, person).name for person in chosen)
    return Tasks(
        tuple(
            Task("application", case, "assign_reviewer", AssignReviewer(person, _day(run), run.id)) for person in chosen
        ),
        say(N_("Assigned: %(names)s."), names=names),
    )


def _hand_over(session: Session, run: BulkRun, case: Application, action: Mapping[str, Any]) -> Tasks:
    person = session.get_one(User, run.parameters["person"])
    task = Task("application", case, "hand_over", HandOver(person.id))
    return Tasks((task,), say(N_("Given to %(name)s."), name=person.name))


def _remind(session: Session, run: BulkRun, case: Application, action: Mapping[str, Any]) -> Tasks:
    if run.parameters["whom"] == APPLICANTS:
        return Tasks((Task("application", case, "remind"),), say(N_("The applicant was reminded.")))
    owed = [review for review in case.reviews if review.state in piles.OWED_REVIEWS]
    if not owed:
        return Tasks((), say(N_("Nobody owes a review of this case.")))
    due = [review for review in owed if reminded_on(session, review) != clock.today()]
    if not due:
        return Tasks((), say(N_("A reminder went out today already.")))
    names = ", ".join(review.reviewer.name for review in due)
    steps = tuple(Task("review", review, "remind", Remind(run.id)) for review in due)
    return Tasks(steps, say(N_("Reminded: %(names)s."), names=names))


def _request_document(session: Session, run: BulkRun, case: Application, action: Mapping[str, Any]) -> Tasks:
    key, due_on = run.parameters["document"], _day(run)
    asked = {need.type for section in tasklist.form_of(case).sections for need in section.documents}
    if key not in asked or due_on is None:
        return Tasks((), say(N_("The form of this case does not ask for this document.")))
    wanted = RequestedItem(RequestItem.DOCUMENT, key, run.parameters["reason"])
    task = Task("application", case, "request_information", RequestInformation((wanted,), due_on))
    name = load_evidence_types().documents[key].name
    return Tasks((task,), say(N_("Asked for: %(document)s."), document=Message(name)))


def _move(session: Session, run: BulkRun, case: Application, action: Mapping[str, Any]) -> Tasks:
    step = run.parameters["step"]
    label = workflow_named("application").by_name[step][0].label
    return Tasks((Task("application", case, step),), say(N_("Done: %(step)s."), step=Message(label)))


_ACTS: Mapping[BulkAct, Callable[[Session, BulkRun, Application, Mapping[str, Any]], Tasks]] = {
    BulkAct.ASSIGN_REVIEWERS: _assign,
    BulkAct.HAND_OVER: _hand_over,
    BulkAct.REMIND: _remind,
    BulkAct.REQUEST_DOCUMENT: _request_document,
    BulkAct.MOVE: _move,
}


def obstacle(
    session: Session, run: BulkRun, case: Application, action: Mapping[str, Any], actor: Actor
) -> Message | None:
    """Why the run would not do anything to this case now, or None. Nothing is done."""
    tasks = tasks_for(session, run, case, action)
    if not tasks.steps:
        return tasks.words
    for task in tasks.steps:
        found = engine.obstacles(session, workflow_named(task.workflow), task.subject, task.step, actor, task.data)
        if found:
            return found[0]
    return None


def carry_out(session: Session, run: BulkRun, item: BulkItem, actor: Actor) -> Message:
    """Take every step for the item's case, as the person who started the run; returns the words for the receipt.

    Raises ``StepError``; then what was begun has to be undone by the caller.
    """
    if not allows(Permission.BULK_RUN, actor, run):
        raise engine.NotAllowed(refusal(Permission.BULK_RUN))
    tasks = tasks_for(session, run, item.application, item.action)
    if not tasks.steps:
        raise engine.StepRefused([tasks.words])
    for task in tasks.steps:
        engine.run(session, workflow_named(task.workflow), task.subject, task.step, actor, data=task.data)
    return tasks.words
