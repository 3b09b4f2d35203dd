"""What people hand over when they put an agreement aside, sign many of them together, or renew a year's: frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vetting.models import Agreement, RenewalWay, Signer


@dataclass(frozen=True)
class HoldSignature:
    """The local day on which the agreement comes back by itself."""

    wakes_on: date


@dataclass(frozen=True)
class DrawUpBatch:
    """The places to be signed together, in the order in which they were shown."""

    signers: tuple[Signer, ...]


@dataclass(frozen=True)
class SignTogether:
    """One act for a list of texts: ``digest`` is that of the list on the page, ``given`` what each signature records."""

    digest: str
    given: Mapping[str, Any]


@dataclass(frozen=True)
class Planned:
    """What a run is to do with one agreement: how, the sentence for the plan, and what a draft would begin with."""

    agreement: Agreement
    way: RenewalWay
    plan: Mapping[str, Any]


@dataclass(frozen=True)
class PlanRenewals:
    """Every agreement of a run, in its order."""

    items: tuple[Planned, ...]


@dataclass(frozen=True)
class Renewed:
    """What came of one agreement: the sentence for the receipt, and the number of the draft that was begun."""

    outcome: Mapping[str, Any]
    made_id: int | None = None
