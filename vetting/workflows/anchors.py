"""Heads of the history chains, written outside the database so that a removed tail or a removed subject shows.

Each history row leaves two lines in ``anchors/heads.jsonl`` of the instance folder: ``+`` before its transaction
commits and ``=`` once it has. A row without a ``+`` was never written by this program; a row with ``=`` that is not in
the database was removed from it. A crash between the two leaves only the ``+``, which proves nothing either way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from vetting.models import HistoryEntry

Head = tuple[str, int, int, str]
"""Subject type, subject id, sequence, hash."""

PROMISED, KEPT = "+", "="

_PENDING = "history_heads"
_folder: Path | None = None


@dataclass
class Anchors:
    """What the anchor file says: the newest kept head of each subject, and every promised row."""

    kept: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    promised: set[Head] = field(default_factory=set)


def use(folder: Path) -> None:
    """Write anchors into ``folder`` from now on."""
    global _folder  # noqa: PLW0603 - one process serves one district
    folder.mkdir(parents=True, exist_ok=True)
    _folder = folder


def remember(session: Session, entry: HistoryEntry) -> None:
    """Note a new row; it is anchored when its transaction commits."""
    session.info.setdefault(_PENDING, []).append((entry.subject_type, entry.subject_id, entry.sequence, entry.hash))


def take_pending(session: Session) -> list[Head]:
    """The rows noted in this transaction, which are thereby forgotten."""
    heads: list[Head] = session.info.pop(_PENDING, [])
    return heads


def promise(heads: Iterable[Head]) -> None:
    """Say, before the commit, that these rows are being written. On disk when this returns."""
    _append(PROMISED, heads, sync=True)


def keep(heads: Iterable[Head]) -> None:
    """Say, after the commit, that these rows are there."""
    _append(KEPT, heads, sync=False)


def _append(mark: str, heads: Iterable[Head], *, sync: bool) -> None:
    """One write call for all lines, so that lines of several processes do not mix."""
    lines = "".join(json.dumps([mark, *head], separators=(",", ":")) + "\n" for head in heads)
    if not lines or _folder is None:
        return
    handle = os.open(_folder / "heads.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, lines.encode())
        if sync:
            os.fsync(handle)
    finally:
        os.close(handle)


def read() -> Anchors:
    """Everything anchored so far. A torn line (a crash while writing) is passed over."""
    found = Anchors()
    path = _folder / "heads.jsonl" if _folder is not None else None
    if path is None or not path.exists():
        return found
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                mark, kind, subject_id, sequence, value = json.loads(line)
            except ValueError:
                continue
            if mark == PROMISED:
                found.promised.add((kind, subject_id, sequence, value))
            elif sequence >= found.kept.get((kind, subject_id), (0, ""))[0]:
                found.kept[(kind, subject_id)] = (sequence, value)
    return found
