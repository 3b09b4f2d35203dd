"""What a partner is paid across all schools in a fiscal year, and the buying rule that this asks for. Integer cents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.data.process_settings import ProcurementBand, procurement_from
from vetting.models import Agreement, AgreementState, Organization, ReferenceVersion
from vetting.queries import settings
from vetting.queries.references import keeper

COUNTED = (
    AgreementState.OUT_FOR_SIGNATURE,
    AgreementState.PARTLY_SIGNED,
    AgreementState.EXECUTING,
    AgreementState.IN_FORCE,
    AgreementState.SUSPENDED,
    AgreementState.COMPLETED,
)
"""Agreements that count: sent, in force or carried out. One that was replaced counts with what replaced it."""

_bands: Callable[[ReferenceVersion], tuple[ProcurementBand, ...]] = keeper(
    lambda content, source: procurement_from(content)
)


@dataclass(frozen=True)
class Standing:
    """Where an agreement puts its partner. ``next_band`` is given when the total comes close to its start."""

    others_cents: int
    total_cents: int
    schools: int
    band: ProcurementBand
    next_band: ProcurementBand | None


def bands_on(session: Session, day: date) -> list[ProcurementBand]:
    """The bands that hold on a local day, the lowest first."""
    held = [band for band in _bands(settings.process_settings(session)) if band.holds_on(day)]
    return sorted(held, key=lambda band: band.from_cents)


def standing(session: Session, agreement: Agreement, day: date, *, lock: bool = False) -> Standing:
    """The partner's total of the fiscal year with this agreement, against the bands of the day.

    With ``lock`` no other agreement of the partner is counted meanwhile.
    """
    if lock:
        session.execute(
            sa.select(Organization.id).where(Organization.id == agreement.organization_id).with_for_update()
        )
    others, schools = _others(session, agreement)
    total = others + agreement.amount_cents
    bands = bands_on(session, day)
    band = [item for item in bands if item.from_cents <= total][-1]
    above = next((item for item in bands if item.from_cents > total), None)
    near = above if above is not None and total * 100 >= above.from_cents * band.warn_percent else None
    return Standing(others, total, len(schools | {agreement.school_id}), band, near)


def _others(session: Session, agreement: Agreement) -> tuple[int, set[int]]:
    query = sa.select(Agreement.school_id, sa.func.sum(Agreement.amount_cents)).where(
        Agreement.organization_id == agreement.organization_id,
        Agreement.fiscal_year == agreement.fiscal_year,
        Agreement.state.in_(COUNTED),
        Agreement.amount_cents > 0,
        Agreement.id != agreement.id,
    )
    if agreement.supersedes_id is not None:
        query = query.where(Agreement.id != agreement.supersedes_id)
    rows = session.execute(query.group_by(Agreement.school_id)).all()
    return sum(int(cents) for _school, cents in rows), {school for school, _cents in rows}
