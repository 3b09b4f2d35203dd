"""Runs over many cases as their pages show them: only cases that the reader sees exist in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.models import Application, BulkItem, BulkItemState, BulkRun, User
from vetting.policy import Actor
from vetting.queries import piles

PAGE_SIZE = 50
RECENT = 20


@dataclass(frozen=True)
class ItemPage:
    """Items in the order of the run. ``next_after`` is the position to go on from."""

    items: Sequence[BulkItem]
    next_after: int | None


def find(session: Session, reference: str) -> BulkRun | None:
    """The run that the address names."""
    return session.scalars(
        sa.select(BulkRun).where(BulkRun.reference == reference).options(joinedload(BulkRun.made_by))
    ).first()


def _of(run: BulkRun, actor: Actor, *columns: Any) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(BulkItem)
        .join(Application, Application.id == BulkItem.application_id)
        .where(BulkItem.run_id == run.id, piles.visible_cases(actor))
    )


def _shown(query: sa.Select[Any]) -> sa.Select[Any]:
    case = joinedload(BulkItem.application)
    return query.options(case.joinedload(Application.organization), case.joinedload(Application.program))


def counts(session: Session, run: BulkRun, actor: Actor) -> Mapping[BulkItemState, int]:
    """How many cases of the run are in each state."""
    rows = session.execute(_of(run, actor, BulkItem.state, sa.func.count()).group_by(BulkItem.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in BulkItemState}


def page(session: Session, run: BulkRun, actor: Actor, after: int = -1, *, only: Collection[int] = ()) -> ItemPage:
    """Up to fifty cases of the run with their organizations; with ``only`` those of these items."""
    query = _shown(_of(run, actor, BulkItem)).where(BulkItem.position > after)
    if only:
        query = query.where(BulkItem.id.in_(only))
    found = list(session.scalars(query.order_by(BulkItem.position).limit(PAGE_SIZE + 1)))
    return ItemPage(found[:PAGE_SIZE], found[PAGE_SIZE - 1].position if len(found) > PAGE_SIZE else None)


def planned(session: Session, run: BulkRun, actor: Actor) -> Mapping[int, Mapping[str, Any]]:
    """What is planned for each item, by its id, in the order of the run."""
    rows = session.execute(_of(run, actor, BulkItem.id, BulkItem.action).order_by(BulkItem.position))
    return {row[0]: row[1] for row in rows}


def items(session: Session, run: BulkRun, actor: Actor, ids: Collection[int]) -> Sequence[BulkItem]:
    """These items in the order of the run."""
    query = _shown(_of(run, actor, BulkItem)).where(BulkItem.id.in_(ids)).order_by(BulkItem.position)
    return session.scalars(query).all()


def people(session: Session, ids: set[int]) -> Mapping[int, str]:
    """Names of accounts."""
    rows = session.execute(sa.select(User.id, User.name, User.email).where(User.id.in_(ids)))
    return {number: name or email for number, name, email in rows}


def recent(session: Session, actor: Actor) -> Sequence[BulkRun]:
    """The last runs of this person."""
    return session.scalars(
        sa.select(BulkRun).where(BulkRun.made_by_id == actor.user_id).order_by(BulkRun.id.desc()).limit(RECENT)
    ).all()
