"""Prepare a district for a reviewer's day; prints what lies there. Run as ``python -m tests.e2e.day_seed``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from flask_security import hash_password
from sqlalchemy.orm import Session

from tests.e2e.seed import PASSWORD
from tests.support.review_day import PagedFactory, prepare
from vetting import clock, create_app
from vetting.events import Event
from vetting.extensions import db
from vetting.models import OutboxMessage

ADDRESS = "dana@district.example"


def look_for_no_doubles(_mapper: Any, _connection: Any, message: OutboxMessage) -> None:
    """The organizations made here give the same answers; a worker that is quick would stop the second approval."""
    if message.topic == Event.DUPLICATES_SOUGHT:
        message.delivered_at = clock.now()


def main() -> None:
    app = create_app()
    sa.event.listen(OutboxMessage, "before_insert", look_for_no_doubles)
    with app.app_context():
        session = Session(db.engine, expire_on_commit=False)
        make = PagedFactory(session, app.extensions["store"])
        _somebody, work = prepare(make, email=ADDRESS, password=hash_password(PASSWORD))
        sys.stdout.write(json.dumps(asdict(work)))


if __name__ == "__main__":
    main()
