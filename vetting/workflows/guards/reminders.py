"""Whether somebody may be reminded now."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import clock
from vetting.models import Application, HistoryEntry, RequestState, Review
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context


def something_is_open(application: Application, context: Context) -> Message | None:
    if not any(request.state is RequestState.OPEN for request in application.requests):
        return say(N_("The applicant owes us nothing now."))
    return None


def not_reminded_today(subject: Application | Review, context: Context) -> Message | None:
    """Once a day is enough, however many people think of it."""
    if reminded_on(context.session, subject) == context.today:
        return say(N_("A reminder went out today already."))
    return None


def reminded_on(session: Session, subject: Application | Review) -> date | None:
    """The local day of the last reminder."""
    return last_reminder(session, "application" if isinstance(subject, Application) else "review", subject.id)


def last_reminder(session: Session, kind: str, number: int) -> date | None:
    """The local day of the last step ``remind`` of a subject of this workflow."""
    last = session.scalars(
        sa.select(HistoryEntry.at)
        .where(HistoryEntry.subject_type == kind, HistoryEntry.subject_id == number, HistoryEntry.step == "remind")
        .order_by(HistoryEntry.sequence.desc())
        .limit(1)
    ).first()
    return clock.local_date(last) if last is not None else None
