"""Imports of the office's list, and their invitations, as their pages show them.

A row about an organization in which the reader has an interest or a role is not among the rows they read, nor is one
that looks like such an organization.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from vetting.events import Event
from vetting.models import (
    InvitationBatch,
    InvitationBatchItem,
    OutboxMessage,
    PartnerImport,
    PartnerImportItem,
    PartnerImportPair,
    RowPlan,
    RowResult,
)
from vetting.policy import Actor

PAGE_SIZE = 50
PAIRS_ON_PAGE = 10
RECENT = 50


@dataclass(frozen=True)
class RowPage:
    """Rows in the order of the file. ``next_after`` is the position to go on from."""

    items: Sequence[PartnerImportItem]
    next_after: int | None


def find(session: Session, reference: str) -> PartnerImport | None:
    """The import that the address names."""
    query = sa.select(PartnerImport).where(PartnerImport.reference == reference)
    return session.scalars(query.options(joinedload(PartnerImport.made_by))).first()


def recent(session: Session) -> Sequence[PartnerImport]:
    """The last imports, newest first."""
    query = sa.select(PartnerImport).options(joinedload(PartnerImport.made_by))
    return session.scalars(query.order_by(PartnerImport.id.desc()).limit(RECENT)).all()


def _closed_to(actor: Actor) -> list[int]:
    return sorted({*actor.conflicts, *actor.organizations})


def _pair_open_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Pairs with neither such an organization nor a row about one."""
    walled = _closed_to(actor)
    about = aliased(PartnerImportItem)
    return sa.and_(
        sa.or_(PartnerImportPair.organization_id.is_(None), PartnerImportPair.organization_id.not_in(walled)),
        ~sa.exists().where(
            about.import_id == PartnerImportPair.import_id,
            about.position.in_([PartnerImportPair.position, PartnerImportPair.other_position]),
            about.organization_id.in_(walled),
        ),
    )


def _row_open_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Rows that are neither about such an organization, nor look like one or like a row about one."""
    walled = _closed_to(actor)
    pair, about = aliased(PartnerImportPair), aliased(PartnerImportItem)
    either_way = ((pair.position, pair.other_position), (pair.other_position, pair.position))
    return sa.and_(
        sa.or_(PartnerImportItem.organization_id.is_(None), PartnerImportItem.organization_id.not_in(walled)),
        ~sa.exists().where(
            PartnerImportPair.import_id == PartnerImportItem.import_id,
            PartnerImportPair.position == PartnerImportItem.position,
            PartnerImportPair.organization_id.in_(walled),
        ),
        *(
            ~sa.exists().where(
                pair.import_id == PartnerImportItem.import_id,
                here == PartnerImportItem.position,
                about.import_id == pair.import_id,
                about.position == there,
                about.organization_id.in_(walled),
            )
            for here, there in either_way
        ),
    )


def closed(session: Session, upload: PartnerImport, actor: Actor) -> int:
    """How many rows are not shown to this person."""
    if not _closed_to(actor):
        return 0
    query = sa.select(sa.func.count()).where(PartnerImportItem.import_id == upload.id, ~_row_open_to(actor))
    return session.scalars(query).one()


def rows(
    session: Session,
    upload: PartnerImport,
    actor: Actor,
    after: int,
    *,
    plan: RowPlan | None = None,
    result: RowResult | None = None,
) -> RowPage:
    """Up to fifty rows with this plan or this result."""
    query = sa.select(PartnerImportItem).where(
        PartnerImportItem.import_id == upload.id, PartnerImportItem.position > after, _row_open_to(actor)
    )
    if plan is not None:
        query = query.where(PartnerImportItem.plan == plan)
    if result is not None:
        query = query.where(PartnerImportItem.result == result)
    query = query.options(joinedload(PartnerImportItem.organization))
    found = list(session.scalars(query.order_by(PartnerImportItem.position).limit(PAGE_SIZE + 1)))
    return RowPage(found[:PAGE_SIZE], found[PAGE_SIZE - 1].position if len(found) > PAGE_SIZE else None)


def every_row(session: Session, upload: PartnerImport, actor: Actor) -> Iterator[PartnerImportItem]:
    """All rows, read as they are used."""
    after = -1
    while True:
        query = sa.select(PartnerImportItem).where(
            PartnerImportItem.import_id == upload.id, PartnerImportItem.position > after, _row_open_to(actor)
        )
        query = query.options(joinedload(PartnerImportItem.organization))
        found = session.scalars(query.order_by(PartnerImportItem.position).limit(500)).all()
        if not found:
            return
        yield from found
        after = found[-1].position


def results(session: Session, upload: PartnerImport) -> Mapping[RowResult, int]:
    """How many rows came to which result."""
    counted = session.execute(
        sa.select(PartnerImportItem.result, sa.func.count())
        .where(PartnerImportItem.import_id == upload.id, PartnerImportItem.result.is_not(None))
        .group_by(PartnerImportItem.result)
    )
    found = {result: count for result, count in counted if result is not None}
    return {result: found.get(result, 0) for result in RowResult}


def plans(upload: PartnerImport) -> Mapping[RowPlan, int]:
    """How many rows of all sheets have which plan."""
    return {plan: sum(counts.get(plan.value, 0) for counts in upload.plans.values()) for plan in RowPlan}


def pairs(session: Session, upload: PartnerImport, actor: Actor, *, only_open: bool) -> Sequence[PartnerImportPair]:
    """The first pairs that look alike; with ``only_open`` those that nobody has said anything about."""
    query = sa.select(PartnerImportPair).where(PartnerImportPair.import_id == upload.id, _pair_open_to(actor))
    if only_open:
        query = query.where(PartnerImportPair.choice.is_(None))
    query = query.options(joinedload(PartnerImportPair.organization))
    limit = PAIRS_ON_PAGE if only_open else 200
    return session.scalars(query.order_by(PartnerImportPair.position, PartnerImportPair.id).limit(limit)).all()


def open_pairs(session: Session, upload: PartnerImport) -> tuple[int, int]:
    """How many pairs wait for a word, and how many there are."""
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(PartnerImportPair.choice),
        ).where(PartnerImportPair.import_id == upload.id)
    ).one()
    return row[0] - row[1], row[0]


def closed_pairs(session: Session, upload: PartnerImport, actor: Actor) -> int:
    """How many pairs wait for the word of somebody else, because this person may not see them."""
    if not _closed_to(actor):
        return 0
    query = sa.select(sa.func.count()).where(
        PartnerImportPair.import_id == upload.id, PartnerImportPair.choice.is_(None), ~_pair_open_to(actor)
    )
    return session.scalars(query).one()


def at(session: Session, upload: PartnerImport, positions: set[int]) -> Mapping[int, PartnerImportItem]:
    """Rows by their positions."""
    query = sa.select(PartnerImportItem).where(
        PartnerImportItem.import_id == upload.id, PartnerImportItem.position.in_(positions)
    )
    return {item.position: item for item in session.scalars(query)}


def batch(session: Session, reference: str) -> InvitationBatch | None:
    """The batch of invitations that the address names."""
    query = sa.select(InvitationBatch).where(InvitationBatch.reference == reference)
    return session.scalars(
        query.options(joinedload(InvitationBatch.made_by), joinedload(InvitationBatch.upload))
    ).first()


def batches(session: Session, upload: PartnerImport) -> Sequence[InvitationBatch]:
    """Every batch of an import, newest first."""
    query = sa.select(InvitationBatch).where(InvitationBatch.import_id == upload.id)
    return session.scalars(query.order_by(InvitationBatch.id.desc())).all()


def line_open_to(actor: Actor) -> sa.ColumnElement[bool]:
    """That a line of a batch is about an organization that this person may read about, in SQL."""
    return InvitationBatchItem.organization_id.not_in(_closed_to(actor))


def batch_items(
    session: Session, batch: InvitationBatch, actor: Actor, after: int
) -> tuple[Sequence[InvitationBatchItem], int | None]:
    """Up to fifty lines of a batch, and the position to go on from."""
    query = (
        sa.select(InvitationBatchItem)
        .where(InvitationBatchItem.batch_id == batch.id, InvitationBatchItem.position > after, line_open_to(actor))
        .options(joinedload(InvitationBatchItem.organization), joinedload(InvitationBatchItem.invitation))
        .order_by(InvitationBatchItem.position)
        .limit(PAGE_SIZE + 1)
    )
    found = list(session.scalars(query))
    return found[:PAGE_SIZE], found[PAGE_SIZE - 1].position if len(found) > PAGE_SIZE else None


def batch_item(session: Session, batch: InvitationBatch, actor: Actor, position: int) -> InvitationBatchItem | None:
    """One line of a batch."""
    query = sa.select(InvitationBatchItem).where(
        InvitationBatchItem.batch_id == batch.id, InvitationBatchItem.position == position, line_open_to(actor)
    )
    return session.scalars(query).first()


def batch_counts(session: Session, batch: InvitationBatch) -> Mapping[Any, int]:
    """How many lines came to which result; those still to be sent under None."""
    counted = session.execute(
        sa.select(InvitationBatchItem.result, sa.func.count())
        .where(InvitationBatchItem.batch_id == batch.id)
        .group_by(InvitationBatchItem.result)
    )
    return {row[0]: row[1] for row in counted}


MAILS = (Event.PARTNER_INVITED, Event.INVITATION_SENT)


def last_mails(session: Session, invitations: Sequence[int]) -> Mapping[int, OutboxMessage]:
    """The newest mail of each of these invitations."""
    if not invitations:
        return {}
    places = {f"{event}:invitation:{number}:": number for number in invitations for event in MAILS}
    query = sa.select(OutboxMessage).where(sa.or_(*(OutboxMessage.key.startswith(prefix) for prefix in places)))
    found = {}
    for message in session.scalars(query.order_by(OutboxMessage.id)):
        found[int(message.payload["subject_id"])] = message
    return found
