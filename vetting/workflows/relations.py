"""Between organizations and between an organization and its people: handing over, fiscal sponsors, doubles, addresses."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import DuplicateState, EmailChangeState, OfferState, SponsorshipState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import (
    applicants,
    both_addresses,
    members_of_both,
    owners_of_the_sponsor,
    the_former_address,
    the_offerer,
    the_one_offered_to,
)
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import relations as do
from vetting.workflows.guards import relations as ask

O = OfferState  # noqa: E741 - one letter for the states of a table, as everywhere

OWNERSHIP_OFFER = Workflow(
    name="ownership_offer",
    title=N_("Handing over an organization"),
    about=N_("An owner hands the organization to one of its people. Nothing changes until that person accepts."),
    states=O,
    initial=O.OFFERED,
    final=frozenset({O.ACCEPTED, O.DECLINED, O.TAKEN_BACK, O.EXPIRED}),
    words={
        O.OFFERED: StateWords(N_("Waiting for an answer"), N_("Waiting for an answer")),
        O.ACCEPTED: StateWords(N_("Accepted"), N_("Accepted")),
        O.DECLINED: StateWords(N_("Declined"), N_("Declined")),
        O.TAKEN_BACK: StateWords(N_("Taken back"), N_("Taken back")),
        O.EXPIRED: StateWords(N_("Not answered in time"), N_("Not answered in time")),
    },
    steps=(
        Step("offer", START, O.OFFERED, P.ORGANIZATION_PEOPLE, N_("Hand over the organization"),
             N_("Handing over was offered"), guards=(ask.offered_to_one_of_its_people, ask.nothing_is_offered_yet),
             effect=do.ask_to_answer, event=Event.OWNERSHIP_OFFERED, tells=(the_one_offered_to,)),
        Step("accept", (O.OFFERED,), O.ACCEPTED, P.OWNERSHIP_ANSWER, N_("Take over"), N_("Handed over"),
             guards=(ask.offer_still_stands, ask.offerer_is_still_owner), effect=do.hand_over_ownership,
             event=Event.OWNERSHIP_TAKEN, tells=(the_offerer,)),
        Step("decline", (O.OFFERED,), O.DECLINED, P.OWNERSHIP_ANSWER, N_("Decline"), N_("Declined"),
             effect=do.settle_now, event=Event.OWNERSHIP_DECLINED, tells=(the_offerer,)),
        Step("take_back", (O.OFFERED,), O.TAKEN_BACK, P.ORGANIZATION_PEOPLE, N_("Take back"), N_("Taken back"),
             effect=do.settle_now),
        Step("expire", (O.OFFERED,), O.EXPIRED, P.SYSTEM_ACT, N_("Let it run out"), N_("Not answered in time"),
             guards=(ask.time_to_answer_is_over,), effect=do.settle_now,
             event=Event.OWNERSHIP_EXPIRED, tells=(the_offerer,)),
    ),
)  # fmt: skip

S = SponsorshipState

SPONSORSHIP = Workflow(
    name="sponsorship",
    title=N_("Fiscal sponsor"),
    about=N_("A group without a tax ID names who holds its money. A sponsor that is registered here confirms it."),
    states=S,
    initial=S.NAMED,
    final=frozenset({S.DECLINED, S.ENDED}),
    words={
        S.NAMED: StateWords(N_("Named, not registered here"), N_("Named by you")),
        S.ASKED: StateWords(N_("Waiting for the sponsor"), N_("We asked the sponsor to confirm it.")),
        S.CONFIRMED: StateWords(N_("Confirmed by the sponsor"), N_("Confirmed by the sponsor")),
        S.DECLINED: StateWords(N_("Declined by the sponsor"), N_("The sponsor says that this is not so.")),
        S.ENDED: StateWords(N_("Ended"), N_("Ended")),
    },
    steps=(
        Step("name", START, S.NAMED, P.SPONSORSHIP_NAME, N_("Name a fiscal sponsor"), N_("Fiscal sponsor named"),
             guards=(ask.no_sponsor_yet,), effect=do.sponsor_named),
        Step("ask", START, S.ASKED, P.SPONSORSHIP_NAME, N_("Ask a fiscal sponsor"), N_("Fiscal sponsor asked"),
             guards=(ask.no_sponsor_yet, ask.sponsor_is_another), effect=do.sponsor_named,
             event=Event.SPONSORSHIP_ASKED, tells=(owners_of_the_sponsor,)),
        Step("confirm", (S.ASKED,), S.CONFIRMED, P.SPONSORSHIP_ANSWER, N_("Yes, we are their fiscal sponsor"),
             N_("Fiscal sponsor confirmed"), effect=do.sponsor_confirmed,
             event=Event.SPONSORSHIP_CONFIRMED, tells=(applicants,)),
        Step("decline", (S.ASKED,), S.DECLINED, P.SPONSORSHIP_ANSWER, N_("No, we are not"),
             N_("The sponsor declined"), effect=do.sponsor_gone, reason=Reason.OPTIONAL,
             event=Event.SPONSORSHIP_DECLINED, tells=(applicants,)),
        Step("end", (S.NAMED, S.ASKED, S.CONFIRMED), S.ENDED, P.SPONSORSHIP_NAME, N_("We have no fiscal sponsor any more"),
             N_("Fiscal sponsor ended"), effect=do.sponsor_gone),
        Step("step_back", (S.CONFIRMED,), S.ENDED, P.SPONSORSHIP_ANSWER, N_("We are no longer their fiscal sponsor"),
             N_("The sponsor stepped back"), effect=do.sponsor_gone,
             event=Event.SPONSORSHIP_ENDED, tells=(applicants,)),
    ),
)  # fmt: skip

D = DuplicateState

DUPLICATE_PAIR = Workflow(
    name="duplicate_pair",
    title=N_("Two that may be one"),
    about=N_("Two organizations that look alike. The office says that they are different, or a director merges them."),
    states=D,
    initial=D.SUSPECTED,
    final=frozenset({D.MERGED}),
    words={
        D.SUSPECTED: StateWords(N_("To look at"), N_("In preparation")),
        D.DIFFERENT: StateWords(N_("Not the same"), N_("In preparation")),
        D.MERGED: StateWords(N_("Merged"), N_("Merged")),
    },
    steps=(
        Step("suspect", START, D.SUSPECTED, P.SYSTEM_ACT, N_("Find a look-alike"), ""),
        Step("report", START, D.SUSPECTED, P.DUPLICATE_SETTLE, N_("Report two that may be one"), "",
             guards=(ask.two_that_are_there,)),
        Step("dismiss", (D.SUSPECTED,), D.DIFFERENT, P.DUPLICATE_SETTLE, N_("They are not the same"), "",
             effect=do.pair_settled, reason=Reason.REQUIRED),
        Step("look_again", (D.DIFFERENT,), D.SUSPECTED, P.DUPLICATE_SETTLE, N_("Look at them again"), "",
             effect=do.pair_reopened, reason=Reason.REQUIRED),
        Step("set_aside", (D.SUSPECTED,), D.DIFFERENT, P.SYSTEM_ACT, N_("Set aside"), "", effect=do.pair_settled),
        Step("merge", (D.SUSPECTED,), D.MERGED, P.DUPLICATE_MERGE, N_("Merge"), "",
             guards=(ask.merge_is_possible,), effect=do.merge_pair, command="merge_organizations",
             reason=Reason.REQUIRED, event=Event.ORGANIZATIONS_MERGED, tells=(members_of_both,)),
    ),
)  # fmt: skip

E = EmailChangeState

EMAIL_CHANGE = Workflow(
    name="email_change",
    title=N_("New e-mail address"),
    about=N_("An account gets a new address once the present and the new one have both agreed."),
    states=E,
    initial=E.PENDING,
    final=frozenset({E.DONE, E.CANCELLED}),
    words={
        E.PENDING: StateWords(N_("Waiting for both addresses"), N_("Waiting for both addresses")),
        E.DONE: StateWords(N_("Changed"), N_("Changed")),
        E.CANCELLED: StateWords(N_("Not changed"), N_("Not changed")),
    },
    steps=(
        Step("ask", START, E.PENDING, P.EMAIL_CHANGE, N_("Change my e-mail address"), N_("New address asked for"),
             event=Event.EMAIL_CHANGE_ASKED, tells=(both_addresses,)),
        Step("agree", (E.PENDING,), STAY, P.EMAIL_CHANGE, N_("Yes, this is mine"), N_("One address agreed"),
             guards=(ask.change_is_fresh, ask.address_is_free), effect=do.address_agreed, command="agree_to_address"),
        Step("finish", (E.PENDING,), E.DONE, P.SYSTEM_ACT, N_("Change the address"), N_("Address changed"),
             guards=(ask.both_agreed,), effect=do.address_changed, event=Event.EMAIL_CHANGED, tells=(the_former_address,)),
        Step("cancel", (E.PENDING,), E.CANCELLED, P.EMAIL_CHANGE, N_("Keep the present address"), N_("Not changed")),
    ),
)  # fmt: skip
