"""Reminders of dates: once a local day, one message for each thing, day, milestone and reader (``queries/milestones``).

The key of a message names all four, so a second look writes nothing, whatever happened in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from vetting import outbox
from vetting.calendar_days import local_moment_utc
from vetting.clock import local_date
from vetting.data.process_settings import reminders_from
from vetting.deadlines import reminder_due
from vetting.models import GrantState, OutboxMessage, Role, RoleGrant, User
from vetting.queries import settings
from vetting.queries.milestones import MILESTONES, Dated, Milestone
from vetting.unit_of_work import unit_of_work

MORNING = time(7)
"""Local time from which reminders leave, and at which a daily mail does."""
AT_ONCE = 200


@dataclass(frozen=True)
class Reminder:
    """One message to write."""

    milestone: Milestone
    dated: Dated
    days: int
    recipient: str

    @property
    def key(self) -> str:
        event, thing = self.milestone.event, self.dated
        return f"{event}:{thing.subject_id}:{thing.day.isoformat()}:{self.days}:{self.recipient}"


def remind(sessions: sessionmaker[Session], now: datetime) -> int:
    """Write every reminder that belongs to the local day of ``now`` and is not there yet. Returns how many."""
    today = local_date(now)
    written = 0
    for milestone in MILESTONES:
        with sessions() as session:
            due = list(_due(session, milestone, today))
        for start in range(0, len(due), AT_ONCE):
            some = due[start : start + AT_ONCE]
            written += _write(sessions, some, local_moment_utc(today, MORNING))
    return written


def _due(session: Session, milestone: Milestone, today: date) -> Iterable[Reminder]:
    days = milestone.days(reminders_from(settings.process_settings(session).content))
    if not days:
        return []
    found = []
    for dated in milestone.find(session, today, today + timedelta(days=max(days)), None):
        nearest = reminder_due(dated.day, today, days, dated.told)
        if nearest is not None:
            found.append((dated, nearest))
    people = _readers(session, [dated for dated, _ in found])
    return [
        Reminder(milestone, dated, nearest, recipient)
        for dated, nearest in found
        for recipient in recipients(dated, people)
    ]


@dataclass(frozen=True)
class People:
    """Who is reminded for an organization or a school."""

    of_organization: dict[int, list[int]]
    of_school: dict[int, list[int]]
    owners: dict[int, list[int]]


def _readers(session: Session, things: Sequence[Dated]) -> People:
    found = People({}, {}, {})
    places = {thing.organization_id for thing in things} | {thing.school_id for thing in things}
    if not places - {None}:
        return found
    rows = session.execute(
        sa.select(RoleGrant.organization_id, RoleGrant.school_id, RoleGrant.user_id, RoleGrant.role)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            RoleGrant.state == GrantState.ACTIVE,
            User.active.is_(True),
            RoleGrant.role.in_((Role.ORG_OWNER, Role.ORG_EDITOR, Role.SCHOOL_LEADER)),
        )
        .order_by(RoleGrant.user_id)
    )
    for organization_id, school_id, user_id, role in rows:
        if organization_id is not None:
            found.of_organization.setdefault(organization_id, []).append(user_id)
            if role is Role.ORG_OWNER:
                found.owners.setdefault(organization_id, []).append(user_id)
        elif school_id is not None:
            found.of_school.setdefault(school_id, []).append(user_id)
    return found


def recipients(thing: Dated, people: People) -> list[str]:
    """The outbox names of everybody who is reminded of a thing, each once."""
    if thing.address:
        return [f"mail:{thing.address}"]
    if thing.user_id is not None:
        return [f"user:{thing.user_id}"]
    there = people.owners if thing.owners_only else people.of_organization
    ids = [
        *there.get(thing.organization_id or 0, []),
        *people.of_school.get(thing.school_id or 0, []),
    ]
    return [f"user:{user_id}" for user_id in dict.fromkeys(ids)]


def _write(sessions: sessionmaker[Session], reminders: Sequence[Reminder], available_at: datetime) -> int:
    keys = [reminder.key for reminder in reminders]
    with sessions() as session, unit_of_work(session):
        there = set(session.scalars(sa.select(OutboxMessage.key).where(OutboxMessage.key.in_(keys))))
        fresh = {reminder.key: reminder for reminder in reminders if reminder.key not in there}
        for key, reminder in fresh.items():
            outbox.record(
                session,
                key=key,
                topic=reminder.milestone.event,
                recipient=reminder.recipient,
                payload={
                    "subject_type": reminder.milestone.subject,
                    "subject_id": reminder.dated.subject_id,
                    "due": reminder.dated.day.isoformat(),
                    "days": reminder.days,
                },
                available_at=available_at,
            )
    return len(fresh)
