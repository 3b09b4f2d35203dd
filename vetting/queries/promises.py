"""Every row that promises bytes in the store: one table, so that nothing that keeps a file can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import (
    CopyState,
    DocumentVersion,
    EvidenceState,
    ExecutedDocument,
    OwnCopy,
    UnsignedCopy,
    Upload,
    YearFile,
    YearFileState,
)
from vetting.text import N_

AT_ONCE = 1000


@dataclass(frozen=True)
class Keeper:
    """A table whose rows promise bytes in ``area`` by their ``storage_key``, those for which ``while_`` holds."""

    name: str
    area: str
    model: type[Any]
    while_: sa.ColumnElement[bool]


@dataclass(frozen=True)
class Promise:
    """What one row says is in the store. ``what`` and ``row`` name the row; ``size`` is in bytes."""

    what: str
    row: int
    area: str
    key: str
    sha256: str
    size: int


KEEPERS = (
    Keeper(N_("document version"), "evidence", DocumentVersion, DocumentVersion.state != EvidenceState.DISPOSED),
    Keeper(N_("executed document"), "executed", ExecutedDocument, sa.true()),
    Keeper(N_("copy for an organization"), "copies", OwnCopy, OwnCopy.state == CopyState.READY),
    Keeper(N_("file of a school year"), "copies", YearFile, YearFile.state == YearFileState.READY),
    Keeper(N_("unsigned copy of an agreement"), "unsigned", UnsignedCopy, sa.true()),
    Keeper(N_("file on its way"), "evidence", Upload, Upload.storage_key != ""),
)

AREAS = tuple(sorted({keeper.area for keeper in KEEPERS}))


def promises(session: Session) -> Iterator[Promise]:
    """All that rows promise, piece by piece."""
    for keeper in KEEPERS:
        last = 0
        while found := _next(session, keeper, last):
            yield from found
            last = found[-1].row


def _next(session: Session, keeper: Keeper, after: int) -> list[Promise]:
    model = keeper.model
    query = (
        sa.select(model.id, model.storage_key, model.sha256, model.size)
        .where(keeper.while_, model.id > after)
        .order_by(model.id)
        .limit(AT_ONCE)
    )
    return [Promise(keeper.name, row[0], keeper.area, row[1], row[2], row[3]) for row in session.execute(query)]


def still_promised(session: Session, key: str) -> bool:
    """Whether any row promises the bytes behind a key; the same file sent twice is two rows and one object."""
    return any(
        session.scalar(sa.select(sa.exists().where(keeper.model.storage_key == key, keeper.while_)))
        for keeper in KEEPERS
    )


def count(session: Session) -> int:
    """How many rows promise bytes."""
    return sum(
        session.scalar(sa.select(sa.func.count()).select_from(keeper.model).where(keeper.while_)) or 0
        for keeper in KEEPERS
    )
