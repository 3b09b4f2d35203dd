"""Finds the plan. The first three aims are a flow of least cost, solved exactly in whole numbers; the last one, which
no flow can express, is improved by exchanges that leave the first three as they are.

A place flows from its case to a person who may judge it and on to the end; the price of each further review of one
person grows with what they have already, and growing prices are what spreads the work evenly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from vetting.assigning.plan import Places, Plan, as_plan, teams
from vetting.assigning.problem import Case, Pair, Person, Problem, may_review, misfit

SOURCE, SINK = 0, 1
TRIES = 20_000
"""How many exchanges are tried at most; with few people and many cases the same two cannot but meet again."""


def solve(problem: Problem) -> Plan:
    """The best plan. The same problem gives the same plan, whatever order it comes in."""
    ordered = Problem(
        tuple(sorted(problem.cases, key=lambda case: case.key)),
        tuple(sorted(problem.people, key=lambda person: person.key)),
        problem.together,
    )
    return as_plan(ordered, _fewer_repeats(ordered, _flow(ordered)))


def _flow(problem: Problem) -> Places:
    """Every place that can be filled, as evenly as can be, by those who know most about it."""
    wanted = sum(case.places for case in problem.cases)
    if not wanted or not problem.people:
        return frozenset()
    # Nobody is likely to get far more than a fair share, so no more steps are offered at first. Where nobody takes the
    # last step offered, a higher and dearer one would not be taken either.
    offered = 2 * wanted // len(problem.people) + 4
    while True:
        places = _cheapest(problem, wanted, offered)
        given = Counter(person for _case, person in places)
        if offered >= len(problem.cases) or max(given.values(), default=0) < offered:
            return places
        offered *= 2


def _cheapest(problem: Problem, wanted: int, offered: int) -> Places:
    from networkx import MultiDiGraph, network_simplex

    # One step of an aim outweighs everything that the aims below it can add up to.
    facets = max((len(case.asks) for case in problem.cases), default=0)
    step = wanted * facets + 1
    heaviest = 2 * (max(person.load for person in problem.people) + offered) + 1
    graph = MultiDiGraph()
    graph.add_node(SOURCE, demand=-wanted)
    graph.add_node(SINK, demand=wanted)
    graph.add_edge(SOURCE, SINK, capacity=wanted, weight=wanted * (heaviest * step + facets) + 1)
    first_person = 2 + len(problem.cases)
    for number, case in enumerate(problem.cases, 2):
        graph.add_edge(SOURCE, number, capacity=case.places, weight=0)
        for index, person in enumerate(problem.people, first_person):
            if may_review(case, person):
                graph.add_edge(number, index, capacity=1, weight=misfit(case, person))
    for index, person in enumerate(problem.people, first_person):
        room = offered if person.room is None else min(person.room, offered)
        for more in range(room):
            # What one further review adds to the square of the person's load.
            graph.add_edge(index, SINK, capacity=1, weight=(2 * (person.load + more) + 1) * step)
    _total, flow = network_simplex(graph)
    return frozenset(
        (case.key, person.key)
        for number, case in enumerate(problem.cases, 2)
        for index, person in enumerate(problem.people, first_person)
        if any(flow[number].get(index, {}).values())
    )


class _Meetings:
    """Who meets whom in a plan, and how often they did before."""

    def __init__(self, problem: Problem, places: Places) -> None:
        self.cases = {case.key: case for case in problem.cases}
        self.people = {person.key: person for person in problem.people}
        self.teams = teams(problem, places)
        self.met: dict[Pair, int] = dict(problem.together)
        for key, team in self.teams.items():
            for person in team:
                self._count(key, person, 1, only_below=team)

    def _count(self, case: int, person: int, by: int, *, only_below: set[int] | None = None) -> None:
        """Add the meetings of one person on a case. A pair that is new on both sides is counted from one of them."""
        new = self.teams[case] - {person}
        if only_below is not None:
            new = {other for other in new if other < person}
        for other in new | self.cases[case].already:
            pair = frozenset((person, other))
            self.met[pair] = self.met.get(pair, 0) + by

    def again(self, case: int, person: int) -> int:
        """What a person costs on a case: how often they met the others there before."""
        others = (self.teams[case] | self.cases[case].already) - {person}
        return sum(self.met.get(frozenset((person, other)), 0) - 1 for other in others)

    def leave(self, case: int, person: int) -> None:
        self._count(case, person, -1)
        self.teams[case].discard(person)

    def join(self, case: int, person: int) -> None:
        self.teams[case].add(person)
        self._count(case, person, 1)


def _fewer_repeats(problem: Problem, places: Places) -> Places:
    """Exchange two people between two cases where the same two then meet less often, and nothing else changes."""
    meetings = _Meetings(problem, places)
    tries = iter(range(TRIES))
    improving = True
    while improving:
        crowded = [
            (case, person)
            for case in meetings.teams
            for person in sorted(meetings.teams[case])
            if meetings.again(case, person) > 0
        ]
        exchanged = [place for place in crowded if _exchange(meetings, *place, tries)]
        improving = bool(exchanged)
    return frozenset((case, person) for case, team in meetings.teams.items() for person in team)


def _exchange(meetings: _Meetings, case: int, person: int, tries: Iterator[int]) -> bool:
    if person not in meetings.teams[case] or meetings.again(case, person) <= 0:
        return False
    for other_case in meetings.teams:
        if other_case == case or person in meetings.teams[other_case]:
            continue
        for other in sorted(meetings.teams[other_case] - meetings.teams[case]):
            if next(tries, None) is None:
                return False
            if _fits(meetings, case, person, other_case, other) and _better(meetings, case, person, other_case, other):
                return True
    return False


def _fits(meetings: _Meetings, case: int, person: int, other_case: int, other: int) -> bool:
    here, there = meetings.cases[case], meetings.cases[other_case]
    one, two = meetings.people[person], meetings.people[other]
    if not may_review(here, two) or not may_review(there, one):
        return False
    return _misfits(here, two, there, one) <= _misfits(here, one, there, two)


def _misfits(here: Case, one: Person, there: Case, two: Person) -> int:
    return misfit(here, one) + misfit(there, two)


def _better(meetings: _Meetings, case: int, person: int, other_case: int, other: int) -> bool:
    """Try the exchange; take it back unless fewer meetings repeat."""
    before = meetings.again(case, person) + meetings.again(other_case, other)
    _swap(meetings, case, person, other_case, other)
    if meetings.again(case, other) + meetings.again(other_case, person) < before:
        return True
    _swap(meetings, case, other, other_case, person)
    return False


def _swap(meetings: _Meetings, case: int, person: int, other_case: int, other: int) -> None:
    meetings.leave(case, person)
    meetings.leave(other_case, other)
    meetings.join(case, other)
    meetings.join(other_case, person)
