"""The only place that commits.

A unit of work holds one transaction. It turns the database's word that somebody else was faster into
``LostRace`` and, once committed, writes the new heads of the history chains outside the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from vetting.workflows import anchors

# PostgreSQL: unique violation, serialization failure, deadlock, lock not available.
CONCURRENT_STATES = frozenset({"23505", "40001", "40P01", "55P03"})

_AT_WORK = "unit_of_work"


class LostRace(Exception):
    """Somebody else changed the same thing a moment earlier. Nothing of this work was kept."""


@contextmanager
def unit_of_work(session: Session) -> Iterator[Session]:
    """Commit what happens inside, or nothing of it.

    Raises ``LostRace`` when a concurrent change won; every other error passes through after the rollback.
    """
    session.info[_AT_WORK] = True
    try:
        yield session
        session.flush()
        heads = anchors.take_pending(session)
        anchors.promise(heads)
        session.commit()
    except BaseException as error:
        session.rollback()
        anchors.take_pending(session)
        if lost_race(error):
            raise LostRace(str(error)) from error
        raise
    finally:
        session.info.pop(_AT_WORK, None)
    anchors.keep(heads)


def at_work(session: Session) -> bool:
    """Whether a unit of work is open, in which a statement must see what the ones before it changed."""
    return _AT_WORK in session.info


def lost_race(error: BaseException) -> bool:
    """Whether the database says that a concurrent change won, rather than that this one was wrong."""
    if isinstance(error, StaleDataError):
        return True
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state is not None:
            return state in CONCURRENT_STATES
        text = str(error.orig)
        return text.startswith("UNIQUE constraint failed") or "database is locked" in text
    return False
