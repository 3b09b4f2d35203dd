"""Roles people hold, and invitations to hold one."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import GrantState, InvitationState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import the_holder, the_invited
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import accounts as do
from vetting.workflows.guards import accounts as ask

G = GrantState

ROLE_GRANT = Workflow(
    name="role_grant",
    title=N_("Role"),
    about=N_("What a person may act as. A role that is ended acts on the next click."),
    states=G,
    initial=G.ACTIVE,
    final=frozenset({G.ENDED}),
    words={
        G.ACTIVE: StateWords(N_("Active"), N_("Active")),
        G.ENDED: StateWords(N_("Ended"), N_("Ended")),
    },
    steps=(
        Step("grant", START, G.ACTIVE, P.ROLE_MANAGE, N_("Give a role"), N_("Role given"),
             effect=do.begin_grant),
        Step("bring_along", START, G.ACTIVE, P.SYSTEM_ACT, N_("Give a role after an import"), N_("Role given"),
             effect=do.begin_grant, event=Event.ROLE_GIVEN, tells=(the_holder,)),
        Step("end", (G.ACTIVE,), G.ENDED, P.ROLE_MANAGE, N_("End the role"), N_("Role ended"),
             guards=(ask.somebody_stays_in_charge,), effect=do.end_grant),
        Step("leave", (G.ACTIVE,), G.ENDED, P.ROLE_LEAVE, N_("Give up the role"), N_("Role ended"),
             guards=(ask.somebody_stays_in_charge,), effect=do.end_grant),
        Step("change", (G.ACTIVE,), G.ENDED, P.ROLE_MANAGE, N_("Change the role"), N_("Role changed"),
             guards=(ask.somebody_stays_in_charge, ask.another_role_of_the_same_kind), effect=do.change_role,
             command="change_role"),
        # Held at the record that stays as well, so nobody is left without it.
        Step("fall_away", (G.ACTIVE,), G.ENDED, P.SYSTEM_ACT, N_("End with a merged record"), N_("Role ended"),
             effect=do.end_grant),
    ),
)  # fmt: skip

V = InvitationState

INVITATION = Workflow(
    name="invitation",
    title=N_("Invitation"),
    about=N_("An offer of a role to one e-mail address. Each resend makes a new link and ends the former."),
    states=V,
    initial=V.PENDING,
    final=frozenset({V.ACCEPTED, V.REVOKED, V.EXPIRED}),
    words={
        V.PENDING: StateWords(N_("Waiting"), N_("Waiting")),
        V.ACCEPTED: StateWords(N_("Accepted"), N_("Accepted")),
        V.REVOKED: StateWords(N_("Taken back"), N_("Taken back")),
        V.EXPIRED: StateWords(N_("Expired"), N_("Expired")),
    },
    steps=(
        Step("invite", START, V.PENDING, P.ROLE_MANAGE, N_("Invite"), N_("Invited"),
             guards=(ask.not_too_many_today,), event=Event.INVITATION_SENT, tells=(the_invited,)),
        Step("bring_along", START, V.PENDING, P.SYSTEM_ACT, N_("Invite after an import"), N_("Invited"),
             event=Event.PARTNER_INVITED, tells=(the_invited,)),
        # By the office, to the person for whom it entered an application, while nobody owns the record.
        Step("invite_for", START, V.PENDING, P.CASE_ASSIST, N_("Invite the first owner"), N_("Invited"),
             guards=(ask.first_owner_of_an_entry,), event=Event.INVITATION_SENT, tells=(the_invited,)),
        Step("resend_for", (V.PENDING,), STAY, P.CASE_ASSIST, N_("Send again to the first owner"), N_("Sent again"),
             guards=(ask.first_owner_of_an_entry,), effect=do.renew, command="resend_invitation",
             event=Event.INVITATION_SENT, tells=(the_invited,)),
        Step("resend", (V.PENDING,), STAY, P.ROLE_MANAGE, N_("Send again"), N_("Sent again"),
             guards=(ask.not_too_many_today,), effect=do.renew, command="resend_invitation",
             event=Event.INVITATION_SENT, tells=(the_invited,)),
        Step("accept", (V.PENDING,), V.ACCEPTED, P.INVITATION_ACCEPT, N_("Accept"), N_("Accepted"),
             guards=(ask.invitation_is_fresh,), effect=do.accept),
        Step("revoke", (V.PENDING,), V.REVOKED, P.ROLE_MANAGE, N_("Take back"), N_("Taken back"), reason=Reason.OPTIONAL),
        Step("expire", (V.PENDING,), V.EXPIRED, P.SYSTEM_ACT, N_("Expire"), N_("Expired")),
    ),
)  # fmt: skip
