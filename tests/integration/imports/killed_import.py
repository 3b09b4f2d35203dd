"""Checks and loads an import in a process of its own that kills itself at the n-th time it passes one of many points.

python killed_import.py <import id> <check or load> <how many points are passed>; without the last it goes to the end.
"""

from __future__ import annotations

import os
import signal
import sys

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker


def main(import_id: int, act: str, left: int) -> None:
    from vetting import create_app
    from vetting.extensions import db
    from vetting.jobs import partner_imports

    app = create_app()
    with app.app_context():
        engine = db.engine
        sessions = sessionmaker(engine, expire_on_commit=False)
    passed = 0

    def point(*_args: object) -> None:
        nonlocal passed
        passed += 1
        if passed == left:
            os.kill(os.getpid(), signal.SIGKILL)

    # Before every statement, and around every commit: wherever the machine can lose power.
    sa.event.listen(engine, "before_cursor_execute", point)
    sa.event.listen(Session, "before_commit", point)
    sa.event.listen(Session, "after_commit", point)
    sealer = app.extensions["sealer"]
    if act == "check":
        partner_imports.check(sessions, sealer, import_id)
    else:
        assert partner_imports.work(sessions, sealer, import_id, lambda: False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
