"""A run survives a kill at any point: each case done once with its messages, or untouched, and in the end all done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support import soak
from vetting.events import Event
from vetting.models import (
    Application,
    BulkAct,
    BulkItem,
    BulkItemState,
    BulkRun,
    BulkRunState,
    HistoryEntry,
    OutboxMessage,
    Review,
    User,
)

SCRIPT = Path(__file__).with_name("killed_worker.py")
ROOT = Path(__file__).resolve().parents[3]
KILLS = 40 if soak.FULL else 4
CASES = 24 if soak.FULL else 4


def work(app: Flask, run_id: int, points: int = 0) -> int:
    """The exit status of a worker that dies after so many points."""
    settings = app.config["SETTINGS"]
    environment = {
        **os.environ,
        "VETTING_INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "PASSWORD_SALT": settings.password_salt,
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(run_id), *([str(points)] if points else [])],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-2000:]
    return done.returncode


def check(session: Session, run_id: int) -> int:
    """Every case is done with everything that follows, or untouched; returns how many are done."""
    session.rollback()
    session.expire_all()
    reviewers = Counter(session.scalars(sa.select(Review.application_id)))
    assigned = Counter(
        session.scalars(sa.select(HistoryEntry.application_id).where(HistoryEntry.subject_type == "review"))
    )
    told = {
        int(recipient.removeprefix("user:"))
        for recipient in session.scalars(
            sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == Event.REVIEWS_ASSIGNED)
        )
    }
    done = 0
    for item in session.scalars(sa.select(BulkItem).where(BulkItem.run_id == run_id)):
        wanted = set(item.action["reviewers"])
        if item.state is BulkItemState.DONE:
            done += 1
            assert reviewers[item.application_id] == assigned[item.application_id] == len(wanted)
            assert wanted <= told
        else:
            assert item.state is BulkItemState.WAITING, item.outcome
            assert reviewers[item.application_id] == assigned[item.application_id] == 0
    session.rollback()
    return done


@pytest.mark.soak
@pytest.mark.timeout(1800 if soak.FULL else 300)
def test_killed_anywhere_every_case_is_done_once(
    app: Flask, make: Factory, session: Session, screening: Callable[[User], Application], plan: Any
) -> None:
    cora, people = make.coordinator(), [make.reviewer() for _ in range(3)]
    actions = [(screening(cora), {"reviewers": [people[n % 3].id, people[(n + 1) % 3].id]}) for n in range(CASES)]
    run_id = plan(cora, BulkAct.ASSIGN_REVIEWERS, {"mode": "person"}, actions).id
    chance = random.Random(soak.SEED)
    killed = 0
    for _kill in range(KILLS):
        # Finding a case and doing it passes some forty points, so most deaths come in the midst of one.
        if work(app, run_id, chance.randint(1, 60)) == 0:
            break
        killed += 1
        check(session, run_id)
    assert killed >= KILLS // 2
    assert work(app, run_id) == 0
    assert check(session, run_id) == CASES
    assert session.get_one(BulkRun, run_id).state is BulkRunState.FINISHED
    mails = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic == Event.REVIEWS_ASSIGNED)).all()
    assert len(mails) == len(people), "one mail for each reviewer"
    waiting = [mail.key for mail in mails if mail.available_at.year == 9999]
    assert waiting == [], "and all of them are on their way"
