"""Heads of the history chains, written outside the database so that a removed tail or subject shows.

One line per head in ``anchors/heads.jsonl`` of the instance folder. Rows committed just before a crash are
anchored when the worker next starts (``catch_up``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import HistoryEntry

Head = tuple[str, int, int, str]
"""Subject type, subject id, sequence, hash."""

_PENDING = "history_heads"
_folder: Path | None = None


def use(folder: Path) -> None:
    """Write anchors into ``folder`` from now on."""
    global _folder
    folder.mkdir(parents=True, exist_ok=True)
    _folder = folder


def remember(session: Session, entry: HistoryEntry) -> None:
    """Note a new head; it is written once its transaction has committed."""
    session.info.setdefault(_PENDING, []).append((entry.subject_type, entry.subject_id, entry.sequence, entry.hash))


def pending(session: Session) -> list[Head]:
    """Take the heads noted in this transaction."""
    heads: list[Head] = session.info.pop(_PENDING, [])
    return heads


def forget(session: Session) -> None:
    """Drop the heads of a transaction that was rolled back."""
    session.info.pop(_PENDING, None)


def write(heads: Iterable[Head]) -> None:
    """Append heads. One write call per batch, so lines of several processes do not mix."""
    lines = "".join(json.dumps(head, separators=(",", ":")) + "\n" for head in heads)
    if not lines or _folder is None:
        return
    handle = os.open(_folder / "heads.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, lines.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read() -> dict[tuple[str, int], tuple[int, str]]:
    """The newest anchored head of every subject. A torn last line (a crash while writing) is passed over."""
    newest: dict[tuple[str, int], tuple[int, str]] = {}
    if _folder is None or not (_folder / "heads.jsonl").exists():
        return newest
    for line in (_folder / "heads.jsonl").read_text().splitlines():
        try:
            kind, subject_id, sequence, value = json.loads(line)
        except ValueError:
            continue
        if sequence >= newest.get((kind, subject_id), (0, ""))[0]:
            newest[(kind, subject_id)] = (sequence, value)
    return newest


def catch_up(session: Session) -> int:
    """Anchor heads that a crash left out. Returns how many."""
    known = read()
    last = (
        sa.select(HistoryEntry.subject_type, HistoryEntry.subject_id, sa.func.max(HistoryEntry.sequence).label("top"))
        .group_by(HistoryEntry.subject_type, HistoryEntry.subject_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            HistoryEntry.subject_type, HistoryEntry.subject_id, HistoryEntry.sequence, HistoryEntry.hash
        ).join(
            last,
            sa.and_(
                HistoryEntry.subject_type == last.c.subject_type,
                HistoryEntry.subject_id == last.c.subject_id,
                HistoryEntry.sequence == last.c.top,
            ),
        )
    )
    missing = [(k, i, s, h) for k, i, s, h in rows if known.get((k, i), (0, ""))[0] < s]
    write(missing)
    return len(missing)
