"""Prove that history, stored states and anchors agree, or name the first row that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import GENESIS, HistoryEntry, Organization, protected
from vetting.workflows import anchors
from vetting.workflows.effects.designations import standing
from vetting.workflows.registry import WORKFLOWS, subject_type

BATCH = 1000


@dataclass(frozen=True)
class Finding:
    """Something that does not agree: which subject, at which row, and what is wrong."""

    subject: str
    problem: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}"


@dataclass
class _Chain:
    sequence: int = 0
    hash: str = GENESIS
    ends_in: str | None = None


def check(session: Session, progress: Callable[[int], None] = lambda done: None) -> Iterator[Finding]:
    """Every disagreement, history rows first, in the order of subjects."""
    for name in protected.missing(session.connection()):
        yield Finding("database", f"protection {name} is missing; run: flask --app wsgi vetting migrate")
    chains: dict[tuple[str, int], _Chain] = {}
    known = anchors.read()
    yield from _replay(session, chains, known, progress)
    yield from _compare_anchors(chains, known)
    yield from _compare_states(session, chains)
    yield from _compare_standing(session)


def _replay(
    session: Session,
    chains: dict[tuple[str, int], _Chain],
    known: anchors.Anchors,
    progress: Callable[[int], None],
) -> Iterator[Finding]:
    rows = session.scalars(
        sa.select(HistoryEntry)
        .order_by(HistoryEntry.subject_type, HistoryEntry.subject_id, HistoryEntry.sequence)
        .execution_options(yield_per=BATCH)
    )
    for done, entry in enumerate(rows, start=1):
        chain = chains.setdefault((entry.subject_type, entry.subject_id), _Chain())
        problem = _problem(entry, chain)
        if not problem and (entry.subject_type, entry.subject_id, entry.sequence, entry.hash) not in known.promised:
            problem = "was not written by this program: it was never anchored"
        if problem:
            yield Finding(f"{entry.subject_type} {entry.subject_id}, row {entry.sequence}", problem)
        chain.sequence, chain.hash, chain.ends_in = entry.sequence, entry.hash, entry.to_state
        progress(done)


def _problem(entry: HistoryEntry, chain: _Chain) -> str:
    return _broken_link(entry, chain) or _impossible_step(entry, chain)


def _broken_link(entry: HistoryEntry, chain: _Chain) -> str:
    if entry.sequence != chain.sequence + 1:
        return f"rows between {chain.sequence} and {entry.sequence} are missing"
    if entry.previous_hash != chain.hash:
        return "does not follow from the row before it"
    if entry.computed_hash() != entry.hash:
        return "was changed after it was written"
    return ""


def _impossible_step(entry: HistoryEntry, chain: _Chain) -> str:
    if entry.from_state != chain.ends_in:
        return f"starts from “{entry.from_state}” but the row before it ends in “{chain.ends_in}”"
    workflow = WORKFLOWS.get(entry.subject_type)
    if workflow is None:
        return "belongs to no workflow"
    source = None if entry.from_state is None else workflow.states(entry.from_state)
    step = workflow.step(entry.step, source)
    if step is None:
        return f"takes “{entry.step}”, which is not possible from “{entry.from_state}”"
    expected = entry.from_state if step.dest is None else step.dest.value
    return "" if entry.to_state == expected else f"ends in “{entry.to_state}” but the step leads to “{expected}”"


def _compare_anchors(chains: dict[tuple[str, int], _Chain], known: anchors.Anchors) -> Iterator[Finding]:
    for (kind, subject_id), (sequence, value) in sorted(known.kept.items()):
        chain = chains.get((kind, subject_id))
        name = f"{kind} {subject_id}"
        if chain is None:
            yield Finding(name, f"was anchored at row {sequence} but has no history at all")
        elif chain.sequence < sequence:
            yield Finding(f"{name}, row {sequence}", "was anchored but is gone")
        elif chain.sequence == sequence and chain.hash != value:
            yield Finding(f"{name}, row {sequence}", "is not the row that was anchored")


def _compare_states(session: Session, chains: dict[tuple[str, int], _Chain]) -> Iterator[Finding]:
    for name in WORKFLOWS:
        table: Any = subject_type(name)
        there: set[int] = set()
        for subject_id, state in session.execute(
            sa.select(table.id, table.state).order_by(table.id).execution_options(yield_per=BATCH)
        ):
            there.add(subject_id)
            chain = chains.get((name, subject_id))
            if chain is None:
                yield Finding(f"{name} {subject_id}", "is stored but has no history")
            elif chain.ends_in != state.value:
                yield Finding(
                    f"{name} {subject_id}", f"is stored as “{state.value}” but history says “{chain.ends_in}”"
                )
        for kind, subject_id in sorted(chains):
            if kind == name and subject_id not in there:
                yield Finding(f"{name} {subject_id}", "has history but is no longer stored")


def _compare_standing(session: Session) -> Iterator[Finding]:
    for organization in session.scalars(sa.select(Organization).order_by(Organization.id)):
        expected = standing(
            organization.designations, organization.suspensions, organization.exited_on, organization.merged_into_id
        )
        if expected is not organization.state:
            yield Finding(
                f"partner {organization.id}",
                f"is stored as “{organization.state.value}” but its designations say “{expected.value}”",
            )
