"""The outbox: effects are rows, written in the transaction that causes them, and leased by workers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import clock
from vetting.models import OutboxMessage

LEASE = timedelta(minutes=5)
BACKOFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
MAX_ATTEMPTS = 8
HELD = datetime(9999, 1, 1, tzinfo=UTC)
"""When a message is available that waits for ``let_go``."""


def record(
    session: Session,
    *,
    key: str,
    topic: str,
    recipient: str,
    payload: Mapping[str, Any],
    available_at: datetime | None = None,
) -> OutboxMessage:
    """Queue one effect for one recipient. The unique ``key`` makes a second queueing of the same effect fail."""
    message = OutboxMessage(
        key=key,
        topic=topic,
        recipient=recipient,
        payload=dict(payload),
        available_at=available_at or clock.now(),
    )
    session.add(message)
    return message


def known(session: Session, key: str) -> bool:
    """Whether this effect was queued before, whatever became of it."""
    return session.scalars(sa.select(OutboxMessage.id).where(OutboxMessage.key == key)).first() is not None


def record_once(session: Session, *, key: str, topic: str, recipient: str, payload: Mapping[str, Any]) -> None:
    """Queue one effect that several changes share, held until ``let_go``; a second time it is there already."""
    if not known(session, key):
        record(session, key=key, topic=topic, recipient=recipient, payload=payload, available_at=HELD)


def let_go(session: Session, prefix: str, at: datetime) -> None:
    """Messages under this beginning of their keys that were held may leave from ``at`` on."""
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.key.startswith(prefix, autoescape=True), OutboxMessage.available_at == HELD)
        .values(available_at=at)
        .execution_options(synchronize_session=False)
    )


def claim(
    session: Session, *, worker: str, limit: int = 20, topics: Sequence[str] = (), but_not: Collection[str] = ()
) -> list[OutboxMessage]:
    """Lease due messages for ``worker``: of ``topics`` (all when empty) but ``but_not``.

    A lease that runs out makes the message due again.
    """
    moment = clock.now()
    due = (
        sa.select(OutboxMessage.id)
        .where(
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.failed_at.is_(None),
            OutboxMessage.available_at <= moment,
            sa.or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < moment),
        )
        .order_by(OutboxMessage.available_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if topics:
        due = due.where(OutboxMessage.topic.in_(topics))
    if but_not:
        due = due.where(OutboxMessage.topic.not_in(but_not))
    chosen = session.scalars(due).all()
    if not chosen:
        return []
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(chosen))
        .values(leased_until=moment + LEASE, leased_by=worker, attempts=OutboxMessage.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    query = sa.select(OutboxMessage).where(OutboxMessage.id.in_(chosen)).order_by(OutboxMessage.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def leased_on(session: Session, host: str) -> list[OutboxMessage]:
    """Messages in the hands of workers of one machine."""
    query = (
        sa.select(OutboxMessage)
        .where(
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.leased_until.is_not(None),
            OutboxMessage.leased_by.startswith(f"{host}-", autoescape=True),
        )
        .order_by(OutboxMessage.id)
    )
    return list(session.scalars(query))


def delivered(message: OutboxMessage, outcome: str = "") -> None:
    """Mark as done; it is never handed out again."""
    message.delivered_at = clock.now()
    message.leased_until = None
    message.outcome = outcome[:2000]


def hand_back(message: OutboxMessage) -> None:
    """Give back what is only half done, behind everything else that is due; nothing went wrong with it."""
    message.leased_until = None
    message.available_at = clock.now()
    message.attempts = 0


def wait_for(message: OutboxMessage, problem: str, pause: timedelta) -> None:
    """Give the message back because something it needs is away; however often that happens, it is not given up."""
    message.leased_until = None
    message.attempts = 0
    message.outcome = problem[:2000]
    message.available_at = clock.now() + pause


def retry_later(message: OutboxMessage, problem: str) -> None:
    """Give the message back after a pause that grows with each attempt; give up for good after ``MAX_ATTEMPTS``."""
    message.leased_until = None
    message.outcome = problem[:2000]
    if message.attempts >= MAX_ATTEMPTS:
        message.failed_at = clock.now()
        return
    pause = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    message.available_at = clock.now() + pause
