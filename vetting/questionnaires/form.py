"""What a form is made of. A version is immutable once published; answers stay with the version they were given to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vetting.data.conditions import Condition
from vetting.data.reading import Header
from vetting.data.vocabulary import Word


class Kind(StrEnum):
    """What an answer is. The stored values are JSON: text, whole numbers (money in cents), or lists of choice keys."""

    TEXT = "text"
    LONGTEXT = "longtext"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    YEAR = "year"
    DATE = "date"
    YESNO = "yesno"
    ACKNOWLEDGE = "acknowledge"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    MONEY = "money"
    EIN = "ein"


class Need(StrEnum):
    """Whether a section's document must be there. `if_applies` asks the document type's own condition."""

    REQUIRED = "required"
    IF_APPLIES = "if_applies"
    OPTIONAL = "optional"


class Comparison(StrEnum):
    """How one answer must stand to another."""

    NOT_BEFORE = "not_before"
    NOT_MORE = "not_more"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `minimum` and `maximum` are in the unit of the stored value (money: cents).

    An answer that `identifies` says who applies, or names their people; blind reviewers are not shown it.
    `choices_from` names the district's list that the choices come from; empty where the form has its own.
    """

    key: str
    kind: Kind
    label: str
    help: str
    required: bool
    max_length: int | None
    minimum: int | None
    maximum: int | None
    choices: tuple[Word, ...]
    max_choices: int | None
    show_if: Condition | None
    seconds: int
    informs: tuple[str, ...]
    public: bool
    identifies: bool = False
    choices_from: str = ""


@dataclass(frozen=True, slots=True)
class DocumentNeed:
    """A kind of document that a section asks for."""

    type: str
    need: Need


@dataclass(frozen=True, slots=True)
class Check:
    """A relation between two answers of one section, with the words for when it does not hold."""

    question: str
    comparison: Comparison
    other: str
    message: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form that is saved by itself. `after` names sections that must be complete first."""

    key: str
    title: str
    help: str
    per_program: bool
    after: tuple[str, ...]
    questions: tuple[Question, ...]
    documents: tuple[DocumentNeed, ...]
    checks: tuple[Check, ...]

    def question(self, key: str) -> Question:
        """The question with this key. Raises KeyError."""
        for question in self.questions:
            if question.key == key:
                return question
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Translation:
    """A text of the form in another language, and the mark of the English words that it was made from."""

    text: str
    made_from: str


@dataclass(frozen=True, slots=True)
class Form:
    """One version of a form. `translations` are by language and then by the path of the text (see `texts`)."""

    header: Header
    sections: tuple[Section, ...]
    content_hash: str
    translations: Mapping[str, Mapping[str, Translation]] = field(default_factory=dict)

    @property
    def questions(self) -> Iterator[Question]:
        """Every question in order."""
        for section in self.sections:
            yield from section.questions

    def section(self, key: str) -> Section:
        """The section with this key. Raises KeyError."""
        for section in self.sections:
            if section.key == key:
                return section
        raise KeyError(key)
