"""Questions about imports of partners and the invitations afterwards."""

from __future__ import annotations

import sqlalchemy as sa

from vetting.models import InvitationBatch, InvitationBatchItem, PartnerImport, PartnerImportItem, RowPlan
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context


def _planned(upload: PartnerImport, context: Context, *plans: RowPlan) -> int:
    query = sa.select(sa.func.count()).where(
        PartnerImportItem.import_id == upload.id, PartnerImportItem.plan.in_(plans), PartnerImportItem.result.is_(None)
    )
    return context.session.scalar(query) or 0


def everything_is_chosen(upload: PartnerImport, context: Context) -> Message | None:
    """No row waits for a person to say whether it is a partner that is there already."""
    if _planned(upload, context, RowPlan.ASK):
        return say(N_("Some partners look alike. Say for each pair whether they are the same."))
    return None


def something_to_load(upload: PartnerImport, context: Context) -> Message | None:
    if not _planned(upload, context, RowPlan.CREATE, RowPlan.UPDATE):
        return say(N_("No row brings anything new. There is nothing to load."))
    return None


def somebody_to_invite(batch: InvitationBatch, context: Context) -> Message | None:
    query = sa.select(InvitationBatchItem.id).where(
        InvitationBatchItem.batch_id == batch.id, InvitationBatchItem.result.is_(None)
    )
    if context.session.scalars(query.limit(1)).first() is None:
        return say(N_("There is nobody to invite."))
    return None
