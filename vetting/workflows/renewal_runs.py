"""The yearly renewal: everything that ends in a year, planned, shown, and carried out one by one."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import RenewalItemState, RenewalRunState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import worker
from vetting.workflows.definition import START, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import renewal_runs as do
from vetting.workflows.guards import renewal_runs as ask

R = RenewalRunState

RENEWAL_RUN = Workflow(
    name="renewal_run",
    title=N_("Renewal of a year's agreements"),
    about=N_("Every agreement that ends in a year: which go on, how, and which do not and why."),
    states=R,
    initial=R.PLANNED,
    final=frozenset({R.FINISHED, R.CANCELLED}),
    words={
        R.PLANNED: StateWords(N_("Planned"), N_("Planned")),
        R.RUNNING: StateWords(N_("Running"), N_("Running")),
        R.FINISHED: StateWords(N_("Finished"), N_("Finished")),
        R.CANCELLED: StateWords(N_("Dropped"), N_("Dropped")),
    },
    steps=(
        Step("plan", START, R.PLANNED, P.RENEWAL_RUN, N_("Plan"), "", effect=do.plan),
        Step("start", (R.PLANNED,), R.RUNNING, P.RENEWAL_RUN, N_("Carry it out"), "", guards=(ask.own_run,),
             event=Event.RENEWAL_RUN_STARTED, tells=(worker,)),
        Step("finish", (R.RUNNING,), R.FINISHED, P.SYSTEM_ACT, N_("Finish"), "", effect=do.finish),
        Step("cancel", (R.PLANNED, R.RUNNING), R.CANCELLED, P.RENEWAL_RUN, N_("Stop"), "", guards=(ask.own_run,),
             effect=do.cancel),
    ),
)  # fmt: skip

I = RenewalItemState  # noqa: E741 - one letter as in every table here

RENEWAL_ITEM = Workflow(
    name="renewal_item",
    title=N_("One agreement of a renewal"),
    about=N_("Either renewed as planned with everything that follows from it, or untouched."),
    states=I,
    initial=I.WAITING,
    final=frozenset({I.PASSED_OVER, I.DONE, I.REFUSED, I.CANCELLED}),
    words={
        I.WAITING: StateWords(N_("Planned"), N_("Planned")),
        I.PASSED_OVER: StateWords(N_("Not renewed"), N_("Not renewed")),
        I.LEFT_OUT: StateWords(N_("Left out"), N_("Left out")),
        I.DONE: StateWords(N_("Done"), N_("Done")),
        I.REFUSED: StateWords(N_("Not possible"), N_("Not possible")),
        I.CANCELLED: StateWords(N_("Stopped before"), N_("Stopped before")),
    },
    steps=(
        Step("add", START, I.WAITING, P.SYSTEM_ACT, N_("Add"), ""),
        Step("pass_over", START, I.PASSED_OVER, P.SYSTEM_ACT, N_("Pass over"), ""),
        Step("leave_out", (I.WAITING,), I.LEFT_OUT, P.RENEWAL_RUN, N_("Leave it out"), "", guards=(ask.own_plan,),
             effect=do.leave_out, reason=Reason.REQUIRED),
        Step("take_in", (I.LEFT_OUT,), I.WAITING, P.RENEWAL_RUN, N_("Take it in again"), "", guards=(ask.own_plan,),
             effect=do.take_in),
        Step("done", (I.WAITING,), I.DONE, P.SYSTEM_ACT, N_("Done"), "", effect=do.done),
        Step("refuse", (I.WAITING,), I.REFUSED, P.SYSTEM_ACT, N_("Not possible"), "", effect=do.refuse),
        Step("cancel", (I.WAITING,), I.CANCELLED, P.SYSTEM_ACT, N_("Stop"), ""),
    ),
)  # fmt: skip
