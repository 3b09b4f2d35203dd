"""Mail of a run over many cases: one message to each person, held until the run is over."""

from __future__ import annotations

from vetting import outbox
from vetting.events import Event
from vetting.models import BulkRun, Review
from vetting.workflows.commands import AssignReviewer, Remind
from vetting.workflows.definition import Context

TOGETHER = (Event.REVIEWS_ASSIGNED, Event.REVIEWS_REMINDED)


def assigned(review: Review, context: Context) -> None:
    """Somebody who is given ten cases at once reads one mail."""
    if isinstance(context.data, AssignReviewer) and context.data.run_id is not None:
        _tell(review, context, Event.REVIEWS_ASSIGNED, context.data.run_id)


def reminded(review: Review, context: Context) -> None:
    review.reminded_on = context.today
    if isinstance(context.data, Remind):
        _tell(review, context, Event.REVIEWS_REMINDED, context.data.run_id)


def _tell(review: Review, context: Context, event: Event, run_id: int) -> None:
    recipient = f"user:{review.reviewer_id}"
    outbox.record_once(
        context.session,
        key=f"{_prefix(event, run_id)}{recipient}",
        topic=event,
        recipient=recipient,
        payload={"subject_type": "bulk_run", "subject_id": run_id},
    )


def let_go(run: BulkRun, context: Context) -> None:
    """Nothing is added to the mail of this run any more, so it leaves."""
    for event in TOGETHER:
        outbox.let_go(context.session, _prefix(event, run.id), context.now)


def _prefix(event: Event, run_id: int) -> str:
    return f"{event}:bulk_run:{run_id}:"
