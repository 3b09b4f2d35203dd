"""The list of cleared people: who is on it, a new check, and leaving it, which says no reason."""

from __future__ import annotations

from vetting.models import ClearanceState as S
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.definition import START, STAY, StateWords, Step, Workflow
from vetting.workflows.effects import clearances as do
from vetting.workflows.guards import clearances as ask

CLEARANCE = Workflow(
    name="clearance",
    title=N_("Cleared person"),
    about=N_("Somebody an organization lists as checked and cleared. Nobody else is listed, and leaving needs no reason."),
    states=S,
    initial=S.LISTED,
    final=frozenset({S.TAKEN_OFF}),
    words={
        S.LISTED: StateWords(N_("On the list"), N_("On the list")),
        S.TAKEN_OFF: StateWords(N_("No longer on the list"), N_("No longer on the list")),
    },
    steps=(
        Step("list", START, S.LISTED, P.CLEARANCE_KEEP, N_("List a person"), N_("Person listed"),
             guards=(ask.check_is_past, ask.check_still_counts), effect=do.answer_for),
        Step("renew", (S.LISTED,), STAY, P.CLEARANCE_KEEP, N_("Record a new check"), N_("New check recorded"),
             guards=(ask.new_check_is_later, ask.check_still_counts), effect=do.renew, command="checked"),
        Step("take_off", (S.LISTED,), S.TAKEN_OFF, P.CLEARANCE_KEEP, N_("Take off the list"), N_("Person taken off the list"),
             effect=do.forget),
    ),
)  # fmt: skip
