"""What is over goes; what still counts stays."""

from __future__ import annotations

import os
from datetime import timedelta

from sqlalchemy.orm import sessionmaker

from vetting import clock
from vetting.jobs.sweep import KEPT, sweep
from vetting.models import LoginSession
from vetting.unit_of_work import unit_of_work


def test_only_what_ended_long_ago_is_swept(make, session, tmp_path):
    person = make.person()
    now = clock.now()
    ages = {"long over": now - KEPT - timedelta(days=1), "just over": now - timedelta(days=1), "running": None}
    with unit_of_work(session):
        for name, ended in ages.items():
            session.add(
                LoginSession(
                    user_id=person.id,
                    token_digest=name,
                    method="password",
                    authenticated_at=now,
                    expires_at=now + timedelta(days=1),
                    ended_at=ended,
                )
            )
    for name, age in (("old.pdf", KEPT + timedelta(days=1)), ("new.pdf", timedelta(0))):
        path = tmp_path / name
        path.touch()
        os.utime(path, ((now - age).timestamp(),) * 2)

    assert sweep(sessionmaker(session.get_bind()), tmp_path, now) == 2

    assert {row.token_digest for row in session.query(LoginSession)} == {"just over", "running"}
    assert [path.name for path in tmp_path.iterdir()] == ["new.pdf"]
