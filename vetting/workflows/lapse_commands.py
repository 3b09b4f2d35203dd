"""What a person hands over with a step about something that runs out, a waiver, or how long files are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class GiveGrace:
    """So many more local days before anything happens, counted from today where that is later than planned."""

    days: int


@dataclass(frozen=True)
class HoldLapse:
    """Nothing happens through this local day."""

    until: date


@dataclass(frozen=True)
class Foresee:
    """Since when a required document is out, or will be."""

    out_from: date


@dataclass(frozen=True)
class GiveWaiver:
    """Under which conditions, and for which local days, both included."""

    conditions: str
    starts_on: date
    ends_on: date
