"""Leaving a review without a conflict of interest: declined before it was opened, abstained from after."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.extensions import db
from vetting.forms.desk import LeaveForm
from vetting.models import Review, ReviewState
from vetting.policy import Permission
from vetting.views import casefile, previews
from vetting.views.errors import refusal_texts
from vetting.views.guard import actor, guarded
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
    step = "decline" if before else "abstain"
    if request.method == "POST" and not previews.wants_edit():
        status = 422
        if form.validate():
            reason = form.reason.data or ""
            try:
                if previews.wants_look():
                    return _look(review, step, reason)
                take("review", review, step, reason=reason)
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


def _look(review: Review, step: str, reason: str) -> str:
    """Who is told, before the review is left."""
    submit = _("Decline this review") if step == "decline" else _("Abstain from this review")
    caption = review.application.reference
    back = url_for("leaving.leave", reference=caption)
    letters = previews.letters(rehearsal.step("review", review.id, step, actor(), reason=reason))
    return previews.page(letters, title=submit, caption=caption, submit=submit, back_href=back, said=reason)
