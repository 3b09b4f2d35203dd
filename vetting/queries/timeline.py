"""Everything that happened to a case, filtered and paged by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.clock import DISTRICT_ZONE
from vetting.models import Application, Flag, HistoryEntry, Note, User

PER_PAGE = 50

# Drafts are saved many times; a timeline of saves would hide what happened. The others say again what another event of
# the same moment says: a document that was received, a reviewer who was assigned, a request that was made.
QUIET = (
    ("application", "save_answers"),
    ("application", "attach_evidence"),
    ("review", "save_ratings"),
    ("review", "assign"),
    ("information_request", "open"),
    ("decision", "draft"),
)

Row = TypeVar("Row", Note, Flag)

H = HistoryEntry
_ASKING = ("request_information",)
_DECIDING = ("draft_decision", "return_decision", "release_approval", "release_not_selected")
_PAPERS = ("detach_evidence",)
_ASSIGNING = ("assign_reviewer",)
_MESSAGES = ("send", "reply")


def _of(subject: str, *steps: str) -> sa.ColumnElement[bool]:
    return sa.and_(H.subject_type == subject, H.step.in_(steps)) if steps else H.subject_type == subject


KINDS: dict[str, sa.ColumnElement[bool]] = {
    "steps": sa.and_(H.subject_type == "application", H.step.not_in((*_ASKING, *_DECIDING, *_PAPERS, *_ASSIGNING))),
    "documents": sa.or_(_of("evidence"), _of("application", *_PAPERS)),
    "notes": sa.and_(H.subject_type == "note", H.step.not_in(_MESSAGES)),
    "messages": _of("note", *_MESSAGES),
    "flags": _of("flag"),
    "requests": sa.or_(_of("information_request"), _of("application", *_ASKING)),
    "reviews": sa.or_(_of("review"), _of("application", *_ASSIGNING)),
    "decisions": sa.or_(_of("decision"), _of("application", *_DECIDING)),
}
"""What a timeline can be narrowed to."""

_OF_THE_CASE = (
    "submit", "screen", "request_information", "replies_complete", "start_review", "review_again", "withdraw",
)  # fmt: skip

SYSTEM = "system"


@dataclass(frozen=True)
class Filters:
    """What is asked for. ``person`` is a reference of a person or ``system``; days are local and both inclusive."""

    kind: str = ""
    person: str = ""
    since: date | None = None
    until: date | None = None
    before: int = 0
    after: int = 0


@dataclass(frozen=True)
class Page:
    """Some events, newest first, and whether there are newer and older ones."""

    entries: Sequence[HistoryEntry]
    newer: bool
    older: bool


def page(
    session: Session, application: Application, filters: Filters, *, decisions: bool = True, reviewer: int | None = None
) -> Page:
    """The events asked for. ``decisions`` is false for those who may not know of one yet.

    For a ``reviewer`` who does not read everything: what the applicant sent and was asked for, the case on its way,
    decisions they may know of, and what they did themselves.
    """
    conditions = _conditions(application, filters, decisions=decisions)
    if reviewer is not None:
        conditions.append(_told_to_reviewer(reviewer))
    if filters.after:
        query = sa.select(H).where(*conditions, H.id > filters.after).order_by(H.id).limit(PER_PAGE + 1)
        found = list(session.scalars(query))
        return Page(found[:PER_PAGE][::-1], newer=len(found) > PER_PAGE, older=True)
    if filters.before:
        conditions.append(H.id < filters.before)
    found = list(session.scalars(sa.select(H).where(*conditions).order_by(H.id.desc()).limit(PER_PAGE + 1)))
    return Page(found[:PER_PAGE], newer=bool(filters.before), older=len(found) > PER_PAGE)


def _conditions(application: Application, filters: Filters, *, decisions: bool) -> list[sa.ColumnElement[bool]]:
    conditions = [_concerns(application), ~sa.or_(*(_of(subject, step) for subject, step in QUIET))]
    if filters.kind:
        conditions.append(KINDS[filters.kind])
    if not decisions:
        conditions.append(~KINDS["decisions"])
    if filters.person == SYSTEM:
        conditions.append(H.actor_kind == "system")
    elif filters.person:
        person = sa.select(User.id).where(User.reference == filters.person)
        conditions.append(H.actor_id == person.scalar_subquery())
    if filters.since:
        conditions.append(H.at >= _midnight(filters.since))
    if filters.until:
        conditions.append(H.at < _midnight(filters.until + timedelta(days=1)))
    return conditions


def _told_to_reviewer(reviewer: int) -> sa.ColumnElement[bool]:
    return sa.or_(
        H.actor_id == reviewer,
        _of("application", *_OF_THE_CASE, *_PAPERS),
        _of("information_request"),
        _of("evidence"),
        KINDS["decisions"],
    )


def _concerns(application: Application) -> sa.ColumnElement[bool]:
    """The case and its documents, which belong to the organization. A run over many cases is told by its acts."""
    own = sa.and_(H.application_id == application.id, H.subject_type != "bulk_item")
    versions = [link.document_version_id for link in application.evidence]
    if not versions:
        return own
    return sa.or_(own, sa.and_(H.subject_type == "evidence", H.subject_id.in_(versions)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), DISTRICT_ZONE)


def people(session: Session, application: Application) -> list[tuple[str, str]]:
    """Everybody who did something to the case: reference and name, by name."""
    acted = sa.select(H.actor_id).where(H.application_id == application.id).distinct()
    rows = session.execute(sa.select(User.reference, User.name, User.email).where(User.id.in_(acted)))
    return sorted(((row[0], row[1] or row[2]) for row in rows), key=lambda row: row[1].casefold())


@dataclass(frozen=True)
class Told:
    """What events point to: people by id, and the notes and flags they are about."""

    people: dict[int, str]
    notes: dict[int, Note]
    flags: dict[int, Flag]


def told(session: Session, entries: Sequence[HistoryEntry]) -> Told:
    """Read what the words of these events need, in at most three reads."""
    ids = {
        value
        for entry in entries
        for key in ("coordinator", "before", "reviewer", "owner")
        if isinstance(value := entry.data.get(key), int)
    }
    named = session.execute(sa.select(User.id, User.name, User.email).where(User.id.in_(ids))) if ids else ()
    return Told(
        {row[0]: row[1] or row[2] for row in named},
        _by_id(session, Note, {entry.subject_id for entry in entries if entry.subject_type == "note"}),
        _by_id(session, Flag, {entry.subject_id for entry in entries if entry.subject_type == "flag"}),
    )


def _by_id(session: Session, table: type[Row], ids: set[int]) -> dict[int, Row]:
    return {row.id: row for row in session.scalars(sa.select(table).where(table.id.in_(ids)))} if ids else {}
