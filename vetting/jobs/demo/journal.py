"""How far a load has come, kept with the first account so that it is written in the same transaction as the work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.jobs.demo.cast import ADMIN
from vetting.models import User

KEY = "demo_load"


@dataclass(frozen=True)
class Journal:
    """The instant the demonstration counts its days from, the stages that are done, and whether all of them are."""

    anchor: datetime
    done: frozenset[str]
    complete: bool


def read(session: Session) -> Journal | None:
    """How far an earlier load came; None when there was none."""
    kept = _kept(session)
    if kept is None:
        return None
    return Journal(datetime.fromisoformat(kept["anchor"]), frozenset(kept["done"]), bool(kept["complete"]))


def note(session: Session, stage: str, anchor: datetime, *, complete: bool = False) -> None:
    """Write down that a stage is done, inside the transaction that did it."""
    kept = _kept(session) or {"anchor": anchor.isoformat(), "done": []}
    user = session.scalars(sa.select(User).where(User.email == ADMIN)).one()
    entry = {**kept, "done": [*kept["done"], stage], "complete": complete}
    user.preferences = {**user.preferences, KEY: entry}


def _kept(session: Session) -> Mapping[str, Any] | None:
    preferences = session.scalar(sa.select(User.preferences).where(User.email == ADMIN))
    kept: Mapping[str, Any] | None = (preferences or {}).get(KEY)
    return kept
