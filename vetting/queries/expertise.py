"""Keeps what people know and how much reviewers take on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import Expertise, ReviewerLimit, Role, User
from vetting.queries import assignments, people_at_work, workload


def reviewer(session: Session, reference: str) -> User | None:
    """A person who is a reviewer now, by their public reference."""
    return _named(assignments.reviewers(session), reference)


def in_charge(session: Session, reference: str) -> User | None:
    """A person who is in charge of cases now, by their public reference."""
    return _named(people_at_work.holding(session, Role.COORDINATOR, Role.DIRECTOR), reference)


def _named(people: Iterable[User], reference: str) -> User | None:
    return next((person for person in people if person.reference == reference), None)


def keepers(session: Session) -> list[tuple[User, frozenset[str]]]:
    """Everybody who is in charge of cases, with the lanes they look after, by name."""
    people = people_at_work.holding(session, Role.COORDINATOR, Role.DIRECTOR)
    known = workload.expertise(session, [person.id for person in people])
    return [(person, known.get(person.id, {}).get(workload.LANE, frozenset())) for person in people]


def limit_of(session: Session, user_id: int) -> int | None:
    """The most reviews a person takes on at once; None without a limit of their own."""
    return session.scalars(sa.select(ReviewerLimit.most).where(ReviewerLimit.user_id == user_id)).first()


def keep_limit(session: Session, user_id: int, most: int | None) -> None:
    """The most reviews a person takes on at once; None: no limit of their own."""
    session.execute(sa.delete(ReviewerLimit).where(ReviewerLimit.user_id == user_id))
    if most is not None:
        session.add(ReviewerLimit(user_id=user_id, most=most))


def keep(session: Session, user_id: int, facets: Mapping[str, Iterable[str]]) -> None:
    """Put these values in the place of what was kept for these facets. Flushed by the caller's unit of work."""
    session.execute(sa.delete(Expertise).where(Expertise.user_id == user_id, Expertise.facet.in_(list(facets))))
    session.add_all(
        Expertise(user_id=user_id, facet=facet, value=value) for facet, values in facets.items() for value in values
    )
