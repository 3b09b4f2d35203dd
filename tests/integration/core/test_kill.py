"""Kill -9 between the last signature and the delivered mail, then start again: everything happened once."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.processes import dies_with_parent
from tests.support.soak import FULL
from tests.support.stored import body_of
from vetting.events import Event
from vetting.models import Agreement, AgreementState, ExecutedDocument, HistoryEntry, OutboxMessage, SignerState
from vetting.workflows.verify import check

ROOT = Path(__file__).parents[3]

CHILD = """
import os, signal, sys

from vetting import create_app, outbox
from vetting.jobs import agreements
from vetting.notifications import delivery
from vetting.storage import LocalStore
from vetting.worker import Worker
from vetting.workflows import anchors


def kill(place, name, when, only=lambda *given: True):
    real = getattr(place, name)

    def wrapped(*given, **named):
        if when == "before" and only(*given):
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*given, **named)
        if when == "after" and only(*given):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(place, name, wrapped)


def some(heads):
    return bool(heads)


def in_force(message, *rest):
    return message.topic == "agreement.executed"


POINTS = {
    "before the document is drawn": (agreements, "_sealed", "before"),
    "after the document is sealed": (agreements, "_sealed", "after"),
    "after the file is kept": (LocalStore, "put", "after"),
    "before the last transaction commits": (anchors, "promise", "after", some),
    "after the last transaction committed": (anchors, "keep", "before", some),
    "before the job is marked as done": (outbox, "delivered", "before", lambda m, *r: m.topic.endswith("fully_signed")),
    "before a mail is in the spool": (delivery.Spool, "send", "before", lambda s, mail: "executed" in mail.key),
    "after a mail is in the spool": (delivery.Spool, "send", "after", lambda s, mail: "executed" in mail.key),
}

kill(*POINTS[sys.argv[1]])
app = create_app()
with app.app_context():
    Worker(app).drain()
print("was not killed")
"""

POINTS = (
    "before the last transaction commits",
    "after a mail is in the spool",
    "after the last transaction committed",
    "after the file is kept",
    "before the document is drawn",
    "after the document is sealed",
    "before the job is marked as done",
    "before a mail is in the spool",
)


def environment(app: Flask) -> dict[str, str]:
    settings = app.config["SETTINGS"]
    return {
        **os.environ,
        "VETTING_INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "DEMO": "0",
        "PYTHONPATH": str(ROOT),
    }


def run(app: Flask, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(app),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )


@pytest.mark.parametrize("point", POINTS if FULL else POINTS[:2])
def test_a_killed_worker_leaves_nothing_half_done(app: Flask, make: Factory, session: Session, point: str) -> None:
    partnership = make.partnership()
    make.money(partnership.school, cents=5_000_00)
    agreement = make.signed(make.agreement(partnership, cents=1_000_00, source="partnership_fund"))
    session.commit()

    killed = run(app, "-c", CHILD, point)
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    again = run(app, "-m", "flask", "--app", "wsgi", "vetting", "worker", "--once")
    assert again.returncode == 0, again.stderr

    session.expire_all()
    assert agreement.state is AgreementState.IN_FORCE
    document = session.scalars(sa.select(ExecutedDocument)).one()
    stored = body_of(app.extensions["store"], document.storage_key)
    assert hashlib.sha256(stored).hexdigest() == document.sha256
    assert stored.startswith(b"%PDF-")
    executed = session.scalars(sa.select(HistoryEntry).where(HistoryEntry.step == "execute")).all()
    assert len(executed) == 1
    told = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic == "agreement.executed")).all()
    assert max(Counter(message.recipient for message in told).values()) == 1
    assert {message.delivered_at is not None for message in session.scalars(sa.select(OutboxMessage))} == {True}
    files = [path.name for path in (app.config["SETTINGS"].instance / "mail").glob("*.eml")]
    assert len([name for name in files if "agreement-executed" in name]) == len(told) >= 3
    assert list(check(session)) == []


SIGNING = """
import os, signal, sys

from vetting import create_app
from vetting.extensions import db
from vetting.models import Signer, User
from vetting.unit_of_work import unit_of_work
from vetting.views.guard import actor_for
from vetting.workflows import anchors, engine
from vetting.workflows.commands import Sign
from vetting.workflows.registry import workflow_named

name = sys.argv[1]
real = getattr(anchors, name)


def die(heads):
    if name == "promise":
        real(heads)
    os.kill(os.getpid(), signal.SIGKILL)


setattr(anchors, name, die)
app = create_app()
with app.app_context(), unit_of_work(db.session) as session:
    signer = session.get(Signer, int(sys.argv[2]))
    words = Sign(signer.name, signer.title, "I sign.", signer.agreement_version.content_sha256, "password")
    actor = actor_for(session, session.get(User, signer.user_id))
    engine.run(session, workflow_named("signer"), signer, "sign", actor, data=words)
"""


@pytest.mark.parametrize(("point", "kept"), [("promise", False), ("keep", True)], ids=["before commit", "after commit"])
def test_a_killed_server_keeps_the_last_signature_whole_or_not_at_all(
    app: Flask, make: Factory, session: Session, point: str, kept: bool
) -> None:
    agreement: Agreement = make.sent()
    *others, last = agreement.versions[-1].signers
    for signer in others:
        make.sign(signer)
    make.consent(last)
    session.commit()
    killed = run(app, "-c", SIGNING, point, str(last.id))
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    session.expire_all()
    assert (last.state is SignerState.SIGNED) is kept
    assert (last.signature is not None) is kept
    assert agreement.state is (AgreementState.EXECUTING if kept else AgreementState.PARTLY_SIGNED)
    sealing = OutboxMessage.topic == Event.AGREEMENT_FULLY_SIGNED
    jobs = session.scalars(sa.select(OutboxMessage).where(sealing)).all()
    assert len(jobs) == int(kept)
    assert list(check(session)) == []
