"""What the rows of an import hand over to the steps that carry them out: checked facts, dates local and inclusive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class CheckedFile:
    """What the look at a file found. ``plans`` counts rows by sheet and plan; ``moved``: asked for by a changed
    database."""

    total: int
    problems: tuple[Mapping[str, Any], ...]
    plans: Mapping[str, Mapping[str, int]]
    fingerprint: str
    moved: bool = False


@dataclass(frozen=True)
class BringPartner:
    """A partner of the office's list. ``answers`` are all that is known of it by question; the tax id is sealed.

    ``describes``: whether the public facts follow the list; not where the organization has given its own.
    """

    import_id: int
    key: str
    answers: Mapping[str, Any]
    describes: bool = True


@dataclass(frozen=True)
class BringProgram:
    """A program of the office's list."""

    import_id: int
    key: str
    answers: Mapping[str, Any]
    describes: bool = True


@dataclass(frozen=True)
class NewDates:
    """Corrected days of a designation that the list brought along."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class SendAgain:
    """One line of a batch of invitations, with the nonce and digest of its new link."""

    item_id: int
    nonce: str
    digest: str
