"""Who reviews which case: the plan of a run, with its reasons and everybody's load before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from vetting.assigning.plan import Shortage
from vetting.assigning.problem import Problem, shared
from vetting.assigning.solving import solve
from vetting.jobs.bulk import Actions
from vetting.models import Application
from vetting.queries import workload
from vetting.queries.workload import Workload
from vetting.text import N_, Message, say


@dataclass(frozen=True)
class Shares:
    """What each case gets; and for each person, by id, the reviews owed before and the limit (None: none)."""

    actions: Actions
    loads: Mapping[str, tuple[int, int | None]]


def one_person(cases: Sequence[Application], person: Workload) -> Shares:
    """The same reviewer on every case."""
    actions = [(case, {"reviewers": [person.user.id]}) for case in cases]
    return Shares(actions, {str(person.user.id): (person.owed, person.most)})


def share_out(
    session: Session, cases: Sequence[Application], people: Sequence[Workload], *, lanes: bool, most: int | None
) -> Shares:
    """Fill the open places of the cases with these people, evenly and by what they know."""
    fitting = [case for case in cases if case.state in workload.ASSIGNABLE]
    problem = workload.problem(session, fitting, people, lanes=lanes, most=most)
    plan = solve(problem)
    chosen = dict(plan.people)
    short = {shortage.case: shortage for shortage in plan.shortages}
    reasons = _reasons(problem, chosen)
    actions: list[tuple[Application, dict[str, Any]]] = []
    for case in cases:
        action: dict[str, Any] = {"reviewers": list(chosen.get(case.id, ()))}
        if case.id in reasons:
            action["because"] = reasons[case.id]
        if case.id in short:
            action["why"] = _missing(short[case.id]).as_data()
        elif not action["reviewers"]:
            action["why"] = _nothing_to_fill(case).as_data()
        actions.append((case, action))
    return Shares(actions, {str(person.key): (person.load, person.most) for person in problem.people})


def _missing(lack: Shortage) -> Message:
    if not lack.full:
        return say(N_("Reviewers missing: %(places)s. Nobody else may take this case."), places=lack.places)
    return say(
        N_("Reviewers missing: %(places)s. People who might take this case but have no room left: %(full)s."),
        places=lack.places,
        full=lack.full,
    )


def _nothing_to_fill(case: Application) -> Message:
    if case.state not in workload.ASSIGNABLE:
        return say(N_("This case is not in screening or review."))
    return say(N_("This case has enough reviewers."))


def _reasons(problem: Problem, chosen: Mapping[int, Sequence[int]]) -> dict[int, dict[str, dict[str, list[str]]]]:
    """What each chosen person knows of what the case asks for, by facet."""
    people = {person.key: person for person in problem.people}
    found = {}
    for case in problem.cases:
        knows = {
            str(key): {facet: list(values) for facet, values in shared(case, people[key]).items()}
            for key in chosen.get(case.key, ())
        }
        if any(knows.values()):
            found[case.key] = knows
    return found
