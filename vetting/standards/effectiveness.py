"""The Partnership Effectiveness Framework: it rates a school and its partners together, never a partner alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vetting.data.reading import Header, Node, content_hash, content_of, keyed, read_header
from vetting.standards.framework import Scale
from vetting.standards.loading import read_scale

PARTNERSHIP_EFFECTIVENESS = "frameworks/partnership-effectiveness-1.yaml"


class SourceMark(StrEnum):
    """How sure the wording and place of an indicator is."""

    VERIFIED = "verified"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class EffectivenessIndicator:
    """One duty of a school and its partners."""

    key: str
    name: str
    text: str
    source: SourceMark


@dataclass(frozen=True, slots=True)
class Element:
    """One of the seven elements."""

    key: str
    name: str
    indicators: tuple[EffectivenessIndicator, ...]


@dataclass(frozen=True, slots=True)
class EffectivenessFramework:
    """One version of the framework."""

    header: Header
    scale: Scale
    elements: tuple[Element, ...]
    content_hash: str

    @property
    def indicators(self) -> Iterator[EffectivenessIndicator]:
        """Every indicator in order."""
        for element in self.elements:
            yield from element.indicators


def load_effectiveness(name: str = PARTNERSHIP_EFFECTIVENESS) -> EffectivenessFramework:
    """The framework in the data file `name`. Raises DataError."""
    return effectiveness_from(content_of(name), name)


def effectiveness_from(content: Mapping[str, Any], source: str) -> EffectivenessFramework:
    """The framework that `content` describes; `source` names it in errors. Raises DataError."""
    root = Node(content, source)
    header = read_header(root)
    scale = read_scale(root)
    elements = tuple(_element(node) for node in root.nodes("elements"))
    root.finish()
    keyed(elements, lambda element: element.key, root, "elements")
    framework = EffectivenessFramework(header, scale, elements, content_hash(content))
    keyed(list(framework.indicators), lambda indicator: indicator.key, root, "elements")
    return framework


def _element(node: Node) -> Element:
    indicators = []
    for child in node.nodes("indicators"):
        indicators.append(
            EffectivenessIndicator(
                child.text("key"), child.text("name"), child.text("text"), child.choice("source", SourceMark)
            )
        )
        child.finish()
    element = Element(node.text("key"), node.text("name"), tuple(indicators))
    node.finish()
    return element
