"""The yearly renewal: which agreements end in a year, and runs as their pages show them.

Only agreements of organizations in which the reader has no interest and no role exist in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.models import (
    Agreement,
    AgreementState,
    Organization,
    Partnership,
    Program,
    RenewalItem,
    RenewalItemState,
    RenewalRun,
    School,
)
from vetting.policy import Actor

ENDING = (AgreementState.IN_FORCE, AgreementState.SUSPENDED)
PAGE_SIZE = 50
RECENT = 20


def _open_to(actor: Actor) -> sa.ColumnElement[bool]:
    return Agreement.organization_id.not_in(sorted({*actor.conflicts, *actor.organizations}))


def _whole() -> tuple[Any, ...]:
    return (
        joinedload(Agreement.school),
        joinedload(Agreement.organization),
        joinedload(Agreement.partnership).joinedload(Partnership.program).joinedload(Program.organization),
    )


def ending(session: Session, actor: Actor, first: date, last: date) -> list[Agreement]:
    """Agreements in force or suspended whose last day lies between two local days, both inclusive; by school."""
    query = (
        sa.select(Agreement)
        .join(School, School.id == Agreement.school_id)
        .join(Organization, Organization.id == Agreement.organization_id)
        .where(Agreement.state.in_(ENDING), Agreement.ends_on.between(first, last), _open_to(actor))
        .options(*_whole())
        .order_by(School.name, Organization.legal_name, Agreement.id)
    )
    return list(session.scalars(query))


def find(session: Session, reference: str) -> RenewalRun | None:
    """The run that the address names."""
    return session.scalars(
        sa.select(RenewalRun).where(RenewalRun.reference == reference).options(joinedload(RenewalRun.made_by))
    ).first()


def recent(session: Session) -> Sequence[RenewalRun]:
    """The last runs of the office, the newest first."""
    return session.scalars(
        sa.select(RenewalRun).options(joinedload(RenewalRun.made_by)).order_by(RenewalRun.id.desc()).limit(RECENT)
    ).all()


def waiting(session: Session, run_id: int, most: int) -> Sequence[int]:
    """The first lines of a run that still wait, in their order."""
    query = sa.select(RenewalItem.id).where(RenewalItem.run_id == run_id, RenewalItem.state == RenewalItemState.WAITING)
    return session.scalars(query.order_by(RenewalItem.position).limit(most)).all()


def counts(session: Session, run: RenewalRun, actor: Actor) -> Mapping[RenewalItemState, int]:
    """How many agreements of the run are in each state."""
    rows = session.execute(
        sa.select(RenewalItem.state, sa.func.count())
        .join(Agreement, Agreement.id == RenewalItem.agreement_id)
        .where(RenewalItem.run_id == run.id, _open_to(actor))
        .group_by(RenewalItem.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in RenewalItemState}


def items(
    session: Session,
    run: RenewalRun,
    actor: Actor,
    states: Sequence[RenewalItemState] = (),
    *,
    after: int = -1,
    most: int | None = None,
) -> list[RenewalItem]:
    """The run's agreements in its order, from behind position ``after``; with ``states`` those in one of them."""
    query = (
        sa.select(RenewalItem)
        .join(Agreement, Agreement.id == RenewalItem.agreement_id)
        .where(RenewalItem.run_id == run.id, RenewalItem.position > after, _open_to(actor))
        .options(joinedload(RenewalItem.agreement).options(*_whole()), joinedload(RenewalItem.made))
        .order_by(RenewalItem.position)
        .limit(most)
    )
    if states:
        query = query.where(RenewalItem.state.in_(states))
    return list(session.scalars(query))


def item(session: Session, run: RenewalRun, actor: Actor, agreement_reference: str) -> RenewalItem | None:
    """The run's line about one agreement."""
    query = (
        sa.select(RenewalItem)
        .join(Agreement, Agreement.id == RenewalItem.agreement_id)
        .where(RenewalItem.run_id == run.id, Agreement.reference == agreement_reference, _open_to(actor))
        .options(joinedload(RenewalItem.agreement).options(*_whole()), joinedload(RenewalItem.run))
    )
    return session.scalars(query).first()
