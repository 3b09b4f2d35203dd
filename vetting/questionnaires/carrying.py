"""Which answers to one version of a form still answer another version of it.

A question keeps its answer while key, kind and place are the same and the answer still fits the limits. Where only the
words changed, the answer comes along and somebody looks at it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vetting.questionnaires.answers import Problem, browser_length, validate_answer
from vetting.questionnaires.form import Form, Kind, Question
from vetting.questionnaires.sections import visible_questions

Place = tuple[int, str]
"""The program an answer is about (0: the organization) and the key of its question."""

Given = Mapping[Place, Any]


class Fate(StrEnum):
    """What becomes of an answer."""

    SAME = "same"
    CHECK = "check"
    ASK = "ask"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Carried:
    """What comes along. ``values`` are all answers that do, those ``to_check`` among them.

    ``asked`` are required questions that apply and have no answer to bring; ``dropped`` are answers to questions that
    are gone from the form or from the case.
    """

    values: Mapping[Place, Any]
    to_check: tuple[Place, ...]
    asked: tuple[Place, ...]
    dropped: tuple[Place, ...]


def carry(old: Form, new: Form, given: Given, programs: Iterable[int]) -> Carried:
    """Bring the answers ``given`` to ``old`` over to ``new``, for the organization and these programs."""
    programs = tuple(programs)
    before = {q.key: (section.per_program, q) for section in old.sections for q in section.questions}
    values: dict[Place, Any] = {}
    to_check: list[Place] = []
    for section in new.sections:
        for question in section.questions:
            was = before.get(question.key)
            for owner in programs if section.per_program else (0,):
                place = (owner, question.key)
                fate = _fate(was, section.per_program, question, given.get(place))
                if fate in {Fate.SAME, Fate.CHECK}:
                    values[place] = given[place]
                if fate is Fate.CHECK:
                    to_check.append(place)
    shown = set(applicable(new, values, programs))
    known = {
        (owner, q.key) for s in new.sections for q in s.questions for owner in (programs if s.per_program else (0,))
    }
    return Carried(
        values=values,
        to_check=tuple(place for place in to_check if place in shown),
        asked=tuple(place for place in applicable(new, values, programs, required=True) if place not in values),
        dropped=tuple(place for place in given if place not in known and _answered(given[place])),
    )


def applicable(form: Form, values: Given, programs: Iterable[int], *, required: bool = False) -> list[Place]:
    """The questions that apply with these answers, in the order of the form; perhaps only those to be answered."""
    own = {key: value for (owner, key), value in values.items() if owner == 0}
    found = []
    for section in form.sections:
        for owner in tuple(programs) if section.per_program else (0,):
            answers = own | {key: value for (program, key), value in values.items() if program == owner}
            asked = visible_questions(section, answers)
            found += [(owner, question.key) for question in asked if question.required or not required]
    return found


def _fate(was: tuple[bool, Question] | None, per_program: bool, question: Question, value: Any) -> Fate:
    if not _answered(value) or was is None or was[0] is not per_program or was[1].kind is not question.kind:
        return Fate.ASK
    if not still_fits(question, value):
        return Fate.ASK
    if wording(was[1]) == wording(question):
        return Fate.SAME
    # Who agreed to other words has not agreed to these.
    return Fate.ASK if question.kind is Kind.ACKNOWLEDGE else Fate.CHECK


def wording(question: Question) -> tuple[Any, ...]:
    """All that a person reads before they answer."""
    return question.label, question.help, tuple((choice.key, choice.name) for choice in question.choices)


def still_fits(question: Question, value: Any) -> bool:
    """Whether a stored answer could be given to the question as it is now."""
    if question.kind is Kind.EIN:
        return isinstance(value, Mapping)
    if question.kind is Kind.CHOICES:
        return isinstance(value, list) and not isinstance(validate_answer(question, [str(v) for v in value]), Problem)
    if question.kind in {Kind.MONEY, Kind.NUMBER, Kind.YEAR}:
        return isinstance(value, int) and _within(question, value)
    if question.kind in {Kind.TEXT, Kind.LONGTEXT}:
        # Rules on content that came later are asked when the answer is next changed, not of what was accepted.
        return isinstance(value, str) and (question.max_length is None or browser_length(value) <= question.max_length)
    return isinstance(value, str) and not isinstance(validate_answer(question, value), Problem)


def _within(question: Question, value: int) -> bool:
    low = question.minimum if question.minimum is not None else 0
    return low <= value and (question.maximum is None or value <= question.maximum)


def _answered(value: Any) -> bool:
    return value not in (None, "", [])
