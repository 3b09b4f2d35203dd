"""Changes to the content of a draft, as pure functions: content in, new content out, the old one untouched.

Content has the shape of a form's file. Each change does one thing and leaves no key behind that says what is so anyway,
so that a downloaded draft reads as if it had been written by hand. Whether the result is a form that works, the loader
says afterwards; here only what cannot be done at all is refused.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vetting.questionnaires.form import Comparison, Kind, Need
from vetting.questionnaires.loading import CHOOSING, COUNTING, MAX_LENGTH
from vetting.refs import folded
from vetting.text import N_, Message, say

Content = dict[str, Any]

LONGEST_KEY = 40
_SMALL = frozenset(
    {"a", "an", "and", "are", "at", "by", "do", "for", "in", "is", "of", "on", "or", "the", "to", "your"}
)


class EditRefused(Exception):
    """The change cannot be made; the message says why."""

    def __init__(self, text: str, **values: str | int) -> None:
        self.message: Message = say(text, **values)
        super().__init__(str(self.message))


@dataclass(frozen=True, slots=True)
class SectionFields:
    """What a person says about a section. `documents` are kinds of document with whether they must be there."""

    title: str
    help: str = ""
    per_program: bool = False
    after: tuple[str, ...] = ()
    documents: tuple[tuple[str, Need], ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionFields:
    """What a person says about a question. `options` pair a key, empty for a new choice, with its words.

    `minimum` and `maximum` are in the unit of the stored value (money: cents); `minutes` None takes the kind's own.
    """

    label: str
    kind: Kind
    help: str = ""
    required: bool = True
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    options_from: str = ""
    max_choices: int | None = None
    minutes: int | None = None
    informs: tuple[str, ...] = ()
    public: bool = False
    identifies: bool = False


def key_from(label: str, taken: Collection[str]) -> str:
    """A key made from the words of a label, unlike every key in `taken`. It stays when the words change."""
    words = re.findall(r"[a-z0-9]+", folded(label))
    said = [word for word in words if word not in _SMALL] or words
    base = ""
    for word in said:
        if len(base) + len(word) + 1 > LONGEST_KEY:
            break
        base = f"{base}_{word}" if base else word
    base = base or (said[0][:LONGEST_KEY] if said else "question")
    if not base[0].isalpha():
        base = f"q_{base}"
    number = 1
    key = base
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key


def add_section(content: Content, fields: SectionFields, taken: Collection[str]) -> tuple[Content, str]:
    """The content with a new section at its end, and the section's key."""
    fresh = copy.deepcopy(content)
    key = key_from(fields.title, {section["key"] for section in fresh["sections"]} | set(taken))
    section: Content = {"key": key}
    _write_section(section, fields)
    fresh["sections"].append(section)
    return fresh, key


def change_section(content: Content, key: str, fields: SectionFields) -> Content:
    """The content with a section's own words and rules changed."""
    fresh = copy.deepcopy(content)
    _write_section(_section(fresh, key), fields)
    return fresh


def move_section(content: Content, key: str, places: int) -> Content:
    """The content with a section some places lower (positive) or higher; it stops at either end."""
    fresh = copy.deepcopy(content)
    _move(fresh["sections"], fresh["sections"].index(_section(fresh, key)), places)
    return fresh


def remove_section(content: Content, key: str) -> Content:
    """The content without a section and its questions."""
    fresh = copy.deepcopy(content)
    if len(fresh["sections"]) == 1:
        raise EditRefused(N_("A form needs at least one section"))
    fresh["sections"].remove(_section(fresh, key))
    return without_stale_texts(fresh)


def add_question(content: Content, section: str, fields: QuestionFields, taken: Collection[str]) -> tuple[Content, str]:
    """The content with a new question at the end of a section, and the question's key."""
    fresh = copy.deepcopy(content)
    key = key_from(fields.label, {question["key"] for _, question in questions_in(fresh)} | set(taken))
    question: Content = {"key": key}
    _write_question(question, fields)
    _filled(_section(fresh, section), "questions", []).append(question)
    return fresh, key


def change_question(content: Content, key: str, fields: QuestionFields, section: str | None = None) -> Content:
    """The content with a question changed, and moved to the end of another section where one is named."""
    fresh = copy.deepcopy(content)
    home, question = _question(fresh, key)
    _write_question(question, fields)
    if section is not None and section != home["key"]:
        target = _section(fresh, section)
        home["questions"].remove(question)
        _drop_if_empty(home, "questions")
        _filled(target, "questions", []).append(question)
    return without_stale_texts(fresh)


def move_question(content: Content, key: str, places: int) -> Content:
    """The content with a question some places lower or higher in its section."""
    fresh = copy.deepcopy(content)
    home, question = _question(fresh, key)
    _move(home["questions"], home["questions"].index(question), places)
    return fresh


def remove_question(content: Content, key: str) -> Content:
    """The content without a question and its translations."""
    fresh = copy.deepcopy(content)
    home, question = _question(fresh, key)
    home["questions"].remove(question)
    _drop_if_empty(home, "questions")
    return without_stale_texts(fresh)


def set_condition(content: Content, key: str, condition: Mapping[str, Any] | None) -> Content:
    """The content with a question that is asked only under a condition, or always."""
    fresh = copy.deepcopy(content)
    _, question = _question(fresh, key)
    _put(question, "show_if", dict(condition) if condition else None)
    return fresh


def add_check(
    content: Content, section: str, question: str, comparison: Comparison, other: str, message: str
) -> Content:
    """The content with a relation that two answers of a section must have."""
    fresh = copy.deepcopy(content)
    check = {"question": question, "is": comparison.value, "other": other, "message": message}
    checks = _filled(_section(fresh, section), "checks", [])
    if any((known["question"], known["other"]) == (question, other) for known in checks):
        raise EditRefused(N_("These two answers are already compared"))
    checks.append(check)
    return fresh


def remove_check(content: Content, section: str, question: str, other: str) -> Content:
    """The content without a relation between two answers."""
    fresh = copy.deepcopy(content)
    home = _section(fresh, section)
    checks = home.get("checks") or []
    kept = [check for check in checks if (check["question"], check["other"]) != (question, other)]
    if len(kept) == len(checks):
        raise EditRefused(N_("This is no longer in the draft"))
    _put(home, "checks", kept)
    return without_stale_texts(fresh)


def change_about(content: Content, *, title: str, provenance: str, note: str) -> Content:
    """The content with another title, and with whose words it carries."""
    return {**copy.deepcopy(content), "title": title, "provenance": provenance, "provenance_note": note}


def set_texts(content: Content, language: str, texts: Mapping[str, tuple[str, str]]) -> Content:
    """The content with texts in a language: by path the words and the mark of the English; empty words take one out."""
    fresh = copy.deepcopy(content)
    languages = _filled(fresh, "translations", {})
    kept = _filled(languages, language, {})
    for path, (text, made_from) in texts.items():
        if text:
            kept[path] = {"text": text, "made_from": made_from}
        else:
            kept.pop(path, None)
    _drop_if_empty(languages, language)
    _drop_if_empty(fresh, "translations")
    return fresh


def questions_in(content: Mapping[str, Any]) -> Iterator[tuple[Content, Content]]:
    """Every question of a content with its section."""
    for section in content["sections"]:
        for question in section.get("questions") or ():
            yield section, question


def without_stale_texts(content: Content) -> Content:
    """The same content, less translations of texts that are no longer in it."""
    languages = content.get("translations") or {}
    known = set(paths_in(content))
    for language in list(languages):
        languages[language] = {path: text for path, text in languages[language].items() if path in known}
        _drop_if_empty(languages, language)
    _drop_if_empty(content, "translations")
    return content


def paths_in(content: Mapping[str, Any]) -> Iterator[str]:
    """The path of every text of a content, as `texts` names them."""
    yield "title"
    for section in content["sections"]:
        yield f"section.{section['key']}.title"
        if section.get("help"):
            yield f"section.{section['key']}.help"
        for question in section.get("questions") or ():
            yield f"question.{question['key']}.label"
            if question.get("help"):
                yield f"question.{question['key']}.help"
            yield from (f"option.{question['key']}.{option['key']}" for option in question.get("options") or ())
        for check in section.get("checks") or ():
            yield f"check.{check['question']}.{check['other']}"


def _section(content: Content, key: str) -> Content:
    for section in content["sections"]:
        if section["key"] == key:
            found: Content = section
            return found
    raise EditRefused(N_("This is no longer in the draft"))


def _question(content: Content, key: str) -> tuple[Content, Content]:
    for section, question in questions_in(content):
        if question["key"] == key:
            return section, question
    raise EditRefused(N_("This is no longer in the draft"))


def _write_section(section: Content, fields: SectionFields) -> None:
    section["title"] = fields.title
    _put(section, "help", fields.help)
    _put(section, "per_program", fields.per_program)
    _put(section, "after", list(fields.after))
    _put(section, "documents", [{"type": kind, "need": need.value} for kind, need in fields.documents])


def _write_question(question: Content, fields: QuestionFields) -> None:
    kind = fields.kind
    chooses = kind in CHOOSING
    question |= {"kind": kind.value, "label": fields.label}
    _put(question, "help", fields.help)
    question.pop("required", None)
    if not fields.required and kind is not Kind.ACKNOWLEDGE:
        question["required"] = False
    limited = kind in MAX_LENGTH and fields.max_length != MAX_LENGTH[kind]
    _put(question, "max_length", fields.max_length if limited else None)
    for key, value in (("min", fields.minimum), ("max", fields.maximum)):
        _put(question, key, value if kind in COUNTING else None, keep_zero=True)
    own = chooses and not fields.options_from
    _put(question, "options_from", fields.options_from if chooses else None)
    _put(question, "options", _options(fields.options) if own else None)
    _put(question, "max_choices", fields.max_choices if kind is Kind.CHOICES else None)
    _put(question, "minutes", fields.minutes)
    _put(question, "informs", list(fields.informs))
    _put(question, "public", fields.public)
    _put(question, "identifies", fields.identifies)


def _options(options: Sequence[tuple[str, str]]) -> list[Content]:
    taken = {key for key, _ in options if key}
    made = []
    for key, name in options:
        if not key:
            key = key_from(name, taken)  # noqa: PLW2901 - the loop gives new choices their key
            taken.add(key)
        made.append({"key": key, "name": name})
    return made


def _put(node: Content, key: str, value: Any, *, keep_zero: bool = False) -> None:
    if value or (keep_zero and value == 0 and value is not None):
        node[key] = value
    else:
        node.pop(key, None)


def _filled(node: Content, key: str, empty: Any) -> Any:
    """The list or mapping under a key; a file may leave it out or write it empty."""
    if not node.get(key):
        node[key] = empty
    return node[key]


def _drop_if_empty(node: Content, key: str) -> None:
    if key in node and not node[key]:
        del node[key]


def _move(items: list[Any], place: int, places: int) -> None:
    item = items.pop(place)
    items.insert(max(0, min(len(items), place + places)), item)
