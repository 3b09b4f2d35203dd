"""A queue full of cases in every situation, multiplied from a few that the engine made."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting import clock
from vetting.models import (
    OPEN_STATES,
    Application,
    ApplicationKind,
    ApplicationState,
    Cover,
    DeskFeature,
    Feature,
    Flag,
    Organization,
    Review,
    ReviewState,
    Role,
    User,
)
from vetting.queries import search
from vetting.refs import folded, new_reference
from vetting.unit_of_work import unit_of_work

STATES = [state for state in ApplicationState if state is not ApplicationState.DRAFT]
CATEGORIES = ("academic_support", "stem", "stem.robotics")
WORDS = ("Harbor", "Lantern", "Maple", "Café", "100% Ready")


@dataclass(frozen=True)
class Many:
    """The people of the office, how many cases were multiplied, and what from."""

    people: Mapping[str, User]
    cases: int
    like: Application
    round_id: int
    review: Review


def many_cases(make: Factory, count: int, seed: int) -> Many:
    """Cases in every state, on hold or not, with and without somebody in charge, flags, replies and reviews."""
    people = {
        "coordinator": make.coordinator("Cora Coordinator"),
        "colleague": make.coordinator("Cole Colleague"),
        "director": make.director("Dora Director"),
        "reviewer": make.reviewer("Rhea Reviewer"),
        "auditor": make.person("Ada Auditor", Role.AUDITOR),
    }
    round_ = make.round(category_keys=list(CATEGORIES))
    like = make.submitted()
    reviewed = make.in_review(make.registration(), reviewers=[people["reviewer"]], coordinator=people["coordinator"])
    make.partnership(make.partner("Served Partner"), make.school())
    return more_cases(make, Many(people, 0, like, round_.id, reviewed.reviews[0]), count, seed)


def more_cases(make: Factory, many: Many, count: int, seed: int) -> Many:
    """The same district with so many more cases."""
    chance = random.Random(seed)
    session, like = make.session, many.like
    with unit_of_work(session):
        for number in range(count):
            organization = _organization(session, like.organization, f"{chance.choice(WORDS)} {number % 7}")
            own_program = _program(session, like.organization.programs[0], organization)
            case = _case(chance, like, many.people, organization)
            case.kind, case.state = chance.choice(list(ApplicationKind)), chance.choice(STATES)
            if case.kind is ApplicationKind.PORTFOLIO:
                case.program_id, case.round_id = own_program, many.round_id
                case.category_key = chance.choice(CATEGORIES)
            if case.state in OPEN_STATES and chance.random() < 0.2:
                case.held_since, case.wakes_on = clock.today(), clock.today() + timedelta(days=chance.randint(1, 9))
            session.add(case)
            session.flush()
            search.refresh_cases(session, [case])
            _beside(session, chance, many.review, case, many.people)
    return replace(many, cases=many.cases + count)


def _organization(session: Session, like: Organization, name: str) -> Organization:
    values = _values(like, reference=new_reference("ORG"), legal_name=name, name_folded=folded(name))
    organization = Organization(**values | {"ein_digest": None, "ein_encrypted": None})
    session.add(organization)
    session.flush()
    return organization


def _program(session: Session, like: Any, organization: Organization) -> int:
    program = type(like)(**_values(like, reference=new_reference("PRG"), organization_id=organization.id))
    session.add(program)
    session.flush()
    return int(program.id)


def _case(
    chance: random.Random, like: Application, people: Mapping[str, User], organization: Organization
) -> Application:
    moment = clock.now() - timedelta(days=chance.randint(0, 100), hours=chance.randint(0, 3))
    in_charge = chance.choice([None, None, people["coordinator"], people["colleague"], people["director"]])
    due = clock.today() + timedelta(days=chance.randint(-12, 25))
    return Application(
        **_values(
            like,
            reference=new_reference("VET"),
            organization_id=organization.id,
            coordinator_id=in_charge.id if in_charge else None,
            received_at=moment,
            state_since=moment + timedelta(hours=chance.randint(0, 40)),
            due_on=due if chance.random() < 0.9 else None,
            reply_received_at=clock.now() if chance.random() < 0.3 else None,
            message_received_at=clock.now() if chance.random() < 0.15 else None,
            open_flags=0,
            missing_documents=chance.choice([0, 0, 2]),
        )
    )


def _beside(
    session: Session, chance: random.Random, like: Review, case: Application, people: Mapping[str, User]
) -> None:
    """A review for one case in three, a flag for one in five."""
    if chance.random() < 0.35:
        state = chance.choice([ReviewState.ASSIGNED, ReviewState.SUBMITTED, ReviewState.STEPPED_ASIDE])
        person = people[chance.choice(["reviewer", "colleague"])]
        session.add(
            Review(
                application_id=case.id,
                reviewer_id=person.id,
                state=state,
                no_conflict_at=like.no_conflict_at if state is ReviewState.SUBMITTED else None,
                submitted_at=clock.now() if state is ReviewState.SUBMITTED else None,
            )
        )
    if chance.random() < 0.2:
        owner = people[chance.choice(["coordinator", "colleague"])]
        session.add(Flag(application_id=case.id, reason="Look again.", owner_id=owner.id, raised_by_id=owner.id))
        case.open_flags = 1


def _values(row: Any, **changed: Any) -> dict[str, Any]:
    """The columns of a row as they are, but for its own number and what is changed."""
    names = [column.key for column in sa.inspect(type(row)).column_attrs if column.key not in {"id", "version"}]
    return {name: getattr(row, name) for name in names} | changed


def stand_in(make: Factory, absent: User, substitute: User, kind: str = "") -> Cover:
    """Somebody is away from yesterday to tomorrow, and somebody else looks after their cases."""
    if not make.session.scalar(sa.select(DeskFeature).where(DeskFeature.feature == Feature.COVER)):
        make.take("desk_feature", DeskFeature(feature=Feature.COVER), "begin")
    cover = Cover(
        absent_id=absent.id,
        substitute_id=substitute.id,
        starts_on=clock.today() - timedelta(days=1),
        ends_on=clock.today() + timedelta(days=1),
        kind=kind,
        set_by_id=absent.id,
    )
    with unit_of_work(make.session) as session:
        session.add(cover)
    return cover
