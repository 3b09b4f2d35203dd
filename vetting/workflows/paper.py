"""Agreements signed on paper: recorded, compared by two people, or sent back."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import PaperState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import around_the_agreement, who_recorded
from vetting.workflows.definition import START, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import paper as do
from vetting.workflows.guards import paper as ask

S = PaperState

PAPER_RECORD = Workflow(
    name="paper_record",
    title=N_("Agreement signed on paper"),
    about=N_("A scan of a signed paper counts after two people of the office compared it, word for word."),
    states=S,
    initial=S.RECORDED,
    final=frozenset({S.CONFIRMED, S.SENT_BACK}),
    words={
        S.RECORDED: StateWords(N_("To be compared"), N_("The office compares the paper")),
        S.COMPARED: StateWords(N_("To be confirmed by a second person"), N_("The office compares the paper")),
        S.CONFIRMED: StateWords(N_("Confirmed"), N_("Signed on paper")),
        S.SENT_BACK: StateWords(N_("Sent back"), N_("The paper was sent back")),
    },
    steps=(
        Step("record", START, S.RECORDED, P.PAPER_KEEP, N_("Record a signed paper"), N_("Signed paper recorded"),
             guards=(ask.is_the_text_out, ask.nothing_else_is_compared, ask.scan_has_room, ask.signatures_make_sense),
             effect=do.record, command="record_paper"),
        Step("compare", (S.RECORDED,), S.COMPARED, P.PAPER_KEEP, N_("It is the same, word for word"),
             N_("Paper compared word for word"),
             guards=(ask.no_own_signature, ask.scan_can_be_read, ask.is_the_text_out, ask.words_are_the_same,
                     ask.signatures_make_sense, ask.names_were_looked_at),
             effect=do.compare, command="compare_paper"),
        Step("confirm", (S.COMPARED,), S.CONFIRMED, P.PAPER_KEEP, N_("Confirm: it is the same, word for word"),
             N_("Signatures on paper confirmed"),
             guards=(ask.two_people, ask.no_own_signature, ask.scan_can_be_read, ask.is_the_text_out, ask.words_are_the_same,
                     ask.signatures_make_sense, ask.names_were_looked_at, ask.can_count),
             effect=do.confirm, command="compare_paper", event=Event.PAPER_CONFIRMED, tells=(around_the_agreement,)),
        Step("send_back", (S.RECORDED, S.COMPARED), S.SENT_BACK, P.PAPER_KEEP, N_("Send back with a reason"),
             N_("Signed paper sent back"), reason=Reason.REQUIRED, effect=do.send_back,
             event=Event.PAPER_SENT_BACK, tells=(who_recorded,)),
    ),
)  # fmt: skip
