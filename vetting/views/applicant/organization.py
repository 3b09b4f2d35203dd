"""An organization's own page: what outlives every application, and what may be changed without one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.data.vocabulary import load_vocabulary
from vetting.extensions import db
from vetting.forms.applicant import ProgramNameForm
from vetting.forms.organization import ContactForm, OwnSettingsForm
from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Organization,
    Program,
    ProgramState,
    ReferenceKind,
)
from vetting.policy import Permission
from vetting.queries import (
    applications,
    cases,
    duplicates,
    organizations,
    people,
    references,
    renewals,
    settings,
    sponsors,
    tasklist,
)
from vetting.refs import new_reference
from vetting.unit_of_work import unit_of_work
from vetting.views.applicant.blueprint import bp, subject_of, title_of
from vetting.views.desk_words import category_words
from vetting.views.guard import actor, guarded, may
from vetting.views.steps import take, version_seen
from vetting.workflows import engine
from vetting.workflows.commands import BringOver, OwnSettings, SaveAnswers
from vetting.workflows.registry import WORKFLOWS, workflow_named

PROGRAM_TONES = {ProgramState.APPROVED: "good", ProgramState.IN_REVIEW: "info"}
ADDRESS = "/apply/organizations/<reference>"


def load_own(session: Session, reference: str) -> Organization | None:
    """The organization behind an address; one that was merged leads to where everything of it is now."""
    found = organizations.find(session, reference)
    return duplicates.survivor(session, found) if found is not None else None


def _elsewhere(organization: Organization) -> Response | None:
    """The way to the survivor's own page, for an old address."""
    asked = (request.view_args or {}).get("reference")
    if asked == organization.reference:
        return None
    return redirect(url_for("applicant.organization", reference=organization.reference), code=301)


@bp.get(ADDRESS)
@guarded(Permission.ORGANIZATION_OWN, load_own)
def organization(found: Organization) -> str | Response:
    """Everything we keep about the organization, and what its people may do about it."""
    return _elsewhere(found) or _page(found, OwnSettingsForm(obj=found))


def _page(found: Organization, form: OwnSettingsForm) -> str:
    session = db.session()
    today = clock.today()
    kinds = {word.key: word.name for word in load_vocabulary()["organization_kinds"].items}
    sponsorship = sponsors.current(session, found.id)
    return render_template(
        "applicant/organization.html",
        organization=found,
        standing=WORKFLOWS["partner"].words[found.state].public,
        kind=kinds.get(found.kind, ""),
        form=form,
        sponsorship=sponsorship,
        sponsorship_words=WORKFLOWS["sponsorship"].words[sponsorship.state].public if sponsorship else "",
        sponsors_for=sponsors.sponsored_by(session, found.id),
        programs=[_program(each) for each in found.programs],
        members=people.members(session, found.id),
        offer=people.offer_to(session, found.id, actor().user_id),
        role_names=people.ROLE_NAMES,
        documents=[
            {
                "name": cases.document_name(version.document.type_key),
                "filename": version.filename,
                "until": version.valid_until,
                "expired": version.valid_until is not None and version.valid_until < today,
                "href": url_for("evidence.download", reference=version.document.reference, number=version.number),
            }
            for version in organizations.documents(session, found.id)
        ],
        cases=[_case(case) for case in applications.of_organizations(session, [found.id])],
    )


def _program(program: Program) -> dict[str, Any]:
    return {
        "name": program.name,
        "reference": program.reference,
        "category": category_words(program.category_key),
        "state": WORKFLOWS["program"].words[program.state].public,
        "tone": PROGRAM_TONES.get(program.state, "neutral"),
    }


def _case(case: Application) -> dict[str, Any]:
    return {
        "title": title_of(case),
        "about": subject_of(case),
        "reference": case.reference,
        "href": url_for("applicant.case", reference=case.reference),
        "words": WORKFLOWS["application"].words[case.state].public,
        "received": case.received_at,
    }


@bp.route(f"{ADDRESS}/contact", methods=["GET", "POST"])
@guarded(Permission.ORGANIZATION_CONTACT, load_own, sees=Permission.ORGANIZATION_OWN)
def organization_contact(found: Organization) -> str | Response | tuple[str, int]:
    """How the organization is reached. Everything else it says about itself is looked at by the office first."""
    elsewhere = _elsewhere(found)
    if elsewhere is not None:
        return elsewhere
    form = ContactForm(obj=found)
    if request.method == "POST" and form.validate():
        take("partner", found, "save_contact", data=form.command(), version=version_seen())
        flash(_("Saved. The directory shows it at once."), "success")
        return redirect(url_for("applicant.organization", reference=found.reference), code=303)
    page = render_template("applicant/organization_contact.html", form=form, organization=found)
    return page, 422 if request.method == "POST" else 200


@bp.post(f"{ADDRESS}/settings")
@guarded(Permission.ORGANIZATION_MANAGE, load_own, sees=Permission.ORGANIZATION_OWN)
def organization_settings(found: Organization) -> Response | tuple[str, int]:
    """What the owners decide for everybody there."""
    form = OwnSettingsForm()
    if not form.validate():
        return _page(found, form), 422
    command = OwnSettings(sign_off_required=bool(form.sign_off_required.data))
    take("partner", found, "save_settings", data=command, version=version_seen())
    flash(_("Saved."), "success")
    return redirect(url_for("applicant.organization", reference=found.reference), code=303)


@bp.route(f"{ADDRESS}/programs/add", methods=["GET", "POST"])
@guarded(Permission.APPLICATION_START, load_own, sees=Permission.ORGANIZATION_OWN)
def organization_add_program(found: Organization) -> str | Response | tuple[str, int]:
    """One more program, in the application that is open, or in a new one that knows what was answered before."""
    session = db.session()
    waiting = _under_way(session, found)
    if waiting is not None and waiting.state is not ApplicationState.DRAFT:
        flash(_("Your last application is still with us. You can add a program once it is decided."), "info")
        return redirect(url_for("applicant.case", reference=waiting.reference), code=303)
    form = ProgramNameForm()
    if request.method == "POST" and form.validate():
        case = _add(found, waiting, form.program_name.data or "")
        flash(_("The program is on your list."), "success")
        return redirect(url_for("applicant.case", reference=case), code=303)
    page = render_template("applicant/organization_program.html", form=form, organization=found, waiting=waiting)
    return page, 422 if request.method == "POST" else 200


def _under_way(session: Session, found: Organization) -> Application | None:
    return renewals.live_registration(session, found.id) or renewals.live_renewal(session, found.id)


def _add(found: Organization, draft: Application | None, name: str) -> str:
    """Program, application and its name in one transaction. Returns the reference of the application."""
    workflow = workflow_named("application")
    with unit_of_work(db.session) as session:
        program = Program(reference=new_reference("PRG"), organization=found, name=name)
        engine.run(session, workflow_named("program"), program, "add", actor())
        application = draft
        if application is None:
            application = Application(
                reference=new_reference("VET"),
                kind=ApplicationKind.REGISTRATION,
                organization=found,
                form_version=references.current(session, ReferenceKind.FORM, "registration"),
                framework_version=references.current(session, ReferenceKind.STANDARDS, "quality-standards"),
                settings_version=settings.process_settings(session),
                state_since=clock.now(),
            )
            engine.run(session, workflow, application, "start", actor())
            before = BringOver(renewals.last_approved(session, found.id))
            engine.run(session, workflow, application, "bring_over", actor(), data=before)
            _remember_names(session, application)
        named = SaveAnswers({"program_name": name}, program.id)
        engine.run(session, workflow, application, "save_answers", actor(), data=named)
        return application.reference


def _remember_names(session: Session, application: Application) -> None:
    """A partner that was brought along from a list has facts but no earlier answers; its names at least are known."""
    known = tasklist.answers_of(application)
    facts = {"legal_name": application.organization.legal_name, "organization_kind": application.organization.kind}
    missing = {key: value for key, value in facts.items() if value and not known.get(key)}
    if missing:
        workflow = workflow_named("application")
        engine.run(session, workflow, application, "save_answers", actor(), data=SaveAnswers(missing))


def acting_for(organization_id: int | None) -> dict[str, Any] | None:
    """For whom a person of several organizations acts on this page, and the others to go to."""
    mine = list(actor().organizations)
    if len(mine) < 2 or organization_id not in mine:
        return None
    known = {each.id: each for each in applications.organizations(db.session(), mine)}
    here = known.get(organization_id)
    if here is None:
        return None
    return {
        "name": here.legal_name,
        "href": url_for("applicant.organization", reference=here.reference),
        "others": [
            {
                "label": _("Act for %(name)s", name=each.legal_name),
                "href": url_for("applicant.organization", reference=each.reference),
            }
            for each in known.values()
            if each.id != here.id and may(Permission.ORGANIZATION_OWN, each)
        ],
    }
