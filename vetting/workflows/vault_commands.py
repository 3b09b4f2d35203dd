"""What people hand over about documents of the vault and about cleared people: frozen, validated by the forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class OfficeReading:
    """What the office read on the paper where it differs from what was typed (None: as typed). Local days; cents."""

    valid_from: date | None = None
    valid_until: date | None = None
    amount_cents: int | None = None


@dataclass(frozen=True)
class Purpose:
    """One thing a document speaks for in a school year: a standard, a program (its id; 0: none), or both."""

    standard_key: str
    program: int


@dataclass(frozen=True)
class SayPurposes:
    """Everything the organization says a document speaks for in one school year, such as 2026-27."""

    purposes: tuple[Purpose, ...]
    school_year: str


@dataclass(frozen=True)
class Checked:
    """A new check of a person: by whom, when (local day), and the local day when the next is due."""

    checked_by: str
    checked_on: date
    next_due_on: date
    text_version: str
    statement_sha256: str


@dataclass(frozen=True)
class VendorNumber:
    """The number under which the city pays the organization; empty when there is none."""

    number: str
