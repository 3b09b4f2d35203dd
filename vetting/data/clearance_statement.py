"""The words with which an organization answers for its list of cleared people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from vetting import canonical
from vetting.calendar_days import add_months
from vetting.data.evidence_types import Instead, load_evidence_types
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


def next_due(day: date) -> date:
    """The local day when a check of this day is due again, by the rule of the document that the list stands for."""
    kinds = load_evidence_types().documents.values()
    months = next((k.expiry.months for k in kinds if k.instead is Instead.CLEARED_PEOPLE and k.expiry.months), 36)
    return add_months(day, months)


def digest_of(name: str, role: str, checked_by: str, checked_on: date, next_due_on: date) -> str:
    """SHA-256 over the statement and what it is made about."""
    said = {
        "statement": load_clearance_statement().text,
        "person": [name, role, checked_by],
        "days": [checked_on.isoformat(), next_due_on.isoformat()],
    }
    return canonical.digest("clearance.v1", said)
