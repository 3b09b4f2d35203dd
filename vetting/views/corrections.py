"""A review that was sent in: corrected as a whole new version with its reason, and every version with what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.desk import CorrectionForm
from vetting.forms.ratings import Merge, Sheet, mark
from vetting.models import Application, Review, ReviewRevision, ReviewState
from vetting.policy import Permission
from vetting.queries import cases, reviews
from vetting.views import casefile, ratings
from vetting.views.checklist import (
    around,
    clash_versions,
    in_words,
    marked,
    progress,
    standards_shown,
    summary_of,
    whole_in_words,
)
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded, may
from vetting.views.reviews import load
from vetting.views.steps import take
from vetting.workflows.commands import RatingValue, SaveRatings
from vetting.workflows.engine import StepRefused

bp = Blueprint("corrections", __name__, url_prefix="/desk")


@bp.get("/cases/<reference>/review/correction")
@guarded(Permission.REVIEW_WRITE, load)
def correct(review: Review) -> str | Response:
    if review.state is not ReviewState.SUBMITTED:
        return redirect(url_for("reviews.show", reference=review.application.reference))
    return _page(review, CorrectionForm())


@bp.post("/cases/<reference>/review/correction")
@guarded(Permission.REVIEW_WRITE, load)
def save(review: Review) -> str | Response | tuple[str, int]:
    """Nothing is kept until the correction is sent as a whole; a document chosen meanwhile keeps what was typed."""
    form = CorrectionForm()
    sheet, merged = ratings.read(review, reviews.indicators_of(review.application))
    if request.form.keys() & {"show", "cite", "uncite"}:
        return _page(review, form, sheet)
    good = form.validate()
    if merged.clashing:
        return _page(review, form, sheet, clashes=merged), 409
    if not good or not sheet.readable:
        return _page(review, form, sheet), 422
    if not merged.changed and merged.comment is None:
        return _page(review, form, sheet, refusals=[_("Nothing differs from what you sent before.")]), 422
    try:
        data = SaveRatings(merged.changed, merged.comment)
        take("review", review, "correct", data=data, reason=form.why.data or "")
    except StepRefused as refused:
        db.session.rollback()
        return _page(review, form, sheet, refusals=[translated(reason) for reason in refused.reasons]), 409
    flash(_("Your correction is in, beside what you sent before."), "success")
    return redirect(url_for("corrections.revisions", reference=review.application.reference), code=303)


def _page(
    review: Review,
    form: CorrectionForm,
    sheet: Sheet | None = None,
    *,
    clashes: Merge | None = None,
    refusals: Sequence[str] = (),
) -> str:
    cases.find(db.session(), review.application.reference)
    application = review.application
    here = url_for("corrections.correct", reference=application.reference)
    documents = marked(casefile.documents(application, here), review)
    chosen = casefile.chosen_document(application)
    indicators = reviews.indicators_of(application)
    shown = standards_shown(around(review, here, documents), indicators, sheet, {})
    names = {document["code"]: document["name"] for document in documents}
    return render_template(
        "reviews/correction.html",
        review=review,
        application=application,
        head=casefile.heading(application),
        form=form,
        standards=shown,
        progress=progress(sum(1 for s in shown for item in s["items"] if item["chosen"]), len(indicators)),
        comment=sheet.comment if sheet and sheet.comment is not None else review.comment,
        comment_seen=mark(review.comment),
        documents=documents,
        chosen_code=casefile.document_code(chosen) if chosen else "",
        viewer=casefile.viewer(chosen, here, saves="ratings") if chosen else None,
        summary=summary_of(sheet, {}, clashes, refusals),
        clashes=clash_versions(clashes, sheet, names) if clashes and sheet else [],
    )


def load_case(session: Session, reference: str) -> Application | None:
    """The case with every review's ratings."""
    return cases.find(session, reference)


@bp.get("/cases/<reference>/reviews")
@guarded(Permission.CASE_VIEW, load_case)
def revisions(application: Application) -> str:
    """Every version of the reviews that this person may read: their own, and the others' once theirs is in."""
    names = {casefile.document_code(link): cases.document_name(link.type_key) for link in application.evidence}
    shown = []
    for review in application.reviews:
        mine = review.reviewer_id == actor().user_id
        if review.state is not ReviewState.SUBMITTED or not (mine or may(Permission.REVIEW_SEE_OTHERS, review)):
            continue
        versions = reviews.revisions(db.session(), review)
        shown.append(
            {
                "who": _("You") if mine else review.reviewer.name or review.reviewer.email,
                "versions": [
                    _version(version, versions[at - 1] if at else None, names) for at, version in enumerate(versions)
                ][::-1],
            }
        )
    return render_template(
        "reviews/revisions.html",
        application=application,
        head=casefile.heading(application),
        reviews=shown,
    )


def _version(version: ReviewRevision, before: ReviewRevision | None, names: Mapping[str, str]) -> dict[str, Any]:
    now = _values(version)
    former = _values(before) if before else {}
    changed = [
        {
            "key": key,
            "before": whole_in_words(former[key], names) if key in former else _("Not rated"),
            "now": whole_in_words(value, names),
        }
        for key, value in now.items()
        if before is not None and former.get(key) != value
    ]
    if before is not None and before.comment != version.comment:
        key, nothing = _("Closing comment"), _("None")
        changed.append({"key": key, "before": before.comment or nothing, "now": version.comment or nothing})
    return {
        "number": version.number,
        "at": version.at,
        "reason": version.reason,
        "comment": version.comment,
        "changed": changed,
        "ratings": [{"key": key, "given": in_words(value)} for key, value in now.items()],
    }


def _values(version: ReviewRevision) -> dict[str, RatingValue]:
    """The ratings of a version, as they were kept then."""
    return {
        kept["key"]: RatingValue(
            kept["level"],
            kept["met"],
            kept["not_applicable"],
            kept["reason"],
            kept["note"],
            tuple((cited["doc"], cited["page"]) for cited in kept["citations"]),
        )
        for kept in version.ratings
    }
