"""A person with what they hold at this moment, as the policy asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from vetting import clock
from vetting.calendar_days import school_year_of
from vetting.data.lanes import load_lanes
from vetting.models import (
    Attestation,
    AttestationState,
    Conflict,
    ConflictState,
    Delegation,
    DelegationState,
    DeskFeature,
    Expertise,
    Feature,
    FeatureState,
    GrantState,
    Role,
    RoleGrant,
    User,
)
from vetting.policy import Actor, StandIn
from vetting.queries import settings
from vetting.queries.piles import LANE

_THERE = aliased(RoleGrant)
_LEADING = aliased(RoleGrant)
_LEADER = aliased(User)
_TODAY = sa.bindparam("today", type_=sa.Date)

HELD: tuple[Any, ...] = (
    RoleGrant.role,
    RoleGrant.organization_id,
    RoleGrant.school_id,
    Delegation.school_id.label("stands_at"),
    _LEADER.id.label("leader_id"),
    sa.func.coalesce(sa.func.nullif(_LEADER.name, ""), _LEADER.email).label("leader"),
    Delegation.may_sign,
)
"""What an account holds, by ``with_held``. Each role comes with each school at which the person stands in."""


def with_held(accounts: sa.FromClause | sa.Join) -> sa.Join:
    """Accounts joined to what they hold. ``today`` is a parameter."""
    # Whom a person acts for today, while the leader still leads the school and the person still belongs to it.
    stands_in = sa.and_(
        Delegation.delegate_id == User.id,
        Delegation.state == DelegationState.GIVEN,
        Delegation.starts_on <= _TODAY,
        Delegation.ends_on >= _TODAY,
        sa.exists().where(
            _LEADING.user_id == Delegation.leader_id,
            _LEADING.school_id == Delegation.school_id,
            _LEADING.role == Role.SCHOOL_LEADER,
            _LEADING.state == GrantState.ACTIVE,
        ),
        sa.exists().where(
            _THERE.user_id == Delegation.delegate_id,
            _THERE.school_id == Delegation.school_id,
            _THERE.state == GrantState.ACTIVE,
        ),
    )
    held = sa.outerjoin(
        accounts, RoleGrant, sa.and_(RoleGrant.user_id == User.id, RoleGrant.state == GrantState.ACTIVE)
    )
    return held.outerjoin(Delegation, stands_in).outerjoin(_LEADER, _LEADER.id == Delegation.leader_id)


# Read at every request, and built once.
_USER = sa.bindparam("user", type_=sa.Integer)
_GRANTS = sa.select(*HELD).select_from(with_held(sa.inspect(User).local_table)).where(User.id == _USER)
_ATTESTED = 0
"""Stands among the organizations of a person's interests, and says that this year's word was given."""
_FEATURES = {-number: feature for number, feature in enumerate(Feature, 1)}
"""Parts of the desk that are in use travel along as numbers below zero, so that no page reads them on their own."""
_LANES = {-(100 + number): lane for number, lane in enumerate(load_lanes(), 1)}
"""The lanes that a person looks after travel along in the same way."""
_INTERESTS = (
    sa.select(Conflict.organization_id)
    .where(Conflict.user_id == _USER, Conflict.state == ConflictState.DECLARED)
    .union_all(
        sa.select(sa.literal_column(str(_ATTESTED), sa.Integer)).where(
            Attestation.user_id == _USER,
            Attestation.year == sa.bindparam("year", type_=sa.String),
            Attestation.state == AttestationState.MADE,
        ),
        sa.select(
            sa.case(
                *(
                    (DeskFeature.feature == feature, sa.literal_column(str(number), sa.Integer))
                    for number, feature in _FEATURES.items()
                )
            )
        ).where(DeskFeature.state == FeatureState.ON),
        sa.select(
            sa.case(
                *(
                    (Expertise.value == lane, sa.literal_column(str(number), sa.Integer))
                    for number, lane in _LANES.items()
                )
            )
        ).where(
            Expertise.user_id == _USER,
            Expertise.facet == LANE,
            Expertise.value.in_(list(_LANES.values())),
        ),
    )
)


@dataclass(frozen=True)
class Person:
    """Whose account it is, and how they come."""

    id: int
    name: str
    email: str
    address: str = ""
    agent: str = ""
    method: str = ""


def actor_for(session: Session, user: Any, *, address: str = "", agent: str = "", method: str = "") -> Actor:
    """The roles and conflicts of an account, and what of the desk is in use, read now. Two reads at most."""
    held: Held = session.execute(_GRANTS, {"user": user.id, "today": clock.today()})
    return actor_of(session, session, Person(user.id, user.name, user.email, address, agent, method), held)


Held = Iterable[Iterable[Any]]
"""Rows of ``HELD``."""


def actor_of(session: Session, reads: Session | sa.Connection, person: Person, held: Held) -> Actor:
    """A person with what they hold. What people of the office have declared is read through ``reads``."""
    roles: set[Role] = set()
    organizations: dict[int, set[Role]] = {}
    schools: dict[int, set[Role]] = {}
    stands_in: dict[int, StandIn] = {}
    for role, organization_id, school_id, stands_at, leader_id, leader, may_sign in held:
        if leader_id is not None and stands_at not in stands_in:
            # The district may have stopped letting leaders leave signing to somebody since it was agreed.
            stands_in[stands_at] = StandIn(leader_id, leader, bool(may_sign) and settings.delegates_sign(session))
        if organization_id is not None:
            organizations.setdefault(organization_id, set()).add(role)
        elif school_id is not None:
            schools.setdefault(school_id, set()).add(role)
        elif role is not None:
            roles.add(role)
    interests: frozenset[int] = frozenset()
    if roles:
        asked = {"user": person.id, "year": school_year_of(clock.today())}
        interests = frozenset(reads.scalars(_INTERESTS, asked))
    return Actor(
        user_id=person.id,
        name=person.name or person.email,
        email=person.email,
        kind="person",
        roles=frozenset(roles),
        organizations={key: frozenset(value) for key, value in organizations.items()},
        schools={key: frozenset(value) for key, value in schools.items()},
        conflicts=frozenset(number for number in interests if number > _ATTESTED),
        features=frozenset(_FEATURES[number] for number in interests if number in _FEATURES),
        lanes=frozenset(_LANES[number] for number in interests if number in _LANES),
        stands_in=stands_in,
        attested=_ATTESTED in interests,
        address=person.address,
        agent=person.agent,
        method=person.method,
    )
