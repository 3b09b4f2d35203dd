"""The decision: drafted by one person from the ratings, read and released by another, and the letter."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.extensions import db
from vetting.forms.desk import ReasonForm, decision_form, draft_from, finding_field
from vetting.models import Application, ApplicationKind, Decision, DecisionState, Outcome
from vetting.policy import Permission
from vetting.queries import cases, findings, letters
from vetting.queries.letters import RESULTS
from vetting.text import Message
from vetting.views import casefile, previews
from vetting.views.desk_words import state_words
from vetting.views.errors import refusal_texts, translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, take, version_seen
from vetting.workflows.commands import DraftDecision
from vetting.workflows.engine import StepRefused

bp = Blueprint("decisions", __name__)

RESULT_TONES = {"exceeds": "good", "meets": "good", "below": "warn"}
RELEASES = {Outcome.APPROVE: "release_approval", Outcome.NOT_SELECT: "release_not_selected"}


def load(session: Session, reference: str) -> Application | None:
    """The case with all ratings."""
    application = cases.find(session, reference)
    if application is not None:
        cases.load_ratings(session, application)
    return application


def outcome_words(application: Application) -> dict[Outcome, str]:
    """The two outcomes in the words of the kind of case."""
    if application.kind is ApplicationKind.PORTFOLIO:
        return {Outcome.APPROVE: _("Select for the Portfolio"), Outcome.NOT_SELECT: _("Do not select this round")}
    return {Outcome.APPROVE: _("Approve as a partner"), Outcome.NOT_SELECT: _("Do not approve now")}


@bp.route("/desk/cases/<reference>/decision", methods=["GET", "POST"])
@guarded(Permission.DECISION_DRAFT, load, sees=Permission.CASE_VIEW)
def draft(application: Application) -> str | Response | tuple[str, int]:
    proposal = findings.proposal(application)
    if "draft_decision" not in possible("application", application) or proposal is None:
        return _not_now(application), 409
    words = outcome_words(application)
    form = decision_form(
        proposal,
        approve=words[Outcome.APPROVE],
        not_select=words[Outcome.NOT_SELECT],
        data=_returned_text(application),
    )
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            try:
                data = draft_from(form, proposal)
                if previews.wants_look():
                    return _look_at_draft(application, data)
                take("application", application, "draft_decision", data=data, version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("The draft is kept. A different person releases it."), "success")
                return redirect(url_for("cases.show", reference=application.reference), code=303)
        status = 422
    page = render_template(
        "cases/decision.html",
        application=application,
        head=casefile.heading(application),
        form=form,
        proposal=proposal,
        suggested=words[proposal.outcome],
        returned=_last_returned(application),
        lines=[
            {
                "line": line,
                "field": form[finding_field(line.standard.key)],
                "result": _(RESULTS[line.result]),
                "tone": RESULT_TONES.get(line.result, "neutral"),
            }
            for line in proposal.standards
        ],
        problems=problems,
    )
    return page, status


def _look_at_draft(application: Application, data: DraftDecision) -> str:
    seen = version_seen()
    act = rehearsal.step("application", application.id, "draft_decision", actor(), data=data, seen_version=seen)
    return previews.page(
        previews.letters(act),
        title=_("Draft the decision"),
        caption=application.reference,
        submit=_("Keep the draft for release"),
        back_href=url_for("cases.show", reference=application.reference),
        consequences=[_("The applicant reads nothing of it before a different person releases it.")],
    )


def _last_returned(application: Application) -> Decision | None:
    return next((d for d in reversed(application.decisions) if d.state is DecisionState.RETURNED), None)


def _returned_text(application: Application) -> dict[str, Any]:
    """The words of a draft that came back, so that the drafter corrects rather than retypes."""
    former = _last_returned(application)
    if former is None:
        return {}
    texts = {finding_field(str(finding["standard"])): finding.get("reason", "") for finding in former.findings}
    return {"outcome": former.outcome.value, "summary": former.summary, **texts}


def _not_now(application: Application) -> str:
    state = state_words("application", application.state)
    reasons = [_("This is not possible now: the case is “%(state)s”.", state=state)]
    return render_template("errors/refused.html", reasons=reasons, kept=[])


def letter_of(application: Application, decision: Decision) -> dict[str, Any]:
    """The letter in the reader's language."""
    district = current_app.config["SETTINGS"].district_name
    text = letters.content(application, decision, district, translate=_)
    return {**text, "day": date.fromisoformat(text["date"])}


@bp.route("/desk/cases/<reference>/release", methods=["GET", "POST"])
@guarded(Permission.DECISION_RELEASE, load, sees=Permission.CASE_VIEW)
def release(application: Application) -> str | Response | tuple[str, int]:
    decision = letters.decision_of(application)
    if decision is None or "return_decision" not in possible("application", application):
        return _not_now(application), 409
    step = RELEASES[decision.outcome]
    form = ReasonForm()
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        returning = request.form.get("action") == "return"
        if not returning or form.validate():
            try:
                name, reason = ("return_decision", form.reason.data or "") if returning else (step, "")
                if previews.wants_look():
                    return _look_at_release(application, step)
                take("application", application, name, reason=reason, version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                done = _("The draft is back with its drafter.") if returning else _("The decision is released.")
                flash(done, "success")
                return redirect(url_for("cases.show", reference=application.reference), code=303)
        status = 422
    against: tuple[Message, ...] = possible("application", application)[step].reasons
    page = render_template(
        "cases/release.html",
        application=application,
        head=casefile.heading(application),
        decision=decision,
        outcome=outcome_words(application)[decision.outcome],
        letter=letter_of(application, decision),
        against=[translated(reason) for reason in against],
        form=form,
        problems=problems,
    )
    return page, status


def _look_at_release(application: Application, step: str) -> str:
    act = rehearsal.step("application", application.id, step, actor(), seen_version=version_seen())
    return previews.page(
        previews.letters(act),
        title=_("Release the decision"),
        caption=application.reference,
        submit=_("Release this decision"),
        back_href=url_for("decisions.release", reference=application.reference),
        consequences=[_("Releasing cannot be undone. The decision takes effect at once.")],
        editable=False,
    )


@bp.get("/apply/<reference>/letter")
@guarded(Permission.LETTER_VIEW, load)
def letter(application: Application) -> str | tuple[str, int]:
    decision = letters.decision_of(application)
    if decision is None:
        return _not_now(application), 409
    return render_template("cases/letter.html", application=application, letter=letter_of(application, decision))
