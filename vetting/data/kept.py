"""Every place where files lie, which rows of the retention schedule decide about them, and how they go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from vetting.data.process_settings import load_process_settings
from vetting.data.reading import Node, content_of, keyed, read_header

KEPT = "kept-1.yaml"


class Goes(StrEnum):
    """How files of a place go."""

    RUN = "run"
    NEVER = "never"
    BY_ITSELF = "by_itself"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Place:
    """One place. ``areas`` are those of the store that it is in; none for what lies beside the store, or nowhere."""

    key: str
    name: str
    areas: tuple[str, ...]
    rows: tuple[str, ...]
    goes: Goes
    help: str


@cache
def load_kept(name: str = KEPT) -> tuple[Place, ...]:
    """Every place in order. Raises DataError, also for a row that the schedule does not have."""
    root = Node(content_of(name), name)
    read_header(root)
    known = load_process_settings().retention
    found = []
    for node in root.nodes("places"):
        place = Place(
            node.text("key"),
            node.text("name"),
            node.texts("areas"),
            node.texts("rows"),
            node.choice("goes", Goes),
            node.text("help"),
        )
        node.finish()
        if not place.rows or set(place.rows) - set(known):
            raise root.error("places", f"{place.key} names rows of the retention schedule: {', '.join(known)}")
        found.append(place)
    root.finish()
    return tuple(keyed(found, lambda place: place.key, root, "places").values())
