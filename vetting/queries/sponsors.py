"""Who holds the money of a group, and for which groups an organization does."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.models import Sponsorship, SponsorshipState

LIVE = (SponsorshipState.NAMED, SponsorshipState.ASKED, SponsorshipState.CONFIRMED)


def current(session: Session, organization_id: int) -> Sponsorship | None:
    """The fiscal sponsor of a group as it stands now; the last one that declined while there is no other."""
    query = (
        sa.select(Sponsorship)
        .where(
            Sponsorship.organization_id == organization_id,
            Sponsorship.state.in_((*LIVE, SponsorshipState.DECLINED)),
        )
        .options(joinedload(Sponsorship.sponsor))
        .order_by(sa.case((Sponsorship.state.in_(LIVE), 0), else_=1), Sponsorship.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def sponsored_by(session: Session, organization_id: int) -> list[Sponsorship]:
    """Groups that named this organization: those that wait for its answer, then those it confirmed."""
    query = (
        sa.select(Sponsorship)
        .where(
            Sponsorship.sponsor_id == organization_id,
            Sponsorship.state.in_((SponsorshipState.ASKED, SponsorshipState.CONFIRMED)),
        )
        .options(joinedload(Sponsorship.organization))
        .order_by(sa.case((Sponsorship.state == SponsorshipState.ASKED, 0), else_=1), Sponsorship.id)
    )
    return list(session.scalars(query))


def find(session: Session, reference: str) -> Sponsorship | None:
    """A sponsorship by its reference, with both sides."""
    query = (
        sa.select(Sponsorship)
        .where(Sponsorship.reference == reference)
        .options(joinedload(Sponsorship.organization), joinedload(Sponsorship.sponsor))
    )
    return session.scalars(query).first()
