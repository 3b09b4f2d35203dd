"""A leader lets somebody of the school act for some days; and a year's documents, made into one file by the worker."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import DelegationState, YearFileState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import the_leader_and_the_delegate, worker
from vetting.workflows.definition import START, StateWords, Step, Workflow
from vetting.workflows.effects import delegations as do
from vetting.workflows.guards import delegations as ask

D = DelegationState

DELEGATION = Workflow(
    name="delegation",
    title=N_("Acting for a school leader"),
    about=N_("A school leader lets one person of the school act for them on some days. It ends by itself and is never passed on."),
    states=D,
    initial=D.GIVEN,
    final=frozenset({D.ENDED, D.OVER}),
    words={
        D.GIVEN: StateWords(N_("Agreed"), N_("Agreed")),
        D.ENDED: StateWords(N_("Ended early"), N_("Ended early")),
        D.OVER: StateWords(N_("Over"), N_("Over")),
    },
    steps=(
        Step("give", START, D.GIVEN, P.DELEGATION_GIVE, N_("Let somebody act for me"), N_("Somebody may act for the leader"),
             guards=(ask.days_make_sense, ask.one_of_the_school, ask.signing_is_allowed, ask.nothing_in_the_way),
             effect=do.kept, event=Event.DELEGATION_GIVEN, tells=(the_leader_and_the_delegate,)),
        Step("end", (D.GIVEN,), D.ENDED, P.DELEGATION_GIVE, N_("End it now"), N_("Ended early"),
             effect=do.kept, event=Event.DELEGATION_ENDED, tells=(the_leader_and_the_delegate,)),
        Step("hand_back", (D.GIVEN,), D.ENDED, P.DELEGATION_RETURN, N_("Hand it back"), N_("Handed back"),
             effect=do.kept, event=Event.DELEGATION_ENDED, tells=(the_leader_and_the_delegate,)),
        Step("run_out", (D.GIVEN,), D.OVER, P.SYSTEM_ACT, N_("End after the last day"), N_("Over"), effect=do.kept),
    ),
)  # fmt: skip

S = YearFileState

YEAR_FILE = Workflow(
    name="year_file",
    title=N_("Documents of a school year"),
    about=N_("The documents of one school and year in one file. The worker makes it, and it is kept for a short time."),
    states=S,
    initial=S.ASKED,
    final=frozenset({S.REMOVED}),
    words={
        S.ASKED: StateWords(N_("Being made"), N_("We are putting the documents together.")),
        S.READY: StateWords(N_("Ready"), N_("Your file is ready.")),
        S.FAILED: StateWords(N_("Not made"), N_("We could not make your file.")),
        S.REMOVED: StateWords(N_("Removed"), N_("This file is no longer kept.")),
    },
    steps=(
        Step("ask", START, S.ASKED, P.YEAR_FILE_TAKE, N_("Download a year"), "", event=Event.YEAR_FILE_ASKED, tells=(worker,)),
        Step("ready", (S.ASKED,), S.READY, P.SYSTEM_ACT, N_("File made"), "", effect=do.file_made),
        Step("fail", (S.ASKED,), S.FAILED, P.SYSTEM_ACT, N_("File not made"), ""),
        Step("remove", (S.READY, S.FAILED), S.REMOVED, P.SYSTEM_ACT, N_("Remove the file"), ""),
    ),
)  # fmt: skip
