"""How long cases stay in each state, from the folded figures of finished stays."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import ApplicationState, Round, Stay, StayFigure

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


Days = Mapping[int, int]
Stage = tuple[ApplicationState, str]
"""A state of one kind of application: a Portfolio review may take longer than that of a registration."""

Figures = Mapping[tuple[date, Stage], Days]


def figures(session: Session, first: date, last: date, *, kind: str = "", round_reference: str = "") -> Figures:
    """Finished stays of the local months of ``first`` to ``last``: cases by business days, for each month and stage."""
    query = _figures(bool(kind), bool(round_reference))
    values = {"first": first.replace(day=1), "last": last, "kind": kind, "round": round_reference}
    found: dict[tuple[date, Stage], dict[int, int]] = defaultdict(dict)
    for month, state, of_kind, days, cases in session.execute(query, values):
        found[month, (ApplicationState(state), of_kind)][days] = int(cases)
    return found


@lru_cache(maxsize=4)
def _figures(of_kind: bool, of_round: bool) -> sa.Select[Any]:
    parts: list[Any] = [StayFigure.month, StayFigure.case_state, StayFigure.kind, StayFigure.business_days]
    query = (
        sa.select(*parts, sa.func.sum(StayFigure.cases))
        .where(StayFigure.month.between(sa.bindparam("first", type_=sa.Date), sa.bindparam("last", type_=sa.Date)))
        .group_by(*parts)
        .order_by(*parts)
    )
    if of_kind:
        query = query.where(StayFigure.kind == sa.bindparam("kind", type_=sa.String))
    if of_round:
        named = sa.select(Round.id).where(Round.reference == sa.bindparam("round", type_=sa.String))
        query = query.where(StayFigure.round_id.in_(named))
    return query


def times_in_state(found: Figures) -> Sequence[Waiting]:
    """Half and nine in ten for each state over all months and kinds, in the order of the path."""
    by_state: dict[ApplicationState, Counter[int]] = defaultdict(Counter)
    for (_month, (state, _kind)), days in found.items():
        by_state[state].update(days)
    return [
        Waiting(state, sum(counts.values()), nearest_rank(counts, 50), nearest_rank(counts, 90))
        for state in ApplicationState
        if (counts := by_state.get(state))
    ]


def in_time(found: Figures, targets: Mapping[Stage, int]) -> Mapping[date, tuple[int, int]]:
    """For each month how many stays ended within their target (business days), of how many that have one."""
    months: dict[date, tuple[int, int]] = {}
    for (month, stage), days in found.items():
        target = targets.get(stage)
        if target is None:
            continue
        kept, every = months.get(month, (0, 0))
        within = sum(cases for day, cases in days.items() if day <= target)
        months[month] = (kept + within, every + sum(days.values()))
    return months


# The condition is written as the index has it, or SQLite reads every stay there ever was.
_UNCOUNTED = sa.select(sa.func.count()).select_from(
    sa.select(Stay.id)
    .where(Stay.ended_at.is_not(None), Stay.counted == sa.false())
    .order_by(Stay.id)
    .limit(1001)
    .subquery()
)


def uncounted(session: Session) -> int:
    """How many finished stays the figures do not hold yet; exact to 1,000."""
    return int(session.scalar(_UNCOUNTED) or 0)
