"""A person with what they hold at this moment, as the policy asks for it."""

from __future__ import annotations

from collections.abc import Iterable
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

# Read at every request, and built once.
_NOBODY = sa.cast(sa.null(), sa.Integer)
_LEADING = aliased(RoleGrant)
_THERE = aliased(RoleGrant)
_GRANTS = (
    sa.select(
        RoleGrant.role,
        RoleGrant.organization_id,
        RoleGrant.school_id,
        _NOBODY.label("leader_id"),
        sa.cast(sa.null(), sa.String).label("leader"),
        sa.cast(sa.null(), sa.Boolean).label("may_sign"),
    )
    .where(RoleGrant.user_id == sa.bindparam("user", type_=sa.Integer), RoleGrant.state == GrantState.ACTIVE)
    .union_all(
        # Whom a person acts for today, while the leader still leads the school and the person still belongs to it.
        sa.select(
            _THERE.role,
            _NOBODY,
            Delegation.school_id,
            Delegation.leader_id,
            sa.func.coalesce(sa.func.nullif(User.name, ""), User.email),
            Delegation.may_sign,
        )
        .join(User, User.id == Delegation.leader_id)
        .join(
            _THERE,
            sa.and_(
                _THERE.user_id == Delegation.delegate_id,
                _THERE.school_id == Delegation.school_id,
                _THERE.state == GrantState.ACTIVE,
            ),
        )
        .where(
            Delegation.delegate_id == sa.bindparam("user", type_=sa.Integer),
            Delegation.state == DelegationState.GIVEN,
            Delegation.starts_on <= sa.bindparam("today", type_=sa.Date),
            Delegation.ends_on >= sa.bindparam("today", type_=sa.Date),
            sa.exists().where(
                _LEADING.user_id == Delegation.leader_id,
                _LEADING.school_id == Delegation.school_id,
                _LEADING.role == Role.SCHOOL_LEADER,
                _LEADING.state == GrantState.ACTIVE,
            ),
        )
    )
)
_ATTESTED = 0
"""Stands among the organizations of a person's interests, and says that this year's word was given."""
_FEATURES = {-number: feature for number, feature in enumerate(Feature, 1)}
"""Parts of the desk that are in use travel along as numbers below zero, so that no page reads them on their own."""
_LANES = {-(100 + number): lane for number, lane in enumerate(load_lanes(), 1)}
"""The lanes that a person looks after travel along in the same way."""
_CONFLICTS = (
    sa.select(Conflict.organization_id)
    .where(Conflict.user_id == sa.bindparam("user", type_=sa.Integer), Conflict.state == ConflictState.DECLARED)
    .union_all(
        sa.select(sa.literal_column(str(_ATTESTED), sa.Integer)).where(
            Attestation.user_id == sa.bindparam("user", type_=sa.Integer),
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
            Expertise.user_id == sa.bindparam("user", type_=sa.Integer),
            Expertise.facet == LANE,
            Expertise.value.in_(list(_LANES.values())),
        ),
    )
)


def actor_for(session: Session, user: Any, *, address: str = "", agent: str = "", method: str = "") -> Actor:
    """The roles and conflicts of an account, and what of the desk is in use, read now. Two reads at most."""
    roles: set[Role] = set()
    organizations: dict[int, set[Role]] = {}
    schools: dict[int, set[Role]] = {}
    stands_in: dict[int, StandIn] = {}
    today = clock.today()
    held: Iterable[Iterable[Any]] = session.execute(_GRANTS, {"user": user.id, "today": today})
    for role, organization_id, school_id, leader_id, leader, may_sign in held:
        if leader_id is not None:
            # The district may have stopped letting leaders leave signing to somebody since it was agreed.
            stands_in[school_id] = StandIn(leader_id, leader, bool(may_sign) and settings.delegates_sign(session))
        elif organization_id is not None:
            organizations.setdefault(organization_id, set()).add(role)
        elif school_id is not None:
            schools.setdefault(school_id, set()).add(role)
        else:
            roles.add(role)
    interests: frozenset[int] = frozenset()
    if roles:
        year = school_year_of(today)
        interests = frozenset(session.scalars(_CONFLICTS, {"user": user.id, "year": year}))
    return Actor(
        user_id=user.id,
        name=user.name or user.email,
        email=user.email,
        kind="person",
        roles=frozenset(roles),
        organizations={key: frozenset(value) for key, value in organizations.items()},
        schools={key: frozenset(value) for key, value in schools.items()},
        conflicts=frozenset(number for number in interests if number > _ATTESTED),
        features=frozenset(_FEATURES[number] for number in interests if number in _FEATURES),
        lanes=frozenset(_LANES[number] for number in interests if number in _LANES),
        stands_in=stands_in,
        attested=_ATTESTED in interests,
        address=address,
        agent=agent,
        method=method,
    )
