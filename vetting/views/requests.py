"""What a coordinator does with a case by a form: ask for something, return a document, assign, send back to review."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.extensions import db
from vetting.forms.desk import AssignForm, ReasonForm, RequestForm
from vetting.models import Application, Feature, RequestItem, User
from vetting.policy import Permission
from vetting.queries import cases, settings, tasklist, workload
from vetting.text import Message
from vetting.views import casefile, interests, previews
from vetting.views.casefile import request_name
from vetting.views.desk_words import state_words
from vetting.views.errors import refusal_texts, translated
from vetting.views.expertise_words import value_words
from vetting.views.features import in_use
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, take, tells_somebody, version_seen
from vetting.workflows.commands import AssignReviewer
from vetting.workflows.engine import StepRefused
from vetting.workflows.guards.applications import LIVE_REVIEWS

bp = Blueprint("requests", __name__, url_prefix="/desk/cases/<reference>")


def _closed(application: Application, step: str) -> list[Message]:
    """Why a form makes no sense now: the step does not lead out of the state of the case."""
    return (
        []
        if step in possible("application", application)
        else [
            Message(
                _(
                    "This is not possible now: the case is “%(state)s”.",
                    state=state_words("application", application.state),
                )
            )
        ]
    )


@bp.route("/request", methods=["GET", "POST"])
@guarded(Permission.APPLICATION_SCREEN, casefile.load, sees=Permission.CASE_VIEW)
def ask(application: Application) -> str | Response | tuple[str, int]:
    form = RequestForm()
    if request.method == "GET":
        _prefill(form, application)
    if request.form.get("more") and len(form.items) < 12:
        form.items.append_entry()
    form.offer(_askable(application))
    reasons = _closed(application, "request_information")
    status = 200
    editing = request.form.get("more") or previews.wants_edit()
    if request.method == "POST" and not editing and not reasons:
        if form.validate():
            try:
                if previews.wants_look():
                    return _look_at_request(application, form)
                take("application", application, "request_information", data=form.command(), version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                reasons = refused.reasons
            else:
                flash(_("We asked the applicant. The mail leaves in a moment."), "success")
                return redirect(url_for("cases.show", reference=application.reference), code=303)
        status = 422
    page = render_template(
        "cases/request.html",
        application=application,
        head=casefile.heading(application),
        form=form,
        problems=refusal_texts(reasons),
        open_requests=[
            request_name(item.item, item.item_key, application) for item in application.requests if item.state == "open"
        ],
    )
    return page, status


def _look_at_request(application: Application, form: RequestForm) -> str:
    return previews.page(
        previews.letters(
            rehearsal.step(
                "application",
                application.id,
                "request_information",
                actor(),
                data=form.command(),
                seen_version=version_seen(),
            )
        ),
        title=_("Ask for something"),
        caption=application.reference,
        submit=_("Send the request"),
        back_href=url_for("cases.show", reference=application.reference),
        consequences=[_("Only what you ask for opens again for the applicant.")],
    )


def _prefill(form: RequestForm, application: Application) -> None:
    wanted = request.args.get("item", "")
    form.items[0].form.item.data = wanted
    form.due_on.data = settings.due_on(application, "applicant_answer", clock.today())


def _askable(application: Application) -> dict[str, list[tuple[str, str]]]:
    """Everything that can be asked for: documents first, then sections, then single questions."""
    form = tasklist.form_of(application)
    documents = dict.fromkeys(need.type for section in form.sections for need in section.documents)
    questions = [
        (f"{RequestItem.QUESTION.value}:{question.key}", f"{_(section.title)}: {_(question.label)}")
        for section in form.sections
        for question in section.questions
    ]
    return {
        _("Documents"): [(f"document:{key}", cases.document_name(key)) for key in documents],
        _("Sections"): [(f"section:{section.key}", _(section.title)) for section in form.sections if section.questions],
        _("Questions"): questions,
    }


@bp.route("/reviewers", methods=["GET", "POST"])
@guarded(Permission.APPLICATION_ASSIGN, casefile.load, sees=Permission.CASE_VIEW)
def assign(application: Application) -> str | Response | tuple[str, int]:
    form = AssignForm()
    people = workload.eligible(db.session(), actor(), application, lanes=in_use(Feature.LANES))
    names = {e.work.user.reference: e.work.user.name or e.work.user.email for e in people}
    form.offer([(e.work.user.reference, names[e.work.user.reference]) for e in people if e.objection is None])
    reasons = _closed(application, "assign_reviewer")
    status = 200
    if request.method == "POST" and not reasons and not previews.wants_edit():
        if form.validate():
            chosen: User = next(e.work.user for e in people if e.work.user.reference == form.reviewer.data)
            try:
                data = AssignReviewer(chosen.id, form.due_on.data)
                if previews.wants_look():
                    return _look_at_assignment(application, data)
                take("application", application, "assign_reviewer", data=data, version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                reasons = refused.reasons
            else:
                flash(_("%(name)s is assigned and gets mail.", name=chosen.name or chosen.email), "success")
                return redirect(_after_assigning(application), code=303)
        status = 422
    speaks = interests.told_to_assigner(application, [e.work.user.id for e in people])
    page = render_template(
        "cases/assign.html",
        application=application,
        head=casefile.heading(application),
        form=form,
        hints={e.work.user.reference: " ".join([_about_reviewer(e), *speaks[e.work.user.id]]).strip() for e in people},
        barred=[{"name": names[e.work.user.reference], "why": translated(e.objection)} for e in people if e.objection],
        assigned=[r for r in application.reviews if r.state in LIVE_REVIEWS],
        needed=settings.reviewers_needed(application),
        problems=refusal_texts(reasons),
    )
    return page, status


def _look_at_assignment(application: Application, data: AssignReviewer) -> str:
    return previews.page(
        previews.letters(
            rehearsal.step(
                "application", application.id, "assign_reviewer", actor(), data=data, seen_version=version_seen()
            )
        ),
        title=_("Assign reviewers"),
        caption=application.reference,
        submit=_("Assign this reviewer"),
        back_href=url_for("requests.assign", reference=application.reference),
        consequences=[_("The reviewer first says whether they have an interest, and only then sees the case.")],
    )


def _about_reviewer(person: workload.Eligible) -> str:
    """What they have on their desk, their limit, and what they know of what the case is about."""
    words = _("Open reviews: %(count)s", count=person.work.owed) if person.work.owed else _("No open reviews")
    if person.work.most is not None:
        words = _("%(load)s, at most %(most)s", load=words, most=person.work.most)
    known = ", ".join(value_words(facet, value) for facet, values in person.knows.items() for value in values)
    return str(_("%(load)s. Knows: %(what)s", load=words, what=known) if known else words)


def _after_assigning(application: Application) -> str:
    have = sum(1 for review in application.reviews if review.state in LIVE_REVIEWS)
    endpoint = "requests.assign" if have < settings.reviewers_needed(application) else "cases.show"
    return url_for(endpoint, reference=application.reference)


@bp.route("/review-again", methods=["GET", "POST"])
@guarded(Permission.APPLICATION_SCREEN, casefile.load, sees=Permission.CASE_VIEW)
def review_again(application: Application) -> str | Response | tuple[str, int]:
    return _with_reason(
        "application",
        application,
        "review_again",
        title=_("Send back to review"),
        consequences=[
            _("Submitted reviews open again, so that their writers can correct them."),
            _("The reviewers read your reason."),
        ],
        back=url_for("cases.show", reference=application.reference),
    )


def _with_reason(
    workflow: str, subject: Any, step: str, *, title: str, consequences: list[str], back: str
) -> str | Response | tuple[str, int]:
    """Ask for a reason, then take the step; whatever is refused keeps the text."""
    form = ReasonForm()
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            reason = form.reason.data or ""
            try:
                if previews.wants_look():
                    act = rehearsal.step(
                        workflow, subject.id, step, actor(), reason=reason, seen_version=version_seen()
                    )
                    return previews.page(
                        previews.letters(act), title=title, submit=title, back_href=back, consequences=consequences
                    )
                take(workflow, subject, step, reason=reason, version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("Done: %(step)s.", step=title), "success")
                return redirect(back, code=303)
        status = 422
    page = render_template(
        "cases/reason.html",
        form=form,
        title=title,
        consequences=consequences,
        back_href=back,
        version=subject.version,
        problems=problems,
        tells=tells_somebody(workflow, step),
    )
    return page, status
