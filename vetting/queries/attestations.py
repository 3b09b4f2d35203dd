"""Who gave their yearly word on their interests, and who has not."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import Attestation, AttestationState, GrantState, Role, RoleGrant, User
from vetting.policy import WORKS_ON_CASES


def newest(session: Session, user_id: int) -> Attestation | None:
    """The last word a person gave, of this year or an earlier one."""
    return session.scalars(
        sa.select(Attestation)
        .where(Attestation.user_id == user_id, Attestation.state == AttestationState.MADE)
        .order_by(Attestation.year.desc())
        .limit(1)
    ).first()


@dataclass(frozen=True)
class Word:
    """One person who owes a word each year, with the one of this year if they gave it."""

    person: User
    roles: tuple[Role, ...]
    attestation: Attestation | None


def of_year(session: Session, year: str) -> list[Word]:
    """Everybody who works on cases; first those who have not given their word of this school year, by name."""
    rows = session.execute(
        sa.select(User, RoleGrant.role, Attestation)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .outerjoin(
            Attestation,
            sa.and_(
                Attestation.user_id == User.id,
                Attestation.year == year,
                Attestation.state == AttestationState.MADE,
            ),
        )
        .where(
            User.active.is_(True),
            RoleGrant.role.in_(WORKS_ON_CASES),
            RoleGrant.state == GrantState.ACTIVE,
        )
        .order_by(Attestation.id.is_not(None), User.name, User.id, RoleGrant.role)
    )
    found: dict[int, Word] = {}
    for person, role, attestation in rows:
        before = found[person.id].roles if person.id in found else ()
        found[person.id] = Word(person, (*before, role), attestation)
    return list(found.values())
