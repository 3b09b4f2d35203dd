"""What is wrong with a form as a whole: prerequisites, conditions, checks and keys that do not fit together.

A person may know each question well and still break the form between two of them; so each fault names where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vetting.data.conditions import Compare, Condition, Group
from vetting.questionnaires.form import Check, Comparison, Form, Kind, Question, Section
from vetting.questionnaires.texts import texts_of
from vetting.text import N_, Message, say

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
LONGEST_TEXT = 2000
LONGEST_TITLE = 200
NUMBERS = frozenset({Kind.NUMBER, Kind.YEAR, Kind.MONEY})
CHOSEN = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.YESNO, Kind.ACKNOWLEDGE})
COMPARABLE: Mapping[Comparison, frozenset[Kind]] = {
    Comparison.NOT_BEFORE: frozenset({Kind.DATE}),
    Comparison.NOT_MORE: NUMBERS,
}
_HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `section` and `question` are keys, empty where it is about more; `field` names what."""

    message: Message
    section: str = ""
    question: str = ""
    field: str = ""


def faults(form: Form) -> Iterator[Fault]:
    """Everything that keeps the parts of the form from working together, in its order."""
    yield from _keys(form)
    yield from _texts(form)
    yield from _prerequisites(form)
    yield from _conditions(form)
    for section in form.sections:
        for check in section.checks:
            yield from _check(section, check)


def _keys(form: Form) -> Iterator[Fault]:
    message = N_("The key '%(key)s' must be small letters, digits and underscores, and begin with a letter")
    for section in form.sections:
        if not KEY.fullmatch(section.key):
            yield Fault(say(message, key=section.key), section.key)
        for question in section.questions:
            if not KEY.fullmatch(question.key):
                yield Fault(say(message, key=question.key), section.key, question.key)
            if question.max_choices is not None and question.max_choices > len(question.choices):
                words = N_("“%(question)s” lets people choose more answers than it has")
                yield Fault(say(words, question=question.label), section.key, question.key, "max_choices")


def _texts(form: Form) -> Iterator[Fault]:
    if len(form.header.title) > LONGEST_TITLE:
        yield Fault(say(N_("Shorten the title of the form to %(limit)s characters or fewer"), limit=LONGEST_TITLE))
    owners = {q.key: (section.key, q.key) for section in form.sections for q in section.questions}
    mine = [*texts_of(form).items(), ("note", form.header.provenance_note)]
    theirs = [(path, each.text) for texts in form.translations.values() for path, each in texts.items()]
    for path, text in [*mine, *theirs]:
        section, question = owners.get(path.split(".")[1], ("", "")) if "." in path else ("", "")
        if len(text) > LONGEST_TEXT:
            message = say(
                N_("Shorten “%(text)s…” to %(limit)s characters or fewer"), text=text[:40], limit=LONGEST_TEXT
            )
            yield Fault(message, section, question, path.rpartition(".")[2])
        if _HIDDEN.search(text):
            shown = _HIDDEN.sub("", text)[:40]
            message = say(
                N_("“%(text)s” holds hidden characters. Type it again, or paste it as plain text"), text=shown
            )
            yield Fault(message, section, question, path.rpartition(".")[2])


def _prerequisites(form: Form) -> Iterator[Fault]:
    titles = {section.key: section.title for section in form.sections}
    seen: set[str] = set()
    for section in form.sections:
        for earlier in section.after:
            if earlier not in titles:
                words = N_("“%(section)s” comes after '%(other)s', which is not a section")
                yield Fault(say(words, section=section.title, other=earlier), section.key, field="after")
            elif earlier not in seen:
                words = N_("“%(section)s” comes after “%(other)s”, so it must stand below it")
                yield Fault(say(words, section=section.title, other=titles[earlier]), section.key, field="after")
        seen.add(section.key)


def _conditions(form: Form) -> Iterator[Fault]:
    places = {q.key: (section, q) for section in form.sections for q in section.questions}
    asked: set[str] = set()
    for section in form.sections:
        for question in section.questions:
            for part in compared(question.show_if):
                message = _condition(section, question, part, places, asked)
                if message is not None:
                    yield Fault(message, section.key, question.key, "show_if")
            asked.add(question.key)


def _condition(
    section: Section, question: Question, part: Compare, places: Mapping[str, tuple[Section, Question]], asked: set[str]
) -> Message | None:
    if part.question not in places:
        words = N_("“%(question)s” depends on '%(other)s', which is not a question")
        return say(words, question=question.label, other=part.question)
    there, other = places[part.question]
    words = ""
    if part.question not in asked:
        words = N_("“%(question)s” depends on “%(other)s”, so it must stand below it")
    elif there.per_program and not section.per_program:
        words = N_("“%(question)s” is asked once and depends on “%(other)s”, which each program answers for itself")
    elif part.operator == "at_least" and other.kind not in NUMBERS:
        words = N_("“%(question)s” waits for a number, and “%(other)s” does not ask for one")
    elif part.operator != "at_least" and other.kind not in CHOSEN:
        words = N_("“%(question)s” waits for a choice, and “%(other)s” does not offer any")
    elif part.operator != "at_least" and not (part.operand and set(part.operand) <= set(answers_to(other))):
        words = N_("“%(question)s” waits for an answer that “%(other)s” does not have")
    return say(words, question=question.label, other=other.label) if words else None


def compared(condition: Condition | None) -> Iterator[Compare]:
    """Every comparison inside a condition."""
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, Group):
        for part in condition.parts:
            yield from compared(part)


def answers_to(question: Question) -> tuple[str, ...]:
    """The keys of the answers that a question of choice can have."""
    if question.kind in {Kind.YESNO, Kind.ACKNOWLEDGE}:
        return ("yes", "no")
    return tuple(choice.key for choice in question.choices)


def _check(section: Section, check: Check) -> Iterator[Fault]:
    kinds = {question.key: question.kind for question in section.questions}
    if not {check.question, check.other} <= set(kinds):
        words = N_("A check of “%(section)s” names a question that is not in the section")
    elif check.question == check.other:
        words = N_("A check of “%(section)s” compares a question with itself")
    elif (
        len({kinds[check.question], kinds[check.other]}) > 1
        or kinds[check.question] not in COMPARABLE[check.comparison]
    ):
        words = N_("A check of “%(section)s” compares answers of kinds that cannot be compared")
    else:
        return
    yield Fault(say(words, section=section.title), section.key, field="checks")
