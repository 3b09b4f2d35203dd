"""For a process that is to be killed: it kills itself at the n-th of many points."""

from __future__ import annotations

import os
import signal

import sqlalchemy as sa
from sqlalchemy.orm import Session


def at_any_point(engine: sa.Engine, left: int) -> None:
    """Die before the ``left``-th statement or beside a commit, wherever the machine can lose power. Never with 0."""
    passed = 0

    def point(*_args: object) -> None:
        nonlocal passed
        passed += 1
        if passed == left:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(engine, "before_cursor_execute", point)
    sa.event.listen(Session, "before_commit", point)
    sa.event.listen(Session, "after_commit", point)
