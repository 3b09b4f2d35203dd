"""Who is away, and who looks after their cases. Where the office does not use cover, nobody is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from vetting.models import ApplicationKind, Cover, CoverState, DeskFeature, Feature, FeatureState, User

_IN_USE = sa.exists().where(DeskFeature.feature == Feature.COVER, DeskFeature.state == FeatureState.ON)
_SUBSTITUTE = aliased(User)


@dataclass(frozen=True)
class Absence:
    """Somebody's absence on a day: who stands in, until when (inclusive), and for which kind of cases (empty: all)."""

    absent_id: int
    substitute_id: int
    substitute: str
    kind: str
    ends_on: date

    def covers(self, kind: ApplicationKind) -> bool:
        return self.kind in {"", kind.value}


def in_force(day: date) -> sa.ColumnElement[bool]:
    """Cover that holds on a day, while the office uses cover at all."""
    return sa.and_(Cover.state == CoverState.AGREED, Cover.starts_on <= day, Cover.ends_on >= day, _IN_USE)


def away(session: Session, day: date) -> Mapping[int, Sequence[Absence]]:
    """Absences on a day by the person who is away."""
    rows = session.execute(
        sa.select(Cover.absent_id, Cover.substitute_id, _SUBSTITUTE.name, Cover.kind, Cover.ends_on)
        .join(_SUBSTITUTE, _SUBSTITUTE.id == Cover.substitute_id)
        .where(in_force(day))
        .order_by(Cover.id)
    )
    found: dict[int, list[Absence]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Absence(*row))
    return found


def absence_of(session: Session, user_id: int, kind: ApplicationKind, day: date) -> Absence | None:
    """Who looks after this person's cases of a kind on a day; None where they are not away."""
    return next((one for one in away(session, day).get(user_id, ()) if one.covers(kind)), None)


def looked_after_by(user_id: int, day: date) -> sa.Select[int, str]:
    """Ids of the people a person stands in for on a day, with the kind of cases (empty: all)."""
    return sa.select(Cover.absent_id, Cover.kind).where(Cover.substitute_id == user_id, in_force(day))


def to_come(session: Session, day: date) -> Sequence[Cover]:
    """Cover that is agreed and not over, by its first day."""
    return session.scalars(
        sa.select(Cover)
        .where(Cover.state == CoverState.AGREED, Cover.ends_on >= day)
        .options(joinedload(Cover.absent), joinedload(Cover.substitute))
        .order_by(Cover.starts_on, Cover.id)
    ).all()


def over(session: Session, day: date, most: int = 20) -> Sequence[Cover]:
    """Cover that ended, newest first."""
    return session.scalars(
        sa.select(Cover)
        .where(sa.or_(Cover.state == CoverState.ENDED, Cover.ends_on < day))
        .options(joinedload(Cover.absent), joinedload(Cover.substitute))
        .order_by(Cover.ends_on.desc(), Cover.id.desc())
        .limit(most)
    ).all()
