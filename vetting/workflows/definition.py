"""What a workflow is: a table of steps over an enum of states.

``transitions`` decides legality. The machine has no model, so nothing is ever bound to a row: the state lives in the
row's own column and the machine reads and writes it only while one step is taken.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session
from transitions import Machine

from vetting import clock
from vetting.events import Event
from vetting.policy import POLICY, Actor, Permission
from vetting.text import Message


class Reason(enum.StrEnum):
    """Whether a step asks the person for a reason."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Fire(Protocol):
    """Takes a further step, as the system, inside the same transaction."""

    def __call__(self, workflow: str, subject: Any, step: str, data: Any = None, reason: str = "") -> None: ...


@dataclass(frozen=True)
class Context:
    """Who takes a step, when, with which data, and how an effect takes further steps.

    ``received`` is when the request that asks for the step reached us, where that is earlier than now: a large file
    takes its time. Deadlines look at ``arrived``.
    """

    session: Session
    actor: Actor
    now: datetime
    data: Any = None
    reason: str = ""
    fire: Fire | None = None
    received: datetime | None = None

    @property
    def arrived(self) -> datetime:
        """The instant that counts for a deadline."""
        return self.received or self.now

    @property
    def today(self) -> date:
        """The district's local day."""
        return clock.local_date(self.now)

    @property
    def acting(self) -> bool:
        """Whether the step is being taken, rather than only offered; then a guard may lock what it looks at."""
        return self.fire is not None

    def then(self, workflow: str, subject: Any, step: str, data: Any = None, reason: str = "") -> None:
        """Take a further step as a consequence of this one."""
        if self.fire is None:
            raise RuntimeError("this context cannot take further steps")
        self.fire(workflow, subject, step, data, reason)


Guard = Callable[[Any, Context], Message | None]
"""Asks one question. Returns None to pass, or the sentence to refuse with."""

Effect = Callable[[Any, Context], Mapping[str, Any] | None]
"""Changes facts inside the transaction. What it returns is kept in the history row."""

Audience = Callable[[Any, Context], Iterable[str]]
"""Names recipients of an event: ``user:7``, ``mail:someone@place.example`` or ``worker``."""

START = "start"
STAY = None


@dataclass(frozen=True)
class Step:
    """One row: from which states, by which permission, past which guards, to which state, telling whom.

    ``public`` is what an applicant or partner reads in the timeline; an empty text hides the step from them.
    ``command`` names the form the views show before the step; an empty one means a plain button.
    """

    name: str
    sources: tuple[enum.Enum, ...] | str
    dest: enum.Enum | None
    permission: Permission
    label: str
    public: str
    guards: tuple[Guard, ...] = ()
    effect: Effect | None = None
    event: Event | None = None
    tells: tuple[Audience, ...] = ()
    reason: Reason = Reason.NONE
    command: str = ""

    @property
    def starts(self) -> bool:
        """Whether this step is the birth of its subject."""
        return self.sources == START

    @property
    def by_system(self) -> bool:
        return self.permission is Permission.SYSTEM_ACT


@dataclass(frozen=True)
class StateWords:
    """A state in words: for the office, and for the people outside it."""

    office: str
    public: str


class WorkflowError(Exception):
    """A row of a workflow's table is wrong. Raised at start-up, naming the row."""


@dataclass(frozen=True, eq=False)
class Workflow:
    """A named table of steps. Construction checks every row and refuses to build a wrong table."""

    name: str
    title: str
    states: type[enum.Enum]
    initial: enum.Enum
    final: frozenset[enum.Enum]
    words: Mapping[enum.Enum, StateWords]
    steps: tuple[Step, ...]
    about: str = ""
    machine: Machine = field(init=False, repr=False, compare=False)
    by_name: Mapping[str, tuple[Step, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check(self)
        names: dict[str, tuple[Step, ...]] = {}
        for step in self.steps:
            names[step.name] = (*names.get(step.name, ()), step)
        object.__setattr__(self, "by_name", names)
        object.__setattr__(self, "machine", _machine(self))

    def step(self, name: str, state: enum.Enum | None) -> Step | None:
        """The row for ``name`` out of ``state`` (None: the step that starts a subject)."""
        for step in self.by_name.get(name, ()):
            if (state is None and step.starts) or (state is not None and not step.starts and state in step.sources):
                return step
        return None

    def steps_from(self, state: enum.Enum) -> list[Step]:
        """The rows that the machine allows out of ``state``, in table order."""
        legal = set(self.machine.get_triggers(state))
        return [s for s in self.steps if s.name in legal and not s.starts and state in s.sources]


def _machine(workflow: Workflow) -> Machine:
    rows = [
        {"trigger": step.name, "source": list(step.sources), "dest": step.dest}
        for step in workflow.steps
        if not step.starts
    ]
    return Machine(
        model=None,
        states=workflow.states,
        initial=workflow.initial,
        transitions=rows,
        auto_transitions=False,
        send_event=True,
        queued=False,
    )


def check(workflow: Workflow) -> None:
    """Refuse a table with a wrong row; the message names the workflow and the row."""
    problems = list(_problems(workflow))
    if problems:
        raise WorkflowError(f"workflow {workflow.name}: " + "; ".join(problems))


def _problems(workflow: Workflow) -> Iterable[str]:
    seen: set[tuple[str, enum.Enum | None]] = set()
    for step in workflow.steps:
        for source in (None,) if step.starts else tuple(step.sources):
            if (step.name, source) in seen:
                yield f"step {step.name!r} has two rows from {source.value if isinstance(source, enum.Enum) else START!r}"
            seen.add((step.name, source if isinstance(source, enum.Enum) else None))
        yield from _row_problems(workflow, step)
    for state in workflow.states:
        if state not in workflow.words or not workflow.words[state].public or not workflow.words[state].office:
            yield f"state {state.value!r} has no public label"
    yield from _graph_problems(workflow)


def _row_problems(workflow: Workflow, step: Step) -> Iterable[str]:
    if not step.starts and not step.sources:
        yield f"step {step.name!r} has no source state"
    for source in () if step.starts else step.sources:
        if not isinstance(source, workflow.states):
            yield f"step {step.name!r} starts from {source!r}, which is no state of this workflow"
    if step.dest is not None and not isinstance(step.dest, workflow.states):
        yield f"step {step.name!r} leads to {step.dest!r}, which is no state of this workflow"
    if step.permission not in POLICY:
        yield f"step {step.name!r} can be taken by nobody: {step.permission!r} is not in the policy table"
    if not step.label:
        yield f"step {step.name!r} has no label"
    if step.tells and step.event is None:
        yield f"step {step.name!r} tells people but names no event"


def _graph_problems(workflow: Workflow) -> Iterable[str]:
    moves = [(s, t) for s in workflow.steps if not s.starts and s.dest is not None for t in s.sources]
    starts = {s.dest for s in workflow.steps if s.starts and s.dest is not None} or {workflow.initial}
    reached: set[Any] = set(starts)
    while True:
        more = {step.dest for step, source in moves if source in reached} - reached
        if not more:
            break
        reached |= more
    for state in workflow.states:
        if state not in reached:
            yield f"state {state.value!r} cannot be reached"
        leaves = any(source is state and step.dest is not state for step, source in moves)
        if state not in workflow.final and not leaves:
            yield f"state {state.value!r} is a dead end but not final"
        if state in workflow.final and leaves:
            yield f"state {state.value!r} is final but can be left"
