"""What steps of the yearly renewal change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vetting.models import RenewalItem, RenewalItemState, RenewalRun, RenewalWay
from vetting.text import Message
from vetting.workflows.countersign_commands import PlanRenewals, Renewed
from vetting.workflows.definition import Context


def plan(run: RenewalRun, context: Context) -> Mapping[str, Any]:
    """Keep every agreement of the year with what is to happen to it, or why nothing does."""
    command: PlanRenewals = context.data
    for position, one in enumerate(command.items):
        item = RenewalItem(
            run=run, agreement=one.agreement, position=position, way=one.way, plan=dict(one.plan), left_out_reason=""
        )
        context.then("renewal_item", item, "pass_over" if one.way is RenewalWay.NONE else "add")
    return {"agreements": len(command.items)}


def finish(run: RenewalRun, context: Context) -> None:
    run.finished_at = context.now


def cancel(run: RenewalRun, context: Context) -> None:
    """What is done stays done; the rest is not begun."""
    run.finished_at = context.now
    # The item that a worker has in hand is waited for: it is either done by then, or it is stopped with the rest.
    waiting = (
        sa.select(RenewalItem)
        .where(RenewalItem.run_id == run.id, RenewalItem.state == RenewalItemState.WAITING)
        .order_by(RenewalItem.position)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for item in context.session.scalars(waiting).all():
        context.then("renewal_item", item, "cancel")


def leave_out(item: RenewalItem, context: Context) -> None:
    item.left_out_reason = context.reason


def take_in(item: RenewalItem, context: Context) -> None:
    item.left_out_reason = ""


def done(item: RenewalItem, context: Context) -> Mapping[str, Any]:
    command: Renewed = context.data
    item.outcome = dict(command.outcome)
    item.made_id = command.made_id
    return {"outcome": item.outcome, "made": command.made_id}


def refuse(item: RenewalItem, context: Context) -> Mapping[str, Any]:
    said: Message = context.data
    item.outcome = said.as_data()
    return {"outcome": item.outcome}
