"""How long a file is kept under a retention schedule, from what it was used for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vetting.calendar_days import add_months

SELECTED, NOT_SELECTED, CLEARANCE = "application_selected", "application_not_selected", "clearance_attestation"
RULES = (SELECTED, NOT_SELECTED, CLEARANCE)
"""The rows of a schedule that decide about files of evidence. All others are about records that are never removed."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a file was used for: the row of the schedule, and the local day its years begin on (None: not yet)."""

    rule: str
    start: date | None


@dataclass(frozen=True, slots=True)
class Due:
    """The first local day on which a file may go, and the row of the schedule that keeps it longest."""

    day: date
    rule: str


def due(uses: Iterable[Use], schedule: Mapping[str, Any]) -> Due | None:
    """When a file with these uses may go: when the last of them is over. None while one is not, or has no row.

    A file that was used for nothing is not due either; nobody has said how long it is kept.
    """
    found: list[Due] = []
    for use in uses:
        row = schedule.get(use.rule)
        if row is None or use.start is None:
            return None
        found.append(Due(add_months(use.start, 12 * int(row["years"])), use.rule))
    return max(found, key=lambda one: one.day, default=None)
