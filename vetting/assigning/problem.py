"""What has to be known to share out reviews: the cases with their open places, and the people with their room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Skills = Mapping[str, frozenset[str]]
"""Values by facet: ``category``, ``language`` or ``lane``."""

Pair = frozenset[int]
"""Two people who review, or reviewed, one case together."""


@dataclass(frozen=True)
class Case:
    """A case with ``places`` still to fill. ``barred`` may not judge it or were asked before; ``already`` are on it."""

    key: int
    places: int
    asks: Skills = field(default_factory=dict)
    barred: frozenset[int] = frozenset()
    already: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Person:
    """A reviewer who owes ``load`` reviews now and takes on ``most`` at once (None: no limit)."""

    key: int
    load: int = 0
    most: int | None = None
    knows: Skills = field(default_factory=dict)

    @property
    def room(self) -> int | None:
        """How many more reviews this person can be given; None when there is no limit."""
        return None if self.most is None else max(0, self.most - self.load)


@dataclass(frozen=True)
class Problem:
    """``together`` counts how often two people shared a case before."""

    cases: tuple[Case, ...]
    people: tuple[Person, ...]
    together: Mapping[Pair, int] = field(default_factory=dict)


def may_review(case: Case, person: Person) -> bool:
    """Whether a person can be given a case at all, their room aside."""
    return person.key not in case.barred and person.key not in case.already


def shared(case: Case, person: Person) -> dict[str, tuple[str, ...]]:
    """What a case asks for and the person knows, by facet."""
    found = {facet: tuple(sorted(values & person.knows.get(facet, frozenset()))) for facet, values in case.asks.items()}
    return {facet: values for facet, values in found.items() if values}


def misfit(case: Case, person: Person) -> int:
    """How many facets of what a case asks for the person knows nothing of."""
    return sum(1 for values in case.asks.values() if values) - len(shared(case, person))
