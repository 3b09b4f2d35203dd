"""One standard across many applications: the same indicator in each of a reviewer's cases, in random order.

A person who rates one thing ten times in a row rates it alike. The order is another one for each person and indicator,
so that no case always comes first. Ratings go where the checklist keeps them, with the same marks against overwriting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.ratings import Merge, Sheet
from vetting.models import ApplicationState, Feature, Review, ReviewState
from vetting.policy import Permission
from vetting.queries import cases, people_at_work, references, reviews
from vetting.standards.framework import Indicator
from vetting.views import casefile, ratings
from vetting.views.checklist import around, clash_versions, given, marked, progress, standards_shown, summary_of
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.workflows.engine import StepRefused

bp = Blueprint("cross_case", __name__, url_prefix="/desk/standards")


def asked(review: Review, key: str) -> list[Indicator]:
    """What a case is rated on of the indicator or the whole standard with this key."""
    return [i for i in reviews.indicators_of(review.application) if key in (i.key, i.standard_key)]


def is_rated(review: Review, indicators: Sequence[Indicator]) -> bool:
    """Whether every one of these indicators has a level, a word, or does not apply."""
    done = {rating.indicator_key for rating in review.ratings if given(rating)}
    return bool(indicators) and all(indicator.key in done for indicator in indicators)


@dataclass(frozen=True)
class Row:
    """The cases of this person in the order in which they meet them for one key, with what is rated of each."""

    key: str
    reviews: Sequence[Review]

    @property
    def left(self) -> list[Review]:
        return [review for review in self.reviews if not is_rated(review, asked(review, self.key))]

    def after(self, review: Review) -> Review | None:
        """The next one that is not rated, beginning again at the top."""
        at = next((n for n, one in enumerate(self.reviews) if one.id == review.id), -1)
        turned = [*self.reviews[at + 1 :], *self.reviews[: max(at, 0)]]
        return next((one for one in turned if one in self.left), None)


def _row(key: str) -> Row:
    mine = [review for review in reviews.in_progress(db.session(), actor()) if asked(review, key)]
    return Row(key, reviews.in_random_order(mine, actor().user_id or 0, key))


def _in_use() -> None:
    """What is off answers like what does not exist."""
    if Feature.CROSS_CASE_RATING not in people_at_work.features_on(db.session()):
        abort(404)


@bp.get("")
@guarded(Permission.DESK_OPEN)
def index() -> str:
    """Every indicator of the person's cases, with how many of them are rated."""
    _in_use()
    found: dict[str, dict[str, Any]] = {}
    for review in reviews.in_progress(db.session(), actor()):
        done = {rating.indicator_key for rating in review.ratings if given(rating)}
        for indicator in reviews.indicators_of(review.application):
            line = found.setdefault(indicator.key, {"key": indicator.key, "text": indicator.text, "all": 0, "done": 0})
            line["all"] += 1
            line["done"] += indicator.key in done
    lines = [{**line, "text": _(line["text"])} for _key, line in sorted(found.items())]
    return render_template("reviews/across_index.html", lines=lines)


@bp.get("/<key>")
@guarded(Permission.DESK_OPEN)
def overview(key: str) -> str:
    """The cases in their order, and where to begin."""
    _in_use()
    row = _row(key)
    if not row.reviews:
        abort(404)
    framework = references.framework(row.reviews[0].application.framework_version)
    first = asked(row.reviews[0], key)
    left = row.left
    return render_template(
        "reviews/across_list.html",
        key=key,
        text=_(first[0].text) if key == first[0].key else _(framework.standard(key).name),
        progress=progress(len(row.reviews) - len(left), len(row.reviews)),
        begin=url_for("cross_case.show", key=key, reference=left[0].application.reference) if left else "",
        rows=[
            {
                "title": casefile.title(review.application),
                "reference": review.application.reference,
                "href": url_for("cross_case.show", key=key, reference=review.application.reference),
                "rated": review not in left,
            }
            for review in row.reviews
        ],
    )


def load(session: Session, key: str, reference: str) -> Review | None:
    """The person's own review of the case, while it is being written and is rated on this at all."""
    review = reviews.at_hand(session, reference, actor().user_id)
    if review is None or Feature.CROSS_CASE_RATING not in people_at_work.features_on(session):
        return None
    writing = review.state is ReviewState.IN_PROGRESS and review.application.state is ApplicationState.IN_REVIEW
    return review if writing and asked(review, key) else None


def _key() -> str:
    return str((request.view_args or {})["key"])


@bp.get("/<key>/<reference>")
@guarded(Permission.REVIEW_WRITE, load)
def show(review: Review) -> str:
    return _page(review)


@bp.post("/<key>/<reference>")
@guarded(Permission.REVIEW_WRITE, load)
def save(review: Review) -> str | Response | tuple[str, int]:
    key, reference = _key(), review.application.reference
    sheet, merged = ratings.read(review, asked(review, key))
    try:
        ratings.store(review, merged)
    except StepRefused as refused:
        db.session.rollback()
        return _page(review, sheet, refusals=[translated(reason) for reason in refused.reasons]), 409
    if merged.clashing:
        return _page(review, sheet, clashes=merged), 409
    if not sheet.readable:
        return _page(review, sheet), 422
    if request.form.get("action") != "next":
        flash(_("Your draft is saved."), "success")
        place: dict[str, Any] = casefile.pane_after_saving()
        address = url_for("cross_case.show", key=key, reference=reference, _anchor=ratings.place(), **place)
        return redirect(address, code=303)
    following = _row(key).after(review)
    if following is None:
        flash(_("All your cases are rated on %(key)s.", key=key), "success")
        return redirect(url_for("cross_case.overview", key=key), code=303)
    flash(_("Saved: %(name)s. This is the next case.", name=casefile.title(review.application)), "success")
    return redirect(url_for("cross_case.show", key=key, reference=following.application.reference), code=303)


@bp.post("/<key>/<reference>/autosave")
@guarded(Permission.REVIEW_WRITE, load)
def autosave(review: Review) -> Response | tuple[Response, int]:
    key = _key()
    here = url_for("cross_case.show", key=key, reference=review.application.reference)
    return ratings.autosaved(review, asked(review, key), here)


def _page(
    review: Review,
    sheet: Sheet | None = None,
    *,
    clashes: Merge | None = None,
    refusals: Sequence[str] = (),
) -> str:
    cases.find(db.session(), review.application.reference)
    application, key = review.application, _key()
    here = url_for("cross_case.show", key=key, reference=application.reference)
    documents = marked(casefile.documents(application, here), review)
    chosen = casefile.chosen_document(application)
    row = _row(key)
    at = next((n for n, one in enumerate(row.reviews) if one.id == review.id), 0)
    names = {document["code"]: document["name"] for document in documents}
    around_it = [row.reviews[n].application.reference if 0 <= n < len(row.reviews) else "" for n in (at - 1, at + 1)]
    return render_template(
        "reviews/across.html",
        key=key,
        review=review,
        application=application,
        head=casefile.heading(application),
        here=here,
        standards=standards_shown(around(review, here, documents), asked(review, key), sheet, {}),
        place=_("Case %(number)s of %(all)s", number=at + 1, all=len(row.reviews)),
        progress=progress(len(row.reviews) - len(row.left), len(row.reviews)),
        before=url_for("cross_case.show", key=key, reference=around_it[0]) if around_it[0] else "",
        after=url_for("cross_case.show", key=key, reference=around_it[1]) if around_it[1] else "",
        documents=documents,
        chosen_code=casefile.document_code(chosen) if chosen else "",
        viewer=casefile.viewer(chosen, here, saves="ratings") if chosen else None,
        summary=summary_of(sheet, {}, clashes, refusals),
        clashes=clash_versions(clashes, sheet, names) if clashes and sheet else [],
    )
