"""Questions about roles and invitations."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from vetting.models import ORGANIZATION_ROLES, Application, GrantState, HistoryEntry, Invitation, Role, RoleGrant, User
from vetting.text import N_, Message, say
from vetting.workflows.commands import GrantRole
from vetting.workflows.definition import Context

INVITATIONS_A_DAY = 30
"""Most invitations that leave within 24 hours, to one organization or to all that the person who invites belongs to;
those that are sent again count as well."""

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


def another_role_of_the_same_kind(grant: RoleGrant, context: Context) -> Message | None:
    """A role at an organization becomes another role there, which the person does not hold yet."""
    if not isinstance(context.data, GrantRole):
        return None
    if grant.organization_id is None or context.data.role not in ORGANIZATION_ROLES:
        return say(N_("Only roles at an organization can be changed. End this one and invite the person again."))
    held = context.session.scalar(
        sa.select(RoleGrant.id).where(
            RoleGrant.user_id == grant.user_id,
            RoleGrant.role == context.data.role,
            RoleGrant.organization_id == grant.organization_id,
            RoleGrant.state == GrantState.ACTIVE,
        )
    )
    return say(N_("This person has this role already.")) if held is not None else None


def first_owner_of_an_entry(invitation: Invitation, context: Context) -> Message | None:
    """The office hands out ownership only of a record that it entered for somebody and that nobody owns."""
    session = context.session
    entered = sa.select(Application.id).where(
        Application.organization_id == invitation.organization_id, Application.assisted_by_id.is_not(None)
    )
    with session.no_autoflush:
        if invitation.role is not Role.ORG_OWNER or session.scalars(entered.limit(1)).first() is None:
            return say(N_("The office invites only the first owner of a record that it entered."))
        owned = sa.select(RoleGrant.id).where(
            RoleGrant.organization_id == invitation.organization_id,
            RoleGrant.role == Role.ORG_OWNER,
            RoleGrant.state == GrantState.ACTIVE,
        )
        if session.scalars(owned.limit(1)).first() is not None:
            return say(N_("The organization has an owner already, who invites its people."))
    return None


def not_too_many_today(invitation: Invitation, context: Context) -> Message | None:
    """An organization invites a few people, not a whole town: our mail goes to addresses that somebody else typed.

    Whoever registers several organizations does not invite more people by that.
    """
    if invitation.organization_id is None:
        return None
    own = context.actor.organizations
    together = own.keys() if invitation.organization_id in own else {invitation.organization_id}
    sent = (
        sa.select(sa.func.count())
        .select_from(HistoryEntry)
        .where(
            HistoryEntry.organization_id.in_(sorted(together)),
            HistoryEntry.subject_type == "invitation",
            HistoryEntry.step.in_(("invite", "resend")),
            HistoryEntry.at > context.now - timedelta(days=1),
        )
    )
    with context.session.no_autoflush:
        if (context.session.scalar(sent) or 0) < INVITATIONS_A_DAY:
            return None
    return say(
        N_("%(count)s invitations have been sent since yesterday. More can be sent tomorrow."),
        count=INVITATIONS_A_DAY,
    )


def invitation_is_fresh(invitation: Invitation, context: Context) -> Message | None:
    if invitation.expires_at <= context.now:
        return say(N_("This invitation has expired. Ask for a new one."))
    return None
