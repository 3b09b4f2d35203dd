"""What steps of notes, flags, cover and runs over many cases change.

The counts and marks on a case are written past its version: a message that arrives must not make the page of
everybody who works on the case an old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vetting.models import Application, BulkItem, BulkItemState, BulkRun, Flag, Note
from vetting.text import Message
from vetting.workflows.commands import HandOver, PlanRun
from vetting.workflows.definition import Context
from vetting.workflows.effects import together


def _mark(context: Context, application: Application, **values: Any) -> None:
    context.session.execute(
        sa.update(Application)
        .where(Application.id == application.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    context.session.expire(application, list(values))


def message_sent(note: Note, context: Context) -> None:
    """An answer of the office settles what the applicant wrote before."""
    _mark(context, note.application, message_received_at=None)


def message_received(note: Note, context: Context) -> None:
    _mark(context, note.application, message_received_at=context.now)


def flag_raised(flag: Flag, context: Context) -> Mapping[str, Any]:
    _mark(context, flag.application, open_flags=Application.open_flags + 1)
    return {"owner": flag.owner_id, "section": flag.section}


def flag_handed(flag: Flag, context: Context) -> Mapping[str, Any]:
    command: HandOver = context.data
    before, flag.owner_id = flag.owner_id, command.person_id
    return {"owner": flag.owner_id, "before": before}


def flag_resolved(flag: Flag, context: Context) -> None:
    flag.resolution = context.reason
    flag.resolved_by_id = context.actor.user_id
    flag.resolved_at = context.now
    _mark(context, flag.application, open_flags=Application.open_flags - 1)


def flag_reopened(flag: Flag, context: Context) -> None:
    flag.resolution = ""
    flag.resolved_by_id = None
    flag.resolved_at = None
    _mark(context, flag.application, open_flags=Application.open_flags + 1)


def item_settled(item: BulkItem, context: Context) -> Mapping[str, Any]:
    """``data`` is the sentence for the receipt; none when the run was stopped before the case."""
    said: Message | None = context.data
    item.outcome = said.as_data() if said is not None else {}
    return {"outcome": item.outcome}


def run_planned(run: BulkRun, context: Context) -> Mapping[str, Any]:
    command: PlanRun = context.data
    for position, (application, action) in enumerate(command.items):
        item = BulkItem(run=run, application=application, position=position, action=dict(action))
        context.then("bulk_item", item, "add")
    return {"act": run.act.value, "cases": len(command.items)}


def run_finished(run: BulkRun, context: Context) -> None:
    run.finished_at = context.now
    together.let_go(run, context)


def run_cancelled(run: BulkRun, context: Context) -> None:
    """What is done stays done; the rest is not begun."""
    run.finished_at = context.now
    # The item that a worker has in hand is waited for: it is either done by then, or it is stopped with the rest.
    waiting = (
        sa.select(BulkItem)
        .where(BulkItem.run_id == run.id, BulkItem.state == BulkItemState.WAITING)
        .order_by(BulkItem.position)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for item in context.session.scalars(waiting).all():
        context.then("bulk_item", item, "cancel")
    together.let_go(run, context)
