"""What steps of a review change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vetting.models import (
    Application,
    ApplicationState,
    Attestation,
    Conflict,
    ConflictState,
    Rating,
    Review,
    ReviewRevision,
    ReviewState,
)
from vetting.queries import settings
from vetting.workflows.commands import SaveRatings
from vetting.workflows.definition import Context
from vetting.workflows.effects import custody, vault
from vetting.workflows.guards.applications import LIVE_REVIEWS


def declare_no_conflict(review: Review, context: Context) -> None:
    review.no_conflict_at = context.now


def step_aside(review: Review, context: Context) -> None:
    """The declared interest stands against every case of the organization until another person lifts it."""
    conflict = Conflict(
        user_id=review.reviewer_id, organization_id=review.application.organization_id, reason=context.reason
    )
    known = {c.organization_id for c in _declared(context, review.reviewer_id)}
    if review.application.organization_id not in known:
        context.then("conflict", conflict, "declare")


def _declared(context: Context, user_id: int) -> list[Conflict]:
    with context.session.no_autoflush:
        return (
            context.session.query(Conflict)
            .filter(Conflict.user_id == user_id, Conflict.state == ConflictState.DECLARED)
            .all()
        )


def save_ratings(review: Review, context: Context) -> Mapping[str, Any]:
    """Keep ratings as a draft; nothing has to be complete yet."""
    command: SaveRatings = context.data
    kept = {rating.indicator_key: rating for rating in review.ratings}
    changed = []
    for key, value in command.values.items():
        rating = kept.get(key)
        if rating is None:
            rating = Rating(indicator_key=key)
            review.ratings.append(rating)
        cited = [{"doc": doc, "page": page} for doc, page in value.citations]
        before = (rating.level, rating.met, rating.not_applicable, rating.reason, rating.note, rating.citations)
        after = (value.level, value.met, value.not_applicable, value.reason, value.note, cited)
        if before != after:
            rating.level, rating.met, rating.not_applicable, rating.reason, rating.note, rating.citations = after
            changed.append(key)
    if command.comment is not None:
        review.comment = command.comment
    return {"indicators": sorted(changed)}


def submit_review(review: Review, context: Context) -> Mapping[str, Any]:
    """When the last live review is in, the case is ready to be decided."""
    review.submitted_at = context.now
    number = _keep_revision(review, context)
    vault.note_citations(review, context)
    application = review.application
    others = [r for r in application.reviews if r is not review and r.state in LIVE_REVIEWS]
    complete = all(r.state is ReviewState.SUBMITTED for r in others)
    if complete and len(others) + 1 >= settings.reviewers_needed(application):
        context.then("application", application, "reviews_complete")
    return {"revision": number}


def _keep_revision(review: Review, context: Context) -> int:
    review.revision += 1
    review.revisions.append(
        ReviewRevision(
            number=review.revision,
            at=context.now,
            reason=context.reason,
            comment=review.comment,
            ratings=[
                {
                    "key": rating.indicator_key,
                    "level": rating.level,
                    "met": rating.met,
                    "not_applicable": rating.not_applicable,
                    "reason": rating.reason,
                    "note": rating.note,
                    "citations": rating.citations,
                }
                for rating in review.ratings
            ],
        )
    )
    return review.revision


def correct(review: Review, context: Context) -> Mapping[str, Any]:
    """A review that was sent in changes only as a whole new revision, with its reason."""
    told = save_ratings(review, context)
    return {**told, "revision": _keep_revision(review, context)}


def leave(review: Review, context: Context) -> None:
    """Declined before it was opened, or abstained from after. Neither says that there is a conflict of interest."""
    review.left_reason = context.reason
    application = review.application
    others = [r for r in application.reviews if r is not review and r.state in LIVE_REVIEWS]
    complete = all(r.state is ReviewState.SUBMITTED for r in others)
    in_review = application.state is ApplicationState.IN_REVIEW
    if in_review and complete and len(others) >= settings.reviewers_needed(application):
        context.then("application", application, "reviews_complete")


def reopen_review(review: Review, context: Context) -> None:
    review.submitted_at = None


def release_reviewer(review: Review, context: Context) -> None:
    review.submitted_at = None


def attest(attestation: Attestation, context: Context) -> Mapping[str, Any]:
    """The newest word of a year is the one that counts."""
    return {"year": attestation.year, "interests": len(attestation.interests)}


OWED = (ReviewState.ASSIGNED, ReviewState.IN_PROGRESS)


def declare_interest(conflict: Conflict, context: Context) -> None:
    """Nobody stays in charge of a case, or owes a review of it, that they may not see."""
    custody.give_up(context, conflict.user_id, conflict.organization_id)
    with context.session.no_autoflush:
        owed = context.session.scalars(
            sa.select(Review)
            .join(Application, Application.id == Review.application_id)
            .where(
                Application.organization_id == conflict.organization_id,
                Review.reviewer_id == conflict.user_id,
                Review.state.in_(OWED),
            )
            .order_by(Review.id)
        ).all()
    for review in owed:
        # When this follows from stepping aside, that review left its state already.
        if review.state in OWED:
            context.then("review", review, "step_aside")


def deny_interest(conflict: Conflict, context: Context) -> Mapping[str, Any]:
    """What a person was shown when they said that there is no interest stays on record."""
    return {"hints": conflict.hints}
