"""The parts of the desk with their history."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import DeskFeature, Feature, HistoryEntry

MOST = 20


def kept(session: Session) -> Mapping[Feature, DeskFeature]:
    """Every part that was ever switched."""
    return {row.feature: row for row in session.scalars(sa.select(DeskFeature).order_by(DeskFeature.id))}


def switched(session: Session) -> Mapping[Feature, list[HistoryEntry]]:
    """Who switched which part when, newest first."""
    rows = session.execute(
        sa.select(DeskFeature.feature, HistoryEntry)
        .join(DeskFeature, DeskFeature.id == HistoryEntry.subject_id)
        .where(HistoryEntry.subject_type == "desk_feature")
        .order_by(HistoryEntry.id.desc())
        .limit(MOST * len(Feature))
    )
    found: dict[Feature, list[HistoryEntry]] = {}
    for feature, entry in rows:
        found.setdefault(feature, []).append(entry)
    return {feature: entries[:MOST] for feature, entries in found.items()}
