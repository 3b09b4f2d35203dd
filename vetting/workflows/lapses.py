"""Documents that run out and what follows from it, and waivers."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import LapseState, WaiverState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import applicants, coordinators, leaders_of_sites, who_decide_waivers
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import lapses as do
from vetting.workflows.guards import lapses as ask

L = LapseState
OPEN = (L.FORESEEN, L.IN_GRACE, L.BITING)
OUT = (L.IN_GRACE, L.BITING)

LAPSE = Workflow(
    name="lapse",
    title=N_("Document that runs out"),
    about=N_("A required kind of document of one organization. Nothing happens that the office could not see coming."),
    states=L,
    initial=L.FORESEEN,
    final=frozenset({L.MENDED, L.WAIVED, L.DROPPED}),
    words={
        L.FORESEEN: StateWords(N_("Runs out soon"), N_("Runs out soon")),
        L.IN_GRACE: StateWords(N_("Out, nothing happens yet"), N_("Out of date")),
        L.BITING: StateWords(N_("Out, with consequences"), N_("Out of date")),
        L.MENDED: StateWords(N_("Renewed"), N_("Renewed")),
        L.WAIVED: StateWords(N_("Waived"), N_("Waived")),
        L.DROPPED: StateWords(N_("No longer asked for"), N_("No longer asked for")),
    },
    steps=(
        Step("foresee", START, L.FORESEEN, P.SYSTEM_ACT, N_("See it coming"), "", effect=do.foresee),
        Step("restate", OPEN, STAY, P.SYSTEM_ACT, N_("Count the days again"), "", effect=do.foresee),
        Step("run_out", (L.FORESEEN,), L.IN_GRACE, P.SYSTEM_ACT, N_("Run out"), N_("A document ran out"),
             guards=(ask.it_is_out,), event=Event.LAPSE_BEGAN, tells=(applicants,)),
        Step("bite", OUT, L.BITING, P.SYSTEM_ACT, N_("Let the consequence begin"),
             N_("A document is missing, so there are limits now"),
             guards=(ask.it_is_out, ask.stood_on_the_page, ask.something_is_due), effect=do.bite,
             event=Event.LAPSE_BITES, tells=(applicants, coordinators)),
        # Leaders read other words than the office, so they are told by a step of their own.
        Step("tell_schools", (L.BITING,), STAY, P.SYSTEM_ACT, N_("Tell the schools"), "",
             event=Event.LAPSE_AT_SCHOOL, tells=(leaders_of_sites,)),
        Step("mend", (L.FORESEEN,), L.MENDED, P.SYSTEM_ACT, N_("Renewed"), "", guards=(ask.it_is_good_again,),
             effect=do.close),
        Step("mend", (L.IN_GRACE,), L.MENDED, P.SYSTEM_ACT, N_("Renewed"), N_("The document is good again"),
             guards=(ask.it_is_good_again,), effect=do.close, event=Event.LAPSE_MENDED, tells=(applicants,)),
        Step("mend", (L.BITING,), L.MENDED, P.SYSTEM_ACT, N_("Renewed"), N_("The document is good again"),
             guards=(ask.it_is_good_again,), effect=do.close, event=Event.LAPSE_MENDED,
             tells=(applicants, leaders_of_sites)),
        Step("waive", OPEN, L.WAIVED, P.SYSTEM_ACT, N_("Waive"), N_("Waived for now"), guards=(ask.it_is_good_again,),
             effect=do.close),
        Step("drop", OPEN, L.DROPPED, P.SYSTEM_ACT, N_("No longer asked for"), "", effect=do.close),
        Step("remind", OPEN, STAY, P.LAPSE_MANAGE, N_("Remind now"), N_("We reminded you"),
             event=Event.LAPSE_REMINDED, tells=(applicants,)),
        Step("give_grace", (L.FORESEEN, L.IN_GRACE), STAY, P.LAPSE_MANAGE, N_("Give days of grace"),
             N_("You have more time"), guards=(ask.has_consequences, ask.grace_is_short), effect=do.give_grace,
             reason=Reason.REQUIRED, command="give_grace"),
        Step("give_grace", (L.BITING,), L.IN_GRACE, P.LAPSE_MANAGE, N_("Give days of grace"), N_("You have more time"),
             guards=(ask.grace_is_short,), effect=do.give_grace, reason=Reason.REQUIRED, command="give_grace"),
        Step("hold", (L.FORESEEN, L.IN_GRACE), STAY, P.LAPSE_MANAGE, N_("Hold off until a day"), N_("You have more time"),
             guards=(ask.has_consequences, ask.hold_ends), effect=do.hold, reason=Reason.REQUIRED, command="hold_lapse"),
        Step("hold", (L.BITING,), L.IN_GRACE, P.LAPSE_MANAGE, N_("Hold off until a day"), N_("You have more time"),
             guards=(ask.hold_ends,), effect=do.hold, reason=Reason.REQUIRED, command="hold_lapse"),
    ),
)  # fmt: skip

W = WaiverState
ASKING = (ask.can_be_waived, ask.has_a_reason, ask.days_fit, ask.none_is_asked_for)

WAIVER = Workflow(
    name="waiver",
    title=N_("Waiver"),
    about=N_("The district does without a document for a time, under conditions. Whoever asks never decides."),
    states=W,
    initial=W.ASKED,
    final=frozenset({W.DECLINED, W.WITHDRAWN, W.TAKEN_BACK, W.ENDED}),
    words={
        W.ASKED: StateWords(N_("Asked for"), N_("Asked for")),
        W.GIVEN: StateWords(N_("Given"), N_("Given")),
        W.DECLINED: StateWords(N_("Not given"), N_("Not given")),
        W.WITHDRAWN: StateWords(N_("Withdrawn"), N_("Withdrawn")),
        W.TAKEN_BACK: StateWords(N_("Taken back"), N_("Ended early")),
        W.ENDED: StateWords(N_("Ended"), N_("Ended")),
    },
    steps=(
        Step("ask", START, W.ASKED, P.WAIVER_ASK, N_("Ask for a waiver"), N_("Waiver asked for"), guards=ASKING,
             event=Event.WAIVER_ASKED, tells=(who_decide_waivers,)),
        Step("open", START, W.ASKED, P.WAIVER_OPEN, N_("Open a waiver"), N_("The office looks into a waiver"),
             guards=ASKING, event=Event.WAIVER_ASKED, tells=(who_decide_waivers,)),
        Step("give", (W.ASKED,), W.GIVEN, P.WAIVER_DECIDE, N_("Give the waiver"), N_("Waiver given"),
             guards=(ask.somebody_else_decides, ask.given_days_fit, ask.has_conditions), effect=do.give_waiver,
             reason=Reason.OPTIONAL, command="give_waiver", event=Event.WAIVER_GIVEN, tells=(applicants,)),
        Step("decline", (W.ASKED,), W.DECLINED, P.WAIVER_DECIDE, N_("Do not give it"), N_("Waiver not given"),
             guards=(ask.somebody_else_decides,), effect=do.decline_waiver, reason=Reason.REQUIRED,
             event=Event.WAIVER_DECLINED, tells=(applicants,)),
        Step("withdraw", (W.ASKED,), W.WITHDRAWN, P.WAIVER_ASK, N_("Withdraw the request"), N_("Request withdrawn")),
        Step("take_back", (W.GIVEN,), W.TAKEN_BACK, P.WAIVER_DECIDE, N_("Take the waiver back"),
             N_("Waiver ended early"), effect=do.take_back_waiver, reason=Reason.REQUIRED,
             event=Event.WAIVER_TAKEN_BACK, tells=(applicants,)),
        Step("end", (W.GIVEN,), W.ENDED, P.SYSTEM_ACT, N_("End"), N_("Waiver ended")),
    ),
)  # fmt: skip
