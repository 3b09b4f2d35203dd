"""What steps of an import and of its invitations change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vetting.models import (
    Invitation,
    InvitationBatch,
    InvitationBatchItem,
    InvitationResult,
    InvitationState,
    PartnerImport,
    PartnerImportFile,
    PartnerImportItem,
    PartnerImportPair,
    Role,
    RowPlan,
    RowResult,
)
from vetting.text import N_
from vetting.workflows.definition import Context
from vetting.workflows.effects.accounts import INVITATION_LIFE
from vetting.workflows.import_commands import CheckedFile, SendAgain

REST: Mapping[RowPlan, tuple[RowResult, str]] = {
    RowPlan.LEAVE: (RowResult.LEFT, N_("Nothing new.")),
    RowPlan.SKIP: (RowResult.SKIPPED, N_("Left out, as planned.")),
    RowPlan.ASK: (RowResult.SKIPPED, N_("Left out: nobody said whether it is the same partner.")),
    RowPlan.BAD: (RowResult.REFUSED, N_("Left out: something is wrong with this row.")),
    RowPlan.CREATE: (RowResult.REFUSED, N_("Left out.")),
    RowPlan.UPDATE: (RowResult.REFUSED, N_("Left out.")),
}
"""What the receipt says of rows that were never to be loaded."""


def file_checked(upload: PartnerImport, context: Context) -> Mapping[str, Any]:
    """``data`` is a ``CheckedFile``. The uploaded bytes are not needed any more."""
    found: CheckedFile = context.data
    upload.total, upload.done = found.total, 0
    upload.problems = [dict(problem) for problem in found.problems]
    upload.plans = {sheet: dict(counts) for sheet, counts in found.plans.items()}
    upload.fingerprint = found.fingerprint
    upload.moved = found.moved
    upload.checked_at = context.now
    _forget_files(upload, context)
    return {"rows": found.total, "plans": upload.plans}


def looks_again(upload: PartnerImport, context: Context) -> None:
    upload.done = 0


def begins_again(upload: PartnerImport, context: Context) -> None:
    upload.done, upload.moved = 0, False


def file_loaded(upload: PartnerImport, context: Context) -> Mapping[str, Any]:
    """Every row has a result now, and no cell of the file is kept."""
    upload.ended_at = context.now
    upload.done = upload.total
    for plan, (result, words) in REST.items():
        _settle_rest(upload, context, PartnerImportItem.plan == plan, result, words)
    rows = context.session.execute(
        sa.select(PartnerImportItem.result, sa.func.count())
        .where(PartnerImportItem.import_id == upload.id)
        .group_by(PartnerImportItem.result)
    )
    return {"results": {result.value: count for result, count in rows if result is not None}}


def _settle_rest(upload: PartnerImport, context: Context, plan: Any, result: RowResult, words: str) -> None:
    context.session.execute(
        sa.update(PartnerImportItem)
        .where(PartnerImportItem.import_id == upload.id, PartnerImportItem.result.is_(None), plan)
        .values(result=result, outcome=words, settled_at=context.now, sealed=None)
        .execution_options(synchronize_session=False)
    )


def file_discarded(upload: PartnerImport, context: Context) -> None:
    """Nothing of the file is kept, only that it was there."""
    upload.ended_at = context.now
    _forget_files(upload, context)
    for table in (PartnerImportPair, PartnerImportItem):
        context.session.execute(
            sa.delete(table).where(table.import_id == upload.id).execution_options(synchronize_session=False)
        )


def _forget_files(upload: PartnerImport, context: Context) -> None:
    context.session.execute(
        sa.delete(PartnerImportFile)
        .where(PartnerImportFile.import_id == upload.id)
        .execution_options(synchronize_session=False)
    )


def batch_finished(batch: InvitationBatch, context: Context) -> None:
    batch.ended_at = context.now


def batch_cancelled(batch: InvitationBatch, context: Context) -> None:
    """What was sent stays sent; the rest is not begun."""
    batch.ended_at = context.now
    context.session.execute(
        sa.update(InvitationBatchItem)
        .where(InvitationBatchItem.batch_id == batch.id, InvitationBatchItem.result.is_(None))
        .values(result=InvitationResult.CANCELLED, outcome=N_("Stopped before it was sent."), settled_at=context.now)
        .execution_options(synchronize_session=False)
    )


def sent_again(batch: InvitationBatch, context: Context) -> Mapping[str, Any]:
    """A new link for one line: in the invitation that waits, or in a new one where it ran out. The former link ends."""
    wanted: SendAgain = context.data
    item = context.session.get_one(InvitationBatchItem, wanted.item_id)
    known = item.invitation
    if known is not None and known.state is InvitationState.PENDING:
        context.then("invitation", known, "resend", data=wanted)
    else:
        invitation = offered(batch, item, wanted.nonce, wanted.digest, context)
        context.then("invitation", invitation, "bring_along", reason=context.reason)
        item.invitation_id = invitation.id
    return {"line": item.position}


def offered(batch: InvitationBatch, item: InvitationBatchItem, nonce: str, digest: str, context: Context) -> Invitation:
    """An invitation to own the organization, not started yet."""
    return Invitation(
        email=item.email,
        name=item.name,
        language=item.language,
        role=Role.ORG_OWNER,
        organization_id=item.organization_id,
        organization=item.organization,
        nonce=nonce,
        token_digest=digest,
        expires_at=context.now + INVITATION_LIFE,
        invited_by_id=batch.made_by_id,
    )
