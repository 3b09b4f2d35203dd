"""A plan keeps to the limits, is as good as any plan could be, and is the same every time."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st

from vetting.assigning.plan import Cost, Places, cost
from vetting.assigning.problem import Case, Person, Problem, may_review
from vetting.assigning.solving import solve

PEOPLE = (1, 2, 3, 4)
WORDS = ("arts", "stem")


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Small enough to try every plan there is."""
    people = tuple(
        Person(
            key,
            load=draw(st.integers(0, 3)),
            most=draw(st.none() | st.integers(0, 5)),
            knows={"category": draw(st.frozensets(st.sampled_from(WORDS)))},
        )
        for key in PEOPLE[: draw(st.integers(1, 4))]
    )
    cases = tuple(
        Case(
            key,
            places=draw(st.integers(0, 2)),
            asks={"category": draw(st.frozensets(st.sampled_from(WORDS), max_size=1))},
            barred=draw(st.frozensets(st.sampled_from(PEOPLE), max_size=2)),
            already=draw(st.frozensets(st.sampled_from(PEOPLE), max_size=1)),
        )
        for key in range(10, 10 + draw(st.integers(0, 3)))
    )
    together = draw(
        st.dictionaries(st.sampled_from([frozenset(pair) for pair in combinations(PEOPLE, 2)]), st.integers(1, 3))
    )
    return Problem(cases, people, together)


def every_plan(problem: Problem) -> list[Places]:
    """All plans that keep to the rules, empty places included."""
    choices = []
    for case in problem.cases:
        able = [person.key for person in problem.people if may_review(case, person)]
        choices.append([team for size in range(case.places + 1) for team in combinations(able, size)])
    plans = (
        frozenset((case.key, person) for case, team in zip(problem.cases, teams, strict=True) for person in team)
        for teams in product(*choices)
    )
    return [places for places in plans if within_limits(problem, places)]


def within_limits(problem: Problem, places: Places) -> bool:
    given_now = Counter(person for _case, person in places)
    return all(p.most is None or given_now[p.key] == 0 or p.load + given_now[p.key] <= p.most for p in problem.people)


def first_three(found: Cost) -> tuple[int, int, int]:
    return found.empty, found.uneven, found.misfits


@given(problems())
def test_a_plan_keeps_to_every_rule(problem: Problem) -> None:
    places = solve(problem).places
    cases = {case.key: case for case in problem.cases}
    people = {person.key: person for person in problem.people}
    assert all(may_review(cases[case], people[person]) for case, person in places)
    assert all(count <= cases[case].places for case, count in Counter(case for case, _person in places).items())
    assert within_limits(problem, places)


@given(problems())
def test_no_plan_at_all_fills_more_or_spreads_better_or_fits_better(problem: Problem) -> None:
    best = min(first_three(cost(problem, places)) for places in every_plan(problem))
    assert first_three(cost(problem, solve(problem).places)) == best


@given(problems())
def test_nobody_is_spared_while_another_is_loaded(problem: Problem) -> None:
    """The busiest person of those who got something is no busier than in any other plan that fills as much."""

    def busiest(places: Places) -> int:
        loads = Counter({person.key: person.load for person in problem.people})
        loads.update(person for _case, person in places)
        return max((loads[person] for _case, person in places), default=0)

    mine = solve(problem).places
    others = [places for places in every_plan(problem) if len(places) == len(mine)]
    assert busiest(mine) <= min(busiest(places) for places in others)


@given(problems(), st.randoms())
def test_the_same_problem_gives_the_same_plan_in_whatever_order(problem: Problem, random: object) -> None:
    cases, people = list(problem.cases), list(problem.people)
    random.shuffle(cases)  # type: ignore[attr-defined]
    random.shuffle(people)  # type: ignore[attr-defined]
    assert solve(Problem(tuple(cases), tuple(people), problem.together)) == solve(problem)


@given(problems())
def test_a_place_that_stays_empty_is_explained(problem: Problem) -> None:
    plan = solve(problem)
    assert sum(s.places for s in plan.shortages) == cost(problem, plan.places).empty
    given_now = Counter(case for case, _person in plan.places)
    for shortage in plan.shortages:
        assert given_now[shortage.case] + shortage.barred + shortage.full >= len(problem.people)


@given(st.integers(1, 40), st.integers(2, 9), st.integers(1, 2))
def test_equal_people_get_equal_work(cases: int, people: int, places: int) -> None:
    problem = Problem(tuple(Case(n, places) for n in range(cases)), tuple(Person(100 + n) for n in range(people)))
    plan = solve(problem)
    given_now = Counter(person for _case, person in plan.places)
    loads = [given_now[person.key] for person in problem.people]
    assert not plan.shortages
    assert max(loads) - min(loads) <= 1


def test_the_same_two_do_not_always_meet() -> None:
    problem = Problem(tuple(Case(n, 2) for n in range(6)), tuple(Person(100 + n) for n in range(4)))
    pairs = Counter(frozenset(team) for _case, team in solve(problem).people)
    assert max(pairs.values()) == 1, "six cases, six pairs: each pair once"


def test_who_met_before_meets_others_now() -> None:
    problem = Problem(
        (Case(1, 2), Case(2, 2)),
        tuple(Person(n) for n in (1, 2, 3, 4)),
        {frozenset((1, 2)): 2, frozenset((3, 4)): 2, frozenset((1, 3)): 2, frozenset((2, 4)): 2},
    )
    assert {frozenset(team) for _case, team in solve(problem).people} == {frozenset((1, 4)), frozenset((2, 3))}


def test_expertise_decides_where_the_load_is_the_same() -> None:
    people = (Person(1, knows={"language": frozenset({"es"})}), Person(2, knows={"category": frozenset({"arts"})}))
    cases = (
        Case(10, 1, {"category": frozenset({"arts"}), "language": frozenset()}),
        Case(11, 1, {"category": frozenset(), "language": frozenset({"es"})}),
    )
    assert solve(Problem(cases, people)).people == ((10, (2,)), (11, (1,)))


def test_a_round_of_a_thousand_cases_is_planned() -> None:
    cases = tuple(Case(n, 2, barred=frozenset({100 + n % 40})) for n in range(1000))
    plan = solve(Problem(cases, tuple(Person(100 + n) for n in range(40))))
    loads = Counter(person for _case, person in plan.places)
    assert not plan.shortages
    assert set(loads.values()) == {50}
