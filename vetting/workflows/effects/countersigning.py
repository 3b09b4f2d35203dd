"""What steps of holds and of signing many agreements together change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from vetting.canonical import digest
from vetting.models import SigningBatch, SigningHold, SigningItem, SigningItemState
from vetting.text import Message
from vetting.workflows.countersign_commands import DrawUpBatch, HoldSignature, SignTogether
from vetting.workflows.definition import Context

LIST_DOMAIN = "signing_list.v1"


def list_digest(reference: str, hashes: Iterable[str]) -> str:
    """SHA-256 of a batch's texts in their order; what the one proof of identity is bound to."""
    return digest(LIST_DOMAIN, {"batch": reference, "texts": list(hashes)})


def hold(subject: SigningHold, context: Context) -> Mapping[str, Any]:
    """Keep why it waits and when it comes back."""
    command: HoldSignature = context.data
    subject.reason = context.reason
    subject.wakes_on = command.wakes_on
    return {"wakes_on": command.wakes_on.isoformat()}


def end_hold(subject: SigningHold, context: Context) -> None:
    subject.ended_at = context.now


def draw_up(batch: SigningBatch, context: Context) -> Mapping[str, Any]:
    """Fix the list: which texts, in which order."""
    command: DrawUpBatch = context.data
    hashes = [signer.agreement_version.content_sha256 for signer in command.signers]
    for position, (signer, text) in enumerate(zip(command.signers, hashes, strict=True)):
        item = SigningItem(batch=batch, signer=signer, position=position, content_sha256=text)
        context.then("signing_item", item, "add")
    batch.digest = list_digest(batch.reference, hashes)
    return {"digest": batch.digest, "texts": len(hashes)}


def sign_together(batch: SigningBatch, context: Context) -> Mapping[str, Any]:
    """Keep the one act, as the server saw it; the worker then signs text by text."""
    command: SignTogether = context.data
    batch.given = {**command.given, "address": context.actor.address, "agent": context.actor.agent[:300]}
    batch.given_at = context.now
    return {"digest": command.digest}


def finish(batch: SigningBatch, context: Context) -> None:
    batch.finished_at = context.now


def drop(batch: SigningBatch, context: Context) -> None:
    """What is signed stays signed; the rest is not begun."""
    batch.finished_at = context.now
    # The item that a worker has in hand is waited for: it is either signed by then, or dropped with the rest.
    waiting = (
        sa.select(SigningItem)
        .where(SigningItem.batch_id == batch.id, SigningItem.state == SigningItemState.WAITING)
        .order_by(SigningItem.position)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for item in context.session.scalars(waiting).all():
        context.then("signing_item", item, "drop")


def item_settled(item: SigningItem, context: Context) -> Mapping[str, Any]:
    """``data`` is the sentence for the receipt; none when the batch was dropped before the item."""
    said: Message | None = context.data
    item.outcome = said.as_data() if said is not None else {}
    return {"outcome": item.outcome}
