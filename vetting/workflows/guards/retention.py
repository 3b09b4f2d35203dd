"""Questions about the retention schedule, legal holds, and the removal of files."""

from __future__ import annotations

from vetting.models import Disposal, DisposalItem, LegalHold, RetentionSchedule, ScheduleState
from vetting.queries import retention
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context

NOT_APPROVED = N_("Nothing can be removed: no records officer has approved a retention schedule.")


def says_why(schedule: RetentionSchedule, context: Context) -> Message | None:
    return None if schedule.reason.strip() else say(N_("Say why these periods are right."))


def none_is_proposed(schedule: RetentionSchedule, context: Context) -> Message | None:
    if retention.proposed(context.session) is not None:
        return say(N_("A proposal is already waiting for a records officer."))
    return None


def another_person_approves(schedule: RetentionSchedule, context: Context) -> Message | None:
    if schedule.proposed_by_id == context.actor.user_id:
        return say(N_("A records officer who did not propose it approves it."))
    return None


def hold_says_why(hold: LegalHold, context: Context) -> Message | None:
    return None if hold.reason.strip() else say(N_("Say why nothing may be removed."))


def another_person_lifts(hold: LegalHold, context: Context) -> Message | None:
    if hold.placed_by_id == context.actor.user_id:
        return say(N_("Another person lifts the hold that you placed."))
    return None


def schedule_is_approved(disposal: Disposal, context: Context) -> Message | None:
    """Only under the version in force; a newer one is planned for anew."""
    current = retention.approved(context.session)
    if current is None:
        return say(NOT_APPROVED)
    schedule = disposal.schedule
    if schedule.state is not ScheduleState.APPROVED:
        return say(N_("The schedule was replaced since this was planned. Plan it again."))
    return None


def still_due(item: DisposalItem, context: Context) -> Message | None:
    """The file may be in use again since the plan was made."""
    schedule = retention.approved(context.session)
    if schedule is None:
        return say(N_("No retention schedule is approved."))
    if not retention.due_files(context.session, schedule, context.today, only=item.document_version_id):
        return say(N_("It is in use again, or was removed before."))
    return None


def not_held(item: DisposalItem, context: Context) -> Message | None:
    if retention.held(context.session, [item.document_version_id]):
        return say(N_("A legal hold keeps it."))
    return None
