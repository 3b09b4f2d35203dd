"""The little language in which data files say "only if": conditions over the answers of a form.

    always: true
    {question: nonprofit_status, is: nonprofit}      also: is_not, is_any
    {question: max_students, at_least: 30}
    {all: [...]}, {any: [...]}, {not: {...}}

An answer that is missing fulfils no condition on it, `is_not` included: nothing is asked because of silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vetting.data.reading import Node

Answers = Mapping[str, Any]


class Condition(Protocol):
    """A question to the answers given so far."""

    def holds(self, answers: Answers) -> bool:
        """Whether the condition is fulfilled."""
        ...

    def questions(self) -> Iterator[str]:
        """The keys of the questions it depends on."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """Fulfilled whatever the answers."""

    def holds(self, answers: Answers) -> bool:
        return True

    def questions(self) -> Iterator[str]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Compare:
    """One answer compared with fixed values."""

    question: str
    operator: str
    operand: tuple[Any, ...]

    def holds(self, answers: Answers) -> bool:
        answer = answers.get(self.question)
        if answer in (None, "", []):
            return False
        if self.operator == "at_least":
            return isinstance(answer, int) and answer >= self.operand[0]
        given = set(answer) if isinstance(answer, (list, tuple)) else {answer}
        matches = bool(given & set(self.operand))
        return not matches if self.operator == "is_not" else matches

    def questions(self) -> Iterator[str]:
        yield self.question


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions together: `all`, `any`, or `not` of one."""

    operator: str
    parts: tuple[Condition, ...]

    def holds(self, answers: Answers) -> bool:
        if self.operator == "not":
            return not self.parts[0].holds(answers)
        results = [part.holds(answers) for part in self.parts]
        return all(results) if self.operator == "all" else any(results)

    def questions(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.questions()


def read_condition(node: Node) -> Condition:
    """The condition written in a mapping. Raises DataError."""
    condition = _read(node)
    node.finish()
    return condition


def _read(node: Node) -> Condition:
    if node.has("always"):
        if not node.flag("always"):
            raise node.error("always", "can only be true")
        return Always()
    for operator in ("all", "any"):
        if node.has(operator):
            return Group(operator, tuple(read_condition(part) for part in node.nodes(operator)))
    if node.has("not"):
        return Group("not", (read_condition(node.node("not")),))
    question = node.text("question")
    if node.has("at_least"):
        return Compare(question, "at_least", (node.integer("at_least"),))
    if node.has("is_any"):
        return Compare(question, "is", node.texts("is_any"))
    for operator in ("is", "is_not"):
        if node.has(operator):
            return Compare(question, operator, (node.text(operator),))
    raise node.error("question", "say what the answer is compared with: is, is_not, is_any or at_least")
