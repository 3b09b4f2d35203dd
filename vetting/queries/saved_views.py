"""Views of the queue under a name: a person's own, and those that a colleague offers to the team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import SavedView, User
from vetting.queries.queue_filters import Filters
from vetting.refs import folded

MOST_OWN = 50


@dataclass(frozen=True)
class Offered:
    """A view that a person may open."""

    reference: str
    name: str
    owner: str
    own: bool
    team: bool
    filters: Filters


_OWNER = sa.select(User.name).where(User.id == SavedView.owner_id).scalar_subquery()
"""Asked for each view that is found: a join would let SQLite begin with all the people there are."""

_OFFERED = (
    sa.select(SavedView.reference, SavedView.name, _OWNER, SavedView.owner_id, SavedView.team, SavedView.arguments)
    .where(sa.or_(SavedView.owner_id == sa.bindparam("me", type_=sa.Integer), SavedView.team.is_(True)))
    .order_by(SavedView.name, SavedView.id)
)


def offered_to(session: Session, user_id: int | None) -> Sequence[Offered]:
    """A person's own views, then the team's, each by name."""
    found = [
        Offered(reference, name, owner, owner_id == user_id, team, Filters.from_args(arguments))
        for reference, name, owner, owner_id, team, arguments in session.execute(_OFFERED, {"me": user_id})
    ]
    return sorted(found, key=lambda view: not view.own)


def find(session: Session, reference: str) -> SavedView | None:
    """One view by its reference."""
    return session.scalars(sa.select(SavedView).where(SavedView.reference == reference)).first()


def is_taken(views: Sequence[Offered], name: str, but: str = "") -> bool:
    """Whether one of these other views has the name already, whatever its capitals and accents."""
    return any(folded(view.name) == folded(name) and view.reference != but for view in views)
