"""The few questions before an account: is registering as a partner the right thing for this visitor at all?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from vetting.data.reading import Header, Node, content_of, keyed, read_header

SCREENING = "forms/screening-1.yaml"


@dataclass(frozen=True, slots=True)
class Option:
    """An answer. `leads_to` names the outcome for visitors who are in the wrong place; None goes on."""

    key: str
    name: str
    leads_to: str | None


@dataclass(frozen=True, slots=True)
class ScreeningQuestion:
    """A question with a few answers."""

    key: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a visitor is sent instead, in words."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Screening:
    """One version of the questions."""

    header: Header
    questions: tuple[ScreeningQuestion, ...]
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Screened:
    """The result: `missing` questions are still to answer, `elsewhere` says where else to go, neither means go on."""

    missing: tuple[str, ...]
    elsewhere: Outcome | None

    @property
    def goes_on(self) -> bool:
        """Whether the visitor may register."""
        return not self.missing and self.elsewhere is None


def screen(screening: Screening, answers: Mapping[str, str]) -> Screened:
    """What the answers mean. An answer that is not in the list counts as missing.

    The first answer that leads elsewhere decides, even while later questions are open: nobody answers in vain.
    """
    missing = []
    for question in screening.questions:
        chosen = next((option for option in question.options if option.key == answers.get(question.key)), None)
        if chosen is None:
            missing.append(question.key)
        elif chosen.leads_to is not None:
            return Screened((), screening.outcomes[chosen.leads_to])
    return Screened(tuple(missing), None)


@cache
def load_screening(name: str = SCREENING) -> Screening:
    """The questions in the data file `name`. Raises DataError."""
    return screening_from(content_of(name), name)


def screening_from(content: Mapping[str, Any], source: str) -> Screening:
    """The questions that `content` describes; `source` names it in errors. Raises DataError."""
    root = Node(content, source)
    header = read_header(root)
    outcomes = [_outcome(node) for node in root.nodes("outcomes")]
    by_key = keyed(outcomes, lambda outcome: outcome.key, root, "outcomes")
    questions = tuple(_question(node, by_key) for node in root.nodes("questions"))
    root.finish()
    keyed(questions, lambda question: question.key, root, "questions")
    return Screening(header, questions, MappingProxyType(by_key))


def _question(node: Node, outcomes: Mapping[str, Outcome]) -> ScreeningQuestion:
    options = []
    for child in node.nodes("options"):
        option = Option(child.text("key"), child.text("name"), child.optional_text("leads_to"))
        child.finish()
        if option.leads_to is not None and option.leads_to not in outcomes:
            raise child.error("leads_to", f"there is no outcome {option.leads_to!r}")
        options.append(option)
    keyed(options, lambda option: option.key, node, "options")
    question = ScreeningQuestion(node.text("key"), node.text("label"), tuple(options))
    node.finish()
    if all(option.leads_to is not None for option in options):
        raise node.error("options", "no answer lets anybody go on")
    return question


def _outcome(node: Node) -> Outcome:
    outcome = Outcome(node.text("key"), node.text("title"), node.text("text"))
    node.finish()
    return outcome
