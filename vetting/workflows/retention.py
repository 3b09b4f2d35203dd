"""How long files are kept: the schedule and its approval, legal holds, and runs that remove what is due."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import DisposalItemState, DisposalState, HoldState, ScheduleState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import worker
from vetting.workflows.definition import START, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import retention as do
from vetting.workflows.guards import retention as ask

S = ScheduleState

RETENTION_SCHEDULE = Workflow(
    name="retention_schedule",
    title=N_("Retention schedule"),
    about=N_("How long files are kept. Nothing is removed until a records officer has approved what another person proposed."),
    states=S,
    initial=S.PROPOSED,
    final=frozenset({S.TURNED_DOWN, S.REPLACED}),
    words={
        S.PROPOSED: StateWords(N_("Proposed"), N_("Proposed")),
        S.APPROVED: StateWords(N_("Approved, in force"), N_("In force")),
        S.TURNED_DOWN: StateWords(N_("Not approved"), N_("Not approved")),
        S.REPLACED: StateWords(N_("Replaced by a newer version"), N_("Replaced")),
    },
    steps=(
        Step("propose", START, S.PROPOSED, P.RETENTION_PROPOSE, N_("Propose a schedule"), "",
             guards=(ask.says_why, ask.none_is_proposed)),
        Step("approve", (S.PROPOSED,), S.APPROVED, P.RETENTION_APPROVE, N_("Approve the schedule"), "",
             guards=(ask.another_person_approves,), effect=do.approve, reason=Reason.OPTIONAL),
        Step("turn_down", (S.PROPOSED,), S.TURNED_DOWN, P.RETENTION_APPROVE, N_("Do not approve it"), "",
             effect=do.turn_down, reason=Reason.REQUIRED),
        Step("replace", (S.APPROVED,), S.REPLACED, P.SYSTEM_ACT, N_("Replace"), ""),
    ),
)  # fmt: skip

H = HoldState

LEGAL_HOLD = Workflow(
    name="legal_hold",
    title=N_("Legal hold"),
    about=N_("Nothing of an organization, or of one case, is removed until a second person lifts this."),
    states=H,
    initial=H.IN_FORCE,
    final=frozenset({H.LIFTED}),
    words={
        H.IN_FORCE: StateWords(N_("In force"), N_("In force")),
        H.LIFTED: StateWords(N_("Lifted"), N_("Lifted")),
    },
    steps=(
        Step("place", START, H.IN_FORCE, P.HOLD_PLACE, N_("Place a legal hold"), "", guards=(ask.hold_says_why,)),
        Step("lift", (H.IN_FORCE,), H.LIFTED, P.HOLD_LIFT, N_("Lift the hold"), "",
             guards=(ask.another_person_lifts,), effect=do.lift, reason=Reason.REQUIRED),
    ),
)  # fmt: skip

D = DisposalState

DISPOSAL = Workflow(
    name="disposal",
    title=N_("Removal of files"),
    about=N_("Files whose time is over: planned, looked at, and removed one by one. The rows about them stay."),
    states=D,
    initial=D.PLANNED,
    final=frozenset({D.FINISHED, D.CANCELLED}),
    words={
        D.PLANNED: StateWords(N_("Planned"), N_("Planned")),
        D.RUNNING: StateWords(N_("Running"), N_("Running")),
        D.FINISHED: StateWords(N_("Finished"), N_("Finished")),
        D.CANCELLED: StateWords(N_("Cancelled"), N_("Cancelled")),
    },
    steps=(
        Step("plan", START, D.PLANNED, P.RETENTION_RUN, N_("Plan a removal"), "", guards=(ask.schedule_is_approved,),
             effect=do.plan),
        Step("start", (D.PLANNED,), D.RUNNING, P.RETENTION_RUN, N_("Remove these files"), "",
             guards=(ask.schedule_is_approved,), event=Event.DISPOSAL_STARTED, tells=(worker,)),
        Step("finish", (D.RUNNING,), D.FINISHED, P.SYSTEM_ACT, N_("Finish"), "", effect=do.finish),
        Step("cancel", (D.PLANNED,), D.CANCELLED, P.RETENTION_RUN, N_("Cancel"), ""),
    ),
)  # fmt: skip

I = DisposalItemState  # noqa: E741 - one letter as in every table here

DISPOSAL_ITEM = Workflow(
    name="disposal_item",
    title=N_("One file of a removal"),
    about=N_("Either removed, or kept with the reason why."),
    states=I,
    initial=I.WAITING,
    final=frozenset({I.REMOVED, I.KEPT}),
    words={
        I.WAITING: StateWords(N_("Waiting"), N_("Waiting")),
        I.REMOVED: StateWords(N_("Removed"), N_("Removed")),
        I.KEPT: StateWords(N_("Kept"), N_("Kept")),
    },
    steps=(
        Step("add", START, I.WAITING, P.SYSTEM_ACT, N_("Add"), ""),
        Step("remove", (I.WAITING,), I.REMOVED, P.SYSTEM_ACT, N_("Remove"), "",
             guards=(ask.still_due, ask.not_held), effect=do.remove),
        Step("keep", (I.WAITING,), I.KEPT, P.SYSTEM_ACT, N_("Keep"), "", effect=do.keep),
    ),
)  # fmt: skip
