"""Applying to the Opportunity Portfolio: open rounds, and one application for a program in a category."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.data.vocabulary import Word, category_of, word_lists
from vetting.extensions import db
from vetting.forms.applicant import PortfolioForm
from vetting.models import Application, ApplicationKind, Program, Role, Round, RoundState
from vetting.policy import Permission
from vetting.queries import applications, evidence, settings, tasklist
from vetting.questionnaires.form import Need
from vetting.refs import new_reference
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.views.applicant.blueprint import bp
from vetting.views.applicant.documents import wanted
from vetting.views.guard import actor, guarded
from vetting.workflows import engine
from vetting.workflows.commands import AttachEvidence, BringOver, SaveAnswers
from vetting.workflows.registry import workflow_named


def load_round(session: Session, round_reference: str) -> Round | None:
    """A round that takes applications now."""
    found = applications.round_named(session, round_reference)
    now = clock.now()
    is_open = found is not None and found.state is RoundState.OPEN and found.opens_at <= now <= found.closes_at
    return found if is_open else None


def categories_of(round_: Round) -> list[Word]:
    """The services a round takes: each part of a divided category, or the category itself."""
    wanted_keys = {category_of(key) for key in round_.category_keys}
    return [word for word in word_lists()["service_categories"].items if category_of(word.key) in wanted_keys]


def _mine() -> list[Program]:
    may_edit = {Role.ORG_OWNER, Role.ORG_EDITOR}
    ids = [key for key, roles in actor().organizations.items() if roles & may_edit]
    return applications.approved_programs(db.session, ids)


@bp.get("/apply/portfolio")
@guarded(Permission.ORGANIZATION_REGISTER)
def rounds() -> str:
    """The rounds that are open, and whether the person has a program to apply with."""
    found = applications.open_rounds(db.session, clock.now())
    names = {word.key: word.group or word.name for round_ in found for word in categories_of(round_)}
    rows = [
        {
            "round": round_,
            "categories": list(dict.fromkeys(_(names[word.key]) for word in categories_of(round_))),
            "href": url_for("applicant.start_portfolio", round_reference=round_.reference),
        }
        for round_ in found
    ]
    return render_template("applicant/rounds.html", rows=rows, programs=_mine())


@bp.get("/apply/portfolio/<round_reference>")
@guarded(Permission.ORGANIZATION_REGISTER, load_round)
def start_portfolio(round_: Round) -> str:
    """Choose the program and the category."""
    programs = _mine()
    form = PortfolioForm(programs, categories_of(round_))
    return render_template("applicant/start_portfolio.html", form=form, round=round_, programs=programs)


@bp.post("/apply/portfolio/<round_reference>")
@guarded(Permission.ORGANIZATION_REGISTER, load_round)
def start_portfolio_now(round_: Round) -> str | Response | tuple[str, int]:
    """Start the application with everything we know already; an application that is there is opened instead."""
    programs = _mine()
    form = PortfolioForm(programs, categories_of(round_))
    if not form.validate():
        return render_template("applicant/start_portfolio.html", form=form, round=round_, programs=programs), 422
    program = next(p for p in programs if p.reference == form.program.data)
    service = str(form.category.data)
    there = already(program, round_, service)
    if there is not None:
        flash(_("This program has an application in this category. Here it is."), "info")
        return redirect(url_for("applicant.case", reference=there.reference), code=303)
    try:
        application = start(program, round_, service)
    except LostRace:
        there = already(program, round_, service)
        if there is None:
            raise
        application = there
    return redirect(url_for("applicant.case", reference=application.reference), code=303)


def already(program: Program, round_: Round, service: str) -> Application | None:
    """The application of a program in the category of a service that this round has."""
    cases = applications.portfolio_cases(db.session, [program.id], round_.id)
    return next((case for case in cases if case.category_key == category_of(service)), None)


def start(program: Program, round_: Round, service: str, source: Application | None = None) -> Application:
    """Begin with what the organization told us: in ``source``, in its last application for this category, anywhere."""
    session = db.session
    with unit_of_work(session):
        process = settings.process_settings(session)
        application = Application(
            reference=new_reference("VET"),
            kind=ApplicationKind.PORTFOLIO,
            organization=program.organization,
            program=program,
            round=round_,
            category_key=category_of(service),
            form_version=round_.form_version,
            framework_version_id=round_.framework_version_id,
            settings_version=process,
            state_since=clock.now(),
        )
        workflow = workflow_named("application")
        engine.run(session, workflow, application, "start", actor())
        known = SaveAnswers(_known(application, service), program=0)
        engine.run(session, workflow, application, "save_answers", actor(), data=known)
        source = source or _last_time(application)
        if source is not None:
            engine.run(session, workflow, application, "bring_over", actor(), data=BringOver(source))
        kinds = {key for key, need in wanted(application) if need is not Need.OPTIONAL}
        for version in evidence.reusable(session, application, clock.today()):
            key = version.document.type_key
            if key in kinds and (source is None or not evidence.links_of(application, key)):
                command = AttachEvidence(version, key)
                engine.run(session, workflow, application, "attach_evidence", actor(), data=command)
    return application


def _last_time(application: Application) -> Application | None:
    """The program's last application for the same category."""
    last = application.previous
    return last if last is not None and last.category_key == application.category_key else None


def _known(application: Application, service: str) -> dict[str, object]:
    """Answers that the organization gave before to the same questions, and the category just chosen."""
    asked = {question.key for question in tasklist.form_of(application).questions}
    program_id = application.program_id or 0
    before = applications.answers_elsewhere(db.session, application.organization_id, application.id)
    known = {a.question_key: a.value for a in before if a.program in {0, program_id} and a.question_key in asked}
    return {**known, "portfolio_category": service}
