"""Who acts for which school leader, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from vetting.models import Delegation, DelegationState, GrantState, Role, RoleGrant, User

LONGEST = timedelta(days=366)
"""For how many days at most somebody may act for a leader."""

_WHO: tuple[ORMOption, ...] = (
    joinedload(Delegation.school),
    joinedload(Delegation.leader),
    joinedload(Delegation.delegate),
)


def by_reference(session: Session, reference: str) -> Delegation | None:
    """A delegation by its public reference, with its people."""
    return session.scalars(sa.select(Delegation).where(Delegation.reference == reference).options(*_WHO)).first()


def of_school(session: Session, school_id: int, today: date) -> list[Delegation]:
    """What is agreed at a school and not over, by its first day."""
    return list(
        session.scalars(
            sa.select(Delegation)
            .where(
                Delegation.school_id == school_id,
                Delegation.state == DelegationState.GIVEN,
                Delegation.ends_on >= today,
            )
            .options(*_WHO)
            .order_by(Delegation.starts_on, Delegation.id)
        )
    )


def past_of_school(session: Session, school_id: int, today: date, most: int = 20) -> list[Delegation]:
    """What is over at a school, the newest first."""
    return list(
        session.scalars(
            sa.select(Delegation)
            .where(
                Delegation.school_id == school_id,
                sa.or_(Delegation.state != DelegationState.GIVEN, Delegation.ends_on < today),
            )
            .options(*_WHO)
            .order_by(Delegation.ends_on.desc(), Delegation.id.desc())
            .limit(most)
        )
    )


def everywhere(session: Session, today: date, most: int = 500) -> list[Delegation]:
    """What is agreed anywhere and not over, by its last day."""
    return list(
        session.scalars(
            sa.select(Delegation)
            .where(Delegation.state == DelegationState.GIVEN, Delegation.ends_on >= today)
            .options(*_WHO)
            .order_by(Delegation.ends_on, Delegation.id)
            .limit(most)
        )
    )


def over(today: date) -> sa.Select[int]:
    """Those whose last day is past."""
    return sa.select(Delegation.id).where(Delegation.state == DelegationState.GIVEN, Delegation.ends_on < today)


def people_of(session: Session, school_id: int) -> Sequence[User]:
    """Who can act for the leader: everybody active with a role at the school who is not a leader there, by name."""
    leaders = sa.select(RoleGrant.user_id).where(*_holding(school_id), RoleGrant.role == Role.SCHOOL_LEADER)
    there = sa.select(RoleGrant.user_id).where(*_holding(school_id))
    return session.scalars(
        sa.select(User)
        .where(User.active.is_(True), User.id.in_(there), User.id.not_in(leaders))
        .order_by(User.name, User.id)
    ).all()


def signing_for_leaders(session: Session, school_id: int, today: date) -> Sequence[User]:
    """Who acts for a leader of the school on a day, signing included, while both have their role there; by name."""
    leads = sa.exists().where(
        *_holding(school_id), RoleGrant.role == Role.SCHOOL_LEADER, RoleGrant.user_id == Delegation.leader_id
    )
    belongs = sa.exists().where(*_holding(school_id), RoleGrant.user_id == Delegation.delegate_id)
    signing = sa.select(Delegation.delegate_id).where(
        Delegation.school_id == school_id,
        Delegation.state == DelegationState.GIVEN,
        Delegation.may_sign.is_(True),
        Delegation.starts_on <= today,
        Delegation.ends_on >= today,
        leads,
        belongs,
    )
    return session.scalars(
        sa.select(User).where(User.active.is_(True), User.id.in_(signing)).order_by(User.name, User.id)
    ).all()


def _holding(school_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return RoleGrant.school_id == school_id, RoleGrant.state == GrantState.ACTIVE


def meanwhile(session: Session, wanted: Delegation) -> list[Delegation]:
    """Other delegations at the same school on some of the same days."""
    return list(
        session.scalars(
            sa.select(Delegation).where(
                Delegation.school_id == wanted.school_id,
                Delegation.state == DelegationState.GIVEN,
                Delegation.starts_on <= wanted.ends_on,
                Delegation.ends_on >= wanted.starts_on,
            )
        )
    )
