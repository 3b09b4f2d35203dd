"""Signs a list in a process of its own that kills itself at the n-th time it passes one of many points.

python killed_worker.py <batch id> <how many points are passed>; without the second it goes on to the end.
"""

from __future__ import annotations

import os
import signal
import sys

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker


def main(batch_id: int, left: int) -> None:
    from vetting import create_app
    from vetting.extensions import db
    from vetting.jobs import signing_batch

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
    assert signing_batch.work(sessions, batch_id, lambda: False)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
