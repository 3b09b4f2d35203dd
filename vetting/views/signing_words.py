"""What the page of an agreement that is out for signature says about its signers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vetting.extensions import db
from vetting.models import Agreement, Signer, SignerState
from vetting.queries import agreements
from vetting.queries.signing_days import days_to_sign, last_day
from vetting.views.errors import translated
from vetting.views.guard import actor
from vetting.views.steps import possible, step_url

OPEN = frozenset({SignerState.WAITING, SignerState.INVITED})


def name_at(signer: Signer, at: datetime) -> str:
    """Whose place it was at an instant; whoever handed it on did that in their own name, and so with giving it back."""
    for handed in signer.delegations:
        if at <= handed.made_at:
            return handed.from_name
        if handed.ended_at is None or at <= handed.ended_at:
            return handed.to_name
    return signer.name


def about(agreement: Agreement) -> dict[str, Any]:
    """What the page of an agreement that is out for signature says about its signers, and offers to do."""
    if agreement.state not in agreements.OUT or not agreement.versions:
        return {}
    version, steps = agreement.versions[-1], possible("agreement", agreement)
    waiting = next((signer for signer in version.signers if signer.state is SignerState.INVITED), None)
    remind = possible("signer", waiting).get("remind") if waiting else None
    mine = next((one for one in version.signers if one.user_id == actor().user_id and one.state in OPEN), None)
    return {
        "until": last_day(version, days_to_sign(db.session())),
        "given": agreement.sign_until is not None,
        "copy": version.unsigned_copy,
        "left": [signer for signer in version.signers if signer.left_on is not None and signer.state in OPEN],
        "handed": [signer for signer in version.signers if signer.delegation is not None],
        "manages": "extend" in steps,
        "waiting": waiting,
        "remind": remind,
        "remind_refusal": translated(remind.reasons[0]) if remind and remind.reasons else "",
        "remind_url": step_url("signer", waiting, "remind") if waiting else "",
        "back_url": step_url("signer", mine, "hand_back") if mine and mine.delegation else "",
        "mine": mine,
    }
