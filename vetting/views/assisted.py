"""The office enters an application for somebody on the phone or at the desk, and gets the organization's word on it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.extensions import db
from vetting.forms.organization import AssistedForm, InviteOwnerForm, ReadBackForm
from vetting.models import Application, ApplicationKind, Organization, PartnerState, Program, ReferenceKind, Role
from vetting.policy import Permission, allows
from vetting.queries import (
    applications,
    assisted,
    duplicates,
    organizations,
    people,
    pins,
    references,
    settings,
    tasklist,
)
from vetting.refs import folded, new_reference
from vetting.unit_of_work import unit_of_work
from vetting.views import previews
from vetting.views.account import invitations
from vetting.views.applicant.blueprint import load_case, subject_of, title_of
from vetting.views.applicant.case import answer_groups, document_rows
from vetting.views.applicant.given import standing_words
from vetting.views.desk_words import state_words
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import take, version_seen
from vetting.workflows import engine
from vetting.workflows.commands import AssistedEntry, ConfirmEntry, SaveAnswers
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import workflow_named

bp = Blueprint("assisted", __name__, url_prefix="/desk/assisted")

Answer = str | Response | tuple[str, int]


@bp.get("")
@guarded(Permission.CASE_ASSIST)
def index() -> str:
    """Entries that are not sent yet, and the way to begin one."""
    return _page(AssistedForm())


def _page(form: AssistedForm) -> str:
    return render_template(
        "assisted/index.html",
        form=form,
        entries=[
            {
                "organization": case.organization.legal_name,
                "reference": case.reference,
                "href": url_for("assisted.show", reference=case.reference),
                "by": case.assisted_by.name if case.assisted_by else "",
                "caller": case.assisted_facts.get("caller", ""),
                "how": _("On the phone") if case.assisted_how == "phone" else _("At the desk"),
                "confirmed": case.confirmed_at,
                "begun": case.created_at,
            }
            for case in assisted.waiting(db.session(), actor())
        ],
    )


@bp.post("")
@guarded(Permission.CASE_ASSIST)
def begin() -> Answer:
    """Start the entry; a registration that is open already is not doubled."""
    form = AssistedForm()
    session = db.session()
    if not form.complete():
        return _page(form), 422
    organization = None
    if form.organization.data:
        organization = organizations.find(session, form.organization.data.upper())
        organization = duplicates.survivor(session, organization) if organization is not None else None
        # One that this person may not see is answered like one that does not exist.
        if organization is None or not allows(Permission.ORGANIZATION_FILE, actor(), organization):
            form.organization.errors = [_("There is no organization with this reference")]
            return _page(form), 422
        problem = _cannot_begin(organization)
        if problem:
            form.organization.errors = [problem]
            return _page(form), 422
    case = _begin(organization, form)
    flash(_("Started. Fill in the parts together, then read it back."), "success")
    return redirect(url_for("applicant.case", reference=case), code=303)


def _cannot_begin(organization: Organization) -> str:
    if organization.state in {PartnerState.EXITED, PartnerState.SUSPENDED}:
        return str(_("This organization is suspended or has left. Settle that first"))
    there = assisted.registration_under_way(db.session(), organization.id)
    if there is not None:
        return str(_("It has an application on its way already: %(reference)s", reference=there.reference))
    return ""


def _begin(organization: Organization | None, form: AssistedForm) -> str:
    """Organization, program and application in one transaction. Returns the reference of the application."""
    with unit_of_work(db.session) as session:
        program = None
        if organization is None:
            name = form.legal_name.data or ""
            organization = Organization(
                reference=new_reference("ORG"), legal_name=name, name_folded=folded(name), kind=form.kind.data
            )
            engine.run(session, workflow_named("partner"), organization, "register_for", actor())
            program = Program(
                reference=new_reference("PRG"), organization=organization, name=form.program_name.data or ""
            )
            engine.run(session, workflow_named("program"), program, "add_for", actor())
        application = Application(
            reference=new_reference("VET"),
            kind=ApplicationKind.REGISTRATION,
            organization=organization,
            form_version=references.current(session, ReferenceKind.FORM, "registration"),
            framework_version=references.current(session, ReferenceKind.STANDARDS, "quality-standards"),
            settings_version=settings.process_settings(session),
            state_since=clock.now(),
        )
        _fill(application, program, form.command())
        return application.reference


def _fill(application: Application, program: Program | None, entry: AssistedEntry) -> None:
    session, table = db.session(), workflow_named("application")
    organization = application.organization
    engine.run(session, table, application, "start_assisted", actor(), data=entry)
    before = applications.answers_elsewhere(session, organization.id, application.id)
    known = {answer.question_key: answer.value for answer in before if answer.program == 0}
    known |= {"legal_name": organization.legal_name, "organization_kind": organization.kind}
    engine.run(session, table, application, "save_answers", actor(), data=SaveAnswers(known))
    for each in tasklist.programs_of(application):
        own = {answer.question_key: answer.value for answer in before if answer.program == each.id}
        named = SaveAnswers({**own, "program_name": each.name}, each.id)
        engine.run(session, table, application, "save_answers", actor(), data=named)


@bp.get("/<reference>")
@guarded(Permission.CASE_ASSIST_CONFIRM, load_case)
def show(application: Application) -> Answer:
    """Read it back, write down whose word it is, or ask for it by mail; and invite the person who gets the account."""
    return _show(application, ReadBackForm(), InviteOwnerForm())


def _show(
    application: Application, read: ReadBackForm, invite: InviteOwnerForm, reasons: list[str] | None = None
) -> str:
    session = db.session()
    return render_template(
        "assisted/show.html",
        case=application,
        title=title_of(application),
        about=subject_of(application),
        state=state_words("application", application.state),
        draft=application.received_at is None and application.state.value == "draft",
        word=standing_words(application),
        groups=answer_groups(application, change=False),
        documents=document_rows(application),
        missing=tasklist.missing(application),
        owners=people.members(session, application.organization_id),
        invited=people.pending_invitations(session, organization_id=application.organization_id),
        read=read,
        invite=invite,
        seen=pins.pin_of(application),
        reasons=reasons or [],
    )


@bp.post("/<reference>/read-back")
@guarded(Permission.CASE_ASSIST_CONFIRM, load_case)
def read_back(application: Application) -> Answer:
    """Write down who confirmed it, and how; who wrote it down and when stays in the history."""
    form = ReadBackForm()
    if not form.validate():
        return _show(application, form, InviteOwnerForm()), 422
    command = ConfirmEntry(sha256=request.form.get("seen", ""), how=str(form.how.data), name=form.name.data or "")
    try:
        take("application", application, "record_confirmation", data=command, version=version_seen())
    except StepRefused as refused:
        return _show(application, form, InviteOwnerForm(), [translated(reason) for reason in refused.reasons]), 422
    flash(_("Recorded. It can be sent now."), "success")
    return redirect(url_for("applicant.check", reference=application.reference), code=303)


@bp.post("/<reference>/ask")
@guarded(Permission.CASE_ASSIST_CONFIRM, load_case)
def ask(application: Application) -> Answer:
    """Ask the organization's own people by mail, after a look at it."""
    back = url_for("assisted.show", reference=application.reference)
    caption, seen = f"{title_of(application)} · {application.reference}", version_seen()
    try:
        if previews.wants_look():
            act = rehearsal.step("application", application.id, "ask_confirmation", actor(), seen_version=seen)
            return previews.page(
                previews.letters(act),
                title=_("Ask them to confirm it"),
                caption=caption,
                submit=_("Ask them to confirm it"),
                back_href=back,
                editable=False,
            )
        take("application", application, "ask_confirmation", version=seen)
    except StepRefused as refused:
        flash(" ".join(translated(reason) for reason in refused.reasons), "warning")
    else:
        flash(_("We wrote to the people of the organization."), "success")
    return redirect(back, code=303)


@bp.post("/<reference>/invite")
@guarded(Permission.CASE_ASSIST_CONFIRM, load_case)
def invite(application: Application) -> Answer:
    """The person who was spoken with gets the account, and finds everything there."""
    form = InviteOwnerForm()
    if not form.validate():
        return _show(application, ReadBackForm(), form), 422
    back: Answer = redirect(url_for("assisted.show", reference=application.reference), code=303)
    if any(grant.role is Role.ORG_OWNER for grant in people.members(db.session(), application.organization_id)):
        flash(_("The organization has an owner already, who invites its people."), "warning")
        return back
    invitations.invite_first_owner(form.email.data or "", form.person_name.data or "", application)
    flash(_("We have sent an invitation to %(email)s.", email=form.email.data), "success")
    return back
