"""Invite people to a role, and accept an invitation.

An invitation belongs to one address. Opening its link shows a page and changes nothing; accepting needs somebody who is
signed in with that address, or who makes an account for it here, which the link itself proves.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, tokens
from vetting.extensions import db
from vetting.forms.account import AcceptForm
from vetting.models import OFFICE_ROLES, Application, GrantState, Invitation, InvitationState, Role, RoleGrant, User
from vetting.policy import Permission
from vetting.queries import people
from vetting.queries.actors import actor_for
from vetting.text import N_, say
from vetting.unit_of_work import unit_of_work
from vetting.views.account import sessions
from vetting.views.account.blueprint import NEXT, keys
from vetting.views.account.passwords import by_email, hashed, new_user
from vetting.views.guard import actor, guarded
from vetting.views.steps import take
from vetting.workflows import engine
from vetting.workflows.commands import NewLink
from vetting.workflows.effects.accounts import INVITATION_LIFE
from vetting.workflows.registry import workflow_named

bp = Blueprint("invitations", __name__, url_prefix="/account/invitation")

Answer = str | Response | tuple[str, int]

AGAIN = {"invite": "resend", "invite_for": "resend_for"}
"""The step that repeats the one that invited."""


def invite(
    email: str,
    role: Role,
    *,
    name: str = "",
    organization_id: int | None = None,
    school_id: int | None = None,
    step: str = "invite",
) -> Invitation:
    """Invite an address to a role as the person behind the request, in one unit of work.

    ``email`` is in its normal form. An invitation to the same role that still waits is sent again instead of doubled.
    Raises ``StepRefused`` when the person has the role already, ``NotAllowed`` when the role is not theirs to give.
    """
    session = db.session()
    if _holds(session, email, role, organization_id, school_id):
        raise engine.StepRefused([say(N_("This person has this role already."))])
    waiting = session.scalars(
        sa.select(Invitation).where(
            Invitation.email == email,
            Invitation.role == role,
            Invitation.organization_id.is_not_distinct_from(organization_id),
            Invitation.school_id.is_not_distinct_from(school_id),
            Invitation.state == InvitationState.PENDING,
        )
    ).first()
    if waiting is not None:
        take("invitation", waiting, AGAIN[step], data=_new_link())
        return waiting
    link = _new_link()
    invitation = Invitation(
        email=email,
        name=name,
        role=role,
        organization_id=organization_id,
        school_id=school_id,
        nonce=link.nonce,
        token_digest=link.digest,
        expires_at=clock.now() + INVITATION_LIFE,
        invited_by_id=actor().user_id,
    )
    take("invitation", invitation, step)
    return invitation


def invite_first_owner(email: str, name: str, application: Application) -> None:
    """Invite the person for whom the office entered an application; an invitation that waits is sent again.

    The office hands this role out for a record that it made and that nobody owns yet.
    """
    invite(email, Role.ORG_OWNER, name=name, organization_id=application.organization_id, step="invite_for")


def resend(invitation: Invitation) -> None:
    """Send a new link; the former one stops working."""
    take("invitation", invitation, "resend", data=_new_link())


def _new_link() -> NewLink:
    nonce = tokens.new_nonce()
    return NewLink(nonce, tokens.digest(tokens.invitation_token(keys(), nonce)))


def _holds(session: Session, email: str, role: Role, organization_id: int | None, school_id: int | None) -> bool:
    return (
        session.scalar(
            sa.select(RoleGrant.id)
            .join(RoleGrant.user)
            .where(
                User.email == email,
                RoleGrant.role == role,
                RoleGrant.organization_id.is_not_distinct_from(organization_id),
                RoleGrant.school_id.is_not_distinct_from(school_id),
                RoleGrant.state == GrantState.ACTIVE,
            )
            .limit(1)
        )
        is not None
    )


@bp.get("/<token>")
@guarded(Permission.PUBLIC_READ)
def show(token: str) -> Answer:
    """Say what is offered, to whom, and how to accept it. Opening the page accepts nothing."""
    return _page(token, people.invitation_by_token(db.session(), token), AcceptForm())


@bp.post("/<token>")
@guarded(Permission.PUBLIC_READ)
def accept(token: str) -> Answer:
    """Accept, as the invited person."""
    session = db.session()
    invitation = people.invitation_by_token(session, token)
    form = AcceptForm(data={"name": ""})
    if invitation is None or invitation.state is not InvitationState.PENDING or invitation.expires_at <= clock.now():
        return _page(token, invitation, form)
    if current_user.is_authenticated:
        if current_user.email != invitation.email:
            return _page(token, invitation, form, 403)
        take("invitation", invitation, "accept", before=lambda: _hold_short(session, invitation))
    else:
        if by_email(session, invitation.email) is not None:
            return _page(token, invitation, form)
        if not form.validate():
            return _page(token, invitation, form, 422)
        _accept_as_new(session, invitation, form)
    flash(_("Welcome. You now have this role: %(role)s.", role=_(people.ROLE_NAMES[invitation.role])), "success")
    return redirect(url_for("account.start"), code=303)


def _hold_short(session: Session, invitation: Invitation) -> None:
    if invitation.role in OFFICE_ROLES:
        sessions.shorten(session, current_user.id)


def _accept_as_new(session: Session, invitation: Invitation, form: AcceptForm) -> None:
    """Make the account, take the role and sign in, all or nothing."""
    kept = hashed(form.password.data) if form.password.data else None
    with unit_of_work(session):
        user = new_user(invitation.email, form.name.data or "", confirmed_at=clock.now())
        user.password = kept
        session.add(user)
        session.flush()
        person = actor_for(session, user, address=actor().address, agent=actor().agent, method="invitation")
        engine.run(session, workflow_named("invitation"), invitation, "accept", person)
        sessions.begin(user, "invitation")


def _page(token: str, invitation: Invitation | None, form: AcceptForm, status: int = 0) -> Answer:
    """One of the situations a link can be in."""
    situation = _situation(invitation)
    if invitation is not None and not form.is_submitted():
        form.name.data = invitation.name
    if situation == "sign_in":
        session[NEXT] = url_for("invitations.show", token=token)
    page = render_template(
        "account/invitation.html",
        invitation=invitation,
        situation=situation,
        form=form if situation == "new" else None,
        role_names=people.ROLE_NAMES,
    )
    return page, status or (410 if situation in {"unknown", "expired", "revoked"} else 200)


def _situation(invitation: Invitation | None) -> str:
    if invitation is None:
        return "unknown"
    if invitation.state is not InvitationState.PENDING:
        return invitation.state.value
    if invitation.expires_at <= clock.now():
        return "expired"
    if current_user.is_authenticated:
        return "mine" if current_user.email == unicodedata.normalize("NFKC", invitation.email) else "somebody_else"
    return "sign_in" if by_email(db.session(), invitation.email) is not None else "new"
