"""A reviewer's own work: the review at hand, what is owed next, and the same indicator in several cases."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    DocumentVersion,
    EvidenceLink,
    EvidenceState,
    Rating,
    Review,
    ReviewRevision,
    ReviewState,
)
from vetting.policy import Actor
from vetting.queries import piles, references
from vetting.standards.framework import Indicator

NO_DATE = date(9999, 12, 31)
LEFT = (ReviewState.DECLINED, ReviewState.ABSTAINED)

_AT_HAND = (
    sa.select(Review)
    .join(Review.application)
    .where(
        Application.reference == sa.bindparam("reference", type_=sa.String),
        Review.reviewer_id == piles.ME,
        piles.one_of(Review.state, piles.LIVE_REVIEWS),
    )
    .options(
        joinedload(Review.application).options(
            joinedload(Application.framework_version), joinedload(Application.organization)
        ),
        joinedload(Review.ratings),
    )
)


def at_hand(session: Session, reference: str, user_id: int | None) -> Review | None:
    """The person's live review of a case with its ratings, in one read: what a save needs, and no more."""
    return session.scalars(_AT_HAND, {"reference": reference, "me": user_id}).unique().first()


def indicators_of(application: Application) -> list[Indicator]:
    """What this kind of case is rated on: every indicator, or the must-haves."""
    framework = references.framework(application.framework_version)
    return list(framework.indicators if application.kind is ApplicationKind.PORTFOLIO else framework.must_haves)


def owed(session: Session, actor: Actor) -> int:
    """How many reviews the person has still to hand in; for the navigation."""
    closed_to = [*actor.conflicts, *actor.organizations]
    query = sa.select(sa.func.count(Review.id)).where(
        Review.reviewer_id == actor.user_id, Review.state.in_(piles.OWED_REVIEWS)
    )
    if closed_to:
        query = query.join(Review.application).where(Application.organization_id.not_in(closed_to))
    return session.scalar(query) or 0


_SHOWN = joinedload(Review.application).options(
    joinedload(Application.organization),
    joinedload(Application.program),
    joinedload(Application.round),
)


def by(session: Session, actor: Actor) -> Sequence[Review]:
    """A person's reviews: what is still to do by due date, then what was submitted or left, newest first."""
    return session.scalars(
        sa.select(Review)
        .join(Review.application)
        .where(
            Review.reviewer_id == actor.user_id,
            Review.state.in_((*piles.LIVE_REVIEWS, *LEFT)),
            Application.organization_id.not_in([*actor.conflicts, *actor.organizations]),
        )
        .options(_SHOWN)
        .order_by(
            sa.case((Review.state.in_(piles.OWED_REVIEWS), 0), else_=1),
            sa.func.coalesce(Review.due_on, NO_DATE),
            Review.id.desc(),
        )
        .limit(200)
    ).all()


def next_owed(session: Session, actor: Actor) -> Review | None:
    """The review this person owes first among those that can be worked on now."""
    return session.scalars(
        sa.select(Review)
        .join(Review.application)
        .where(
            Review.reviewer_id == actor.user_id,
            Review.state.in_(piles.OWED_REVIEWS),
            Application.state == ApplicationState.IN_REVIEW,
            Application.organization_id.not_in([*actor.conflicts, *actor.organizations]),
        )
        .options(_SHOWN)
        .order_by(sa.func.coalesce(Review.due_on, NO_DATE), Review.id)
        .limit(1)
    ).first()


def in_progress(session: Session, actor: Actor) -> Sequence[Review]:
    """The reviews this person is working on, with their ratings, in cases that are in review."""
    return session.scalars(
        sa.select(Review)
        .join(Review.application)
        .where(
            Review.reviewer_id == actor.user_id,
            Review.state == ReviewState.IN_PROGRESS,
            Application.state == ApplicationState.IN_REVIEW,
            Application.organization_id.not_in([*actor.conflicts, *actor.organizations]),
        )
        .options(_SHOWN.joinedload(Application.framework_version), selectinload(Review.ratings))
        .order_by(Review.id)
        .limit(200)
    ).all()


def in_random_order(reviews: Sequence[Review], user_id: int, key: str) -> list[Review]:
    """The same order at each visit, another one for each person and indicator: nobody always meets a case first."""

    def place(review: Review) -> str:
        return hashlib.sha256(f"{user_id}:{key}:{review.id}".encode()).hexdigest()

    return sorted(reviews, key=place)


def revisions(session: Session, review: Review) -> Sequence[ReviewRevision]:
    """Each time the review was sent in or corrected, oldest first."""
    return session.scalars(
        sa.select(ReviewRevision).where(ReviewRevision.review_id == review.id).order_by(ReviewRevision.number)
    ).all()


def last_time(session: Session, application: Application) -> Mapping[str, Sequence[Rating]]:
    """On a renewal: what the submitted reviews of the case before it gave each indicator, once that was decided."""
    if application.previous_id is None:
        return {}
    found = session.scalars(
        sa.select(Rating)
        .join(Rating.review)
        .join(Review.application)
        .where(
            Review.application_id == application.previous_id,
            Review.state == ReviewState.SUBMITTED,
            Application.state.in_([ApplicationState.APPROVED, ApplicationState.NOT_SELECTED]),
        )
        .order_by(Rating.id)
    ).all()
    by_key: dict[str, list[Rating]] = {}
    for rating in found:
        by_key.setdefault(rating.indicator_key, []).append(rating)
    return by_key


def files_of_last_time(session: Session, application: Application) -> frozenset[str]:
    """On a renewal: the SHA-256 of every document that was given in the case before it."""
    if application.previous_id is None:
        return frozenset()
    return frozenset(
        session.scalars(
            sa.select(DocumentVersion.sha256)
            .join(EvidenceLink, EvidenceLink.document_version_id == DocumentVersion.id)
            .where(
                EvidenceLink.application_id == application.previous_id,
                DocumentVersion.state != EvidenceState.REMOVED,
            )
        )
    )
