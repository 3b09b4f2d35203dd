"""In whose hands cases are, how late they are, and who could take one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.calendar_days import add_business_days, business_days_between, is_business_day
from vetting.models import (
    OPEN_STATES,
    Application,
    Conflict,
    ConflictState,
    GrantState,
    ReferenceVersion,
    Role,
    RoleGrant,
    User,
)
from vetting.queries import cover, people_at_work
from vetting.queries.settings import closures_from, escalate_after
from vetting.text import N_, Message, say

LONGEST_HOLD = timedelta(days=365)


def is_late(application: Application, today: date) -> bool:
    """Whether an open case is past its due date. The day itself is in time; on hold no case is late."""
    due = application.due_on
    return application.state in OPEN_STATES and application.held_since is None and due is not None and due < today


def days_left(application: Application, today: date) -> int | None:
    """Business days until the due date, negative when it is past. On hold they do not run."""
    if application.due_on is None or application.state not in OPEN_STATES:
        return None
    start = application.held_since or today
    return business_days_between(start, application.due_on, closures_from(min(start, application.due_on).year))


def due_after_hold(application: Application, day: date) -> date | None:
    """When the case is due if its hold ends on ``day``: later by the business days it was on hold."""
    due, since = application.due_on, application.held_since
    if due is None or since is None:
        return due
    days = business_days_between(since, day, closures_from(since.year))
    return add_business_days(due, days, closures_from(due.year)) if days > 0 else due


def next_open_day(day: date) -> date:
    """The day itself, or the next one on which the office works."""
    return add_business_days(day, 0, closures_from(day.year))


def wake_objection(day: date, today: date) -> Message | None:
    """Why a case on hold cannot come back on ``day``; None when it can."""
    if day <= today:
        return say(N_("Give a day after today on which the case comes back."))
    if day > today + LONGEST_HOLD:
        return say(N_("Give a day within a year."))
    if next_open_day(day) != day:
        return say(N_("The office is closed on that day. Choose another one."))
    return None


def late_since(today: date, days: int) -> date:
    """The latest due date that is ``days`` business days past on ``today``."""
    closures = closures_from(today.year - 1)
    last = today if is_business_day(today, closures) else add_business_days(today, -1, closures)
    return add_business_days(last, -days, closures)


def waking(today: date) -> sa.Select[int]:
    """Cases whose hold is over."""
    return sa.select(Application.id).where(
        Application.state.in_(OPEN_STATES), Application.held_since.is_not(None), Application.wakes_on <= today
    )


def escalating(session: Session, today: date) -> sa.Select[int]:
    """Open cases that are late by as many business days as their own settings allow, and were not reported yet."""
    used = sa.select(Application.settings_version_id).where(Application.state.in_(OPEN_STATES))
    versions = session.scalars(sa.select(ReferenceVersion).where(ReferenceVersion.id.in_(used)))
    limits = [
        sa.and_(
            Application.settings_version_id == version.id,
            Application.due_on <= late_since(today, escalate_after(version.content)),
        )
        for version in versions
    ]
    return sa.select(Application.id).where(
        Application.state.in_(OPEN_STATES),
        Application.held_since.is_(None),
        Application.escalated_on.is_(None),
        sa.or_(sa.false(), *limits),
    )


def cases_of(session: Session, user_id: int, organization_id: int | None = None) -> Sequence[Application]:
    """The open cases in a person's hands, of one organization or of all."""
    statement = sa.select(Application).where(Application.coordinator_id == user_id, Application.state.in_(OPEN_STATES))
    if organization_id is not None:
        statement = statement.where(Application.organization_id == organization_id)
    return session.scalars(statement.order_by(Application.id)).all()


@dataclass(frozen=True)
class Colleague:
    """A person who is in charge of cases, and why they cannot take this one, or None."""

    user: User
    objection: Message | None


def colleagues(session: Session, application: Application, today: date) -> list[Colleague]:
    """Everybody who is in charge of cases; first those who can take this one, by name."""
    away, walled = cover.away(session, today), _walled(session, application.organization_id)
    found = [
        Colleague(user, _objection(application, user.id, walled, away.get(user.id, ())))
        for user in people_at_work.holding(session, Role.COORDINATOR, Role.DIRECTOR)
    ]
    return sorted(found, key=lambda person: person.objection is not None)


def objection(session: Session, application: Application, user_id: int, today: date) -> Message | None:
    """Why a person cannot be given the case now, or None."""
    if user_id not in {user.id for user in people_at_work.holding(session, Role.COORDINATOR, Role.DIRECTOR)}:
        return say(N_("Choose a colleague who can be in charge of this case."))
    walled = _walled(session, application.organization_id)
    return _objection(application, user_id, walled, cover.away(session, today).get(user_id, ()))


def _walled(session: Session, organization_id: int) -> set[int]:
    """Ids of people with an interest in the organization: a declared conflict, or a role in it."""
    conflicts = sa.select(Conflict.user_id).where(
        Conflict.organization_id == organization_id, Conflict.state == ConflictState.DECLARED
    )
    members = sa.select(RoleGrant.user_id).where(
        RoleGrant.organization_id == organization_id, RoleGrant.state == GrantState.ACTIVE
    )
    return set(session.scalars(conflicts.union(members)))


def _objection(
    application: Application, user_id: int, walled: set[int], absences: Sequence[cover.Absence]
) -> Message | None:
    if user_id == application.coordinator_id:
        return say(N_("Has the case already."))
    if user_id in walled:
        return say(N_("Has a conflict of interest with the organization."))
    for absence in absences:
        if absence.covers(application.kind):
            return say(N_("Is away. %(name)s stands in."), name=absence.substitute)
    return None
