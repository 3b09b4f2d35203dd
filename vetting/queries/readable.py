"""Answers in words, section by section, as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from vetting.models import Application, Program
from vetting.queries import tasklist
from vetting.questionnaires.form import Kind, Question, Section
from vetting.questionnaires.sections import visible_questions
from vetting.text import N_, dollars

YES_NO = {"yes": N_("Yes"), "no": N_("No")}


@dataclass(frozen=True)
class ReadAnswer:
    """One question with its answer: text, a list of words, a date, or None where nothing was answered."""

    question: Question
    value: str | list[str] | date | None


@dataclass(frozen=True)
class ReadSection:
    """A section of the form as it was answered; ``program`` is None for a section about the organization."""

    key: str
    section: Section
    program: Program | None
    answers: Sequence[ReadAnswer]

    @property
    def unanswered(self) -> int:
        return sum(1 for answer in self.answers if answer.value is None and answer.question.required)


def sections(application: Application) -> list[ReadSection]:
    """Every section with questions, in the order of the form, with the questions that applied."""
    found = []
    programs = tasklist.programs_of(application)
    answers = tasklist.answers_by_program(application)
    for section in tasklist.form_of(application).sections:
        owners: list[Program | None] = [*programs] if section.per_program else [None]
        for program in owners if section.questions else []:
            given = answers[program.id if program else 0]
            rows = [ReadAnswer(q, in_words(q, given.get(q.key))) for q in visible_questions(section, given)]
            key = f"{section.key}-{program.reference}" if program else section.key
            found.append(ReadSection(key, section, program, rows))
    return found


def in_words(question: Question, value: Any) -> str | list[str] | date | None:
    """A stored value as it is read. Keys that the form no longer knows are shown as they are."""
    if value in (None, "", []):
        return None
    names = {choice.key: choice.name for choice in question.choices}
    if question.kind is Kind.CHOICES:
        return [names.get(item, item) for item in value]
    if question.kind is Kind.DATE:
        return date.fromisoformat(value)
    return _text(question.kind, value, names)


def _text(kind: Kind, value: Any, names: dict[str, str]) -> str:
    if kind is Kind.MONEY:
        text = dollars(int(value), short=True)
    elif kind is Kind.NUMBER:
        text = f"{int(value):,}"
    elif kind is Kind.EIN:
        text = f"**-***{value.get('last4', '') if isinstance(value, dict) else str(value)[-4:]}"
    else:
        text = names.get(value) or YES_NO.get(value) or str(value)
    return text
