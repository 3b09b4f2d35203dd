"""What lapses because nothing happens, and who was told: drafts nobody touches, partners nobody hears of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from vetting.calendar_days import add_months, end_of_local_day_utc
from vetting.clock import local_date
from vetting.data.process_settings import DRAFT_MONTHS
from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Designation,
    DesignationKind,
    DesignationState,
    HistoryEntry,
    Notice,
)
from vetting.queries import settings

LONG, SHORT = 30, 7
"""Days before a lapse at which the people concerned are told. Nothing lapses without both notices."""

KEPT_BY = frozenset({DesignationKind.PORTFOLIO, DesignationKind.FUNDED})
"""Designations that show by themselves that somebody works with the partner."""


@dataclass(frozen=True)
class Due:
    """A notice that is due: so many days before ``about``."""

    days: int
    about: date


@dataclass(frozen=True)
class Idle:
    """Something nobody touched since ``last``: when it would lapse, and what was said about that already."""

    last: datetime
    lapses_on: date
    notices: Sequence[Notice]

    def due(self, today: date) -> Due | None:
        """The next notice, if its day has come. Whoever is told late gets the whole time all the same."""
        if not self.notices:
            early = self.lapses_on - today > timedelta(days=LONG)
            return None if early else Due(LONG, max(self.lapses_on, today + timedelta(days=LONG)))
        newest = self.notices[-1]
        if newest.days != LONG or newest.about - today > timedelta(days=SHORT):
            return None
        return Due(SHORT, max(newest.about, today + timedelta(days=SHORT)))

    def over(self, today: date) -> bool:
        """Whether both notices were given and their time is over."""
        return bool(self.notices) and self.notices[-1].days == SHORT and self.notices[-1].about < today


def _idle(session: Session, kind: str, number: int, last: datetime, months: int) -> Idle:
    said = sa.select(Notice).where(Notice.subject_type == kind, Notice.subject_id == number, Notice.created_at > last)
    return Idle(last, add_months(local_date(last), months), session.scalars(said.order_by(Notice.id)).all())


def draft_months(session: Session) -> int:
    """After how many months a draft that nobody touches lapses."""
    return int(settings.process_settings(session).content["partner_path"].get("draft_months", DRAFT_MONTHS))


def partner_months(session: Session) -> int:
    """After how many months a partner with whom nothing happens lapses."""
    return int(settings.process_settings(session).content["partner_path"]["inactivity_months"])


def _touched() -> sa.ColumnElement[datetime]:
    """When a person last did something in an application."""
    last = sa.select(sa.func.max(HistoryEntry.at)).where(
        HistoryEntry.subject_type == "application",
        HistoryEntry.subject_id == Application.id,
        HistoryEntry.actor_kind == "person",
    )
    return sa.func.coalesce(last.correlate(Application).scalar_subquery(), Application.created_at)


def _dealt_with() -> sa.ColumnElement[datetime]:
    """When a person last did anything that concerns the organization."""
    last = sa.select(sa.func.max(HistoryEntry.at)).where(
        HistoryEntry.organization_id == Designation.organization_id, HistoryEntry.actor_kind == "person"
    )
    return sa.func.coalesce(last.correlate(Designation).scalar_subquery(), Designation.created_at)


def idle_draft(session: Session, application: Application) -> Idle:
    """How a draft stands."""
    last = session.scalars(sa.select(_touched()).where(Application.id == application.id)).one()
    return _idle(session, "application", application.id, last, draft_months(session))


def idle_partner(session: Session, designation: Designation) -> Idle:
    """How a partner stands of whom nothing is heard."""
    last = session.scalars(sa.select(_dealt_with()).where(Designation.id == designation.id)).one()
    return _idle(session, "partner", designation.id, last, partner_months(session))


def drafts_to_warn(session: Session, today: date) -> sa.Select[int]:
    """Drafts of which somebody must be told that they lapse."""
    return _drafts().where(_to_warn("application", Application.id, _touched(), draft_months(session), today))


def drafts_to_close(session: Session, today: date) -> sa.Select[int]:
    """Drafts that lapse today."""
    return _drafts().where(_told("application", Application.id, _touched(), SHORT, before=today))


def partners_to_warn(session: Session, today: date) -> sa.Select[int]:
    """Designations of partners who must be told that they lapse."""
    return _quiet().where(_to_warn("partner", Designation.id, _dealt_with(), partner_months(session), today))


def partners_to_lapse(session: Session, today: date) -> sa.Select[int]:
    """Designations that lapse today because nothing happened."""
    return _quiet().where(_told("partner", Designation.id, _dealt_with(), SHORT, before=today))


def _drafts() -> sa.Select[int]:
    # A Portfolio draft ends with its round.
    return sa.select(Application.id).where(
        Application.state == ApplicationState.DRAFT, Application.kind != ApplicationKind.PORTFOLIO
    )


def _quiet() -> sa.Select[int]:
    other = aliased(Designation)
    works = sa.exists().where(
        other.organization_id == Designation.organization_id,
        other.kind.in_(sorted(KEPT_BY)),
        other.state.in_([DesignationState.SCHEDULED, DesignationState.IN_FORCE]),
    )
    return sa.select(Designation.id).where(
        Designation.kind == DesignationKind.PARTNER, Designation.state == DesignationState.IN_FORCE, ~works
    )


def _to_warn(
    kind: str,
    number: sa.ColumnElement[int] | InstrumentedAttribute[int],
    last: sa.ColumnElement[datetime],
    months: int,
    today: date,
) -> sa.ColumnElement[bool]:
    # The day is the later one where months differ in length; the step itself counts exactly.
    quiet_since = end_of_local_day_utc(add_months(today + timedelta(days=LONG), -months) + timedelta(days=3))
    first = sa.and_(last < quiet_since, ~_told(kind, number, last, LONG), ~_told(kind, number, last, SHORT))
    soon = today + timedelta(days=SHORT + 1)
    second = sa.and_(_told(kind, number, last, LONG, before=soon), ~_told(kind, number, last, SHORT))
    return sa.or_(first, second)


def _told(
    kind: str,
    number: sa.ColumnElement[int] | InstrumentedAttribute[int],
    last: sa.ColumnElement[datetime],
    days: int,
    *,
    before: date | None = None,
) -> sa.ColumnElement[bool]:
    """A notice was given since ``last``, perhaps about a day before ``before``."""
    conditions = [
        Notice.subject_type == kind,
        Notice.subject_id == number,
        Notice.days == days,
        Notice.created_at > last,
    ]
    if before is not None:
        conditions.append(Notice.about < before)
    return sa.exists().where(*conditions)
