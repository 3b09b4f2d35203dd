"""What steps of roles and invitations change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from vetting.models import GrantState, Invitation, Role, RoleGrant, Signer
from vetting.queries import people_at_work, signers_left
from vetting.workflows.definition import Context
from vetting.workflows.effects import custody

INVITATION_LIFE = timedelta(days=14)
IN_CHARGE = frozenset({Role.COORDINATOR, Role.DIRECTOR})


def begin_grant(grant: RoleGrant, context: Context) -> None:
    """Whoever joins an organization is in charge of its cases no longer."""
    if grant.organization_id is not None:
        custody.give_up(context, grant.user_id, grant.organization_id)


def end_grant(grant: RoleGrant, context: Context) -> Mapping[str, Any]:
    """Cases of somebody who is in charge of cases no longer go back to the pool."""
    grant.ended_at = context.now
    held = people_at_work.roles_held(context.session, grant.user_id, besides=grant.id)
    if grant.role in IN_CHARGE and not held & IN_CHARGE:
        custody.give_up(context, grant.user_id)
    _tell_of_signers(grant, context)
    return {"role": grant.role.value, "person": grant.user_id}


def _tell_of_signers(grant: RoleGrant, context: Context) -> None:
    """The office hears at once of agreements that waited for this person's signature."""
    context.session.flush()
    for number in context.session.scalars(signers_left.left(grant.user_id)).all():
        context.then("signer", context.session.get_one(Signer, number), "note_left")


def change_role(grant: RoleGrant, context: Context) -> Mapping[str, Any]:
    """The new role begins in the act that ends the former. ``data`` is a ``GrantRole``; its place is the grant's own."""
    told = end_grant(grant, context)
    fresh = RoleGrant(
        user_id=grant.user_id,
        role=context.data.role,
        organization_id=grant.organization_id,
        granted_by_id=context.actor.user_id,
    )
    context.then("role_grant", fresh, "grant")
    return {**told, "becomes": context.data.role.value}


def renew(invitation: Invitation, context: Context) -> None:
    """A new link; the former one stops working. ``data`` is a ``NewLink``."""
    invitation.nonce = context.data.nonce
    invitation.token_digest = context.data.digest
    invitation.expires_at = context.now + INVITATION_LIFE


def accept(invitation: Invitation, context: Context) -> Mapping[str, Any]:
    """The person who is signed in with the invited address gets the role."""
    invitation.accepted_by_id = context.actor.user_id
    held = context.session.scalars(
        sa.select(RoleGrant).where(
            RoleGrant.user_id == context.actor.user_id,
            RoleGrant.role == invitation.role,
            RoleGrant.organization_id.is_not_distinct_from(invitation.organization_id),
            RoleGrant.school_id.is_not_distinct_from(invitation.school_id),
            RoleGrant.state == GrantState.ACTIVE,
        )
    ).first()
    if held is None and context.actor.user_id is not None:
        grant = RoleGrant(
            user_id=context.actor.user_id,
            role=invitation.role,
            organization_id=invitation.organization_id,
            school_id=invitation.school_id,
            granted_by_id=invitation.invited_by_id,
        )
        context.then("role_grant", grant, "grant")
    return {"role": invitation.role.value}
