"""Other people than the one who acts, as the policy asks for them; and what of the desk is in use."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import DeskFeature, Feature, FeatureState, GrantState, Role, RoleGrant, User
from vetting.policy import Actor
from vetting.queries.actors import actor_for


def actor_of(session: Session, person_id: int) -> Actor | None:
    """An active person with what they hold now; None where there is none."""
    person = session.get(User, person_id)
    return actor_for(session, person) if person is not None and person.active else None


def holding(session: Session, *roles: Role) -> list[User]:
    """Everyone active who holds one of these office roles now, by name."""
    return list(
        session.scalars(
            sa.select(User)
            .where(
                User.active.is_(True),
                User.id.in_(
                    sa.select(RoleGrant.user_id).where(RoleGrant.role.in_(roles), RoleGrant.state == GrantState.ACTIVE)
                ),
            )
            .order_by(User.name, User.id)
        )
    )


def roles_held(session: Session, user_id: int, *, besides: int) -> frozenset[Role]:
    """The office roles a person holds by other grants than ``besides``."""
    return frozenset(
        session.scalars(
            sa.select(RoleGrant.role).where(
                RoleGrant.user_id == user_id,
                RoleGrant.id != besides,
                RoleGrant.state == GrantState.ACTIVE,
                RoleGrant.organization_id.is_(None),
                RoleGrant.school_id.is_(None),
            )
        )
    )


_FEATURES_ON = sa.select(DeskFeature.feature).where(DeskFeature.state == FeatureState.ON)


def features_on(session: Session) -> frozenset[Feature]:
    """The parts of the desk that are in use."""
    return frozenset(session.scalars(_FEATURES_ON))
