"""The people of an organization, for its owners: who is there, who is invited, who takes over, who leaves."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.extensions import db
from vetting.forms.account import MemberInviteForm
from vetting.forms.organization import ChangeRoleForm, HandOverForm
from vetting.models import (
    ORGANIZATION_ROLES,
    GrantState,
    Invitation,
    InvitationState,
    Organization,
    OwnershipOffer,
    Role,
    RoleGrant,
)
from vetting.policy import Permission
from vetting.queries import people, settings
from vetting.views import previews
from vetting.views.account import invitations
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import take, version_seen
from vetting.workflows.commands import GrantRole
from vetting.workflows.engine import StepRefused

bp = Blueprint("organization_people", __name__, url_prefix="/apply/organizations/<reference>/people")

Answer = str | Response | tuple[str, int]


def _organization(session: Session, reference: str) -> Organization | None:
    return people.organization_by_reference(session, reference)


def _invitation(session: Session, reference: str, invitation: str) -> Invitation | None:
    """Found through the organization in the address, so that nobody reaches another's by naming it."""
    found = people.invitation_by_reference(session, invitation)
    organization = people.organization_by_reference(session, reference)
    if found is None or organization is None or found.organization_id != organization.id:
        return None
    return found


def _grant(session: Session, reference: str, number: int) -> RoleGrant | None:
    """A role in force at the organization in the address."""
    organization = people.organization_by_reference(session, reference)
    found = session.get(RoleGrant, number)
    if organization is None or found is None or found.organization_id != organization.id:
        return None
    return found if found.state is GrantState.ACTIVE else None


def _form() -> MemberInviteForm:
    form = MemberInviteForm()
    form.role.choices = [(role.value, _(people.ROLE_NAMES[role])) for role in Role if role in ORGANIZATION_ROLES]
    return form


def _others(members: Sequence[RoleGrant]) -> list[tuple[str, str]]:
    """People with a role who are no owners, to hand the organization over to."""
    owners = {grant.user_id for grant in members if grant.role is Role.ORG_OWNER}
    found = {
        grant.user.reference: grant.user.name or grant.user.email for grant in members if grant.user_id not in owners
    }
    return list(found.items())


def _page(organization: Organization, form: MemberInviteForm, hand_over: HandOverForm | None = None) -> str:
    session = db.session()
    members = people.members(session, organization.id)
    if hand_over is None:
        hand_over = HandOverForm(_others(members))
    return render_template(
        "account/organization_people.html",
        form=form,
        hand_over=hand_over,
        offer=people.open_offer(session, organization.id),
        organization=organization,
        members=members,
        waiting=people.pending_invitations(session, organization_id=organization.id),
        roles=[(role.value, _(people.ROLE_NAMES[role])) for role in Role if role in ORGANIZATION_ROLES],
        role_names=people.ROLE_NAMES,
        role_hints={role.value: _(hint) for role, hint in people.ROLE_HINTS.items()},
    )


def _back(organization: Organization | None) -> Response:
    reference = organization.reference if organization is not None else ""
    return redirect(url_for("organization_people.index", reference=reference), code=303)


@bp.route("", methods=["GET", "POST"])
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
            return _back(organization)
    page = _page(organization, form)
    return page, 422 if form.is_submitted() else 200


@bp.post("/<invitation>/send-again")
@guarded(Permission.ORGANIZATION_PEOPLE, _invitation, sees=Permission.ORGANIZATION_PEOPLE)
def send_again(invitation: Invitation) -> Response:
    """A new link to the same address."""
    if invitation.state is InvitationState.PENDING:
        invitations.resend(invitation)
        flash(
            _("We have sent a new link to %(email)s. The former one no longer works.", email=invitation.email),
            "success",
        )
    return _back(invitation.organization)


@bp.post("/roles/<int:number>")
@guarded(Permission.ROLE_MANAGE, _grant)
def change_role(grant: RoleGrant) -> Response:
    """Another role for the same person, from the next click on."""
    form = ChangeRoleForm(people.ROLE_NAMES)
    organization, name = grant.organization, grant.user.name or grant.user.email
    if not form.validate():
        flash(_("Choose a role from the list."), "warning")
        return _back(organization)
    try:
        take("role_grant", grant, "change", data=GrantRole(Role(form.role.data)), version=version_seen())
    except StepRefused as refused:
        flash(" ".join(translated(reason) for reason in refused.reasons), "warning")
    else:
        role = _(people.ROLE_NAMES[Role(form.role.data)])
        flash(_("%(name)s now has the role: %(role)s.", name=name, role=role), "success")
    return _back(organization)


@bp.post("/hand-over")
@guarded(Permission.ORGANIZATION_PEOPLE, _organization, sees=Permission.ORGANIZATION_VIEW)
def hand_over(organization: Organization) -> Answer:
    """Offer the organization to one of its people, after a look at the mail they get."""
    form = HandOverForm(_others(people.members(db.session(), organization.id)))
    if not form.validate():
        return _page(organization, _form(), form), 422
    chosen = people.person(db.session(), form.person.data or "")
    number, to, mine = organization.id, chosen.id if chosen is not None else 0, actor().user_id or 0
    name = (chosen.name or chosen.email) if chosen is not None else ""

    def offered(session: Session) -> OwnershipOffer:
        return OwnershipOffer(
            organization=session.get_one(Organization, number),
            organization_id=number,
            from_user_id=mine,
            to_user_id=to,
            answer_by=settings.offer_until(session, clock.today()),
        )

    try:
        if previews.wants_look():
            found = previews.letters(rehearsal.step("ownership_offer", offered, "offer", actor()))
            return previews.page(
                found,
                title=_("Hand over the organization"),
                caption=name,
                submit=_("Ask %(name)s", name=name),
                back_href=url_for("organization_people.index", reference=(request.view_args or {})["reference"]),
                consequences=[
                    _("Nothing changes until %(name)s accepts.", name=name),
                    _("Then %(name)s is the owner and you stay as an editor.", name=name),
                    _("You can take it back until then."),
                ],
                editable=False,
            )
        take("ownership_offer", offered(db.session()), "offer")
    except StepRefused as refused:
        db.session.rollback()
        flash(" ".join(translated(reason) for reason in refused.reasons), "warning")
    else:
        flash(_("We asked %(name)s. You are the owner until they accept.", name=name), "success")
    return redirect(url_for("organization_people.index", reference=(request.view_args or {})["reference"]), code=303)
