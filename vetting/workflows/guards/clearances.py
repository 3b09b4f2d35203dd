"""Questions about the dates of a person's check."""

from __future__ import annotations

from vetting.models import Clearance
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context


def check_is_past(clearance: Clearance, context: Context) -> Message | None:
    if clearance.checked_on > context.today:
        return say(N_("The day of the check is not here yet."))
    return None


def check_still_counts(clearance: Clearance, context: Context) -> Message | None:
    """A check whose next one is due already clears nobody."""
    due = context.data.next_due_on if context.data is not None else clearance.next_due_on
    if due < context.today:
        return say(N_("This check is too old. List the person again after a new one."))
    return None


def new_check_is_later(clearance: Clearance, context: Context) -> Message | None:
    if context.data is None:
        return None
    if context.data.checked_on > context.today:
        return say(N_("The day of the check is not here yet."))
    if context.data.checked_on <= clearance.checked_on:
        return say(N_("The new check must be later than the one before."))
    return None
