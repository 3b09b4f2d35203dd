"""A day at the desk: notes and messages, flags, cover for absence, runs over many cases, and what is switched on."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import BulkItemState, BulkRunState, CoverState, FeatureState, FlagState, NoteState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import applicants, coordinators, the_owner, the_substitute, worker
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import desk as do
from vetting.workflows.guards import desk as ask

N = NoteState

NOTE = Workflow(
    name="note",
    title=N_("Note"),
    about=N_("A comment, a message, or the record of a call, visit or meeting. Its text never changes."),
    states=N,
    initial=N.KEPT,
    final=frozenset({N.TAKEN_BACK}),
    words={
        N.KEPT: StateWords(N_("Kept"), N_("Sent")),
        N.TAKEN_BACK: StateWords(N_("Taken back"), N_("Taken back")),
    },
    steps=(
        Step("write", START, N.KEPT, P.CASE_NOTE, N_("Add a note"), "",
             guards=(ask.note_is_whole, ask.stays_in_office, ask.reply_is_to_the_case)),
        Step("send", START, N.KEPT, P.CASE_MESSAGE, N_("Send a message"), N_("We wrote to you"),
             guards=(ask.note_is_whole, ask.goes_to_applicant, ask.reply_is_to_the_case), effect=do.message_sent,
             event=Event.MESSAGE_SENT, tells=(applicants,)),
        Step("reply", START, N.KEPT, P.CASE_REPLY, N_("Write to the office"), N_("You wrote to us"),
             guards=(ask.note_is_whole, ask.goes_to_applicant, ask.reply_is_to_the_case), effect=do.message_received,
             event=Event.MESSAGE_RECEIVED, tells=(coordinators,)),
        Step("take_back", (N.KEPT,), N.TAKEN_BACK, P.NOTE_TAKE_BACK, N_("Take back"), "",
             guards=(ask.was_not_sent_out, ask.reason_is_allowed), reason=Reason.REQUIRED),
    ),
)  # fmt: skip

F = FlagState

FLAG = Workflow(
    name="flag",
    title=N_("Flag"),
    about=N_("Something about a case that a named person settles."),
    states=F,
    initial=F.RAISED,
    final=frozenset(),
    words={
        F.RAISED: StateWords(N_("Raised"), N_("In review")),
        F.RESOLVED: StateWords(N_("Resolved"), N_("In review")),
    },
    steps=(
        Step("raise", START, F.RAISED, P.CASE_FLAG, N_("Raise a flag"), "",
             guards=(ask.flag_is_whole, ask.owner_may_see_the_case), effect=do.flag_raised,
             event=Event.FLAG_RAISED, tells=(the_owner,)),
        Step("hand", (F.RAISED,), STAY, P.CASE_FLAG, N_("Give to somebody else"), "",
             guards=(ask.new_owner_may_see_the_case,), effect=do.flag_handed, command="hand_flag",
             event=Event.FLAG_RAISED, tells=(the_owner,)),
        Step("resolve", (F.RAISED,), F.RESOLVED, P.CASE_FLAG, N_("Resolve"), "",
             guards=(ask.reason_is_allowed,), effect=do.flag_resolved,
             reason=Reason.REQUIRED),
        Step("reopen", (F.RESOLVED,), F.RAISED, P.CASE_FLAG, N_("Raise again"), "",
             guards=(ask.reason_is_allowed,), effect=do.flag_reopened,
             reason=Reason.REQUIRED, event=Event.FLAG_RAISED, tells=(the_owner,)),
    ),
)  # fmt: skip

C = CoverState

COVER = Workflow(
    name="cover",
    title=N_("Cover"),
    about=N_("One person looks after another's cases for some days. It never passes on, and never covers a review."),
    states=C,
    initial=C.AGREED,
    final=frozenset({C.ENDED}),
    words={
        C.AGREED: StateWords(N_("Agreed"), N_("Agreed")),
        C.ENDED: StateWords(N_("Ended"), N_("Ended")),
    },
    steps=(
        Step("agree", START, C.AGREED, P.COVER_MANAGE, N_("Arrange cover"), "",
             guards=(ask.cover_is_possible,), event=Event.COVER_AGREED, tells=(the_substitute,)),
        Step("end", (C.AGREED,), C.ENDED, P.COVER_MANAGE, N_("End the cover"), ""),
    ),
)  # fmt: skip

B = BulkRunState

BULK_RUN = Workflow(
    name="bulk_run",
    title=N_("Act on many cases"),
    about=N_("One act over many cases: planned, shown, and carried out case by case."),
    states=B,
    initial=B.PLANNED,
    final=frozenset({B.FINISHED, B.CANCELLED}),
    words={
        B.PLANNED: StateWords(N_("Planned"), N_("Planned")),
        B.RUNNING: StateWords(N_("Running"), N_("Running")),
        B.FINISHED: StateWords(N_("Finished"), N_("Finished")),
        B.CANCELLED: StateWords(N_("Cancelled"), N_("Cancelled")),
    },
    steps=(
        Step("plan", START, B.PLANNED, P.BULK_RUN, N_("Plan"), "", effect=do.run_planned),
        Step("start", (B.PLANNED,), B.RUNNING, P.BULK_RUN, N_("Carry out"), "", guards=(ask.own_run,),
             event=Event.BULK_STARTED, tells=(worker,)),
        Step("finish", (B.RUNNING,), B.FINISHED, P.SYSTEM_ACT, N_("Finish"), "", effect=do.run_finished),
        Step("cancel", (B.PLANNED, B.RUNNING), B.CANCELLED, P.BULK_RUN, N_("Stop"), "", guards=(ask.own_run,),
             effect=do.run_cancelled),
    ),
)  # fmt: skip

I = BulkItemState  # noqa: E741 - one letter as in every table here

BULK_ITEM = Workflow(
    name="bulk_item",
    title=N_("One case of a run"),
    about=N_("Either done with everything that follows from it, or untouched."),
    states=I,
    initial=I.WAITING,
    final=frozenset({I.DONE, I.REFUSED, I.CANCELLED}),
    words={
        I.WAITING: StateWords(N_("Waiting"), N_("Waiting")),
        I.DONE: StateWords(N_("Done"), N_("Done")),
        I.REFUSED: StateWords(N_("Not possible"), N_("Not possible")),
        I.CANCELLED: StateWords(N_("Cancelled"), N_("Cancelled")),
    },
    steps=(
        Step("add", START, I.WAITING, P.SYSTEM_ACT, N_("Add"), ""),
        Step("done", (I.WAITING,), I.DONE, P.SYSTEM_ACT, N_("Done"), "", effect=do.item_settled),
        Step("refuse", (I.WAITING,), I.REFUSED, P.SYSTEM_ACT, N_("Not possible"), "", effect=do.item_settled),
        Step("cancel", (I.WAITING,), I.CANCELLED, P.SYSTEM_ACT, N_("Cancel"), ""),
    ),
)  # fmt: skip

O = FeatureState  # noqa: E741 - one letter as in every table here

DESK_FEATURE = Workflow(
    name="desk_feature",
    title=N_("Part of the desk"),
    about=N_("What a small office does not need is off, and not shown, until somebody switches it on."),
    states=O,
    initial=O.OFF,
    final=frozenset(),
    words={
        O.ON: StateWords(N_("On"), N_("On")),
        O.OFF: StateWords(N_("Off"), N_("Off")),
    },
    steps=(
        Step("begin", START, O.ON, P.FEATURE_SWITCH, N_("Switch on"), ""),
        Step("switch_on", (O.OFF,), O.ON, P.FEATURE_SWITCH, N_("Switch on"), ""),
        Step("switch_off", (O.ON,), O.OFF, P.FEATURE_SWITCH, N_("Switch off"), ""),
    ),
)  # fmt: skip
