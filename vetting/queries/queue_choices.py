"""What the filters of the queue offer: people in charge, rounds, schools, and the views that were kept by name."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import (
    GrantState,
    Partnership,
    PartnershipState,
    Role,
    RoleGrant,
    Round,
    School,
    User,
)
from vetting.queries.piles import one_of

Choices = Sequence[tuple[str, str]]
"""A key for the address, and a name to read."""

_COORDINATORS = (
    sa.select(User.reference, User.name)
    .where(
        User.active.is_(True),
        User.id.in_(
            sa.select(RoleGrant.user_id).where(
                one_of(RoleGrant.role, [Role.COORDINATOR, Role.DIRECTOR]), one_of(RoleGrant.state, [GrantState.ACTIVE])
            )
        ),
    )
    .order_by(User.name, User.reference)
)
_ROUNDS = sa.select(Round.reference, Round.title).order_by(Round.opens_at.desc(), Round.id.desc())
_SERVED = sa.exists().where(
    Partnership.school_id == School.id,
    one_of(Partnership.state, [PartnershipState.PROPOSED, PartnershipState.CONFIRMED, PartnershipState.ACTIVE]),
)
_SCHOOLS = sa.select(School.dese_id, School.name).where(_SERVED).order_by(School.name, School.id)


def coordinators(session: Session) -> Choices:
    """Reference and name of those who may be in charge of a case."""
    return [(reference, name) for reference, name in session.execute(_COORDINATORS)]


def rounds(session: Session) -> Choices:
    """Reference and title of every round, newest first."""
    return [(reference, title) for reference, title in session.execute(_ROUNDS)]


def schools(session: Session) -> Choices:
    """The state's id and name of every school that a partner works in or is about to."""
    return [(dese_id, name) for dese_id, name in session.execute(_SCHOOLS)]
