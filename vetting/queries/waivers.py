"""Waivers for the pages about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.calendar_days import add_business_days, local_date, school_year_bounds, school_year_of
from vetting.data.evidence_types import EvidenceType, load_evidence_types
from vetting.data.process_settings import WAIVER_DAYS
from vetting.models import Waiver, WaiverState
from vetting.policy import Actor
from vetting.queries import settings
from vetting.queries.forecast import not_for, working_at
from vetting.queries.settings import closures_from


def find(session: Session, reference: str) -> Waiver | None:
    """A waiver by its reference."""
    query = sa.select(Waiver).where(Waiver.reference == reference)
    return session.scalars(query.options(joinedload(Waiver.organization), joinedload(Waiver.asked_by))).first()


def of_organization(session: Session, organization_id: int) -> Sequence[Waiver]:
    """Every waiver of an organization, the newest first."""
    query = sa.select(Waiver).where(Waiver.organization_id == organization_id)
    return session.scalars(query.order_by(Waiver.id.desc())).all()


def for_desk(session: Session, actor: Actor) -> Sequence[Waiver]:
    """Waivers that wait, the oldest first, then those that were given, then the rest; at most 200.

    Without those that are kept from the reader.
    """
    order = sa.case((Waiver.state == WaiverState.ASKED, 0), (Waiver.state == WaiverState.GIVEN, 1), else_=2)
    query = sa.select(Waiver).options(joinedload(Waiver.organization))
    if keep := not_for(actor):
        query = query.where(Waiver.organization_id.not_in(keep))
    ends = sa.case((Waiver.state != WaiverState.ASKED, Waiver.ends_on))
    return session.scalars(query.order_by(order, ends, Waiver.id).limit(200)).all()


def kinds() -> list[EvidenceType]:
    """The kinds of document that can be waived."""
    return [kind for kind in load_evidence_types().documents.values() if kind.waivable]


def days_to_answer(session: Session) -> int:
    """In how many business days the office answers."""
    return int(settings.process_settings(session).content.get("waivers", {}).get("business_days", WAIVER_DAYS))


def answer_by(waiver: Waiver, days: int) -> date:
    """The business day by which the office answers a request, when it takes ``days`` business days."""
    asked = local_date(waiver.created_at)
    return add_business_days(asked, days, closures_from(asked.year))


def latest_end(day: date) -> date:
    """The last day that a waiver which begins on ``day`` can have."""
    return school_year_bounds(school_year_of(day))[1]


def in_force_at_school(session: Session, school_id: int, day: date) -> Sequence[Waiver]:
    """Waivers in force of organizations that work at a school, whose conditions the school has to keep."""
    query = (
        sa.select(Waiver)
        .where(
            Waiver.state == WaiverState.GIVEN,
            Waiver.starts_on <= day,
            Waiver.ends_on >= day,
            Waiver.organization_id.in_(working_at(school_id)),
        )
        .options(joinedload(Waiver.organization))
    )
    return session.scalars(query.order_by(Waiver.ends_on, Waiver.id)).all()
