"""How far a section has come, which of its questions apply, and which documents it needs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vetting.data.conditions import Answers
from vetting.data.evidence_types import EvidenceTypes
from vetting.questionnaires.form import Check, Comparison, Form, Need, Question, Section
from vetting.questionnaires.loading import DOCUMENT_SECONDS
from vetting.text import N_, Message, say


class Progress(StrEnum):
    """The state of a section on the task list."""

    CANNOT_START = "cannot_start"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"


PROGRESS_LABELS: Mapping[Progress, str] = {
    Progress.CANNOT_START: N_("Cannot start yet"),
    Progress.NOT_STARTED: N_("Not started"),
    Progress.IN_PROGRESS: N_("In progress"),
    Progress.COMPLETE: N_("Complete"),
}


@dataclass(frozen=True, slots=True)
class SectionState:
    """Where a section stands. `reason` says why it cannot start or what is missing; None: nothing is missing."""

    progress: Progress
    reason: Message | None
    missing_questions: tuple[str, ...]
    missing_documents: tuple[str, ...]


def visible_questions(section: Section, answers: Answers) -> tuple[Question, ...]:
    """The questions of the section that apply, given the answers so far.

    `answers` may hold more than the section's own: for a program, the organization's answers and the program's.
    """
    return tuple(q for q in section.questions if q.show_if is None or q.show_if.holds(answers))


def visible_answers(form: Form, answers: Answers) -> dict[str, Any]:
    """The answers to questions that apply. An answer that a changed choice hid stays stored but is not submitted."""
    shown = {question.key for section in form.sections for question in visible_questions(section, answers)}
    return {key: value for key, value in answers.items() if key in shown}


def required_documents(section: Section, cases: Iterable[Answers], types: EvidenceTypes) -> tuple[str, ...]:
    """The kinds of document that the section must have.

    Each case is one full set of answers: the organization's, or for each program the organization's and that
    program's together. A document that applies to one of them is required.
    """
    cases = list(cases)
    return tuple(
        need.type
        for need in section.documents
        if need.need is Need.REQUIRED or (need.need is Need.IF_APPLIES and _applies(need.type, cases, types))
    )


def section_problems(section: Section, answers: Answers) -> dict[str, Message]:
    """Answers that do not fit together, by the question to mend."""
    return {check.question: say(check.message) for check in section.checks if not _holds(check, answers)}


def section_state(
    section: Section,
    answers: Answers,
    *,
    complete: Collection[str] = (),
    titles: Mapping[str, str] | None = None,
    documents: Collection[str] = (),
    needed_documents: Collection[str] = (),
) -> SectionState:
    """The state of a section.

    `answers` are stored values, of this section and of those its conditions ask about; `complete` the sections that
    are complete; `titles` the titles of sections, for the reason; `documents` the kinds already there, and
    `needed_documents` the kinds it must have (see `required_documents`).
    """
    waiting = [key for key in section.after if key not in complete]
    if waiting:
        title = (titles or {}).get(waiting[0], waiting[0])
        return SectionState(Progress.CANNOT_START, say(N_("Complete “%(section)s” first."), section=title), (), ())
    visible = visible_questions(section, answers)
    missing = tuple(q.key for q in visible if q.required and not _answered(answers.get(q.key)))
    absent = tuple(key for key in needed_documents if key not in documents)
    wrong = section_problems(section, answers)
    own_documents = {need.type for need in section.documents}
    begun = any(_answered(answers.get(q.key)) for q in visible) or bool(own_documents & set(documents))
    if missing or absent or wrong:
        progress = Progress.IN_PROGRESS if begun else Progress.NOT_STARTED
        return SectionState(progress, _what_is_missing(missing, absent, wrong), missing, absent)
    if not begun and not section.questions and not needed_documents:
        return SectionState(Progress.COMPLETE, None, (), ())
    return SectionState(Progress.COMPLETE if begun else Progress.NOT_STARTED, None, (), ())


def total_minutes(form: Form, *, programs: int = 1) -> int:
    """How long the form takes, in whole minutes, when every question applies; documents included unless optional."""
    seconds = 0
    for section in form.sections:
        own = sum(question.seconds for question in section.questions)
        own += DOCUMENT_SECONDS * sum(need.need is not Need.OPTIONAL for need in section.documents)
        seconds += own * programs if section.per_program else own
    return math.ceil(seconds / 60)


def _answered(value: object) -> bool:
    return value not in (None, "", [])


def _applies(kind: str, cases: Iterable[Answers], types: EvidenceTypes) -> bool:
    condition = types.documents[kind].required_if
    return condition is not None and any(condition.holds(answers) for answers in cases)


def _holds(check: Check, answers: Answers) -> bool:
    value: Any = answers.get(check.question)
    other: Any = answers.get(check.other)
    if not _answered(value) or not _answered(other):
        return True
    # ISO dates order as text, and amounts as numbers, so both comparisons are plain ones.
    return bool(value >= other) if check.comparison is Comparison.NOT_BEFORE else bool(value <= other)


def _what_is_missing(missing: Collection[str], absent: Collection[str], wrong: Collection[str]) -> Message:
    if missing:
        return say(N_("Questions still to answer: %(count)s."), count=len(missing))
    if absent:
        return say(N_("Documents still to add: %(count)s."), count=len(absent))
    return say(N_("Answers to check: %(count)s."), count=len(wrong))
