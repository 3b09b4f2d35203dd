"""People and roles of the whole district, for its administrators."""

from __future__ import annotations

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.account import OfficeInviteForm
from vetting.models import ORGANIZATION_ROLES, SCHOOL_ROLES, Invitation, InvitationState, Role, User
from vetting.policy import SYSTEM, Permission
from vetting.queries import custody
from vetting.queries import people as read
from vetting.text import N_, Message, say
from vetting.unit_of_work import unit_of_work
from vetting.views.account import invitations, sessions
from vetting.views.account.notices import tell_changed
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.workflows import engine
from vetting.workflows.application import APPLICATION
from vetting.workflows.effects.custody import GONE
from vetting.workflows.engine import StepRefused

bp = Blueprint("admin", __name__, url_prefix="/admin")
log = structlog.get_logger()


def _person(session: Session, reference: str) -> User | None:
    return read.person(session, reference)


def _invitation(session: Session, reference: str) -> Invitation | None:
    return read.invitation_by_reference(session, reference)


@bp.get("/people")
@guarded(Permission.ADMIN_PEOPLE)
def people() -> str:
    """Everyone with an account, by name, with a search and a filter by role."""
    search = request.args.get("q", "").strip()[:100]
    wanted = request.args.get("role", "")
    role = Role(wanted) if wanted in set(Role) else None
    page = read.people(db.session(), search=search, role=role, after=request.args.get("after", "")[:20])
    return render_template(
        "admin/people.html",
        page=page,
        search=search,
        role=role,
        role_names=read.ROLE_NAMES,
        waiting=read.pending_invitations(db.session()),
    )


@bp.route("/people/invite", methods=["GET", "POST"])
@guarded(Permission.ADMIN_PEOPLE)
def invite() -> Response | tuple[str, int]:
    """Invite a person to any role."""
    form = OfficeInviteForm()
    form.role.choices = [("", _("Choose a role")), *((role.value, _(read.ROLE_NAMES[role])) for role in Role)]
    form.school.choices = [("", _("No school")), *((s.dese_id, s.name) for s in read.schools(db.session()))]
    if form.validate_on_submit() and _invited(form):
        flash(_("We have sent an invitation to %(email)s.", email=form.email.data), "success")
        return redirect(url_for("admin.people"), code=303)
    return render_template("admin/invite.html", form=form), 422 if form.is_submitted() else 200


def _invited(form: OfficeInviteForm) -> bool:
    role = Role(form.role.data)
    organization = read.organization_by_reference(db.session(), (form.organization.data or "").upper())
    school = next((s for s in read.schools(db.session()) if s.dese_id == form.school.data), None)
    if role in ORGANIZATION_ROLES and organization is None:
        form.organization.errors = [_("Enter the reference of the organization this role is at")]
        return False
    if role in SCHOOL_ROLES and school is None:
        form.school.errors = [_("Choose the school this role is at")]
        return False
    try:
        invitations.invite(
            form.email.data or "",
            role,
            name=form.name.data or "",
            organization_id=organization.id if organization is not None and role in ORGANIZATION_ROLES else None,
            school_id=school.id if school is not None and role in SCHOOL_ROLES else None,
        )
    except StepRefused as refused:
        form.form_errors.extend(translated(reason) for reason in refused.reasons)
        return False
    return True


@bp.post("/people/invitations/<reference>/send-again")
@guarded(Permission.ADMIN_PEOPLE, _invitation)
def send_again(invitation: Invitation) -> Response:
    """A new link to the same address."""
    if invitation.state is InvitationState.PENDING:
        invitations.resend(invitation)
        flash(
            _("We have sent a new link to %(email)s. The former one no longer works.", email=invitation.email),
            "success",
        )
    return redirect(url_for("admin.people"), code=303)


@bp.get("/people/<reference>")
@guarded(Permission.ADMIN_PEOPLE, _person)
def person(user: User) -> str:
    """One person: roles in force and ended, and where they are signed in."""
    return render_template(
        "admin/person.html",
        person=user,
        role_names=read.ROLE_NAMES,
        supervisor=db.session.get(User, user.supervisor_id) if user.supervisor_id else None,
        browsers=read.browsers(db.session(), user.id),
    )


@bp.post("/people/<reference>/active")
@guarded(Permission.ADMIN_PEOPLE, _person)
def set_active(user: User) -> Response:
    """Close an account, or open it again. A closed one is signed out everywhere, and its cases go to the pool."""
    wanted = request.form.get("active") == "1"
    if user.id == actor().user_id:
        raise StepRefused([OWN_ACCOUNT])
    with unit_of_work(db.session()) as session:
        user.active = wanted
        if not wanted:
            sessions.end_all(session, user.id)
            for case in custody.cases_of(session, user.id):
                engine.run(session, APPLICATION, case, "put_back", SYSTEM, reason=GONE)
    log.info("account_active_changed", account=user.reference, active=wanted, by=actor().user_id)
    flash(
        _("The account is open again.") if wanted else _("The account is closed and signed out everywhere."), "success"
    )
    return redirect(url_for("admin.person", reference=user.reference), code=303)


@bp.post("/people/<reference>/supervisor")
@guarded(Permission.ADMIN_PEOPLE, _person)
def set_supervisor(user: User) -> Response:
    """Say to whom a person reports (by e-mail address; empty: to nobody here)."""
    address = request.form.get("supervisor", "").strip()
    boss = read.by_email(db.session(), address) if address else None
    if address and (boss is None or boss.id == user.id):
        raise StepRefused([NO_SUCH_SUPERVISOR])
    with unit_of_work(db.session()):
        user.supervisor_id = boss.id if boss is not None else None
    log.info("supervisor_changed", account=user.reference, supervisor=boss.reference if boss else None)
    flash(_("Saved."), "success")
    return redirect(url_for("admin.person", reference=user.reference), code=303)


NO_SUCH_SUPERVISOR: Message = say(N_("Enter the e-mail address of another person who has an account here."))
OWN_ACCOUNT: Message = say(N_("You cannot close your own account. Ask another administrator."))


@bp.post("/people/<reference>/second-step-off")
@guarded(Permission.ADMIN_PEOPLE, _person)
def second_step_off(user: User) -> Response:
    """Switch the second step off for somebody who lost phone and recovery codes. They are told by mail."""
    with unit_of_work(db.session()) as session:
        user.tf_primary_method = user.tf_totp_secret = user.tf_last_counter = user.mf_recovery_codes = None
        sessions.end_all(session, user.id)
        tell_changed(user, _("An administrator switched the second step of your sign-in off."))
    log.info("second_step_switched_off", account=user.reference, by=actor().user_id)
    flash(_("The second step is off. The person was told by mail."), "success")
    return redirect(url_for("admin.person", reference=user.reference), code=303)
