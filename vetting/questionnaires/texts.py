"""The texts of a form that applicants read, each under a path that stays, and the form in another language.

title                          the form's own title
section.<key>.title, .help     a section
question.<key>.label, .help    a question
option.<question>.<key>        a choice that belongs to the form; the district's lists are translated elsewhere
check.<question>.<other>       the words for two answers that do not fit together
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache

from vetting.data.vocabulary import Word
from vetting.questionnaires.form import Form, Question, Section

ENGLISH = "en"

LANGUAGES: Mapping[str, str] = {
    "es": "Español",
    "ht": "Kreyòl ayisyen",
    "pt": "Português",
    "kea": "Kabuverdianu",
    "zh-Hans": "简体中文",
    "vi": "Tiếng Việt",
    "so": "Soomaali",
    "ar": "العربية",
    "fr": "Français",
}
"""Languages that a form may carry, by their own names, in the order of the district's families."""

RIGHT_TO_LEFT = frozenset({"ar"})

reading: ContextVar[str] = ContextVar("reading", default=ENGLISH)
"""The language in which the person behind the request reads forms. Whoever sets it puts it back."""


class Standing(StrEnum):
    """How a translation stands to its English text."""

    MISSING = "missing"
    OUT_OF_DATE = "out_of_date"
    GOOD = "good"


def texts_of(form: Form) -> dict[str, str]:
    """Every English text by its path, in the order of the form; texts that are empty are left out."""
    return {path: text for path, text in _texts(form) if text}


def _texts(form: Form) -> Iterator[tuple[str, str]]:
    yield "title", form.header.title
    for section in form.sections:
        yield f"section.{section.key}.title", section.title
        yield f"section.{section.key}.help", section.help
        for question in section.questions:
            yield f"question.{question.key}.label", question.label
            yield f"question.{question.key}.help", question.help
            for choice in question.choices if not question.choices_from else ():
                yield f"option.{question.key}.{choice.key}", choice.name
        for check in section.checks:
            yield f"check.{check.question}.{check.other}", check.message


def mark(text: str) -> str:
    """A short mark of an English text, by which a translation knows whether it has changed since."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def standing(form: Form, language: str) -> dict[str, Standing]:
    """How far each text is translated, by path."""
    kept = form.translations.get(language, {})
    return {
        path: Standing.MISSING
        if path not in kept
        else Standing.GOOD
        if kept[path].made_from == mark(text)
        else Standing.OUT_OF_DATE
        for path, text in texts_of(form).items()
    }


def direction(language: str) -> str:
    """In which direction a language is written, as HTML says it."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def languages_of(form: Form) -> tuple[str, ...]:
    """The languages other than English that the form has texts in."""
    return tuple(language for language in LANGUAGES if form.translations.get(language))


def in_language(form: Form, language: str) -> Form:
    """The form as readers of a language see it. A text without translation stays English.

    A translation of former words is still shown: it was right until somebody changed the English, and a form in two
    languages at once is harder to read. The editors are told to renew it.
    """
    if language == ENGLISH or not form.translations.get(language):
        return form
    return _made(_Known(form), language)


@lru_cache(maxsize=64)
def _made(known: _Known, language: str) -> Form:
    return _translated(known.form, language)


class _Known:
    """A form that is known by its content, so that each translation of it is made once per process."""

    __slots__ = ("form",)

    def __init__(self, form: Form) -> None:
        self.form = form

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.form.content_hash == self.form.content_hash

    def __hash__(self) -> int:
        return hash(self.form.content_hash)


def _translated(form: Form, language: str) -> Form:
    texts = {path: each.text for path, each in form.translations[language].items()}
    sections = tuple(_section(section, texts) for section in form.sections)
    header = replace(form.header, title=texts.get("title", form.header.title))
    return replace(form, header=header, sections=sections)


def _section(section: Section, texts: Mapping[str, str]) -> Section:
    return replace(
        section,
        title=texts.get(f"section.{section.key}.title", section.title),
        help=texts.get(f"section.{section.key}.help", section.help),
        questions=tuple(_question(question, texts) for question in section.questions),
        checks=tuple(
            replace(check, message=texts.get(f"check.{check.question}.{check.other}", check.message))
            for check in section.checks
        ),
    )


def _question(question: Question, texts: Mapping[str, str]) -> Question:
    own = () if question.choices_from else question.choices
    renamed = tuple(Word(c.key, texts.get(f"option.{question.key}.{c.key}", c.name), c.note, c.group) for c in own)
    return replace(
        question,
        label=texts.get(f"question.{question.key}.label", question.label),
        help=texts.get(f"question.{question.key}.help", question.help),
        choices=renamed or question.choices,
    )
