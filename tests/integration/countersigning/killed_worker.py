"""Signs a list in a process of its own that kills itself at the n-th time it passes one of many points.

python killed_worker.py <batch id> <how many points are passed>; without the second it goes on to the end.
"""

from __future__ import annotations

import sys

from sqlalchemy.orm import sessionmaker

from tests.support.dying import at_any_point


def main(batch_id: int, left: int) -> None:
    from vetting import create_app
    from vetting.extensions import db
    from vetting.jobs import signing_batch

    app = create_app()
    with app.app_context():
        engine = db.engine
        sessions = sessionmaker(engine, expire_on_commit=False)
    at_any_point(engine, left)
    assert signing_batch.work(sessions, batch_id, lambda: False)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
