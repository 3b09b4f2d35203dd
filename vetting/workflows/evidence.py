"""Evidence: what the office makes of a document version."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import EvidenceState as S
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import applicants, who_look_after_it
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import evidence as do
from vetting.workflows.effects import preflight, scans, vault
from vetting.workflows.guards import evidence as ask

EVIDENCE = Workflow(
    name="evidence",
    title=N_("Evidence"),
    about=N_("One version of a document. Its bytes never change; what the office makes of it does."),
    states=S,
    initial=S.RECEIVED,
    final=frozenset({S.DISPOSED}),
    words={
        S.RECEIVED: StateWords(N_("Received"), N_("We have it")),
        S.ACCEPTED: StateWords(N_("Accepted"), N_("Accepted")),
        S.RETURNED: StateWords(N_("Returned"), N_("We need another version")),
        S.REPLACED: StateWords(N_("Replaced"), N_("Replaced by a newer version")),
        S.EXPIRED: StateWords(N_("Expired"), N_("No longer valid")),
        S.REMOVED: StateWords(N_("Taken out"), N_("Taken out")),
        S.DISPOSED: StateWords(N_("Removed when its time was over"), N_("No longer kept")),
    },
    steps=(
        Step("receive", START, S.RECEIVED, P.EVIDENCE_ADD, N_("Add a document"), N_("Document received"), effect=do.receive),
        Step("receive_for", START, S.RECEIVED, P.CASE_ASSIST, N_("Add a document for somebody"), N_("Document received"),
             effect=do.receive),
        Step("accept", (S.RECEIVED, S.RETURNED), S.ACCEPTED, P.EVIDENCE_CHECK, N_("Accept"), N_("Document accepted"),
             guards=(ask.no_virus_found, ask.dates_in_order), effect=do.accept),
        Step("return", (S.RECEIVED, S.ACCEPTED), S.RETURNED, P.EVIDENCE_CHECK, N_("Return"), N_("Document returned"),
             reason=Reason.REQUIRED, effect=do.give_back, event=Event.EVIDENCE_RETURNED, tells=(applicants,)),
        Step("set_aside", (S.RECEIVED, S.ACCEPTED), S.RETURNED, P.SYSTEM_ACT, N_("Set aside"), N_("Set aside by the virus check"),
             reason=Reason.REQUIRED, effect=scans.set_aside, event=Event.EVIDENCE_SET_ASIDE, tells=(applicants, who_look_after_it)),
        Step("replace", (S.RECEIVED, S.ACCEPTED, S.RETURNED), S.REPLACED, P.SYSTEM_ACT, N_("Replace"), N_("Replaced")),
        Step("expire", (S.RECEIVED, S.ACCEPTED), S.EXPIRED, P.SYSTEM_ACT, N_("Expire"), N_("No longer valid")),
        Step("explain", (S.RECEIVED, S.ACCEPTED), STAY, P.EVIDENCE_ADD, N_("Explain a finding"), "", effect=preflight.explain,
             command="explain_finding"),
        Step("say_purposes", (S.RECEIVED, S.ACCEPTED), STAY, P.EVIDENCE_ADD, N_("Say what it is for"), "",
             effect=vault.say_purposes, command="say_purposes"),
        Step("remove", (S.RECEIVED,), S.REMOVED, P.EVIDENCE_ADD, N_("Take out"), N_("Taken out")),
        # The row stays and says what there was; only the file goes.
        Step("dispose", tuple(state for state in S if state is not S.DISPOSED), S.DISPOSED, P.SYSTEM_ACT,
             N_("Remove the file, its time is over"), N_("No longer kept"), effect=preflight.forget),
    ),
)  # fmt: skip
