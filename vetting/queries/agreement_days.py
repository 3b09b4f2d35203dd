"""On which local days an agreement is in force. One question, asked one way everywhere."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.models import Agreement, AgreementState, ForceSpell, Partnership


def _covers(day: date) -> sa.ColumnElement[bool]:
    return sa.and_(
        sa.exists().where(
            ForceSpell.agreement_id == Agreement.id,
            ForceSpell.first_on <= day,
            sa.or_(ForceSpell.last_on.is_(None), ForceSpell.last_on >= day),
        ),
        Agreement.starts_on <= day,
        Agreement.ends_on >= day,
        sa.or_(Agreement.ending_on.is_(None), Agreement.ending_on >= day),
    )


def in_force_at(session: Session, school_id: int, day: date) -> list[Agreement]:
    """The agreements in force at a school on a local day, at the end of that day.

    An agreement is in force from its first day of service or the day it was executed, whichever is later, until its
    last day, both included. From the day on which it is suspended, ended or replaced it is not. A day to come is
    answered from what is decided now.
    """
    query = (
        sa.select(Agreement)
        .where(Agreement.school_id == school_id, _covers(day))
        .options(joinedload(Agreement.organization), joinedload(Agreement.partnership).joinedload(Partnership.program))
        .order_by(Agreement.id)
    )
    return list(session.scalars(query))


def in_force_on(session: Session, agreement: Agreement, day: date) -> bool:
    """Whether one agreement is in force on a local day."""
    return session.scalar(sa.select(Agreement.id).where(Agreement.id == agreement.id, _covers(day))) is not None


def successors(session: Session, agreement: Agreement) -> list[Agreement]:
    """What was begun to replace or to follow an agreement, and did not come to nothing; the newest first."""
    nothing = (AgreementState.VOIDED, AgreementState.DECLINED, AgreementState.EXPIRED)
    query = sa.select(Agreement).where(
        sa.or_(Agreement.supersedes_id == agreement.id, Agreement.follows_id == agreement.id),
        Agreement.state.not_in(nothing),
    )
    return list(session.scalars(query.order_by(Agreement.id.desc())))


def open_spell(session: Session, agreement_id: int) -> ForceSpell | None:
    """The days in force that have not ended yet."""
    query = sa.select(ForceSpell).where(ForceSpell.agreement_id == agreement_id, ForceSpell.last_on.is_(None))
    return session.scalars(query).first()
