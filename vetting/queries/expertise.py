"""Keeps what a reviewer knows and how much they take on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import Expertise, ReviewerLimit, User
from vetting.queries import assignments


def reviewer(session: Session, reference: str) -> User | None:
    """A person who is a reviewer now, by their public reference."""
    return next((person for person in assignments.reviewers(session) if person.reference == reference), None)


def limit_of(session: Session, user_id: int) -> int | None:
    """The most reviews a person takes on at once; None without a limit of their own."""
    return session.scalars(sa.select(ReviewerLimit.most).where(ReviewerLimit.user_id == user_id)).first()


def keep(session: Session, user_id: int, facets: Mapping[str, Iterable[str]], most: int | None) -> None:
    """Put these values in the place of what was kept for these facets. Flushed by the caller's unit of work."""
    session.execute(sa.delete(Expertise).where(Expertise.user_id == user_id, Expertise.facet.in_(list(facets))))
    session.add_all(
        Expertise(user_id=user_id, facet=facet, value=value) for facet, values in facets.items() for value in values
    )
    session.execute(sa.delete(ReviewerLimit).where(ReviewerLimit.user_id == user_id))
    if most is not None:
        session.add(ReviewerLimit(user_id=user_id, most=most))
