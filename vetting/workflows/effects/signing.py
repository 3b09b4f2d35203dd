"""What changes around a signature: consent taken back, a place handed on, more time, and other people who sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.models import Agreement, ConsentWithdrawal, Signer, SignerDelegation, User
from vetting.workflows.commands import Delegate, GiveTime, ReplaceSigners
from vetting.workflows.definition import Context
from vetting.workflows.effects import agreements


def withdraw_consent(signer: Signer, context: Context) -> Mapping[str, Any]:
    """The consent stays on record beside its end. A signature that was given stands."""
    consent = signer.consent
    if consent is None:
        raise RuntimeError("a guard asks that there is a consent")
    consent.withdrawal = ConsentWithdrawal(
        withdrawn_at=context.now,
        reason=context.reason,
        address=context.actor.address,
        agent=context.actor.agent[:300],
    )
    return {"consent": consent.text_version, "after_signing": signer.signature is not None}


def delegate(signer: Signer, context: Context) -> Mapping[str, Any]:
    """Somebody else of the same role takes the place; who handed it on stays on record, and on the certificate."""
    command: Delegate = context.data
    other = context.session.get_one(User, command.user_id)
    signer.delegations.append(
        SignerDelegation(
            from_user_id=signer.user_id,
            from_name=signer.name,
            from_title=signer.title,
            to_user_id=other.id,
            to_name=other.name,
            to_title=other.title,
            reason=context.reason,
            until=command.until,
            made_at=context.now,
        )
    )
    _seat(signer, other, other.name, other.title)
    return {"from": signer.delegations[-1].from_user_id, "to": other.id, "until": command.until.isoformat()}


def take_back(signer: Signer, context: Context) -> Mapping[str, Any]:
    """The place goes back to whoever handed it on."""
    handed = signer.delegation
    if handed is None:
        raise RuntimeError("a guard asks that the place is handed on")
    handed.ended_at = context.now
    _seat(signer, handed.from_user, handed.from_name, handed.from_title)
    return {"from": handed.to_user_id, "to": handed.from_user_id}


def _seat(signer: Signer, user: User, name: str, title: str) -> None:
    signer.user, signer.user_id, signer.email = user, user.id, user.email
    signer.name, signer.title = name, title
    signer.opened_at = signer.left_on = None


def note_left(signer: Signer, context: Context) -> Mapping[str, Any]:
    signer.left_on = context.today
    return {"person": signer.user_id}


def give_time(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    command: GiveTime = context.data
    agreement.sign_until = command.until
    return {"until": command.until.isoformat()}


def replace_signers(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """The same words with other people's names are another text: its next version, which everybody signs."""
    command: ReplaceSigners = context.data
    agreements.void_signatures(agreement, context)
    chosen = {**agreement.draft.get("signer_ids", {}), **command.people}
    agreement.draft = {**agreement.draft, "signer_ids": chosen}
    return {**agreements.freeze(agreement, context), "people": dict(command.people)}
