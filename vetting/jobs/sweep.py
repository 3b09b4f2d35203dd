"""Rows and files that only served a moment: signed-out browsers, used codes, old counts, copies of unfinished work."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from vetting.models import LoginSession, OneTimeCode, SignInAttempts, SigningProof, Upload
from vetting.queries import retention
from vetting.spool import Spool
from vetting.unit_of_work import unit_of_work

KEPT = timedelta(days=30)
"""How long a signed-out browser stays in the list, so that its owner can still see it was there."""


UNFINISHED_KEPT = timedelta(hours=24)
"""How long a file that arrives in pieces waits for its next one, or for the form that makes it evidence."""

STATISTICS = ("PRAGMA analysis_limit=1000", "ANALYZE")
"""PostgreSQL keeps its statistics by itself; SQLite plans by guesses until somebody asks, and `PRAGMA optimize` of the
version in Debian passes over tables that its own connection has not read. Some rows of each index are enough."""


def sweep(sessions: sessionmaker[Session], work: Path, now: datetime) -> int:
    """Remove what is over since ``KEPT``, and working copies that old. Returns how many rows and files went."""
    before = now - KEPT
    gone = 0
    with sessions() as session, unit_of_work(session):
        for statement in (
            sa.delete(LoginSession).where(sa.or_(LoginSession.ended_at < before, LoginSession.expires_at < before)),
            sa.delete(SigningProof).where(SigningProof.used_at.is_(None), SigningProof.expires_at < before),
            sa.delete(OneTimeCode).where(OneTimeCode.expires_at < before),
            sa.delete(SignInAttempts).where(SignInAttempts.last_at < before),
        ):
            gone += session.connection().execute(statement).rowcount
        if session.connection().dialect.name == "sqlite":
            for asking in STATISTICS:
                session.connection().exec_driver_sql(asking)
    for path in sorted(work.glob("*")) if work.is_dir() else []:
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def sweep_uploads(sessions: sessionmaker[Session], spool: Spool, now: datetime) -> int:
    """Let go of files that nobody went on sending since ``UNFINISHED_KEPT``. Returns how many.

    A legal hold on the organization keeps them.
    """
    before = now - UNFINISHED_KEPT
    with sessions() as session, unit_of_work(session):
        statement = sa.delete(Upload).where(
            Upload.touched_at < before, Upload.organization_id.not_in(retention.under_hold())
        )
        gone = int(session.connection().execute(statement).rowcount)
        held = set(session.scalars(sa.select(Upload.reference)))
    spool.sweep(before, held)
    return gone
