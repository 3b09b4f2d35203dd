"""Reviewers with what they owe, know and take on; and the cases that still need them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.assigning.problem import Case, Pair, Person, Problem, shared
from vetting.data.vocabulary import category_of
from vetting.models import (
    Answer,
    Application,
    ApplicationState,
    Conflict,
    ConflictState,
    Expertise,
    Program,
    Review,
    ReviewerLimit,
    ReviewState,
    RoleGrant,
    User,
)
from vetting.policy import Actor
from vetting.queries import assignments, piles, settings
from vetting.text import N_, Message, say

CATEGORY, LANGUAGE, LANE = "category", "language", piles.LANE
FACETS = (CATEGORY, LANGUAGE, LANE)
ASSIGNABLE = (ApplicationState.SCREENING, ApplicationState.IN_REVIEW)
QUESTIONS = {"service_category": CATEGORY, "languages_offered": LANGUAGE}
"""Questions of a registration whose answers say what a reviewer should know."""
HERE = {"en"}
"""Everybody in the office speaks it, so it distinguishes nobody."""


@dataclass(frozen=True)
class Workload:
    """A reviewer: reviews owed now, reviews sent in, their own limit (None: none) and expertise by facet."""

    user: User
    owed: int
    submitted: int
    most: int | None
    knows: Mapping[str, frozenset[str]]


def workloads(session: Session, actor: Actor) -> list[Workload]:
    """Every reviewer by name, with what the reader may know of. Four reads, however many there are."""
    people = assignments.reviewers(session)
    ids = [person.id for person in people]
    counted: dict[tuple[int, ReviewState], int] = {
        (reviewer, state): number
        for reviewer, state, number in session.execute(
            sa.select(Review.reviewer_id, Review.state, sa.func.count())
            .join(Application, Application.id == Review.application_id)
            .where(Review.state.in_(piles.LIVE_REVIEWS), Review.reviewer_id.in_(ids), piles.visible_cases(actor))
            .group_by(Review.reviewer_id, Review.state)
        )
    }
    most = {
        limit.user_id: limit.most
        for limit in session.scalars(sa.select(ReviewerLimit).where(ReviewerLimit.user_id.in_(ids)))
    }
    known = expertise(session, ids)
    return [
        Workload(
            person,
            sum(counted.get((person.id, state), 0) for state in piles.OWED_REVIEWS),
            counted.get((person.id, ReviewState.SUBMITTED), 0),
            most.get(person.id),
            known.get(person.id, {}),
        )
        for person in people
    ]


def expertise(session: Session, ids: Collection[int]) -> dict[int, dict[str, frozenset[str]]]:
    """What these people know, by facet."""
    found: dict[int, dict[str, set[str]]] = {}
    for row in session.scalars(sa.select(Expertise).where(Expertise.user_id.in_(ids))):
        found.setdefault(row.user_id, {}).setdefault(row.facet, set()).add(row.value)
    return {person: {facet: frozenset(values) for facet, values in facets.items()} for person, facets in found.items()}


def needing(session: Session, actor: Actor, round_reference: str = "", most: int = 500) -> list[Application]:
    """Cases in screening or review that the person sees and that have fewer reviewers than they need, oldest first."""
    statement = _cases().where(Application.state.in_(ASSIGNABLE), piles.visible_cases(actor))
    if round_reference:
        statement = statement.where(Application.round.has(reference=round_reference))
    # How many are needed is in the settings of each case, so the few that are under way are read and looked at.
    found = session.scalars(statement.order_by(Application.due_on, Application.id).limit(2000)).all()
    return [case for case in found if open_places(case) > 0][:most]


def chosen(session: Session, actor: Actor, references: Sequence[str]) -> list[Application]:
    """The cases with these references that the person sees, in the order given."""
    place = {reference: number for number, reference in enumerate(references)}
    found: list[Application] = []
    for start in range(0, len(references), 500):
        part = references[start : start + 500]
        found += session.scalars(_cases().where(Application.reference.in_(part), piles.visible_cases(actor)))
    return sorted(found, key=lambda case: place[case.reference])


def _cases() -> sa.Select[Application]:
    return sa.select(Application).options(
        joinedload(Application.organization),
        joinedload(Application.program).selectinload(Program.facets),
        joinedload(Application.round),
        joinedload(Application.settings_version),
        joinedload(Application.form_version),
        joinedload(Application.coordinator),
        selectinload(Application.reviews).joinedload(Review.reviewer),
        selectinload(Application.requests),
    )


def open_places(case: Application) -> int:
    """How many reviewers a case still needs."""
    live = sum(1 for review in case.reviews if review.state in piles.LIVE_REVIEWS)
    return max(0, settings.reviewers_needed(case) - live)


Said = Mapping[int, Mapping[str, frozenset[str]]]


def said(session: Session, cases: Iterable[Application]) -> Said:
    """What applicants answered about their programs, by case and facet. A program has no facets before its approval."""
    found: dict[int, dict[str, frozenset[str]]] = {}
    rows = session.execute(
        sa.select(Answer.application_id, Answer.question_key, Answer.value).where(
            Answer.application_id.in_([case.id for case in cases]), Answer.question_key.in_(list(QUESTIONS))
        )
    )
    for case, key, value in rows:
        facets = found.setdefault(case, {})
        values = {str(item) for item in value} if isinstance(value, list) else {str(value)} if value else set()
        facets[QUESTIONS[key]] = facets.get(QUESTIONS[key], frozenset()) | values
    return found


def asks(case: Application, answered: Mapping[str, frozenset[str]], *, lanes: bool) -> dict[str, frozenset[str]]:
    """What a reviewer should know for a case: its service categories, other languages than English, its lane."""
    facets = case.program.facets if case.program is not None else ()
    services = {case.category_key, *answered.get(CATEGORY, ())}
    spoken = {facet.value for facet in facets if facet.facet == LANGUAGE} | answered.get(LANGUAGE, frozenset())
    found = {
        CATEGORY: frozenset(category_of(service) for service in services if service),
        LANGUAGE: frozenset(spoken - HERE),
    }
    return found | {LANE: frozenset({case.pool_key} - {""})} if lanes else found


def problem(
    session: Session, cases: Sequence[Application], people: Iterable[Workload], *, lanes: bool, most: int | None = None
) -> Problem:
    """The cases and people as the plan takes them. ``most`` is the limit of those who have none of their own."""
    answered = said(session, cases)
    walls = _walls(session, {case.organization_id for case in cases})
    loads = list(people)
    return Problem(
        tuple(
            Case(
                case.id,
                open_places(case),
                asks(case, answered.get(case.id, {}), lanes=lanes),
                frozenset(
                    walls.get(case.organization_id, set())
                    | {review.reviewer_id for review in case.reviews if review.state in assignments.LEFT}
                ),
                frozenset(review.reviewer_id for review in case.reviews if review.state in piles.LIVE_REVIEWS),
            )
            for case in cases
        ),
        tuple(Person(w.user.id, w.owed, most if w.most is None else w.most, w.knows) for w in loads),
        _together(session, {w.user.id for w in loads}),
    )


def _walls(session: Session, organizations: set[int]) -> dict[int, set[int]]:
    """Who may not judge each organization: the twin of ``assignments.barred`` for many."""
    found: dict[int, set[int]] = {}
    conflicts = sa.select(Conflict.organization_id, Conflict.user_id).where(
        Conflict.state == ConflictState.DECLARED, Conflict.organization_id.in_(organizations)
    )
    members = sa.select(RoleGrant.organization_id, RoleGrant.user_id).where(
        RoleGrant.organization_id.in_(organizations)
    )
    for organization, person in session.execute(conflicts.union(members)):
        found.setdefault(organization, set()).add(person)
    return found


def _together(session: Session, people: set[int]) -> dict[Pair, int]:
    """How often each two of these people were on one case."""
    teams: dict[int, list[int]] = {}
    for case, person in session.execute(
        sa.select(Review.application_id, Review.reviewer_id)
        .where(Review.state.in_(piles.LIVE_REVIEWS), Review.reviewer_id.in_(people))
        .order_by(Review.id)
    ):
        teams.setdefault(case, []).append(person)
    return dict(Counter(frozenset(pair) for team in teams.values() for pair in combinations(sorted(set(team)), 2)))


@dataclass(frozen=True)
class Eligible:
    """A reviewer, what speaks against giving them one case (None: nothing), and what they know of what it asks for."""

    work: Workload
    objection: Message | None
    knows: Mapping[str, tuple[str, ...]]


def eligible(session: Session, actor: Actor, case: Application, *, lanes: bool) -> list[Eligible]:
    """Every reviewer: first who can take the case, those who know most about it and owe least before others."""
    asked = asks(case, said(session, [case]).get(case.id, {}), lanes=lanes)
    barred = assignments.barred(session, case.organization_id)
    found = [
        Eligible(
            work,
            _objection(case, work.user.id, barred),
            shared(Case(case.id, 1, asked), Person(work.user.id, knows=work.knows)),
        )
        for work in workloads(session, actor)
    ]
    return sorted(found, key=lambda e: (e.objection is not None, -len(e.knows), e.work.owed, e.work.user.name))


_STATES = {
    **dict.fromkeys(piles.LIVE_REVIEWS, N_("Is already assigned to the case.")),
    ReviewState.STEPPED_ASIDE: N_("Stepped aside from the case."),
    ReviewState.DECLINED: N_("Declined to review the case."),
    ReviewState.ABSTAINED: N_("Abstained from the case."),
}


def _objection(case: Application, user_id: int, barred: set[int]) -> Message | None:
    if user_id in barred:
        return say(N_("Has a conflict of interest with the organization."))
    states = [review.state for review in case.reviews if review.reviewer_id == user_id and review.state in _STATES]
    return say(_STATES[states[-1]]) if states else None
