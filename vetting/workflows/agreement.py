"""Agreements, their signers, and the partnerships they govern."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import AgreementState as S
from vetting.models import PartnershipState, SignerState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import all_signers, applicants, school_leaders, the_signer, worker
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import agreements as do
from vetting.workflows.effects import brought_along as along
from vetting.workflows.guards import agreements as ask

UNSIGNED = (S.DRAFT, S.IN_REVIEW)
OUT = (S.OUT_FOR_SIGNATURE, S.PARTLY_SIGNED)

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
             guards=(ask.partnership_is_confirmed,)),
        Step("save", UNSIGNED, STAY, P.AGREEMENT_DRAFT, N_("Save"), "", effect=do.save_draft, command="agreement_draft"),
        Step("request_review", (S.DRAFT,), S.IN_REVIEW, P.AGREEMENT_DRAFT, N_("Ask for a check"), N_("Being checked"),
             guards=(ask.scope_is_complete,)),
        Step("return_to_draft", (S.IN_REVIEW,), S.DRAFT, P.AGREEMENT_MANAGE, N_("Back to draft"), N_("Back to draft"),
             reason=Reason.REQUIRED),
        Step("send", UNSIGNED, S.OUT_FOR_SIGNATURE, P.AGREEMENT_MANAGE, N_("Send for signature"), N_("Sent for signature"),
             guards=(ask.scope_is_complete, ask.signers_are_known, ask.partner_in_good_standing, ask.money_is_there,
                     ask.portfolio_rule),
             effect=do.freeze),
        Step("first_signature", (S.OUT_FOR_SIGNATURE,), S.PARTLY_SIGNED, P.SYSTEM_ACT, N_("First signature"),
             N_("First signature given")),
        Step("all_signed", OUT, S.EXECUTING, P.SYSTEM_ACT, N_("All signed"), N_("Signed by everyone"),
             effect=do.commit_money, event=Event.AGREEMENT_FULLY_SIGNED, tells=(worker,)),
        Step("execute", (S.EXECUTING,), S.IN_FORCE, P.SYSTEM_ACT, N_("Put in force"), N_("In force"),
             effect=do.record_execution, event=Event.AGREEMENT_EXECUTED, tells=(all_signers, applicants, school_leaders)),
        Step("change_text", OUT, S.DRAFT, P.AGREEMENT_MANAGE, N_("Change the text"),
             N_("Text is being changed; earlier signatures are void"),
             reason=Reason.REQUIRED, effect=do.void_signatures, event=Event.AGREEMENT_VOIDED, tells=(all_signers,)),
        Step("decline", OUT, S.DECLINED, P.SYSTEM_ACT, N_("Decline"), N_("A signer declined"),
             reason=Reason.OPTIONAL, effect=do.void_signatures, event=Event.SIGNATURE_DECLINED, tells=(all_signers,)),
        Step("void", (*UNSIGNED, *OUT), S.VOIDED, P.AGREEMENT_MANAGE, N_("Void"), N_("Voided"),
             reason=Reason.REQUIRED, effect=do.void_signatures, event=Event.AGREEMENT_VOIDED, tells=(all_signers,)),
        Step("expire", OUT, S.EXPIRED, P.SYSTEM_ACT, N_("Expire"), N_("Not signed in time"), effect=do.void_signatures),
        Step("complete", (S.IN_FORCE,), S.COMPLETED, P.SYSTEM_ACT, N_("Complete"), N_("Completed")),
        Step("end", (S.IN_FORCE, S.SUSPENDED), S.ENDED, P.AGREEMENT_MANAGE, N_("End early"), N_("Ended early"),
             reason=Reason.REQUIRED, effect=do.end_early),
        Step("supersede", (S.IN_FORCE,), S.SUPERSEDED, P.SYSTEM_ACT, N_("Replace"), N_("Replaced")),
        Step("suspend", (S.IN_FORCE,), S.SUSPENDED, P.SYSTEM_ACT, N_("Suspend"), N_("Suspended"), reason=Reason.OPTIONAL),
        Step("resume", (S.SUSPENDED,), S.IN_FORCE, P.SYSTEM_ACT, N_("Resume"), N_("In force again")),
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
        Step("bring_along", START, N.CONFIRMED, P.SYSTEM_ACT, N_("Bring along from the office's list"),
             N_("Brought along from our records"), effect=along.partnership),
        Step("bring_up_to_date", (N.PROPOSED, N.CONFIRMED, N.ACTIVE), STAY, P.SYSTEM_ACT,
             N_("Bring up to date from the office's list"), "", effect=along.partnership),
        Step("activate", (N.CONFIRMED,), N.ACTIVE, P.SYSTEM_ACT, N_("Start"), N_("Active")),
        Step("decline", (N.PROPOSED, N.CONFIRMED), N.DECLINED, P.PARTNERSHIP_CONFIRM, N_("Do not take it up"), N_("Not taken up"),
             reason=Reason.OPTIONAL),
        Step("end", (N.ACTIVE,), N.ENDED, P.PARTNERSHIP_CONFIRM, N_("End the partnership"), N_("Ended"),
             reason=Reason.REQUIRED),
    ),
)  # fmt: skip
