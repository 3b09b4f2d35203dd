"""Questions about roles and invitations."""

from __future__ import annotations

import sqlalchemy as sa

from vetting.models import GrantState, Invitation, Role, RoleGrant, User
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context

KEEPERS = frozenset({Role.ORG_OWNER, Role.SYSTEM_ADMIN})


def somebody_stays_in_charge(grant: RoleGrant, context: Context) -> Message | None:
    """The last owner of an organization, and the last administrator, cannot be removed."""
    if grant.role not in KEEPERS:
        return None
    holders = (
        sa.select(RoleGrant.id)
        .join(RoleGrant.user)
        .where(
            # Somebody whose account is closed is in charge of nothing.
            User.active.is_(True),
            RoleGrant.role == grant.role,
            RoleGrant.organization_id.is_not_distinct_from(grant.organization_id),
            RoleGrant.state == GrantState.ACTIVE,
        )
        .order_by(RoleGrant.id)
    )
    if context.acting:
        # Two who leave at once would otherwise each see the other stay.
        holders = holders.with_for_update(of=RoleGrant)
    others = [held for held in context.session.scalars(holders) if held != grant.id]
    if not others:
        return say(N_("This is the last person with this role. Give it to somebody else first."))
    return None


def invitation_is_fresh(invitation: Invitation, context: Context) -> Message | None:
    if invitation.expires_at <= context.now:
        return say(N_("This invitation has expired. Ask for a new one."))
    return None
