"""How long cases stay in each state, from the folded figures of finished stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import ApplicationState, Stay, StayFigure

FEWEST = 5
"""Below this many cases a median says more about chance than about the office."""


@dataclass(frozen=True)
class Waiting:
    """Business days in one state: half of the cases took ``median`` or less, nine in ten ``nine_in_ten`` or less."""

    state: ApplicationState
    cases: int
    median: int
    nine_in_ten: int

    @property
    def few(self) -> bool:
        return self.cases < FEWEST


def nearest_rank(counts: Mapping[int, int], percent: int) -> int:
    """The smallest value that at least ``percent`` of 100 of the counted cases do not exceed (nearest-rank percentile).

    ``counts`` maps a value to its number of cases. Raises ValueError when nothing was counted.
    """
    total = sum(counts.values())
    if not total or not 0 < percent <= 100:
        raise ValueError("nothing to rank")
    wanted = -(-percent * total // 100)
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            break
    return value


def times_in_state(
    session: Session, first: date, last: date, *, kind: str = "", round_id: int | None = None
) -> Sequence[Waiting]:
    """Finished stays by state, of the local months from ``first`` to ``last`` (any day of either), in order of the path."""
    query = (
        sa.select(StayFigure.case_state, StayFigure.business_days, sa.func.sum(StayFigure.cases))
        .where(StayFigure.month >= first.replace(day=1), StayFigure.month <= last)
        .group_by(StayFigure.case_state, StayFigure.business_days)
        .order_by(StayFigure.case_state, StayFigure.business_days)
    )
    if kind:
        query = query.where(StayFigure.kind == kind)
    if round_id is not None:
        query = query.where(StayFigure.round_id == round_id)
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for state, days, cases in session.execute(query):
        found[state][days] = int(cases)
    return [
        Waiting(state, sum(counts.values()), nearest_rank(counts, 50), nearest_rank(counts, 90))
        for state in ApplicationState
        if (counts := found.get(state.value))
    ]


def uncounted(session: Session) -> int:
    """How many finished stays the figures do not hold yet; exact to 1,000."""
    waiting = sa.select(Stay.id).where(Stay.ended_at.is_not(None), Stay.counted.is_(False)).limit(1001).subquery()
    return int(session.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0)
