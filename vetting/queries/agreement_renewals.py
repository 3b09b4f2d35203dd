"""Agreements that go on by themselves: who is told now, and which ones go on."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import Agreement, AgreementState
from vetting.queries.agreement_types import type_of

LONGEST_NOTICE = timedelta(days=180)
"""No kind of agreement gives notice earlier than this; its data are checked for it."""


def _candidates(session: Session, first: date, last: date) -> list[Agreement]:
    """In force, agreed to go on, not objected to and not ended early, with a last day in between."""
    query = sa.select(Agreement).where(
        Agreement.state == AgreementState.IN_FORCE,
        Agreement.ends_on.between(first, last),
        Agreement.objected_at.is_(None),
        Agreement.ending_on.is_(None),
    )
    return [agreement for agreement in session.scalars(query) if agreement.draft.get("renews")]


def to_give_notice(session: Session, today: date) -> sa.Select[int]:
    """Those whose window of notice is open, and whose parties have not been told of this term's end."""
    found = [
        agreement.id
        for agreement in _candidates(session, today, today + LONGEST_NOTICE)
        if agreement.notice_on is None and _window(session, agreement) <= today
    ]
    return sa.select(Agreement.id).where(Agreement.id.in_(found))


def _window(session: Session, agreement: Agreement) -> date:
    days = type_of(session, agreement).notice_days
    return (agreement.ends_on or date.max) - timedelta(days=days) if days else date.max


def to_renew(session: Session, today: date) -> sa.Select[int]:
    """Those whose term is over today or was over before, and whose parties were told in time."""
    found = [
        agreement.id
        for agreement in _candidates(session, date.min, today - timedelta(days=1))
        if agreement.notice_on is not None
    ]
    return sa.select(Agreement.id).where(Agreement.id.in_(found))
