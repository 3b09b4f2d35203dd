"""What is different between two things an applicant sent: answer by answer, and document by document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import Application, Program, Submission
from vetting.queries import readable, tasklist
from vetting.questionnaires.form import Question, Section

ADDED, REMOVED, REPLACED, CHANGED, UNCHANGED = "added", "removed", "replaced", "changed", "unchanged"
SAME, GONE, NEW = "same", "gone", "new"

MOST_WORDS = 2000
"""Longer texts are shown whole, before and after, without marking words."""

_WORD = re.compile(r"\S+\s*")

Value = str | list[str] | date | None
Pieces = list[tuple[str, str]]


@dataclass(frozen=True)
class AnswerChange:
    """One answer that differs. ``before`` and ``after`` are in words; the pieces mark what went and what came."""

    section: Section
    program: Program | None
    question: Question
    kind: str
    before: Value
    after: Value
    old: Pieces
    new: Pieces


@dataclass(frozen=True)
class DocumentChange:
    """One kind of document: added, replaced, removed, or unchanged by its digest."""

    type_key: str
    kind: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Marks:
    """Where something changed: answers by program id and key, and digests of documents that are new."""

    answers: frozenset[tuple[int, str]] = frozenset()
    documents: frozenset[str] = frozenset()


def submissions(session: Session, application_id: int) -> list[Submission]:
    """Everything the applicant sent in a case, oldest first."""
    query = sa.select(Submission).where(Submission.application_id == application_id).order_by(Submission.number)
    return list(session.scalars(query))


_THIS = sa.bindparam("this", type_=sa.BigInteger)
_NEWEST = (
    sa.select(Submission)
    .where(Submission.application_id.in_([_THIS, sa.bindparam("last", type_=sa.BigInteger)]))
    .order_by(sa.case((Submission.application_id == _THIS, 0), else_=1), Submission.number.desc())
    .limit(2)
)


def newest(session: Session, application: Application) -> tuple[Submission | None, Submission | None]:
    """The last submission of a case, and what it is compared with: the one before, else the last of the last case."""
    numbers = {"this": application.id, "last": application.previous_id or application.id}
    found = session.scalars(_NEWEST, numbers).all()
    if not found or found[0].application_id != application.id:
        return None, None
    return found[0], found[1] if len(found) > 1 else None


def last_of(session: Session, application_id: int) -> Submission | None:
    """The last submission of a case."""
    query = sa.select(Submission).where(Submission.application_id == application_id)
    return session.scalars(query.order_by(Submission.number.desc()).limit(1)).first()


def marks(before: Submission | None, after: Submission | None) -> Marks:
    """What to mark on the page of the case; nothing where there is nothing to compare with."""
    if before is None or after is None:
        return Marks()
    old, new = _answers(before), _answers(after)
    known = {item["sha256"] for item in before.documents}
    return Marks(
        frozenset(key for key in old.keys() | new.keys() if _compared(old.get(key)) != _compared(new.get(key))),
        frozenset(item["sha256"] for item in after.documents if item["sha256"] not in known),
    )


def answers(application: Application, before: Submission, after: Submission) -> list[AnswerChange]:
    """Every answer that differs, in the order of the form."""
    old, new = _answers(before), _answers(after)
    found = []
    programs = tasklist.programs_of(application)
    for section in tasklist.form_of(application).sections:
        owners: list[Program | None] = [*programs] if section.per_program else [None]
        for program in owners:
            for question in section.questions:
                key = (program.id if program else 0, question.key)
                if _compared(old.get(key)) != _compared(new.get(key)):
                    found.append(_change(section, program, question, old.get(key), new.get(key)))
    return found


def _answers(submission: Submission) -> dict[tuple[int, str], Any]:
    return {(item["program"], item["key"]): item["value"] for item in submission.answers}


def _compared(value: Any) -> Any:
    """Empty answers are alike; a tax id is compared by its digest, because it is sealed anew each time."""
    if value in (None, "", []):
        return None
    return value.get("digest", value) if isinstance(value, dict) else value


def _change(section: Section, program: Program | None, question: Question, old: Any, new: Any) -> AnswerChange:
    before, after = readable.in_words(question, old), readable.in_words(question, new)
    kind = ADDED if before is None else REMOVED if after is None else CHANGED
    old_pieces, new_pieces = word_changes(before, after) if kind == CHANGED else ([], [])
    return AnswerChange(section, program, question, kind, before, after, old_pieces, new_pieces)


def word_changes(before: Value, after: Value) -> tuple[Pieces, Pieces]:
    """Both texts cut into pieces that stayed, went and came; empty where words are not compared."""
    if not isinstance(before, str) or not isinstance(after, str):
        return [], []
    old, new = _WORD.findall(before), _WORD.findall(after)
    if not old or not new or len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return [], []
    old_pieces: Pieces = []
    new_pieces: Pieces = []
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if a < b:
            old_pieces.append((SAME if tag == "equal" else GONE, "".join(old[a:b])))
        if c < d:
            new_pieces.append((SAME if tag == "equal" else NEW, "".join(new[c:d])))
    return old_pieces, new_pieces


def documents(before: Submission, after: Submission) -> list[DocumentChange]:
    """Every document of the two, in the order of the newer submission; then those that are gone."""
    old, new = _current(before.documents), _current(after.documents)
    digests = {item["sha256"] for item in old.values()}
    left = {reference: item for reference, item in old.items() if reference not in new}
    found = []
    for reference, item in new.items():
        former = old.get(reference) or _same(left, item, digests)
        if former is not None:
            left.pop(former["document"], None)
        kind = ADDED if former is None else UNCHANGED if former["sha256"] == item["sha256"] else REPLACED
        found.append(DocumentChange(item["type"], kind, former, item))
    return found + [DocumentChange(item["type"], REMOVED, item, None) for item in left.values()]


def _current(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The newest version of each document."""
    found: dict[str, Mapping[str, Any]] = {}
    for item in items:
        known = found.get(item["document"])
        if known is None or item["number"] > known["number"]:
            found[item["document"]] = item
    return found


def _same(
    left: Mapping[str, Mapping[str, Any]], item: Mapping[str, Any], digests: set[str]
) -> Mapping[str, Any] | None:
    """The former document that a new one stands for: the same bytes, else the only other one of its kind."""
    for former in left.values():
        if former["sha256"] == item["sha256"]:
            return former
    if item["sha256"] in digests:
        return None
    kin = [former for former in left.values() if former["type"] == item["type"]]
    return kin[0] if len(kin) == 1 else None
