"""More time for one application, by case and with a reason."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import ExtensionState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import applicants, coordinators
from vetting.workflows.definition import START, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import deadlines as do
from vetting.workflows.guards import deadlines as ask

S = ExtensionState

EXTENSION = Workflow(
    name="extension",
    title=N_("Extension"),
    about=N_("More time for one application than its round gives everybody. It never makes a deadline earlier."),
    states=S,
    initial=S.ASKED,
    final=frozenset({S.GIVEN, S.NOT_GIVEN}),
    words={
        S.ASKED: StateWords(N_("Asked for"), N_("You asked for more time. The office answers soon.")),
        S.GIVEN: StateWords(N_("Given"), N_("You have more time.")),
        S.NOT_GIVEN: StateWords(N_("Not given"), N_("The office could not give more time.")),
    },
    steps=(
        Step("ask", START, S.ASKED, P.EXTENSION_ASK, N_("Ask for more time"), N_("You asked for more time"),
             guards=(ask.more_time_is_possible, ask.says_why, ask.not_asked_yet), effect=do.asked,
             event=Event.EXTENSION_ASKED, tells=(coordinators,)),
        Step("grant", START, S.GIVEN, P.EXTENSION_GIVE, N_("Give more time"), N_("The office gave you more time"),
             guards=(ask.more_time_is_possible, ask.end_is_later, ask.reason_is_allowed), effect=do.given,
             reason=Reason.REQUIRED, command="give_extension",
             event=Event.EXTENSION_GIVEN, tells=(applicants,)),
        Step("give", (S.ASKED,), S.GIVEN, P.EXTENSION_GIVE, N_("Give more time"), N_("The office gave you more time"),
             guards=(ask.more_time_is_possible, ask.end_is_later, ask.reason_is_allowed), effect=do.given,
             reason=Reason.REQUIRED, command="give_extension",
             event=Event.EXTENSION_GIVEN, tells=(applicants,)),
        Step("decline", (S.ASKED,), S.NOT_GIVEN, P.EXTENSION_GIVE, N_("Do not give more time"),
             N_("The office could not give more time"), guards=(ask.reason_is_allowed,), effect=do.not_given,
             reason=Reason.REQUIRED, command="decline_extension",
             event=Event.EXTENSION_NOT_GIVEN, tells=(applicants,)),
    ),
)  # fmt: skip
