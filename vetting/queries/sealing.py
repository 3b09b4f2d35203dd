"""How the making of an agreement's document goes, while people wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.events import Event
from vetting.models import Agreement, OutboxMessage


@dataclass(frozen=True)
class Trouble:
    """The last attempt failed: why (the program's own words), and when the next one is; None means no more."""

    problem: str
    again_at: datetime | None


def trouble(session: Session, agreement: Agreement) -> Trouble | None:
    """What went wrong with the newest request for the document; None while it is being made or is done."""
    newest = session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.key.startswith(f"{Event.AGREEMENT_FULLY_SIGNED}:agreement:{agreement.id}:"))
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    ).first()
    if newest is None or newest.delivered_at is not None or newest.leased_until is not None or not newest.outcome:
        return None
    return Trouble(newest.outcome, None if newest.failed_at else newest.available_at)
