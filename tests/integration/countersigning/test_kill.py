"""Signing together survives a kill at any point: each agreement signed once with what follows, or untouched."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.countersigning.conftest import Wait
from tests.support import soak
from vetting import refs
from vetting.models import (
    Agreement,
    AgreementState,
    OutboxMessage,
    SignerState,
    SigningBatch,
    SigningBatchState,
    SigningItemState,
    User,
)
from vetting.workflows.countersign_commands import DrawUpBatch, SignTogether

SCRIPT = Path(__file__).with_name("killed_worker.py")
ROOT = Path(__file__).resolve().parents[3]
KILLS = 40 if soak.FULL else 1
MANY = 16 if soak.FULL else 2


def work(app: Flask, batch_id: int, points: int = 0) -> int:
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
    command = [sys.executable, str(SCRIPT), str(batch_id), *([str(points)] if points else [])]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-2000:]
    return done.returncode


def given(make: Factory, dee: User, agreements: list[Agreement]) -> int:
    """A list of these agreements that its signatory has signed, and the worker has not begun."""
    person = make.actor(dee, address="203.0.113.9", agent="Firefox", method="password")
    places = tuple(one.versions[-1].signers[-1] for one in agreements)
    batch = SigningBatch(
        reference=refs.new_reference("SGN"),
        user_id=dee.id,
        terms_sha256=places[0].agreement_version.terms_sha256,
        digest="",
        given={},
    )
    make.take("signing_batch", batch, "draw_up", person, data=DrawUpBatch(places))
    act = {
        "typed_name": dee.name,
        "title": dee.title,
        "authority": "I may sign.",
        "method": "Password",
        "proof": None,
        "intents": {str(place.id): "I sign this agreement." for place in places},
        "consent": {"version": "electronic-records-1", "sha256": "ab" * 32},
        "opened": {},
    }
    make.take("signing_batch", batch, "sign", person, data=SignTogether(batch.digest, act))
    return batch.id


def check(session: Session, batch_id: int) -> int:
    """Every agreement is signed with everything that follows, or untouched; returns how many are signed."""
    session.rollback()
    session.expire_all()
    signed = 0
    wanted = {
        int(message.payload["subject_id"])
        for message in session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic == "agreement.fully_signed"))
    }
    for item in session.get_one(SigningBatch, batch_id).items:
        place, agreement = item.signer, item.signer.agreement_version.agreement
        if item.state is SigningItemState.SIGNED:
            signed += 1
            assert place.signature is not None
            assert (place.state, agreement.state) == (SignerState.SIGNED, AgreementState.EXECUTING)
            assert agreement.id in wanted, "the worker was told to seal it"
        else:
            assert item.state is SigningItemState.WAITING, item.outcome
            assert (place.signature, place.consents, place.state) == (None, [], SignerState.INVITED)
            assert agreement.state is AgreementState.PARTLY_SIGNED
    session.rollback()
    return signed


@pytest.mark.soak
@pytest.mark.timeout(1800 if soak.FULL else 300)
def test_killed_anywhere_every_agreement_is_signed_once(
    app: Flask, make: Factory, session: Session, dee: User, waits: Wait
) -> None:
    batch_id = given(make, dee, [waits() for _ in range(MANY)])
    session.rollback()
    chance = random.Random(soak.SEED)
    killed = 0
    for _kill in range(KILLS):
        # Finding an agreement and signing it passes some eighty points, so most deaths come in the midst of one.
        if work(app, batch_id, chance.randint(1, 80)) == 0:
            break
        killed += 1
        check(session, batch_id)
    assert killed >= max(1, KILLS // 2)
    assert work(app, batch_id) == 0
    assert check(session, batch_id) == MANY
    assert session.get_one(SigningBatch, batch_id).state is SigningBatchState.FINISHED
