"""What is different between two versions of a form, question by question."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vetting.questionnaires.burden import Burden, burden
from vetting.questionnaires.form import Form, Question, Section


class What(StrEnum):
    """What happened to a part of the form."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Detail:
    """One property that differs: the name of the field, and its value before and after."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """A section (`question` is None) or a question that was added, removed or changed."""

    what: What
    section: Section
    question: Question | None
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class TextsChanged:
    """How many texts of a language came, changed and went."""

    language: str
    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs, and how long each version takes. `about` is what the form says of itself."""

    about: tuple[Detail, ...]
    changes: tuple[Change, ...]
    texts: tuple[TextsChanged, ...]
    before: Burden
    after: Burden

    @property
    def empty(self) -> bool:
        """Whether the two versions are the same to everybody who reads them."""
        return not (self.about or self.changes or self.texts)

    @property
    def added(self) -> Burden:
        """How much longer the new version takes; less than nothing when it is shorter."""
        return self.after - self.before

    @property
    def added_minutes(self) -> int:
        """How many minutes longer with one program, as a reader of the two rounded lengths counts."""
        return self.after.minutes - self.before.minutes


# The section's key and its questions are compared by themselves.
_SECTION = tuple(f.name for f in dataclasses.fields(Section) if f.name not in {"key", "questions"})
_QUESTION = tuple(f.name for f in dataclasses.fields(Question) if f.name != "key")


def compare(old: Form, new: Form) -> Difference:
    """The difference from one version to another."""
    about = [
        Detail(name, getattr(old.header, name), getattr(new.header, name))
        for name in ("title", "provenance", "provenance_note")
        if getattr(old.header, name) != getattr(new.header, name)
    ]
    keys = [[section.key for section in form.sections] for form in (old, new)]
    if _moved(*keys):
        about.append(Detail("order", *(tuple(s.title for s in form.sections) for form in (old, new))))
    return Difference(tuple(about), tuple(_changes(old, new)), tuple(_texts(old, new)), burden(old), burden(new))


def _changes(old: Form, new: Form) -> Iterator[Change]:
    sections = {section.key: section for section in old.sections}
    homes = {q.key: section for section in old.sections for q in section.questions}
    before = {question.key: question for question in old.questions}
    now = {question.key for question in new.questions}
    for section in new.sections:
        former = sections.get(section.key)
        if former is None:
            yield Change(What.ADDED, section, None)
        else:
            details = [*_details(former, section, _SECTION), *_order(former, section)]
            if details:
                yield Change(What.CHANGED, section, None, tuple(details))
        for question in section.questions:
            if question.key not in before:
                yield Change(What.ADDED, section, question)
                continue
            changed = _details(before[question.key], question, _QUESTION)
            home = homes[question.key]
            if home.key != section.key:
                changed.append(Detail("section", home.title, section.title))
            if changed:
                yield Change(What.CHANGED, section, question, tuple(changed))
        for question in former.questions if former else ():
            if question.key not in now:
                yield Change(What.REMOVED, section, question)
    yield from _gone(old, {section.key for section in new.sections}, now)


def _gone(old: Form, sections: set[str], questions: set[str]) -> Iterator[Change]:
    for section in old.sections:
        if section.key not in sections:
            yield Change(What.REMOVED, section, None)
            for question in section.questions:
                if question.key not in questions:
                    yield Change(What.REMOVED, section, question)


def _details(old: Any, new: Any, names: Sequence[str]) -> list[Detail]:
    return [
        Detail(name, getattr(old, name), getattr(new, name))
        for name in names
        if getattr(old, name) != getattr(new, name)
    ]


def _order(old: Section, new: Section) -> Iterator[Detail]:
    if _moved([q.key for q in old.questions], [q.key for q in new.questions]):
        yield Detail("order", tuple(q.label for q in old.questions), tuple(q.label for q in new.questions))


def _moved(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether what both have stands in another order."""
    return [key for key in old if key in set(new)] != [key for key in new if key in set(old)]


def _texts(old: Form, new: Form) -> Iterator[TextsChanged]:
    for language in sorted({*old.translations, *new.translations}):
        before: Mapping[str, Any] = old.translations.get(language, {})
        after: Mapping[str, Any] = new.translations.get(language, {})
        changed = sum(1 for path in before if path in after and before[path] != after[path])
        added, removed = len(after.keys() - before.keys()), len(before.keys() - after.keys())
        if added or changed or removed:
            yield TextsChanged(language, added, changed, removed)
