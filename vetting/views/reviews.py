"""A reviewer's work: the list, the declaration, the checklist beside the documents, and sending it in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.extensions import db
from vetting.forms.desk import DeclarationForm
from vetting.forms.ratings import Merge, Sheet, mark
from vetting.models import ApplicationState, Feature, Review, ReviewState
from vetting.policy import Permission, sees_identity
from vetting.queries import cases, people_at_work, references, reviews
from vetting.views import casefile, interests, previews, ratings
from vetting.views.checklist import around, clash_versions, marked, problems_of, progress, standards_shown, summary_of
from vetting.views.chrome import localtime
from vetting.views.desk_words import REVIEW_TONES, due_words, kind_words, state_words
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import take
from vetting.workflows.engine import StepRefused

bp = Blueprint("reviews", __name__, url_prefix="/desk")


def load(session: Session, reference: str) -> Review | None:
    """The live review that the person behind the request has of a case."""
    return reviews.at_hand(session, reference, actor().user_id)


@bp.get("/reviews")
@guarded(Permission.DESK_OPEN)
def index() -> str:
    rows = []
    for review in reviews.by(db.session(), actor()):
        application = review.application
        words, late = due_words(review.due_on)
        owed = review.state in {ReviewState.ASSIGNED, ReviewState.IN_PROGRESS}
        left = review.state in reviews.LEFT
        rows.append(
            {
                "title": casefile.title(application),
                "about": application.reference,
                "href": "" if left else url_for("reviews.show", reference=application.reference),
                "stage": kind_words(application.kind),
                "state": state_words("review", review.state),
                "tone": REVIEW_TONES.get(review.state, "neutral"),
                "waits": owed and application.state is not ApplicationState.IN_REVIEW,
                "why": review.left_reason if left else "",
                "owed": owed,
                "due": words if owed else "",
                "late": late and owed,
            }
        )
    across = Feature.CROSS_CASE_RATING in people_at_work.features_on(db.session())
    return render_template("reviews/index.html", rows=rows, across=across)


@bp.get("/cases/<reference>/review")
@guarded(Permission.REVIEW_WRITE, load)
def show(review: Review) -> str | Response:
    elsewhere = interests.before_opening(review.application, asks=review.state is not ReviewState.ASSIGNED)
    if elsewhere is not None:
        return elsewhere
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
        sees=sees_identity(actor(), application),
        hints=[translated(hint.words) for hint in interests.standing_of(application).hints],
    )


@bp.post("/cases/<reference>/review/declaration")
@guarded(Permission.REVIEW_WRITE, load)
def declare(review: Review) -> str | Response | tuple[str, int]:
    form = DeclarationForm()
    if not form.validate():
        return _declaration(review, form), 422
    if previews.wants_edit():
        return _declaration(review, form), 200
    if form.choice.data == "aside":
        if previews.wants_look():
            return _look_at_stepping_aside(review, form.reason.data or "")
        take("review", review, "step_aside", reason=form.reason.data or "")
        flash(_("You stepped aside. The case is no longer on your desk, and the coordinator was told."), "success")
        return redirect(url_for("reviews.index"), code=303)
    if interests.standing_of(review.application).unanswered:
        interests.deny(review.application)
    take("review", review, "declare_no_conflict")
    return redirect(url_for("reviews.show", reference=review.application.reference), code=303)


def _look_at_stepping_aside(review: Review, reason: str) -> str:
    caption = review.application.reference
    return previews.page(
        previews.letters(rehearsal.step("review", review.id, "step_aside", actor(), reason=reason)),
        title=_("Step aside"),
        caption=caption,
        submit=_("Step aside"),
        back_href=url_for("reviews.show", reference=caption),
        consequences=[_("You declare a conflict of interest. You no longer see anything of this organization.")],
        said=reason,
    )


@bp.post("/cases/<reference>/review")
@guarded(Permission.REVIEW_WRITE, load)
def save(review: Review) -> str | Response | tuple[str, int]:
    reference = review.application.reference
    sheet, merged = ratings.read(review, reviews.indicators_of(review.application))
    try:
        ratings.store(review, merged)
    except StepRefused as refused:
        db.session.rollback()
        return _checklist(review, sheet, refusals=[translated(reason) for reason in refused.reasons]), 409
    if merged.clashing:
        return _checklist(review, sheet, clashes=merged), 409
    if not sheet.readable:
        return _checklist(review, sheet), 422
    if request.form.get("action") == "submit":
        return _send(review, sheet)
    flash(_("Your draft is saved."), "success")
    place: dict[str, Any] = casefile.pane_after_saving()
    return redirect(url_for("reviews.show", reference=reference, _anchor=ratings.place(), **place), code=303)


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
    flash(_("Your review of %(name)s is in. Thank you.", name=casefile.title(review.application)), "success")
    return redirect(next_address(), code=303)


def next_address() -> str:
    """The next review the person owes, so that nobody has to look for it; without one, their list."""
    following = reviews.next_owed(db.session(), actor())
    if following is None:
        return url_for("reviews.index")
    return url_for("reviews.show", reference=following.application.reference)


@bp.post("/cases/<reference>/review/autosave")
@guarded(Permission.REVIEW_WRITE, load)
def autosave(review: Review) -> Response | tuple[Response, int]:
    """Keep the draft while the reviewer writes."""
    here = url_for("reviews.show", reference=review.application.reference)
    return ratings.autosaved(review, reviews.indicators_of(review.application), here)


def _checklist(
    review: Review,
    sheet: Sheet | None = None,
    *,
    clashes: Merge | None = None,
    problems: dict[str, str] | None = None,
    refusals: list[str] | None = None,
) -> str:
    # What a save needs is little; what the page shows is the whole case.
    cases.find(db.session(), review.application.reference)
    application = review.application
    here = url_for("reviews.show", reference=application.reference)
    documents = marked(casefile.documents(application, here), review)
    chosen = casefile.chosen_document(application)
    editable = review.state is ReviewState.IN_PROGRESS and application.state is ApplicationState.IN_REVIEW
    indicators = reviews.indicators_of(application)
    shown = standards_shown(around(review, here, documents), indicators, sheet, problems or {})
    rated = sum(1 for standard in shown for item in standard["items"] if item["chosen"])
    names = {document["code"]: document["name"] for document in documents}
    return render_template(
        "reviews/checklist.html",
        review=review,
        application=application,
        head=casefile.heading(application),
        standards=shown,
        progress=progress(rated, len(indicators)),
        comment=sheet.comment if sheet and sheet.comment is not None else review.comment,
        comment_seen=mark(review.comment),
        editable=editable,
        saved_at=localtime(review.updated_at) if review.ratings else "",
        documents=documents,
        chosen_code=casefile.document_code(chosen) if chosen else "",
        viewer=casefile.viewer(chosen, here, saves="ratings" if editable else "") if chosen else None,
        summary=summary_of(sheet, problems or {}, clashes, refusals or []),
        clashes=clash_versions(clashes, sheet, names) if clashes and sheet else [],
        correctable=review.state is ReviewState.SUBMITTED and application.state in CORRECTABLE,
        note=references.framework(application.framework_version).header.provenance_note,
    )


CORRECTABLE = frozenset({ApplicationState.IN_REVIEW, ApplicationState.READY_TO_DECIDE})
"""While nobody has drafted a decision that rests on the review."""
