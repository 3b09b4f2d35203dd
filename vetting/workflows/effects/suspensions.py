"""What an emergency suspension and its end change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from vetting import clock
from vetting.calendar_days import add_business_days
from vetting.models import Agreement, AgreementState, Organization, Suspension
from vetting.queries import settings
from vetting.workflows.definition import Context
from vetting.workflows.effects import designations


def impose(suspension: Suspension, context: Context) -> None:
    """At once: the organization leaves the directory and its agreements rest."""
    designations.settle(suspension.organization, context)
    for agreement in _agreements(suspension, context, AgreementState.IN_FORCE):
        context.then("agreement", agreement, "suspend", reason=suspension.reason)


def drafted(session: Session, organization: Organization, imposed_by_id: int, reason: str, now: datetime) -> Suspension:
    """A suspension ready to be imposed, with the local day by which a second person looks at it."""
    days = int(settings.process_settings(session).content["emergency_review_business_days"])
    today = clock.local_date(now)
    return Suspension(
        organization=organization,
        reason=reason.strip(),
        imposed_by_id=imposed_by_id,
        imposed_at=now,
        review_due_on=add_business_days(today, days, settings.closures_from(today.year)),
    )


def review(suspension: Suspension, context: Context) -> None:
    suspension.reviewed_by_id = context.actor.user_id


def lift(suspension: Suspension, context: Context) -> None:
    suspension.lifted_at = context.now
    suspension.reviewed_by_id = context.actor.user_id
    designations.settle(suspension.organization, context)
    for agreement in _agreements(suspension, context, AgreementState.SUSPENDED):
        context.then("agreement", agreement, "resume")


def _agreements(suspension: Suspension, context: Context, state: AgreementState) -> list[Agreement]:
    return (
        context.session.query(Agreement)
        .filter(Agreement.organization_id == suspension.organization_id, Agreement.state == state)
        .order_by(Agreement.id)
        .all()
    )
