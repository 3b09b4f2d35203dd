"""Where a case stands, as its applicant may know it: the facts that the fixed words are filled with.

What the office keeps to itself decides nothing here: two states that the applicant may not tell apart give the same
facts. Days are local days of the district, counts are business days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from vetting.calendar_days import add_business_days, business_days_between
from vetting.clock import local_date
from vetting.data.status import STAGES, WORDS, Line, Situation, Stage
from vetting.models import (
    OPEN_STATES,
    Application,
    ApplicationKind,
    ApplicationState,
    Designation,
    RequestState,
    Stay,
    WaitEstimate,
)
from vetting.queries import deadlines, settings, tasklist
from vetting.queries.estimates import Expected, enough, expected, place_of
from vetting.questionnaires.sections import Progress

S = ApplicationState
GONE = (S.WITHDRAWN, S.EXPIRED)

SAME_FOR_STATE = {
    S.SUBMITTED: Situation.RECEIVED,
    S.SCREENING: Situation.CHECKING,
    S.IN_REVIEW: Situation.IN_REVIEW,
    S.READY_TO_DECIDE: Situation.DECISION_SOON,
    S.DECISION_DRAFTED: Situation.DECISION_SOON,
    S.NOT_SELECTED: Situation.NOT_SELECTED,
    S.WITHDRAWN: Situation.WITHDRAWN,
    S.EXPIRED: Situation.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Approval:
    """Until which day an approval lasts (open-ended: None), and whether a later application follows it."""

    until: date | None = None
    followed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A situation with its facts: the day by which something is due or lasts, what is asked, which parts are done."""

    situation: Situation
    by: date | None = None
    count: int = 0
    done: int = 0
    total: int = 0

    @property
    def words(self) -> Line:
        return WORDS[self.situation]


@dataclass(frozen=True, slots=True)
class Target:
    """The published aim: business days of the office's work, and the local day they end on, counted from the last time
    the case came to the office. Not a promise, and not a hint at what was decided."""

    days: int
    day: date


@dataclass(frozen=True, slots=True)
class Times:
    """How long it has been with whom, since when it is in its stage, and what history or else the target says."""

    us: int = 0
    you: int = 0
    since: date | None = None
    expected: Expected | None = None
    closed: int = 0
    still_open: int = 0
    whole_half: int | None = None
    whole_nine: int | None = None
    computed_on: date | None = None
    target: Target | None = None


def standing(
    application: Application, today: date, approval: Approval | None = None, extended: Iterable[datetime] = ()
) -> Standing:
    """Where the case stands. An approved one needs its ``approval`` (see ``approvals``) to name a day.

    ``extended`` are the new ends that a draft of a round was given (see ``deadlines.given``).
    """
    match application.state:
        case S.DRAFT:
            return _draft(application, extended)
        case S.INFORMATION_REQUESTED:
            return _asked(application, today)
        case S.APPROVED:
            return _approved(application, today, approval or Approval())
        case state if state in OPEN_STATES and application.held_since is not None:
            return Standing(Situation.ON_HOLD, by=application.wakes_on)
        case state:
            return Standing(SAME_FOR_STATE[state])


def _draft(application: Application, extended: Iterable[datetime]) -> Standing:
    if application.assisted_by_id is not None and application.confirmed_at is None:
        return Standing(Situation.TO_CONFIRM)
    if application.sign_off_asked_at is not None and application.signed_off_at is None:
        return Standing(Situation.SIGN_OFF_AWAITED)
    tasks = tasklist.tasks(application)
    done = sum(task.state.progress is Progress.COMPLETE for task in tasks)
    closes = deadlines.of_round(application.round, extended).shown if application.round is not None else None
    by = local_date(closes) if closes is not None else None
    return Standing(Situation.DRAFT, by=by, done=done, total=len(tasks))


def _asked(application: Application, today: date) -> Standing:
    due = sorted(request.due_on for request in application.requests if request.state is RequestState.OPEN)
    if not due:
        return Standing(Situation.ANSWER_NEEDED)
    late = due[0] < today
    return Standing(Situation.ANSWER_LATE if late else Situation.ANSWER_NEEDED, by=due[0], count=len(due))


def _approved(application: Application, today: date, approval: Approval) -> Standing:
    if application.kind is ApplicationKind.PORTFOLIO:
        over = approval.until is not None and approval.until < today
        return Standing(Situation.ENDED if over else Situation.LISTED, by=approval.until)
    if approval.until is None or approval.followed:
        return Standing(Situation.APPROVED, by=approval.until)
    if approval.until < today:
        return Standing(Situation.ENDED, by=approval.until)
    soon = max(application.settings_version.content["reminders"]["expiry_days"], default=0)
    near = (approval.until - today).days <= soon
    return Standing(Situation.RENEWAL_DUE if near else Situation.APPROVED, by=approval.until)


_NEXT = aliased(Application)
_APPROVALS = (
    sa.select(
        Designation.application_id,
        sa.func.max(Designation.ends_on),
        sa.exists().where(_NEXT.previous_id == Designation.application_id, _NEXT.state.not_in(GONE)),
    )
    .where(Designation.application_id.in_(sa.bindparam("ids", expanding=True)))
    .group_by(Designation.application_id)
)


def approvals(session: Session, application_ids: list[int]) -> dict[int, Approval]:
    """Until when the approvals that came from these cases last; one read, and none when there are no cases."""
    if not application_ids:
        return {}
    rows = session.execute(_APPROVALS, {"ids": application_ids})
    return {number: Approval(until, bool(followed)) for number, until, followed in rows if number is not None}


def read_standing(session: Session, application: Application, today: date) -> Standing:
    """Where one case stands, with its approval or its extensions read when it can have them."""
    if application.state is S.APPROVED:
        return standing(application, today, approvals(session, [application.id]).get(application.id))
    if application.state is S.DRAFT and application.round_id is not None:
        return standing(application, today, None, deadlines.given(session, [application.id]).get(application.id, []))
    return standing(application, today)


_STAYS = (
    sa.select(Stay.case_state, Stay.began_at, Stay.ended_at, WaitEstimate)
    .outerjoin(
        WaitEstimate,
        sa.and_(
            Stay.ended_at.is_(None),
            WaitEstimate.kind == Stay.kind,
            WaitEstimate.stage == sa.bindparam("stage", type_=sa.String),
        ),
    )
    .where(Stay.application_id == sa.bindparam("application", type_=sa.BigInteger), Stay.case_state != S.DRAFT.value)
    .order_by(Stay.id)
)


def times(session: Session, application: Application, today: date) -> Times:
    """How long the case waited and will, for one that was sent; one read of its stays with the estimate beside them."""
    if application.state not in OPEN_STATES:
        return Times()
    stage = STAGES[application.state.value]
    rows = session.execute(_STAYS, {"application": application.id, "stage": stage.value}).all()
    us = you = 0
    since: date | None = None
    last: Stage | None = None
    for state, began_at, ended_at, _estimate in rows:
        began, ended = local_date(began_at), local_date(ended_at) if ended_at else today
        days = business_days_between(began, ended, settings.closures_from(began.year))
        own = STAGES[state]
        if own is Stage.WITH_YOU:
            you += days
        else:
            us += days
        since, last = (since if own is last else began), own
    estimate: WaitEstimate | None = rows[-1][3] if rows else None
    if stage is Stage.WITH_YOU or application.held_since is not None or since is None:
        return Times(us, you, since)
    found: Expected | None = None
    if estimate is not None:
        here = business_days_between(since, today, settings.closures_from(since.year))
        found = expected(estimate.half, estimate.nine_in_ten, here, place_of(since, today))
    if found is None or estimate is None:
        return Times(us, you, since, target=target(application))
    whole = enough(estimate)
    return Times(
        us,
        you,
        since,
        found,
        estimate.closed,
        estimate.still_open,
        estimate.decision_half if whole else None,
        estimate.decision_nine_in_ten if whole else None,
        estimate.computed_on,
    )


OFFICE_STAGES = {
    ApplicationKind.REGISTRATION: ("screening", "registration_review", "decision", "release"),
    ApplicationKind.PORTFOLIO: ("screening", "portfolio_review", "decision", "release"),
}


def target(application: Application) -> Target | None:
    """The aim for a case that is with the office, under the settings it began with."""
    if application.state not in OPEN_STATES or application.received_at is None:
        return None
    stages = OFFICE_STAGES.get(application.kind, OFFICE_STAGES[ApplicationKind.REGISTRATION])
    days = sum(settings.business_days(application, stage) for stage in stages)
    start = local_date(application.reply_received_at or application.received_at)
    return Target(days, add_business_days(start, days, settings.closures_from(start.year)))
