"""Beginning an application from an earlier one: a renewal, or another try after one that ended without approval."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.data.vocabulary import category_of
from vetting.extensions import db
from vetting.models import Application, ApplicationKind, Organization, ReferenceKind, Round
from vetting.policy import Permission
from vetting.queries import applications, organizations, references, renewals, settings
from vetting.refs import new_reference
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.views.applicant import portfolio
from vetting.views.applicant.blueprint import bp, load_case
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.workflows import engine
from vetting.workflows.commands import BringOver
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import workflow_named


def load_organization(session: Session, reference: str) -> Organization | None:
    """An organization by its public reference."""
    return organizations.find(session, reference)


@bp.post("/apply/renew/<reference>")
@guarded(Permission.APPLICATION_START, load_organization, sees=Permission.ORGANIZATION_VIEW)
def renew(organization: Organization) -> Response:
    """Begin the renewal with everything known; one that is under way already is opened instead."""
    there = renewals.live_renewal(db.session(), organization.id)
    if there is not None:
        return _open(there)
    number = organization.id
    try:
        application = _begin_renewal(organization, renewals.last_approved(db.session(), organization.id))
    except StepRefused as refused:
        flash(" ".join(translated(reason) for reason in refused.reasons), "warning")
        return redirect(url_for("applicant.home"), code=303)
    except LostRace:
        there = renewals.live_renewal(db.session(), number)
        if there is None:
            raise
        return _open(there)
    return _show(application)


@bp.post("/apply/<reference>/again")
@guarded(Permission.APPLICATION_START, load_case, sees=Permission.APPLICATION_VIEW)
def again(application: Application) -> Response:
    """Apply once more, with what was answered in this application."""
    case = url_for("applicant.case", reference=application.reference)
    if not renewals.may_start_again(application):
        flash(_("This application is still open."), "info")
        return redirect(case, code=303)
    try:
        made = AGAIN[application.kind](application)
    except StepRefused as refused:
        flash(" ".join(translated(reason) for reason in refused.reasons), "warning")
        return redirect(case, code=303)
    if made is None:
        flash(_("No round of this category takes applications now. Your answers are kept for the next one."), "warning")
        return redirect(case, code=303)
    return _show(made)


def _register_again(application: Application) -> Application | None:
    """A new registration, or a renewal where the organization became a partner meanwhile."""
    session = db.session()
    organization = application.organization
    live = renewals.live_registration(session, organization.id)
    if live is not None:
        return live
    if renewals.last_held(organization.designations) is not None:
        return _renew_again(application)
    return _begin(organization, ApplicationKind.REGISTRATION, application)


def _renew_again(application: Application) -> Application | None:
    live = renewals.live_renewal(db.session(), application.organization_id)
    return live or _begin_renewal(application.organization, application)


def _apply_again(application: Application) -> Application | None:
    """The first round of the same category that takes applications and has none of this program."""
    program = application.program
    if program is None:
        return None
    for round_ in applications.open_rounds(db.session(), clock.now()):
        if application.category_key not in {category_of(key) for key in round_.category_keys}:
            continue
        there = portfolio.already(program, round_, application.category_key)
        if there is None:
            return portfolio.start(program, round_, _service(application, round_), application)
        if there.state not in renewals.STARTS_AGAIN:
            return there
    return None


def _service(application: Application, round_: Round) -> str:
    """The part of the category that was chosen last time, where the round still has it."""
    chosen = renewals.given(application).get((0, "portfolio_category"))
    offered = [word.key for word in portfolio.categories_of(round_)]
    return chosen if isinstance(chosen, str) and chosen in offered else application.category_key


AGAIN = {
    ApplicationKind.REGISTRATION: _register_again,
    ApplicationKind.RENEWAL: _renew_again,
    ApplicationKind.PORTFOLIO: _apply_again,
}


def _begin_renewal(organization: Organization, source: Application | None) -> Application:
    return _begin(organization, ApplicationKind.RENEWAL, source)


def _begin(organization: Organization, kind: ApplicationKind, source: Application | None) -> Application:
    """Both steps in one transaction: there is never a renewal without what it brings over."""
    with unit_of_work(db.session) as session:
        application = Application(
            reference=new_reference("VET"),
            kind=kind,
            organization=organization,
            form_version=references.current(session, ReferenceKind.FORM, "registration"),
            framework_version=references.current(session, ReferenceKind.STANDARDS, "quality-standards"),
            settings_version=settings.process_settings(session),
            state_since=clock.now(),
        )
        workflow = workflow_named("application")
        engine.run(session, workflow, application, "start", actor())
        engine.run(session, workflow, application, "bring_over", actor(), data=BringOver(source))
    return application


def _open(application: Application) -> Response:
    flash(_("A renewal is under way already. Here it is."), "info")
    return redirect(url_for("applicant.case", reference=application.reference), code=303)


def _show(application: Application) -> Response:
    target = "applicant.brought_over" if application.carryover is not None else "applicant.case"
    return redirect(url_for(target, reference=application.reference), code=303)
