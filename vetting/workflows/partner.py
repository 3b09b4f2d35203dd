"""The partner path, and the dated facts that move an organization along it."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import DesignationState, ProgramState, SuspensionState
from vetting.models import PartnerState as S
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import applicants, directors
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import brought_along as along
from vetting.workflows.effects import designations as do
from vetting.workflows.effects import organizations as own
from vetting.workflows.effects import renewals, suspensions
from vetting.workflows.guards import partners as ask
from vetting.workflows.guards import renewals as renew


def _others(state: S) -> tuple[S, ...]:
    return tuple(other for other in S if other not in {state, S.MERGED})


STAYS = tuple(state for state in S if state.value not in {"exited", "merged"})

PARTNER = Workflow(
    name="partner",
    title=N_("Partner path"),
    about=N_("Where an organization stands. The state always equals its highest designation in force."),
    states=S,
    initial=S.POTENTIAL,
    final=frozenset({S.MERGED}),
    words={
        S.POTENTIAL: StateWords(N_("Potential School-Community Partner"), N_("Potential School-Community Partner")),
        S.PARTNER: StateWords(N_("School-Community Partner"), N_("School-Community Partner")),
        S.PORTFOLIO: StateWords(N_("Opportunity Portfolio Partner"), N_("Opportunity Portfolio Partner")),
        S.FUNDED: StateWords(N_("Funded Partner"), N_("Funded Partner")),
        S.LAPSED: StateWords(N_("Lapsed"), N_("Approval ended")),
        S.SUSPENDED: StateWords(N_("Suspended"), N_("Suspended")),
        S.EXITED: StateWords(N_("Left"), N_("No longer a partner")),
        S.MERGED: StateWords(N_("Merged into another record"), N_("Now part of another record")),
    },
    steps=(
        Step("register", START, S.POTENTIAL, P.ORGANIZATION_REGISTER, N_("Register an organization"), N_("Registered with us"),
             guards=(ask.name_is_given,), effect=do.register),
        # Entered by the office for somebody on the phone or at the desk, who is not the organization's owner for it.
        Step("register_for", START, S.POTENTIAL, P.CASE_ASSIST, N_("Register for somebody"), N_("Registered with us"),
             guards=(ask.name_is_given,)),
        Step("bring_along", START, S.POTENTIAL, P.SYSTEM_ACT, N_("Bring along from the office's list"),
             N_("Brought along from our records"), guards=(ask.name_is_given,), effect=along.partner),
        Step("bring_up_to_date", STAYS, STAY, P.SYSTEM_ACT, N_("Bring up to date from the office's list"),
             N_("Brought up to date from our records"), effect=along.partner),
        Step("return_to_potential", (S.SUSPENDED,), S.POTENTIAL, P.SYSTEM_ACT, N_("Back to potential partner"),
             N_("Potential School-Community Partner again"), effect=do.follow),
        Step("become_partner", _others(S.PARTNER), S.PARTNER, P.SYSTEM_ACT, N_("Become School-Community Partner"),
             N_("School-Community Partner"), effect=do.follow),
        Step("become_portfolio_partner", _others(S.PORTFOLIO), S.PORTFOLIO, P.SYSTEM_ACT,
             N_("Become Opportunity Portfolio Partner"), N_("Opportunity Portfolio Partner"), effect=do.follow),
        Step("become_funded_partner", _others(S.FUNDED), S.FUNDED, P.SYSTEM_ACT, N_("Become Funded Partner"),
             N_("Funded Partner"), effect=do.follow),
        Step("lapse", (S.PARTNER, S.PORTFOLIO, S.FUNDED, S.SUSPENDED), S.LAPSED, P.SYSTEM_ACT, N_("Lapse"),
             N_("Approval ended"), effect=do.follow),
        Step("suspend", (S.POTENTIAL, S.PARTNER, S.PORTFOLIO, S.FUNDED, S.LAPSED), S.SUSPENDED, P.SYSTEM_ACT, N_("Suspend"),
             N_("Suspended"), effect=do.follow),
        Step("exit", (S.POTENTIAL, S.PARTNER, S.PORTFOLIO, S.FUNDED, S.LAPSED, S.SUSPENDED), S.EXITED, P.ORGANIZATION_MANAGE,
             N_("Leave the partnership"), N_("Left"), effect=do.leave, reason=Reason.REQUIRED),
        Step("save_contact", STAYS, STAY, P.ORGANIZATION_CONTACT, N_("Change how we are reached"), N_("Contact changed"),
             effect=own.save_contact, command="save_contact"),
        Step("save_settings", STAYS, STAY, P.ORGANIZATION_MANAGE, N_("Change the settings"), N_("Settings changed"),
             effect=own.save_settings, command="own_settings"),
        Step("save_vendor_number", STAYS, STAY, P.ORGANIZATION_CONTACT, N_("Change the city vendor number"),
             N_("Vendor number changed"), effect=own.save_vendor_number, command="vendor_number"),
        Step("record_vendor_number", STAYS, STAY, P.VENDOR_NUMBER_RECORD, N_("Record the city vendor number"),
             N_("Vendor number recorded"), effect=own.save_vendor_number, command="vendor_number"),
        Step("merge", _others(S.MERGED), S.MERGED, P.SYSTEM_ACT, N_("Merge into another record"),
             N_("Merged with the other record of the organization"), effect=do.follow),
    ),
)  # fmt: skip

D = DesignationState

DESIGNATION = Workflow(
    name="designation",
    title=N_("Designation"),
    about=N_("A dated, scoped fact. The worker begins and ends it on the district's local day."),
    states=D,
    initial=D.SCHEDULED,
    final=frozenset({D.ENDED, D.REVOKED, D.CANCELLED}),
    words={
        D.SCHEDULED: StateWords(N_("Scheduled"), N_("Starts later")),
        D.IN_FORCE: StateWords(N_("In force"), N_("In force")),
        D.ENDED: StateWords(N_("Ended"), N_("Ended")),
        D.REVOKED: StateWords(N_("Taken back"), N_("Ended early")),
        D.CANCELLED: StateWords(N_("Taken back before it began"), N_("Will not start")),
    },
    steps=(
        Step("schedule", START, D.SCHEDULED, P.SYSTEM_ACT, N_("Schedule"), ""),
        Step("begin", (D.SCHEDULED,), D.IN_FORCE, P.SYSTEM_ACT, N_("Begin"), N_("In force"), effect=do.begin),
        Step("correct", (D.SCHEDULED, D.IN_FORCE), STAY, P.SYSTEM_ACT, N_("Correct the days"), N_("Days corrected"),
             effect=along.corrected),
        Step("end", (D.IN_FORCE,), D.ENDED, P.SYSTEM_ACT, N_("End"), N_("Ended"), guards=(renew.no_renewal_waits,),
             effect=do.end),
        Step("warn_idle", (D.IN_FORCE,), STAY, P.SYSTEM_ACT, N_("Give notice of a lapse"), N_("We told you that your listing will end"),
             guards=(renew.partner_notice_is_due,), effect=renewals.warn_partner,
             event=Event.PARTNER_LAPSING, tells=(applicants,)),
        Step("lapse", (D.IN_FORCE,), D.ENDED, P.SYSTEM_ACT, N_("Let it lapse"), N_("Ended, because we heard nothing for a long time"),
             guards=(renew.both_notices_given,), effect=renewals.lapse_partner,
             event=Event.PARTNER_LAPSED, tells=(applicants,)),
        Step("revoke", (D.IN_FORCE,), D.REVOKED, P.SYSTEM_ACT, N_("Take back"), N_("Ended early"),
             effect=do.end, reason=Reason.OPTIONAL),
        # An organization whose only designation never began has not lapsed; it is still where it was.
        Step("revoke", (D.SCHEDULED,), D.CANCELLED, P.SYSTEM_ACT, N_("Take back"), N_("Will not start"),
             reason=Reason.OPTIONAL),
    ),
)  # fmt: skip

U = SuspensionState

SUSPENSION = Workflow(
    name="suspension",
    title=N_("Emergency suspension"),
    about=N_("One person imposes it at once; a second person reviews it within two business days."),
    states=U,
    initial=U.AWAITING_REVIEW,
    final=frozenset({U.LIFTED}),
    words={
        U.AWAITING_REVIEW: StateWords(N_("Waiting for a second person"), N_("Suspended")),
        U.CONFIRMED: StateWords(N_("Confirmed"), N_("Suspended")),
        U.LIFTED: StateWords(N_("Lifted"), N_("Lifted")),
    },
    steps=(
        Step("impose", START, U.AWAITING_REVIEW, P.ORGANIZATION_SUSPEND, N_("Suspend at once"), N_("Suspended"),
             reason=Reason.REQUIRED, guards=(ask.not_suspended_already,), effect=suspensions.impose,
             event=Event.ORGANIZATION_SUSPENDED, tells=(applicants, directors)),
        Step("confirm", (U.AWAITING_REVIEW,), U.CONFIRMED, P.SUSPENSION_REVIEW, N_("Confirm the suspension"), "",
             guards=(ask.a_second_person,), effect=suspensions.review),
        Step("lift", (U.AWAITING_REVIEW, U.CONFIRMED), U.LIFTED, P.SUSPENSION_REVIEW, N_("Lift the suspension"),
             N_("Suspension lifted"), reason=Reason.REQUIRED, guards=(ask.a_second_person,), effect=suspensions.lift,
             event=Event.SUSPENSION_LIFTED, tells=(applicants,)),
    ),
)  # fmt: skip

G = ProgramState

PROGRAM = Workflow(
    name="program",
    title=N_("Program"),
    about=N_("One ongoing, direct service. It appears in the directory when it is approved."),
    states=G,
    initial=G.DRAFT,
    final=frozenset(),
    words={
        G.DRAFT: StateWords(N_("Draft"), N_("Not sent yet")),
        G.IN_REVIEW: StateWords(N_("In review"), N_("In review")),
        G.APPROVED: StateWords(N_("Approved"), N_("Approved")),
        G.HIDDEN: StateWords(N_("Hidden"), N_("Not shown")),
        G.ARCHIVED: StateWords(N_("Archived"), N_("Archived")),
    },
    steps=(
        Step("add", START, G.DRAFT, P.APPLICATION_EDIT, N_("Add a program"), N_("Program added")),
        Step("add_for", START, G.DRAFT, P.CASE_ASSIST, N_("Add a program for somebody"), N_("Program added")),
        Step("bring_along", START, G.APPROVED, P.SYSTEM_ACT, N_("Bring along from the office's list"),
             N_("Brought along from our records"), effect=along.program_listed),
        # What the list says about it is not enough to be listed, so the partner completes it first.
        Step("bring_unfinished", START, G.DRAFT, P.SYSTEM_ACT, N_("Bring along, to be completed"),
             N_("Brought along from our records"), effect=along.program),
        Step("list_brought_along", (G.DRAFT,), G.APPROVED, P.SYSTEM_ACT, N_("List what was brought along"),
             N_("Brought along from our records"), effect=along.program_listed),
        Step("bring_up_to_date", (G.DRAFT, G.APPROVED, G.HIDDEN), STAY, P.SYSTEM_ACT,
             N_("Bring up to date from the office's list"), N_("Brought up to date from our records"),
             effect=along.program_changed),
        Step("send_to_review", (G.DRAFT,), G.IN_REVIEW, P.SYSTEM_ACT, N_("Send to review"), ""),
        Step("return_to_draft", (G.IN_REVIEW,), G.DRAFT, P.SYSTEM_ACT, N_("Back to draft"), ""),
        Step("approve", (G.IN_REVIEW,), G.APPROVED, P.SYSTEM_ACT, N_("Approve"), N_("Program approved"),
             effect=do.program_approved),
        Step("hide", (G.APPROVED,), G.HIDDEN, P.ORGANIZATION_MANAGE, N_("Hide from the directory"), N_("Hidden"),
             effect=do.program_moved),
        Step("show", (G.HIDDEN,), G.APPROVED, P.ORGANIZATION_MANAGE, N_("Show in the directory"), N_("Shown again"),
             effect=do.program_moved),
        Step("archive", (G.DRAFT, G.HIDDEN), G.ARCHIVED, P.ORGANIZATION_MANAGE, N_("Archive"), N_("Archived")),
        Step("restore", (G.ARCHIVED,), G.DRAFT, P.ORGANIZATION_MANAGE, N_("Restore"), N_("Restored")),
    ),
)  # fmt: skip
