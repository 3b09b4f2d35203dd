"""Prepare a district for a reviewer's day; prints what lies there. Run as ``python -m tests.e2e.day_seed``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from flask_security import hash_password
from sqlalchemy.orm import Session

from tests.e2e.seed import PASSWORD
from tests.support.review_day import PagedFactory, prepare
from vetting import create_app
from vetting.extensions import db

ADDRESS = "dana@district.example"


def main() -> None:
    app = create_app()
    with app.app_context():
        session = Session(db.engine, expire_on_commit=False)
        make = PagedFactory(session, app.extensions["store"])
        _somebody, work = prepare(make, email=ADDRESS, password=hash_password(PASSWORD))
        sys.stdout.write(json.dumps(asdict(work)))


if __name__ == "__main__":
    main()
