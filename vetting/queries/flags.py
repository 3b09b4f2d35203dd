"""Flags of a case with everything that happened to them, and who may settle one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.canonical import LARGEST_INTEGER
from vetting.models import Application, Flag, FlagState, HistoryEntry, User
from vetting.policy import READS_ALL, Actor, hides_names
from vetting.queries import assignments, people_at_work, piles
from vetting.queries.notes import hidden_authors


@dataclass(frozen=True)
class FlagStory:
    """A flag and its history, oldest first."""

    flag: Flag
    entries: list[HistoryEntry]


def of_case(session: Session, application: Application, actor: Actor) -> list[Flag]:
    """The flags of a case that this person reads: first those that are open, the newest first."""
    hidden, values = _asked(application, actor)
    return list(session.scalars(_flags(hidden), values))


def _asked(application: Application, actor: Actor) -> tuple[bool, dict[str, Any]]:
    """Whether some flags are hidden from this person, and the values of the condition."""
    hidden = hidden_authors(application, actor)
    return bool(hidden), {"application": application.id, "hidden": sorted(hidden)}


# A statement is built once for each shape of the question: it is part of every page of a case with flags.
@lru_cache(maxsize=2)
def _flags(hides: bool) -> sa.Select[Any]:
    return (
        sa.select(Flag)
        .where(*_readable(hides))
        .options(joinedload(Flag.owner), joinedload(Flag.raised_by), joinedload(Flag.resolved_by))
        .order_by(sa.case((Flag.state == FlagState.RAISED, 0), else_=1), Flag.id.desc())
    )


def _readable(hides: bool) -> list[sa.ColumnElement[bool]]:
    """Who still owes an independent review does not read what another reviewer flagged or settled."""
    conditions: list[sa.ColumnElement[bool]] = [Flag.application_id == sa.bindparam("application", type_=sa.BigInteger)]
    if hides:
        hidden = sa.bindparam("hidden", type_=sa.BigInteger, expanding=True)
        conditions.append(Flag.raised_by_id.not_in(hidden))
        conditions.append(sa.func.coalesce(Flag.resolved_by_id, 0).not_in(hidden))
    return conditions


def stories(session: Session, application: Application, actor: Actor) -> list[FlagStory]:
    """The flags of a case with everything that happened to each, in two reads."""
    flags = of_case(session, application, actor)
    entries = session.scalars(
        sa.select(HistoryEntry)
        .where(HistoryEntry.application_id == application.id, HistoryEntry.subject_type == "flag")
        .order_by(HistoryEntry.id)
    ).all()
    return [FlagStory(flag, [entry for entry in entries if entry.subject_id == flag.id]) for flag in flags]


def find(session: Session, application: Application, number: int, actor: Actor) -> Flag | None:
    """One flag of the case, if this person reads it. No flag has a number that the database cannot hold."""
    if number > LARGEST_INTEGER:
        return None
    hidden, values = _asked(application, actor)
    query = sa.select(Flag).where(Flag.id == number, *_readable(hidden))
    return session.scalars(query.options(joinedload(Flag.owner)), values).first()


def possible_owners(session: Session, application: Application) -> Sequence[User]:
    """Everyone who sees the case and could settle something about it, by name.

    Where reviewers must not learn who applies, none of them: what is to be settled may say it.
    """
    people = {person.id: person for person in people_at_work.holding(session, *READS_ALL)}
    for review in application.reviews:
        if review.state in piles.LIVE_REVIEWS and hides_names(application):
            people.pop(review.reviewer_id, None)
        elif review.state in piles.LIVE_REVIEWS and review.reviewer.active:
            people[review.reviewer_id] = review.reviewer
    barred = assignments.barred(session, application.organization_id)
    found = [person for person in people.values() if person.id not in barred]
    return sorted(found, key=lambda person: (person.name.casefold(), person.id))
