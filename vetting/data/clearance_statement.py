"""The words with which an organization answers for its list of cleared people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from vetting.data.reading import Header, Node, content_of, read_header

CLEARANCE_STATEMENT = "clearance-statement-1.yaml"


@dataclass(frozen=True, slots=True)
class ClearanceStatement:
    """One version of the statement. ``header.name`` is kept with each entry of the list."""

    header: Header
    text: str


@cache
def load_clearance_statement(name: str = CLEARANCE_STATEMENT) -> ClearanceStatement:
    """The file as it ships. Raises DataError."""
    root = Node(content_of(name), name)
    found = ClearanceStatement(header=read_header(root), text=root.text("text"))
    root.finish()
    return found
