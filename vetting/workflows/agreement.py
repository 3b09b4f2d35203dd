"""Agreements, their signers, and the partnerships they govern."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import AgreementState as S
from vetting.models import PartnershipState, SignerState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import all_signers, applicants, school_leaders, the_drafter, the_signer, worker
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import agreement_course as course
from vetting.workflows.effects import agreements as do
from vetting.workflows.effects import brought_along as along
from vetting.workflows.effects import paper
from vetting.workflows.guards import agreement_terms as terms
from vetting.workflows.guards import agreements as ask
from vetting.workflows.guards import sealing

UNSIGNED = (S.DRAFT, S.IN_REVIEW)
OUT = (S.OUT_FOR_SIGNATURE, S.PARTLY_SIGNED)
IN_USE = (S.IN_FORCE, S.SUSPENDED)

AGREEMENT = Workflow(
    name="agreement",
    title=N_("Scope-of-service agreement"),
    about=N_("Services may not start until the agreement is in force."),
    states=S,
    initial=S.DRAFT,
    final=frozenset({S.COMPLETED, S.ENDED, S.SUPERSEDED, S.DECLINED, S.VOIDED, S.EXPIRED}),
    words={
        S.DRAFT: StateWords(N_("Draft"), N_("Being written")),
        S.IN_REVIEW: StateWords(N_("In review"), N_("Being checked before it is sent")),
        S.OUT_FOR_SIGNATURE: StateWords(N_("Out for signature"), N_("Waiting for signatures")),
        S.PARTLY_SIGNED: StateWords(N_("Partly signed"), N_("Waiting for more signatures")),
        S.EXECUTING: StateWords(N_("Being sealed"), N_("Signed by everyone. The document is being sealed.")),
        S.IN_FORCE: StateWords(N_("In force"), N_("In force")),
        S.COMPLETED: StateWords(N_("Completed"), N_("Completed")),
        S.ENDED: StateWords(N_("Ended early"), N_("Ended early")),
        S.SUPERSEDED: StateWords(N_("Replaced"), N_("Replaced by a newer agreement")),
        S.DECLINED: StateWords(N_("Declined"), N_("A signer declined")),
        S.VOIDED: StateWords(N_("Voided"), N_("Voided")),
        S.EXPIRED: StateWords(N_("Not signed in time"), N_("Not signed in time")),
        S.SUSPENDED: StateWords(N_("Suspended"), N_("Suspended. Services stop until it is in force again.")),
    },
    steps=(
        Step("draft", START, S.DRAFT, P.AGREEMENT_DRAFT, N_("Draft an agreement"), N_("Draft started"),
             guards=(ask.partnership_is_confirmed, terms.nothing_follows_yet), effect=course.begin),
        Step("draft_renewal", START, S.DRAFT, P.AGREEMENT_DRAFT, N_("Draft a renewal"), N_("Renewal drafted"),
             guards=(ask.partnership_is_confirmed, terms.nothing_follows_yet), effect=course.begin,
             event=Event.RENEWAL_DRAFTED, tells=(school_leaders,)),
        Step("save", UNSIGNED, STAY, P.AGREEMENT_DRAFT, N_("Save"), "", effect=do.save_draft, command="agreement_draft"),
        Step("share", UNSIGNED, STAY, P.AGREEMENT_DRAFT, N_("Share the text"), N_("Text shared with both sides"),
             effect=course.share, event=Event.AGREEMENT_SHARED, tells=(applicants, school_leaders)),
        Step("take_words", UNSIGNED, STAY, P.SYSTEM_ACT, N_("Take in agreed words"), N_("Agreed words taken in"),
             effect=course.take_words),
        Step("request_review", UNSIGNED, S.IN_REVIEW, P.AGREEMENT_DRAFT, N_("Ask for a check"), N_("Being checked"),
             guards=(ask.scope_is_complete, terms.dates_fit_the_kind), effect=course.ask_approvals),
        Step("return_to_draft", (S.IN_REVIEW,), S.DRAFT, P.AGREEMENT_MANAGE, N_("Back to draft"), N_("Back to draft"),
             reason=Reason.REQUIRED, effect=course.drop_approvals),
        Step("give_back", (S.IN_REVIEW,), S.DRAFT, P.SYSTEM_ACT, N_("Return the draft"), N_("Returned with a reason"),
             reason=Reason.OPTIONAL, effect=course.drop_approvals, event=Event.AGREEMENT_RETURNED, tells=(the_drafter,)),
        Step("send", UNSIGNED, S.OUT_FOR_SIGNATURE, P.AGREEMENT_MANAGE, N_("Send for signature"), N_("Sent for signature"),
             guards=(ask.scope_is_complete, terms.dates_fit_the_kind, ask.signers_are_known, ask.partner_in_good_standing,
                     terms.documents_are_good, ask.money_is_there, ask.portfolio_rule, terms.what_it_changes_is_in_force,
                     terms.talks_are_settled, terms.approvals_given, terms.text_was_shown, sealing.text_can_be_printed),
             effect=do.freeze, command="agreement_send"),
        Step("first_signature", (S.OUT_FOR_SIGNATURE,), S.PARTLY_SIGNED, P.SYSTEM_ACT, N_("First signature"),
             N_("First signature given")),
        Step("all_signed", OUT, S.EXECUTING, P.SYSTEM_ACT, N_("All signed"), N_("Signed by everyone"),
             effect=do.commit_money, event=Event.AGREEMENT_FULLY_SIGNED, tells=(worker,)),
        Step("enter_contract", UNSIGNED, S.EXECUTING, P.SYSTEM_ACT, N_("Enter a contract signed on paper"),
             N_("Contract on paper entered"), effect=paper.enter_contract, event=Event.AGREEMENT_FULLY_SIGNED, tells=(worker,)),
        Step("execute", (S.EXECUTING,), S.IN_FORCE, P.SYSTEM_ACT, N_("Put in force"), N_("In force"),
             effect=do.record_execution, event=Event.AGREEMENT_EXECUTED, tells=(all_signers, applicants, school_leaders)),
        Step("seal_again", (S.EXECUTING,), STAY, P.AGREEMENT_MANAGE, N_("Try again to seal it"), N_("The document is made anew"),
             guards=(sealing.making_went_wrong,), event=Event.AGREEMENT_FULLY_SIGNED, tells=(worker,)),
        Step("change_text", OUT, S.DRAFT, P.AGREEMENT_MANAGE, N_("Change the text"),
             N_("Text is being changed; earlier signatures are void"),
             reason=Reason.REQUIRED, effect=do.void_signatures, event=Event.AGREEMENT_VOIDED, tells=(all_signers,)),
        Step("decline", OUT, S.DECLINED, P.SYSTEM_ACT, N_("Decline"), N_("A signer declined"),
             reason=Reason.OPTIONAL, effect=do.void_signatures, event=Event.SIGNATURE_DECLINED, tells=(all_signers,)),
        Step("void", (*UNSIGNED, *OUT), S.VOIDED, P.AGREEMENT_MANAGE, N_("Void"), N_("Voided"),
             reason=Reason.REQUIRED, effect=do.void, event=Event.AGREEMENT_VOIDED, tells=(all_signers,)),
        Step("expire", OUT, S.EXPIRED, P.SYSTEM_ACT, N_("Expire"), N_("Not signed in time"), effect=do.void_signatures),
        Step("plan_end", IN_USE, STAY, P.AGREEMENT_MANAGE, N_("End it on a day"), N_("An earlier end was decided"),
             guards=(terms.last_day_makes_sense,), reason=Reason.REQUIRED, effect=course.plan_end, command="agreement_end",
             event=Event.AGREEMENT_END_PLANNED, tells=(all_signers, applicants, school_leaders)),
        Step("keep_going", IN_USE, STAY, P.AGREEMENT_MANAGE, N_("Do not end it early"), N_("It goes on until its last day"),
             guards=(terms.end_is_planned,), reason=Reason.REQUIRED, effect=course.keep_going,
             event=Event.AGREEMENT_GOES_ON, tells=(all_signers, applicants, school_leaders)),
        Step("give_notice", (S.IN_FORCE,), STAY, P.SYSTEM_ACT, N_("Give notice of renewal"), N_("Both sides told that it renews"),
             effect=course.give_notice, event=Event.AGREEMENT_RENEWING, tells=(all_signers, applicants, school_leaders)),
        Step("object", (S.IN_FORCE,), STAY, P.AGREEMENT_OBJECT, N_("Do not renew"), N_("It will not be renewed"),
             guards=(terms.renewal_can_be_stopped,), reason=Reason.REQUIRED, effect=course.object_to_renewal,
             event=Event.AGREEMENT_NOT_RENEWED, tells=(all_signers, applicants, school_leaders)),
        Step("renew_term", (S.IN_FORCE,), STAY, P.SYSTEM_ACT, N_("Renew for a year"), N_("Renewed for a year"),
             guards=(terms.renews_by_itself, ask.partner_in_good_standing, terms.documents_are_good),
             effect=course.renew_term, event=Event.AGREEMENT_RENEWED, tells=(all_signers, applicants, school_leaders)),
        Step("complete", (S.IN_FORCE,), S.COMPLETED, P.SYSTEM_ACT, N_("Complete"), N_("Completed"), effect=course.complete),
        Step("end", IN_USE, S.ENDED, P.AGREEMENT_MANAGE, N_("End it now"), N_("Ended early"),
             reason=Reason.REQUIRED, effect=do.end_early,
             event=Event.AGREEMENT_ENDED, tells=(all_signers, applicants, school_leaders)),
        Step("end_as_planned", IN_USE, S.ENDED, P.SYSTEM_ACT, N_("End as planned"), N_("Ended early"),
             guards=(terms.end_is_planned,), effect=do.end_early,
             event=Event.AGREEMENT_ENDED, tells=(all_signers, applicants, school_leaders)),
        Step("supersede", (S.IN_FORCE,), S.SUPERSEDED, P.SYSTEM_ACT, N_("Replace"), N_("Replaced"), effect=course.superseded),
        Step("suspend", (S.IN_FORCE,), S.SUSPENDED, P.SYSTEM_ACT, N_("Suspend"), N_("Suspended"), reason=Reason.OPTIONAL,
             effect=course.suspend),
        Step("resume", (S.SUSPENDED,), S.IN_FORCE, P.SYSTEM_ACT, N_("Resume"), N_("In force again"), effect=course.resume),
    ),
)  # fmt: skip

G = SignerState

SIGNER = Workflow(
    name="signer",
    title=N_("Signature"),
    about=N_("One signer's place in the order. One signature per signer and version."),
    states=G,
    initial=G.WAITING,
    final=frozenset({G.DECLINED, G.VOIDED}),
    words={
        G.WAITING: StateWords(N_("Waiting for their turn"), N_("Waiting for their turn")),
        G.INVITED: StateWords(N_("Asked to sign"), N_("Asked to sign")),
        G.SIGNED: StateWords(N_("Signed"), N_("Signed")),
        G.DECLINED: StateWords(N_("Declined"), N_("Declined")),
        G.VOIDED: StateWords(N_("Void"), N_("Void")),
    },
    steps=(
        Step("name", START, G.WAITING, P.SYSTEM_ACT, N_("Name a signer"), ""),
        Step("invite", (G.WAITING,), G.INVITED, P.SYSTEM_ACT, N_("Ask to sign"), N_("Asked to sign"), effect=do.invited,
             event=Event.SIGNATURE_INVITED, tells=(the_signer,)),
        Step("consent", (G.INVITED,), STAY, P.AGREEMENT_SIGN, N_("Agree to sign electronically"), "",
             guards=(ask.still_out_for_signature, ask.is_their_turn, ask.consent_names_the_text, ask.not_consented_yet),
             effect=do.give_consent, command="consent"),
        Step("sign_on_paper", (G.WAITING, G.INVITED), G.SIGNED, P.SYSTEM_ACT, N_("Sign on paper"), N_("Signed on paper"),
             effect=paper.sign_on_paper),
        Step("sign", (G.INVITED,), G.SIGNED, P.AGREEMENT_SIGN, N_("Sign"), N_("Signed"),
             guards=(ask.still_out_for_signature, ask.is_their_turn, ask.has_consented, ask.saw_this_text,
                     ask.signer_still_holds_role, ask.agreement_can_be_paid),
             effect=do.sign, command="sign"),
        Step("decline", (G.INVITED,), G.DECLINED, P.AGREEMENT_SIGN, N_("Decline to sign"), N_("Declined"),
             guards=(ask.still_out_for_signature,), reason=Reason.REQUIRED, effect=do.signer_declined),
        Step("void", (G.WAITING, G.INVITED, G.SIGNED), G.VOIDED, P.SYSTEM_ACT, N_("Void"), N_("Void"),
             reason=Reason.OPTIONAL),
    ),
)  # fmt: skip

N = PartnershipState

PARTNERSHIP = Workflow(
    name="partnership",
    title=N_("Partnership"),
    about=N_("A program at a school in a school year. The school's leader confirms it."),
    states=N,
    initial=N.PROPOSED,
    final=frozenset({N.DECLINED, N.ENDED}),
    words={
        N.PROPOSED: StateWords(N_("Proposed"), N_("Proposed")),
        N.CONFIRMED: StateWords(N_("Confirmed by the school leader"), N_("Confirmed by the school leader")),
        N.ACTIVE: StateWords(N_("Active"), N_("Active")),
        N.DECLINED: StateWords(N_("Not taken up"), N_("Not taken up")),
        N.ENDED: StateWords(N_("Ended"), N_("Ended")),
    },
    steps=(
        Step("propose", START, N.PROPOSED, P.PARTNERSHIP_MANAGE, N_("Propose a partnership"), N_("Proposed by the school"),
             guards=(ask.program_is_listed,), event=Event.PARTNERSHIP_PROPOSED, tells=(applicants,)),
        Step("confirm", (N.PROPOSED,), N.CONFIRMED, P.PARTNERSHIP_CONFIRM, N_("Confirm"), N_("Confirmed by the school leader"),
             guards=(ask.program_is_listed,)),
        # The leader, who confirmed it last year, still reads and sends its agreement, or does not take it up.
        Step("carry_on", START, N.CONFIRMED, P.SYSTEM_ACT, N_("Carry on into the next year"),
             N_("Carried on from the year before"), guards=(ask.program_is_listed,)),
        Step("bring_along", START, N.CONFIRMED, P.SYSTEM_ACT, N_("Bring along from the office's list"),
             N_("Brought along from our records"), effect=along.partnership),
        Step("bring_up_to_date", (N.PROPOSED, N.CONFIRMED, N.ACTIVE), STAY, P.SYSTEM_ACT,
             N_("Bring up to date from the office's list"), "", effect=along.partnership),
        Step("activate", (N.CONFIRMED,), N.ACTIVE, P.SYSTEM_ACT, N_("Start"), N_("Active")),
        Step("decline", (N.PROPOSED, N.CONFIRMED), N.DECLINED, P.PARTNERSHIP_CONFIRM, N_("Do not take it up"), N_("Not taken up"),
             reason=Reason.OPTIONAL),
        Step("end", (N.ACTIVE,), N.ENDED, P.PARTNERSHIP_END, N_("End the partnership"), N_("Ended"),
             reason=Reason.REQUIRED),
    ),
)  # fmt: skip
