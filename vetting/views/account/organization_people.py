"""The people of an organization, for its owners: who is there, who is invited, who leaves."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.account import MemberInviteForm
from vetting.models import ORGANIZATION_ROLES, Invitation, InvitationState, Organization, Role
from vetting.policy import Permission
from vetting.queries import people
from vetting.views.account import invitations
from vetting.views.errors import translated
from vetting.views.guard import guarded
from vetting.workflows.engine import StepRefused

bp = Blueprint("organization_people", __name__)


def _organization(session: Session, reference: str) -> Organization | None:
    return people.organization_by_reference(session, reference)


def _invitation(session: Session, reference: str, invitation: str) -> Invitation | None:
    """Found through the organization in the address, so that nobody reaches another's by naming it."""
    found = people.invitation_by_reference(session, invitation)
    organization = people.organization_by_reference(session, reference)
    if found is None or organization is None or found.organization_id != organization.id:
        return None
    return found


def _form() -> MemberInviteForm:
    form = MemberInviteForm()
    form.role.choices = [(role.value, _(people.ROLE_NAMES[role])) for role in Role if role in ORGANIZATION_ROLES]
    return form


@bp.route("/apply/organization/<reference>/people", methods=["GET", "POST"])
@guarded(Permission.ORGANIZATION_PEOPLE, _organization, sees=Permission.ORGANIZATION_VIEW)
def index(organization: Organization) -> Response | tuple[str, int]:
    """List and invite."""
    form = _form()
    if form.validate_on_submit():
        try:
            invitations.invite(
                form.email.data or "", Role(form.role.data), name=form.name.data or "", organization_id=organization.id
            )
        except StepRefused as refused:
            form.form_errors.extend(translated(reason) for reason in refused.reasons)
        else:
            flash(_("We have sent an invitation to %(email)s.", email=form.email.data), "success")
            return redirect(url_for("organization_people.index", reference=organization.reference), code=303)
    page = render_template(
        "account/organization_people.html",
        form=form,
        organization=organization,
        members=people.members(db.session(), organization.id),
        waiting=people.pending_invitations(db.session(), organization_id=organization.id),
        role_names=people.ROLE_NAMES,
        role_hints={role.value: _(hint) for role, hint in people.ROLE_HINTS.items()},
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/apply/organization/<reference>/people/<invitation>/send-again")
@guarded(Permission.ORGANIZATION_PEOPLE, _invitation, sees=Permission.ORGANIZATION_PEOPLE)
def send_again(invitation: Invitation) -> Response:
    """A new link to the same address."""
    if invitation.state is InvitationState.PENDING:
        invitations.resend(invitation)
        flash(
            _("We have sent a new link to %(email)s. The former one no longer works.", email=invitation.email),
            "success",
        )
    reference = invitation.organization.reference if invitation.organization is not None else ""
    return redirect(url_for("organization_people.index", reference=reference), code=303)
