"""What both sides were shown and what they said about it, while an agreement is being agreed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.models import AgreementEdition, Remark, RemarkState, Role, Side
from vetting.policy import Actor


def editions(session: Session, agreement_id: int) -> list[AgreementEdition]:
    """The words as they were shown, oldest first."""
    query = sa.select(AgreementEdition).where(AgreementEdition.agreement_id == agreement_id)
    return list(
        session.scalars(query.options(joinedload(AgreementEdition.shared_by)).order_by(AgreementEdition.number))
    )


def newest_edition(session: Session, agreement_id: int) -> AgreementEdition | None:
    """What both sides were shown last."""
    query = sa.select(AgreementEdition).where(AgreementEdition.agreement_id == agreement_id)
    return session.scalars(query.order_by(AgreementEdition.number.desc()).limit(1)).first()


def remarks(session: Session, agreement_id: int) -> list[Remark]:
    """Everything that was said about the text, oldest first."""
    query = sa.select(Remark).where(Remark.agreement_id == agreement_id)
    return list(
        session.scalars(query.options(joinedload(Remark.author), joinedload(Remark.answered_by)).order_by(Remark.id))
    )


def open_proposals(session: Session, agreement_id: int) -> list[Remark]:
    """Other words that somebody proposed and nobody has answered."""
    query = sa.select(Remark).where(
        Remark.agreement_id == agreement_id, Remark.state == RemarkState.OPEN, Remark.proposed != ""
    )
    return list(session.scalars(query.order_by(Remark.id)))


def side_of(actor: Actor, organization_id: int, school_id: int) -> Side | None:
    """For whom this person speaks about an agreement; None for somebody who only reads."""
    if actor.organizations.get(organization_id, frozenset()) & {Role.ORG_OWNER, Role.ORG_EDITOR, Role.ORG_SIGNER}:
        return Side.PARTNER
    if actor.schools.get(school_id, frozenset()) & {Role.SCHOOL_LEADER, Role.SCHOOL_LIAISON}:
        return Side.SCHOOL
    if actor.roles & {Role.COORDINATOR, Role.DIRECTOR}:
        return Side.DISTRICT
    return None
