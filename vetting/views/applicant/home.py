"""Where an applicant starts: their organizations, what is open, and registering one more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock
from vetting.extensions import db
from vetting.forms.applicant import ProgramNameForm, RegisterForm
from vetting.models import (
    Agreement,
    Application,
    ApplicationKind,
    ApplicationState,
    Organization,
    PartnerState,
    Program,
    ReferenceKind,
)
from vetting.policy import Permission
from vetting.queries import agreements, applications, deadlines, references, renewals, settings, standing
from vetting.refs import folded, new_reference
from vetting.unit_of_work import unit_of_work
from vetting.views.applicant import renewal
from vetting.views.applicant import standing as words
from vetting.views.applicant.blueprint import bp, load_case, subject_of, title_of
from vetting.views.guard import actor, guarded, may
from vetting.views.schools import TONES
from vetting.workflows import engine
from vetting.workflows.commands import SaveAnswers
from vetting.workflows.registry import WORKFLOWS, workflow_named

STANDING = frozenset({PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED})


@bp.get("/apply")
@guarded(Permission.ORGANIZATION_REGISTER)
def home() -> str:
    """The organizations a person belongs to, what is open for each, and what to do next."""
    mine = list(actor().organizations)
    cases = applications.of_organizations(db.session, mine)
    applications.read_tasks(db.session(), (case for case in cases if case.state is ApplicationState.DRAFT))
    approved = [case.id for case in cases if case.state is ApplicationState.APPROVED]
    approvals = standing.approvals(db.session(), approved)
    drafts = [case.id for case in cases if case.state is ApplicationState.DRAFT and case.round is not None]
    extended = deadlines.given(db.session(), drafts) if drafts else {}
    papers = agreements.of_organizations(db.session, mine)
    ending = renewal.offers(mine, cases)
    groups = [
        {
            "organization": organization,
            "standing": WORKFLOWS["partner"].words[organization.state].public,
            "cases": [
                _card(case, approvals.get(case.id), extended.get(case.id, []))
                for case in cases
                if case.organization_id == organization.id
            ],
            "may_apply": organization.state in STANDING,
            "ending": ending.get(organization.id) if organization.state not in renewals.NOT_NOW else None,
            "agreements": [_agreement(a) for a in papers if a.organization_id == organization.id],
        }
        for organization in applications.organizations(db.session, mine)
    ]
    rounds = applications.open_rounds(db.session, clock.now()) if groups else []
    return render_template("applicant/home.html", groups=groups, rounds=rounds)


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {
        "title": agreement.partnership.program.name,
        "school": agreement.school.name,
        "href": url_for("agreements.show", reference=agreement.reference),
        "reference": agreement.reference,
        "words": WORKFLOWS["agreement"].words[agreement.state].public,
        "tone": TONES.get(agreement.state.value, "neutral"),
    }


def _card(application: Application, approval: standing.Approval | None, extended: list[datetime]) -> dict[str, Any]:
    draft = application.state is ApplicationState.DRAFT
    today = clock.today()
    return {
        "title": title_of(application),
        "about": subject_of(application),
        "reference": application.reference,
        "href": url_for("applicant.case", reference=application.reference),
        "where": words.card(standing.standing(application, today, approval, extended), today),
        "closes": deadlines.of_round(application.round, extended).shown if application.round and draft else None,
    }


@bp.get("/apply/register")
@guarded(Permission.ORGANIZATION_REGISTER)
def register() -> str:
    """Three facts that begin everything."""
    return render_template("applicant/register.html", form=RegisterForm(), look_alike=False)


@bp.post("/apply/register")
@guarded(Permission.ORGANIZATION_REGISTER)
def register_now() -> str | Response | tuple[str, int]:
    """Create the organization, its first program and the registration together, or nothing."""
    form = RegisterForm()
    if not form.validate():
        return render_template("applicant/register.html", form=form, look_alike=bool(form.another.data)), 422
    name = form.legal_name.data or ""
    if not form.another.data and applications.name_is_taken(db.session, name):
        form.another.errors = [_("Check this box if yours is a different organization")]
        return render_template("applicant/register.html", form=form, look_alike=True), 422
    application = _register(name, form.kind.data or "", form.program_name.data or "")
    flash(_("Your organization is registered. Fill in the list below at your own pace."), "success")
    return redirect(url_for("applicant.case", reference=application.reference), code=303)


def _register(name: str, kind: str, program_name: str) -> Application:
    """One transaction: the engine asks the policy at each step, so the roles are read again after the first."""
    session = db.session
    with unit_of_work(session):
        organization = Organization(
            reference=new_reference("ORG"), legal_name=name, name_folded=folded(name), kind=kind
        )
        engine.run(session, workflow_named("partner"), organization, "register", actor())
        g.pop("actor", None)
        owner = actor()
        form = references.current(session, ReferenceKind.FORM, "registration")
        standards = references.current(session, ReferenceKind.STANDARDS, "quality-standards")
        process = settings.process_settings(session)
        program = Program(reference=new_reference("PRG"), organization=organization, name=program_name)
        engine.run(session, workflow_named("program"), program, "add", owner)
        application = Application(
            reference=new_reference("VET"),
            kind=ApplicationKind.REGISTRATION,
            organization=organization,
            form_version=form,
            framework_version=standards,
            settings_version=process,
            state_since=clock.now(),
        )
        workflow = workflow_named("application")
        engine.run(session, workflow, application, "start", owner)
        known = SaveAnswers({"legal_name": name, "organization_kind": kind})
        engine.run(session, workflow, application, "save_answers", owner, data=known)
        named = SaveAnswers({"program_name": program_name}, program=program.id)
        engine.run(session, workflow, application, "save_answers", owner, data=named)
    return application


@bp.get("/apply/<reference>/programs/add")
@guarded(Permission.APPLICATION_EDIT, load_case, sees=Permission.APPLICATION_VIEW)
def add_program(application: Application) -> str:
    """Name one more program."""
    return render_template("applicant/add_program.html", form=ProgramNameForm(), application=application)


@bp.post("/apply/<reference>/programs/add")
@guarded(Permission.APPLICATION_EDIT, load_case, sees=Permission.APPLICATION_VIEW)
def add_program_now(application: Application) -> str | Response | tuple[str, int]:
    """Add the program and write its name into the registration."""
    form = ProgramNameForm()
    if not form.validate():
        return render_template("applicant/add_program.html", form=form, application=application), 422
    name = form.program_name.data or ""
    with unit_of_work(db.session) as session:
        program = Program(reference=new_reference("PRG"), organization=application.organization, name=name)
        step = "add" if may(Permission.APPLICATION_START, application) else "add_for"
        engine.run(session, workflow_named("program"), program, step, actor())
        named = SaveAnswers({"program_name": name}, program=program.id)
        engine.run(session, workflow_named("application"), application, "save_answers", actor(), data=named)
    flash(_("The program is on your list."), "success")
    return redirect(url_for("applicant.case", reference=application.reference), code=303)
