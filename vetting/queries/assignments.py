"""Who may judge a case."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import (
    Application,
    Conflict,
    ConflictState,
    GrantState,
    ReviewState,
    Role,
    RoleGrant,
    User,
)
from vetting.text import N_, Message, say

LEFT = {
    ReviewState.STEPPED_ASIDE: N_("This person stepped aside from the case."),
    ReviewState.DECLINED: N_("This person declined to review the case."),
    ReviewState.ABSTAINED: N_("This person abstained from the case."),
}
"""Who said no is not asked again."""

_LIVE = (ReviewState.ASSIGNED, ReviewState.IN_PROGRESS, ReviewState.SUBMITTED)


def reviewers(session: Session) -> list[User]:
    """Everyone who holds the reviewer role now, by name."""
    return list(
        session.scalars(
            sa.select(User)
            .join(RoleGrant, RoleGrant.user_id == User.id)
            .where(RoleGrant.role == Role.REVIEWER, RoleGrant.state == GrantState.ACTIVE, User.active.is_(True))
            .order_by(User.name, User.id)
        )
    )


def barred(session: Session, organization_id: int) -> set[int]:
    """Ids of people who may not judge this organization: a declared conflict, or a role in it, now or before."""
    conflicts = sa.select(Conflict.user_id).where(
        Conflict.organization_id == organization_id, Conflict.state == ConflictState.DECLARED
    )
    members = sa.select(RoleGrant.user_id).where(RoleGrant.organization_id == organization_id)
    return set(session.scalars(conflicts.union(members)))


def objection(session: Session, application: Application, reviewer_id: int) -> Message | None:
    """Why this person may not be assigned, or None."""
    if reviewer_id not in {user.id for user in reviewers(session)}:
        return say(N_("Choose a person who is a reviewer."))
    if reviewer_id in barred(session, application.organization_id):
        return say(N_("This person has a conflict of interest with the organization."))
    if any(r.reviewer_id == reviewer_id and r.state in _LIVE for r in application.reviews):
        return say(N_("This person is already assigned to the case."))
    left = next((r.state for r in application.reviews if r.reviewer_id == reviewer_id and r.state in LEFT), None)
    return say(LEFT[left]) if left is not None else None
