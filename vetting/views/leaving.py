"""Leaving a review without a conflict of interest: declined before it was opened, abstained from after."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.desk import LeaveForm
from vetting.models import Review, ReviewState
from vetting.policy import Permission
from vetting.views import casefile
from vetting.views.errors import refusal_texts
from vetting.views.guard import guarded
from vetting.views.reviews import load
from vetting.views.steps import take
from vetting.workflows.engine import StepRefused

bp = Blueprint("leaving", __name__, url_prefix="/desk")


@bp.route("/cases/<reference>/review/leave", methods=["GET", "POST"])
@guarded(Permission.REVIEW_WRITE, load)
def leave(review: Review) -> str | Response | tuple[str, int]:
    form = LeaveForm()
    problems: list[dict[str, str]] = []
    status = 200
    before = review.state is ReviewState.ASSIGNED
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                take("review", review, "decline" if before else "abstain", reason=form.reason.data or "")
            except StepRefused as refused:
                db.session.rollback()
                problems, status = refusal_texts(refused.reasons), 409
            else:
                done = _("You declined this review.") if before else _("You abstained from this review.")
                flash(f"{done} {_('The coordinator was told why.')}", "success")
                return redirect(url_for("reviews.index"), code=303)
    page = render_template(
        "reviews/leave.html",
        review=review,
        head=casefile.heading(review.application),
        form=form,
        before=before,
        over=review.state is ReviewState.SUBMITTED,
        problems=problems,
    )
    return page, status
