"""Lanes: kinds of special knowledge a case can need, each with a pool of its own, and what sends a case there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from vetting.data.reading import Node, content_of, keyed, read_header

LANES = "lanes-1.yaml"


@dataclass(frozen=True, slots=True)
class Route:
    """An answer that sends a new case to a lane."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane and the answers of which any one sends a new case there."""

    key: str
    name: str
    routes: tuple[Route, ...]


@cache
def load_lanes(name: str = LANES) -> Mapping[str, Lane]:
    """Every lane by its key, in order. Raises DataError."""
    root = Node(content_of(name), name)
    read_header(root)
    found = []
    for node in root.nodes("lanes"):
        routes = []
        for child in node.nodes("routes", required=node.raw("routes") != []):
            routes.append(Route(child.text("question"), child.text("is")))
            child.finish()
        found.append(Lane(node.text("key"), node.text("name"), tuple(routes)))
        node.finish()
    lanes = keyed(found, lambda lane: lane.key, root, "lanes")
    root.finish()
    return MappingProxyType(lanes)


def lane_for(answers: Iterable[tuple[str, Any]]) -> str:
    """The lane that these answers (question and value) send a case to; empty for none."""
    given = {(question, value) for question, value in answers if isinstance(value, str)}
    for lane in load_lanes().values():
        if any((route.question, route.answer) in given for route in lane.routes):
            return lane.key
    return ""
