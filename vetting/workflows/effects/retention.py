"""What approving a schedule, lifting a hold and removing files change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.models import Disposal, DisposalItem, LegalHold, RetentionSchedule, ScheduleState
from vetting.queries import retention
from vetting.workflows.definition import Context


def approve(schedule: RetentionSchedule, context: Context) -> Mapping[str, Any]:
    """It is in force at once, in the place of the one before."""
    for other in retention.schedules(context.session):
        if other.state is ScheduleState.APPROVED and other.id != schedule.id:
            context.then("retention_schedule", other, "replace")
    _decided(schedule, context)
    return {"number": schedule.number, "sha256": schedule.content_sha256}


def turn_down(schedule: RetentionSchedule, context: Context) -> Mapping[str, Any]:
    _decided(schedule, context)
    return {"number": schedule.number}


def _decided(schedule: RetentionSchedule, context: Context) -> None:
    schedule.decided_by_id = context.actor.user_id
    schedule.decided_at = context.now


def lift(hold: LegalHold, context: Context) -> None:
    hold.lifted_by_id = context.actor.user_id
    hold.lifted_on = context.today


def plan(disposal: Disposal, context: Context) -> Mapping[str, Any]:
    """The files that are due today, but for those under a hold and those of organizations the planner must not see."""
    found = retention.due_files(
        context.session, disposal.schedule, context.today, without=sorted(context.actor.conflicts)
    )
    for row in found:
        if row.held:
            continue
        item = DisposalItem(disposal=disposal, document_version=row.version, rule=row.due.rule, due_on=row.due.day)
        context.then("disposal_item", item, "add")
    return {"schedule": disposal.schedule.number, "files": sum(not row.held for row in found)}


def finish(disposal: Disposal, context: Context) -> None:
    disposal.finished_at = context.now


def remove(item: DisposalItem, context: Context) -> Mapping[str, Any]:
    """The row of the document stays and says what there was. The bytes go once this is committed."""
    item.done_at = context.now
    context.then("evidence", item.document_version, "dispose")
    return {
        "sha256": item.document_version.sha256,
        "rule": item.rule,
        "due_on": item.due_on.isoformat(),
        "schedule": item.disposal.schedule.number,
    }


def keep(item: DisposalItem, context: Context) -> None:
    item.done_at = context.now
    item.why_kept = context.reason
