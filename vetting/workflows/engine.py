"""The engine: the only code that moves anything.

One step is: policy, the version the person saw, legality, guards, the machine, the effect, one history row, outbox
rows, flush. All of it happens inside the caller's unit of work.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import clock, outbox
from vetting.models import GENESIS, HistoryEntry
from vetting.policy import SYSTEM, VISIBLE_BY, Actor, allows, on_behalf_of, refusal
from vetting.text import N_, Message, say
from vetting.workflows import anchors
from vetting.workflows.definition import Context, Reason, Step, Workflow


class StepError(Exception):
    """A step was not taken. Nothing has changed."""


class NotVisible(StepError):
    """The actor may not know that this exists."""


class NotAllowed(StepError):
    """The actor may see the thing but not do this."""


class StaleVersion(StepError):
    """The thing changed after the actor's page was made. ``since`` are the changes they have not seen."""

    def __init__(self, since: Sequence[HistoryEntry]) -> None:
        super().__init__("This changed after you opened the page.")
        self.since = since


class StepRefused(StepError):
    """The step cannot be taken now. ``reasons`` say why, in plain words."""

    def __init__(self, reasons: Sequence[Message]) -> None:
        super().__init__(" ".join(str(reason) for reason in reasons))
        self.reasons = list(reasons)


@dataclass(frozen=True)
class Possible:
    """A step a person could take, or why not yet."""

    step: Step
    reasons: tuple[Message, ...]

    @property
    def open(self) -> bool:
        return not self.reasons


def run(  # noqa: PLR0913 - what a step is made of
    session: Session,
    workflow: Workflow,
    subject: Any,
    step_name: str,
    actor: Actor,
    *,
    data: Any = None,
    reason: str = "",
    seen_version: int | None = None,
    at: datetime | None = None,
    cause: HistoryEntry | None = None,
    arrived: datetime | None = None,
) -> HistoryEntry:
    """Take one step and return its history row (flushed, not committed).

    ``seen_version`` is the version on the page the person acted from. ``at`` lets the demonstration tell a past;
    everything else happens now. ``arrived`` is when the request reached us, which is what counts for deadlines.

    Raises ``NotVisible``, ``NotAllowed``, ``StaleVersion`` or ``StepRefused``.
    """
    from vetting.workflows.registry import workflow_named

    moment = at or clock.now()
    starting = sa.inspect(subject).transient or sa.inspect(subject).pending
    state = None if starting else subject.state
    step = workflow.step(step_name, state)
    rows = workflow.by_name.get(step_name, ())
    if not rows:
        raise StepRefused([say(N_("There is no step called %(step)s here."), step=step_name)])
    wanted = step or rows[0]
    with session.no_autoflush if starting else nullcontext():
        _authorize(workflow, wanted, subject, actor, starting=starting)
    if seen_version is not None and not starting and subject.version != seen_version:
        raise StaleVersion(changes_since(session, workflow.name, subject, seen_version))
    if step is None:
        raise StepRefused([_impossible(workflow, wanted, subject)])

    def fire(workflow: str, subject: Any, step: str, data: Any = None, reason: str = "") -> None:
        run(
            session,
            workflow_named(workflow),
            subject,
            step,
            SYSTEM,
            data=data,
            reason=reason,
            at=moment,
            cause=entry,
            arrived=arrived,
        )

    entry = HistoryEntry()
    context = Context(session, actor, moment, data=data, reason=reason.strip(), fire=fire, received=arrived)
    # A subject that is not born yet hangs on others by relationships, so nothing is flushed while guards look.
    with session.no_autoflush if starting else nullcontext():
        refused = refusals(step, subject, context)
    if refused:
        raise StepRefused(refused)
    _move(workflow, step, subject, context, entry, state=state, cause=cause)
    return entry


def _impossible(workflow: Workflow, step: Step, subject: Any) -> Message:
    words = workflow.words[subject.state].office if subject.state is not None else ""
    return say(N_("“%(step)s” is not possible now: this is “%(state)s”."), step=step.label, state=words)


def obstacles(
    session: Session, workflow: Workflow, subject: Any, step_name: str, actor: Actor, data: Any = None
) -> list[Message]:
    """Everything that speaks against a step with this data now, the permission first. Nothing is done."""
    rows = workflow.by_name[step_name]
    step = workflow.step(step_name, subject.state)
    if not allows((step or rows[0]).permission, actor, subject):
        return [say(refusal((step or rows[0]).permission))]
    if step is None:
        return [_impossible(workflow, rows[0], subject)]
    return refusals(step, subject, Context(session=session, actor=actor, now=clock.now(), data=data, reason="-"))


def _authorize(workflow: Workflow, step: Step, subject: Any, actor: Actor, *, starting: bool) -> None:
    if allows(step.permission, actor, subject):
        return
    if not starting and not allows(VISIBLE_BY[workflow.name], actor, subject):
        raise NotVisible(workflow.name)
    raise NotAllowed(refusal(step.permission))


def refusals(step: Step, subject: Any, context: Context) -> list[Message]:
    """Every sentence that speaks against taking the step now."""
    found: list[Message] = []
    if step.reason is Reason.REQUIRED and not context.reason:
        found.append(say(N_("Give a reason.")))
    found += [sentence for guard in step.guards if (sentence := guard(subject, context)) is not None]
    return found


def possible_steps(session: Session, workflow: Workflow, subject: Any, actor: Actor) -> list[Possible]:
    """The steps this person may take out of the subject's state; each open, or with the reasons against it.

    Reasons that only the filled-in form can settle are not asked for here.
    """
    context = Context(session=session, actor=actor, now=clock.now(), reason="-")
    return [
        Possible(step, tuple(refusals(step, subject, context)))
        for step in workflow.steps_from(subject.state)
        if not step.by_system and allows(step.permission, actor, subject)
    ]


def _move(
    workflow: Workflow,
    step: Step,
    subject: Any,
    context: Context,
    entry: HistoryEntry,
    *,
    state: Any,
    cause: HistoryEntry | None,
) -> None:
    session = context.session
    if step.starts:
        subject.state = step.dest
        session.add(subject)
        session.flush()
    last = None if step.starts else last_entry(session, workflow.name, subject.id)
    _begin_history(workflow, step, subject, context, entry, last)
    entry.from_state = state.value if state is not None else None
    entry.data = {"because_of": [cause.subject_type, cause.subject_id, cause.sequence]} if cause is not None else {}
    behalf = on_behalf_of(step.permission, context.actor, subject)
    if behalf is not None:
        entry.data = {**entry.data, "on_behalf_of": [behalf.leader_id, behalf.leader]}
    if not step.starts:
        workflow.machine.events[step.name].trigger(subject, context)
        # A step that changes no column of its own must still win or lose the race for the row's version.
        subject.updated_at = context.now
    # The effect completes the facts that the new state promises, so it runs before anything is flushed.
    told = step.effect(subject, context) if step.effect else None
    entry.data = {**entry.data, **(told or {})}
    entry.to_state = subject.state.value
    entry.application_id, entry.organization_id, entry.agreement_id, entry.school_id = concerns(workflow.name, subject)
    entry.hash = entry.computed_hash()
    session.add(entry)
    session.flush()
    anchors.remember(session, entry)
    _tell(session, workflow, step, subject, context, entry)
    session.flush()


def _begin_history(
    workflow: Workflow, step: Step, subject: Any, context: Context, entry: HistoryEntry, last: HistoryEntry | None
) -> None:
    entry.subject_type = workflow.name
    entry.subject_id = subject.id
    entry.sequence = last.sequence + 1 if last else 1
    entry.previous_hash = last.hash if last else GENESIS
    entry.step = step.name
    entry.actor_id = context.actor.user_id
    entry.actor_kind = context.actor.kind
    entry.actor_name = context.actor.name
    entry.at = context.now
    entry.reason = context.reason


def _tell(
    session: Session, workflow: Workflow, step: Step, subject: Any, context: Context, entry: HistoryEntry
) -> None:
    if step.event is None:
        return
    recipients = dict.fromkeys(name for audience in step.tells for name in audience(subject, context))
    for recipient in recipients:
        outbox.record(
            session,
            key=f"{step.event}:{workflow.name}:{subject.id}:{entry.sequence}:{recipient}",
            topic=step.event,
            recipient=recipient,
            payload={"subject_type": workflow.name, "subject_id": subject.id, "sequence": entry.sequence},
        )


_LAST = (
    sa.select(HistoryEntry)
    .where(
        HistoryEntry.subject_type == sa.bindparam("type", type_=sa.String),
        HistoryEntry.subject_id == sa.bindparam("subject", type_=sa.BigInteger),
    )
    .order_by(HistoryEntry.sequence.desc())
    .limit(1)
)


def last_entry(session: Session, subject_type: str, subject_id: int) -> HistoryEntry | None:
    """The newest history row of a subject."""
    return session.scalars(_LAST, {"type": subject_type, "subject": subject_id}).first()


def changes_since(session: Session, subject_type: str, subject: Any, seen_version: int) -> list[HistoryEntry]:
    """The newest changes a reader of an older page has not seen; at most ten, newest first."""
    missed = max(1, min(10, subject.version - seen_version))
    return list(
        session.scalars(
            sa.select(HistoryEntry)
            .where(HistoryEntry.subject_type == subject_type, HistoryEntry.subject_id == subject.id)
            .order_by(HistoryEntry.sequence.desc())
            .limit(missed)
        )
    )


def concerns(workflow: str, subject: Any) -> tuple[int | None, int | None, int | None, int | None]:
    """Which application, organization, agreement and school a change to ``subject`` is about."""

    def number(name: str) -> int | None:
        value = getattr(subject, name, None)
        return value if isinstance(value, int) else None

    application = subject.id if workflow == "application" else number("application_id")
    agreement = subject.id if workflow == "agreement" else number("agreement_id")
    if workflow == "signer":
        agreement = subject.agreement_version.agreement_id
    return application, number("organization_id"), agreement, number("school_id")
