"""Checks and loads an import in a process of its own that kills itself at the n-th time it passes one of many points.

python killed_import.py <import id> <check or load> <how many points are passed>; without the last it goes to the end.
"""

from __future__ import annotations

import sys

from sqlalchemy.orm import sessionmaker

from tests.support.dying import at_any_point


def main(import_id: int, act: str, left: int) -> None:
    from vetting import create_app
    from vetting.extensions import db
    from vetting.jobs import partner_imports

    app = create_app()
    with app.app_context():
        engine = db.engine
        sessions = sessionmaker(engine, expire_on_commit=False)
    at_any_point(engine, left)
    sealer = app.extensions["sealer"]
    if act == "check":
        partner_imports.check(sessions, sealer, import_id)
    else:
        assert partner_imports.work(sessions, sealer, import_id, lambda: False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
