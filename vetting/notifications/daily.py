"""The daily mail: what a person did not want one by one, collected into one mail in the morning."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import outbox
from vetting.calendar_days import local_moment_utc
from vetting.clock import local_date
from vetting.events import Event
from vetting.models import ORGANIZATION_ROLES, GrantState, OutboxMessage, RoleGrant, User
from vetting.models.subjects import SUBJECTS
from vetting.notifications.choices import COLLECTED, Choice, choice_of
from vetting.queries.milestones import REMINDERS

MORNING = time(7)
"""Local time at which the daily mail leaves."""
CLOSING = timedelta(minutes=5)
"""What comes this shortly before the daily mail leaves is part of the next one, so that none is left behind."""


class Way(enum.StrEnum):
    """How a message leaves."""

    AT_ONCE = "at once"
    DAILY = "in the daily mail"
    NOT_WANTED = "not wanted by the reader"


def way_of(session: Session, message: OutboxMessage) -> Way:
    """How its reader wants this message."""
    if message.topic not in COLLECTED or not message.recipient.startswith("user:"):
        return Way.AT_ONCE
    choice = _choice(session, message)
    if choice is None:
        return Way.AT_ONCE
    if message.topic in REMINDERS and not choice.reminders:
        return Way.NOT_WANTED
    return Way.DAILY if choice.daily else Way.AT_ONCE


def _choice(session: Session, message: OutboxMessage) -> Choice | None:
    """The choice of a member of the organization that the message is about; nobody else chooses."""
    subject: Any = session.get(SUBJECTS[message.payload["subject_type"]], message.payload["subject_id"])
    person = session.get(User, int(message.recipient.removeprefix("user:")))
    organization_id = getattr(subject, "organization_id", None)
    if person is None or organization_id is None:
        return None
    member = sa.select(RoleGrant.id).where(
        RoleGrant.user_id == person.id,
        RoleGrant.organization_id == organization_id,
        RoleGrant.state == GrantState.ACTIVE,
        RoleGrant.role.in_(ORGANIZATION_ROLES),
    )
    if session.scalars(member.limit(1)).first() is None:
        return None
    return choice_of(person.preferences, organization_id)


def leaves_at(now: datetime) -> datetime:
    """When the next daily mail leaves that can still take something in."""
    day = local_date(now)
    morning = local_moment_utc(day, MORNING)
    return morning if now + CLOSING < morning else local_moment_utc(day + timedelta(days=1), MORNING)


def put_in(session: Session, message: OutboxMessage, now: datetime) -> None:
    """Make a message part of its reader's next daily mail, which is made when it is the first."""
    at = leaves_at(now)
    key = f"{Event.DAILY_MAIL}:{message.recipient}:{local_date(at).isoformat()}"
    message.digest_key = key
    if session.scalars(sa.select(OutboxMessage.id).where(OutboxMessage.key == key)).first() is None:
        outbox.record(
            session, key=key, topic=Event.DAILY_MAIL, recipient=message.recipient, payload={}, available_at=at
        )


def parts_of(session: Session, message: OutboxMessage) -> list[OutboxMessage]:
    """What a daily mail is made of: what has a date by that date, then the rest as it came."""
    rows = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.digest_key == message.key).order_by(OutboxMessage.id)
    )
    far = datetime.max.replace(tzinfo=UTC).date().isoformat()
    return sorted(rows, key=lambda row: (row.payload.get("due", far), row.id))
