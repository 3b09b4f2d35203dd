"""Notes and messages of a case, as the person who asks may read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.canonical import LARGEST_INTEGER
from vetting.models import Application, HistoryEntry, Note, NoteKind, NoteState, ReviewState, SeenBy
from vetting.policy import Actor, sees_identity
from vetting.queries import piles

PER_PAGE = 25
"""Threads on one page."""
RECENT = 3
"""Threads that the page of the case shows."""

_OWED = frozenset({ReviewState.ASSIGNED, ReviewState.IN_PROGRESS})


@dataclass(frozen=True)
class Thread:
    """A note with what was written about it, oldest first."""

    first: Note
    replies: list[Note] = field(default_factory=list)


def hidden_authors(application: Application, actor: Actor) -> frozenset[int]:
    """The other reviewers, for a person who still owes an independent review: their notes might say what they think."""
    live = [review for review in application.reviews if review.state in piles.LIVE_REVIEWS]
    if not any(review.reviewer_id == actor.user_id and review.state in _OWED for review in live):
        return frozenset()
    return frozenset(review.reviewer_id for review in live if review.reviewer_id != actor.user_id)


def threads(
    session: Session, application: Application, actor: Actor, *, before: int = 0, most: int = PER_PAGE
) -> tuple[list[Thread], bool]:
    """Threads that the office reads, newest first, in one read; and whether there are older ones.

    ``before`` is the number of the oldest note of the page before, or 0.
    """
    shape, values = _asked(application, actor)
    found = session.scalars(_newest(*shape, bool(before), most + 1), {**values, "before": before}).all()
    grouped = _grouped(found)
    return grouped[:most], len(grouped) > most


def _asked(application: Application, actor: Actor) -> tuple[tuple[bool, bool], dict[str, Any]]:
    """What this person may read of the case: the shape of the condition, and its values."""
    hidden = hidden_authors(application, actor)
    shape = (sees_identity(actor, application), bool(hidden))
    return shape, {"application": application.id, "hidden": sorted(hidden)}


# A statement is built once for each shape of the question: it is part of every case page.
@lru_cache(maxsize=64)
def _newest(identity: bool, hides: bool, older: bool, most: int) -> sa.Select[Any]:
    readable = _readable(identity, hides)
    firsts = sa.select(Note.id).where(Note.parent_id.is_(None), *readable)
    if older:
        firsts = firsts.where(Note.id < sa.bindparam("before", type_=sa.BigInteger))
    firsts = firsts.order_by(Note.id.desc()).limit(most)
    return (
        sa.select(Note)
        .where(sa.func.coalesce(Note.parent_id, Note.id).in_(firsts.scalar_subquery()), *readable)
        .options(joinedload(Note.author))
        .order_by(Note.id)
    )


def _readable(identity: bool, hides: bool) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [Note.application_id == sa.bindparam("application", type_=sa.BigInteger)]
    if not identity:
        # Messages, calls and visits tell who applies, and so may whoever knows it.
        conditions += [Note.kind == NoteKind.COMMENT, Note.nameless.is_(True)]
    if hides:
        hidden = sa.bindparam("hidden", type_=sa.BigInteger, expanding=True)
        conditions.append(sa.or_(Note.seen_by == SeenBy.APPLICANT, Note.author_id.not_in(hidden)))
    return conditions


def _grouped(notes: Sequence[Note]) -> list[Thread]:
    found = {note.id: Thread(note) for note in notes if note.parent_id is None}
    for note in notes:
        if note.parent_id in found:
            found[note.parent_id].replies.append(note)
    return list(reversed(found.values()))


def find(session: Session, application: Application, number: int, actor: Actor) -> Note | None:
    """One note of the case, if this person may read it. No note has a number that the database cannot hold."""
    if number > LARGEST_INTEGER:
        return None
    shape, values = _asked(application, actor)
    query = sa.select(Note).where(Note.id == number, *_readable(*shape)).options(joinedload(Note.author))
    return session.scalars(query, values).first()


def why_taken_back(session: Session, notes: Sequence[Note]) -> dict[int, str]:
    """The reasons given for notes that were taken back, by number."""
    numbers = [note.id for note in notes if note.state is NoteState.TAKEN_BACK]
    if not numbers:
        return {}
    query = sa.select(HistoryEntry.subject_id, HistoryEntry.reason).where(
        HistoryEntry.subject_type == "note", HistoryEntry.step == "take_back", HistoryEntry.subject_id.in_(numbers)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def messages(session: Session, application_id: int) -> list[Note]:
    """What the office and the applicant wrote to each other, oldest first; nothing else ever leaves the office."""
    return list(
        session.scalars(
            sa.select(Note)
            .where(Note.application_id == application_id, *_between_both())
            .options(joinedload(Note.author))
            .order_by(Note.id)
        )
    )


def _between_both() -> tuple[sa.ColumnElement[bool], ...]:
    return Note.kind == NoteKind.MESSAGE, Note.seen_by == SeenBy.APPLICANT
