"""Rounds and how far their applications have come."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import Application, ApplicationState, Round

DECIDED = (ApplicationState.APPROVED, ApplicationState.NOT_SELECTED)


def all_rounds(session: Session) -> Sequence[Round]:
    """Every round, the one that opens last on top."""
    return session.scalars(sa.select(Round).order_by(Round.opens_at.desc(), Round.id.desc()).limit(200)).all()


def counts_by_round(session: Session) -> dict[int, tuple[int, int]]:
    """By round: applications received, and of these decided. Totals are the same for every reader."""
    rows = session.execute(
        sa.select(
            Application.round_id,
            sa.func.count(),
            sa.func.sum(sa.case((Application.state.in_(DECIDED), 1), else_=0)),
        )
        .where(Application.round_id.is_not(None), Application.received_at.is_not(None))
        .group_by(Application.round_id)
    )
    return {round_id: (int(received), int(decided)) for round_id, received, decided in rows if round_id is not None}
