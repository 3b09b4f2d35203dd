"""A reviewer's work: the list, the declaration, the checklist beside the documents, and sending it in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import format_time
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.clock import DISTRICT_ZONE
from vetting.extensions import db
from vetting.forms.desk import DeclarationForm
from vetting.forms.ratings import Merge, Sheet, merge, read_sheet
from vetting.models import Application, ApplicationKind, ApplicationState, Review, ReviewState
from vetting.policy import Permission
from vetting.queries import cases, references
from vetting.standards.framework import Indicator
from vetting.views import casefile
from vetting.views.checklist import clash_versions, problems_of, seen_marks, standards_shown
from vetting.views.desk_words import REVIEW_TONES, due_words, kind_words, state_words
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import take
from vetting.workflows.commands import SaveRatings
from vetting.workflows.engine import StepRefused

bp = Blueprint("reviews", __name__, url_prefix="/desk")


def load(session: Session, reference: str) -> Review | None:
    """The live review that the person behind the request has of a case."""
    application = cases.find(session, reference)
    if application is None:
        return None
    review = cases.review_of(application, actor().user_id)
    if review is not None:
        cases.load_ratings(session, application)
    return review


@bp.get("/reviews")
@guarded(Permission.DESK_OPEN)
def index() -> str:
    rows = []
    for review in cases.reviews_by(db.session(), actor().user_id or 0):
        application = review.application
        words, late = due_words(review.due_on)
        owed = review.state is not ReviewState.SUBMITTED
        rows.append(
            {
                "organization": application.organization.legal_name,
                "about": application.program.name if application.program else application.reference,
                "href": url_for("reviews.show", reference=application.reference),
                "stage": kind_words(application.kind),
                "state": state_words("review", review.state),
                "tone": REVIEW_TONES.get(review.state, "neutral"),
                "waits": owed and application.state is not ApplicationState.IN_REVIEW,
                "due": words if owed else "",
                "late": late and owed,
            }
        )
    return render_template("reviews/index.html", rows=rows)


@bp.get("/cases/<reference>/review")
@guarded(Permission.REVIEW_WRITE, load)
def show(review: Review) -> str:
    if review.state is ReviewState.ASSIGNED:
        return _declaration(review, DeclarationForm())
    return _checklist(review)


def _declaration(review: Review, form: DeclarationForm) -> str:
    application = review.application
    people = cases.applicants_told(db.session(), application.organization_id)
    return render_template(
        "reviews/declare.html",
        review=review,
        application=application,
        head=casefile.heading(application),
        form=form,
        people=people,
    )


@bp.post("/cases/<reference>/review/declaration")
@guarded(Permission.REVIEW_WRITE, load)
def declare(review: Review) -> Response | tuple[str, int]:
    form = DeclarationForm()
    if not form.validate():
        return _declaration(review, form), 422
    if form.choice.data == "aside":
        take("review", review, "step_aside", reason=form.reason.data or "")
        flash(_("You stepped aside. The case is no longer on your desk, and the coordinator was told."), "success")
        return redirect(url_for("reviews.index"), code=303)
    take("review", review, "declare_no_conflict")
    return redirect(url_for("reviews.show", reference=review.application.reference), code=303)


def indicators_of(application: Application) -> list[Indicator]:
    """What this kind of case is rated on: every indicator, or the must-haves."""
    framework = references.framework(application.framework_version)
    return list(framework.indicators if application.kind is ApplicationKind.PORTFOLIO else framework.must_haves)


def _read(review: Review) -> tuple[Sheet, Merge]:
    application = review.application
    framework = references.framework(application.framework_version)
    levels = framework.scale.values if application.kind is ApplicationKind.PORTFOLIO else ()
    sheet = read_sheet(request.form, [indicator.key for indicator in indicators_of(application)], levels=levels)
    return sheet, merge(review, sheet)


def _store(review: Review, sheet: Sheet, merged: Merge) -> None:
    """Keep what could be read and clashes with nobody; nothing is written when nothing changed."""
    comment = sheet.comment if not sheet.comment_error and sheet.comment != review.comment else None
    if merged.changed or comment is not None:
        take("review", review, "save_ratings", data=SaveRatings(merged.changed, comment))


@bp.post("/cases/<reference>/review")
@guarded(Permission.REVIEW_WRITE, load)
def save(review: Review) -> str | Response | tuple[str, int]:
    reference = review.application.reference
    sheet, merged = _read(review)
    try:
        _store(review, sheet, merged)
    except StepRefused as refused:
        db.session.rollback()
        return _checklist(review, sheet, refusals=[translated(reason) for reason in refused.reasons]), 409
    if merged.clashes:
        return _checklist(review, sheet, clashes=merged), 409
    if not sheet.readable:
        return _checklist(review, sheet), 422
    if request.form.get("action") == "submit":
        return _send(review, sheet)
    flash(_("Your draft is saved."), "success")
    anchor = "evidence" if "show" in request.form else None
    place: dict[str, Any] = casefile.pane_after_saving()
    return redirect(url_for("reviews.show", reference=reference, _anchor=anchor, **place), code=303)


def _send(review: Review, sheet: Sheet) -> str | Response | tuple[str, int]:
    """Send the review in, or say everything that is still missing."""
    problems = problems_of(review)
    if problems:
        return _checklist(review, sheet, problems=problems), 422
    try:
        take("review", review, "submit")
    except StepRefused as refused:
        db.session.rollback()
        return _checklist(review, sheet, refusals=[translated(reason) for reason in refused.reasons]), 409
    flash(_("Your review of %(name)s is in. Thank you.", name=review.application.organization.legal_name), "success")
    return redirect(url_for("reviews.index"), code=303)


@bp.post("/cases/<reference>/review/autosave")
@guarded(Permission.REVIEW_WRITE, load)
def autosave(review: Review) -> Response | tuple[Response, int]:
    """Keep the draft while the reviewer writes. Says the honest time, or why it was not kept."""
    sheet, merged = _read(review)
    try:
        _store(review, sheet, merged)
    except StepRefused as refused:
        db.session.rollback()
        return jsonify(message=translated(refused.reasons[0])), 409
    if merged.clashes:
        keys = ", ".join(clash.key for clash in merged.clashes)
        text = _("Not saved: somebody else changed %(keys)s. Use the save button to see both versions.", keys=keys)
        return jsonify(message=text), 409
    if not sheet.readable:
        return jsonify(message=_("Not all saved. Use the save button to see what to mend.")), 422
    moment = clock.now().astimezone(DISTRICT_ZONE)
    fields = {f"seen-{key}": value for key, value in seen_marks(review, indicators_of(review.application)).items()}
    return jsonify(saved_at=format_time(moment, "h:mm a", rebase=False), fields=fields)


def _checklist(
    review: Review,
    sheet: Sheet | None = None,
    *,
    clashes: Merge | None = None,
    problems: dict[str, str] | None = None,
    refusals: list[str] | None = None,
) -> str:
    application = review.application
    here = url_for("reviews.show", reference=application.reference)
    documents = casefile.documents(application, here)
    chosen = casefile.chosen_document(application)
    editable = review.state is ReviewState.IN_PROGRESS and application.state is ApplicationState.IN_REVIEW
    summary: list[dict[str, Any]] = [{"text": text} for text in refusals or []]
    for key, texts in (sheet.errors if sheet else {}).items():
        summary += [{"text": f"{key}: {text}", "href": f"#item-{key}"} for text in texts]
    if sheet and sheet.comment_error:
        summary.append({"text": sheet.comment_error, "href": "#comment"})
    summary += [{"text": text, "href": f"#item-{key}"} for key, text in (problems or {}).items()]
    for clash in clashes.clashes if clashes else []:
        text = _("%(key)s was changed elsewhere. Both versions are below; choose one and save.", key=clash.key)
        summary.append({"text": text, "href": f"#item-{clash.key}"})
    shown = standards_shown(review, indicators_of(application), documents, sheet, problems or {})
    rated = sum(1 for standard in shown for item in standard["items"] if item["chosen"])
    return render_template(
        "reviews/checklist.html",
        review=review,
        application=application,
        head=casefile.heading(application),
        standards=shown,
        rated=rated,
        all=len(indicators_of(application)),
        comment=sheet.comment if sheet else review.comment,
        editable=editable,
        documents=documents,
        chosen_code=casefile.document_code(chosen) if chosen else "",
        viewer=casefile.viewer(chosen, here, saves="ratings" if editable else "") if chosen else None,
        summary=summary,
        clashes=[clash_versions(clash) for clash in clashes.clashes] if clashes else [],
        note=references.framework(application.framework_version).header.provenance_note,
    )
