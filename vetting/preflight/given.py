"""What is known beside the file: the facts typed with it, who sent it, and what the district asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from vetting.data.evidence_types import EvidenceType


@dataclass(frozen=True)
class District:
    """The district as insurers should name it: any of ``names`` will do as certificate holder."""

    names: tuple[str, ...]
    wording: str


@dataclass(frozen=True)
class Given:
    """Typed facts (dates local, money in cents, None or empty where nothing was typed) and whom they are about.

    ``addresses`` are those of its record and its applications, ``vendor_number`` the one the city gave it.
    ``names`` are the organization's own, former and assumed names and its fiscal sponsor's. ``same_tax_id`` answers for
    nine digits whether they are one of the organization's or its sponsor's tax ids; None while we know none.
    """

    kind: EvidenceType
    today: date
    names: tuple[str, ...]
    district: District
    same_tax_id: Callable[[str], bool] | None = None
    issuer: str = ""
    policy_number: str = ""
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    fiscal_year_end: date | None = None
    amount_cents: int | None = None
    addresses: tuple[str, ...] = ()
    vendor_number: str = ""
