"""A plan, and what it costs. The order of its aims is fixed, and published on the page that shows a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from vetting.assigning.problem import Case, Pair, Person, Problem, may_review, misfit

Places = frozenset[tuple[int, int]]
"""Pairs of a case's key and a person's key."""


@dataclass(frozen=True)
class Shortage:
    """Places of a case that stay empty: how many people may not judge it, and how many have no room left."""

    case: int
    places: int
    barred: int
    full: int


@dataclass(frozen=True)
class Plan:
    """Who gets which case, in the order of the cases, and what stays empty."""

    people: tuple[tuple[int, tuple[int, ...]], ...]
    shortages: tuple[Shortage, ...]

    @property
    def places(self) -> Places:
        return frozenset((case, person) for case, people in self.people for person in people)


@dataclass(frozen=True, order=True)
class Cost:
    """What a plan costs, the most important first; the smaller is the better.

    ``empty`` places, then ``uneven`` (the sum of the squares of everybody's load), then ``misfits`` (facets asked for
    that the person does not know), then ``repeats`` (how often two people meet again).
    """

    empty: int
    uneven: int
    misfits: int
    repeats: int


def cost(problem: Problem, places: Places) -> Cost:
    """The cost of giving these cases to these people."""
    people = {person.key: person for person in problem.people}
    given = Counter(person for _case, person in places)
    return Cost(
        empty=sum(case.places for case in problem.cases) - len(places),
        uneven=sum((person.load + given[person.key]) ** 2 for person in problem.people),
        misfits=sum(misfit(case, people[key]) for case in problem.cases for key in _chosen(case, places, people)),
        repeats=repeats(problem, places),
    )


def _chosen(case: Case, places: Places, people: Iterable[int]) -> list[int]:
    return [key for key in people if (case.key, key) in places]


def repeats(problem: Problem, places: Places) -> int:
    """How often a pair meets again: the second time counts one, the third two more, and so on."""
    met: Counter[Pair] = Counter()
    for case, people in teams(problem, places).items():
        old = next(c.already for c in problem.cases if c.key == case)
        for pair in combinations(sorted(people | old), 2):
            if not old.issuperset(pair):
                met[frozenset(pair)] += 1
    return sum(_again(problem.together.get(pair, 0), count) for pair, count in met.items())


def _again(before: int, now: int) -> int:
    return sum(before + number for number in range(now))


def teams(problem: Problem, places: Places) -> dict[int, set[int]]:
    """The people newly given to each case."""
    found: dict[int, set[int]] = {case.key: set() for case in problem.cases}
    for case, person in places:
        found[case].add(person)
    return found


def as_plan(problem: Problem, places: Places) -> Plan:
    """The plan in words that a page can show: people by their key, and the reasons of what stays empty."""
    chosen = teams(problem, places)
    given = Counter(person for _case, person in places)
    full = {p.key for p in problem.people if p.most is not None and p.load + given[p.key] >= p.most}
    shortages = [
        Shortage(
            case.key,
            case.places - len(chosen[case.key]),
            sum(1 for person in problem.people if not may_review(case, person)),
            sum(1 for person in _others(case, problem.people, chosen[case.key]) if person.key in full),
        )
        for case in problem.cases
        if len(chosen[case.key]) < case.places
    ]
    return Plan(
        tuple((case.key, tuple(sorted(chosen[case.key]))) for case in problem.cases if chosen[case.key]),
        tuple(shortages),
    )


def _others(case: Case, people: Sequence[Person], chosen: set[int]) -> list[Person]:
    return [person for person in people if may_review(case, person) and person.key not in chosen]
