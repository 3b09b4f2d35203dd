"""Signers who have not signed and no longer hold the role they sign in, as their grants say now."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from vetting.models import (
    Agreement,
    AgreementState,
    AgreementVersion,
    Conflict,
    ConflictState,
    GrantState,
    Role,
    RoleGrant,
    Signer,
    SignerDelegation,
    SignerRole,
    SignerState,
    User,
)

OUT = (AgreementState.OUT_FOR_SIGNATURE, AgreementState.PARTLY_SIGNED)


def left(user_id: int | None = None) -> sa.Select[int]:
    """Ids of such signers that nobody was told of yet; of one person only, where one is given.

    An account that was closed and an interest that a district signatory declared count as leaving.
    """
    there = {
        SignerRole.PARTNER_SIGNER: (Role.ORG_SIGNER, RoleGrant.organization_id == Agreement.organization_id),
        SignerRole.SCHOOL_LEADER: (Role.SCHOOL_LEADER, RoleGrant.school_id == Agreement.school_id),
        SignerRole.DISTRICT_SIGNATORY: (Role.DISTRICT_SIGNATORY, sa.true()),
    }
    holds = (
        sa.select(RoleGrant.id)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            RoleGrant.user_id == Signer.user_id,
            RoleGrant.state == GrantState.ACTIVE,
            User.active.is_(True),
            sa.or_(*(sa.and_(Signer.role == role, RoleGrant.role == held, at) for role, (held, at) in there.items())),
        )
        .correlate(Signer, Agreement)
        .exists()
    )
    interested = (
        sa.select(Conflict.id)
        .where(
            Signer.role == SignerRole.DISTRICT_SIGNATORY,
            Conflict.user_id == Signer.user_id,
            Conflict.organization_id == Agreement.organization_id,
            Conflict.state == ConflictState.DECLARED,
        )
        .correlate(Signer, Agreement)
        .exists()
    )
    handed_on = (
        sa.select(SignerDelegation.id)
        .where(SignerDelegation.signer_id == Signer.id, SignerDelegation.ended_at.is_(None))
        .correlate(Signer)
        .exists()
    )
    query = (
        sa.select(Signer.id)
        .join(AgreementVersion, AgreementVersion.id == Signer.agreement_version_id)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .where(
            Signer.state.in_((SignerState.WAITING, SignerState.INVITED)),
            Signer.left_on.is_(None),
            Agreement.state.in_(OUT),
            Agreement.current_number == AgreementVersion.number,
            sa.or_(~holds, interested),
            # Who acts for a school's leader holds no role of their own there.
            sa.or_(Signer.role != SignerRole.SCHOOL_LEADER, ~handed_on),
        )
    )
    return query if user_id is None else query.where(Signer.user_id == user_id)


def handed_on_too_long(today: date) -> sa.Select[int]:
    """Ids of signers whose place was handed on until a day that is past."""
    return (
        sa.select(Signer.id)
        .join(SignerDelegation, SignerDelegation.signer_id == Signer.id)
        .where(
            Signer.state.in_((SignerState.WAITING, SignerState.INVITED)),
            SignerDelegation.ended_at.is_(None),
            SignerDelegation.until < today,
        )
    )
