"""A machine that dies while somebody signs: either nothing happened and they sign again, or the signature is there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.integration.agreements.racing import Racers, once_each
from tests.support.client import CheckingClient
from tests.support.soak import FULL
from vetting.models import AgreementState, ExecutedDocument, Signature, Signer, SignerState
from vetting.models.signing import SigningProof

POINTS = {
    "before the proof is used": False,
    "after the proof is used": False,
    "before the step": False,
    "after the signature, before what follows": False,
    "after the step": False,
    "before the commit": False,
    "after the commit": True,
    "after the answer": True,
}
"""Where the process dies, and whether the signature is there then."""
REDUCED = ("after the signature, before what follows", "after the commit", "after the answer")
CASES = [(place, point) for place in (0, 1, 2) for point in POINTS] if FULL else [(2, point) for point in REDUCED]

SCRIPT = Path(__file__).with_name("killed_signer.py")
ROOT = Path(__file__).resolve().parents[3]


def press(app: Flask, racers: Racers, signer: Signer, point: str, folder: Path) -> bool:
    """Press the button in a process that dies at ``point``; whether it answered that it is signed before it died."""
    settings, browser = app.config["SETTINGS"], racers.browser(signer.user)
    token = browser.csrf_token()
    with browser.session_transaction() as cookie:
        kept = {name: value for name, value in cookie.items() if isinstance(value, str | int | float | bool)}
    request = {
        "cookie": kept,
        "path": f"/agreements/{signer.agreement_version.agreement.reference}/sign",
        "data": {**racers.form(signer), "csrf_token": token},
    }
    racers.session.commit()
    written = folder / "request.json"
    written.write_text(json.dumps(request))
    environment = {
        **os.environ,
        "VETTING_INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "PASSWORD_SALT": settings.password_salt,
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT), point, str(written)], env=environment, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    return b"told" in done.stdout


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("place", "point"), CASES)
def test_a_signature_is_there_once_or_not_at_all_and_never_lost_after_it_was_confirmed(  # noqa: PLR0917 - fixtures
    place: int,
    point: str,
    app: Flask,
    make: Factory,
    session: Session,
    browser_for: Callable[..., CheckingClient],
    execute: Callable[[int], None],
    tmp_path: Path,
) -> None:
    racers = Racers(make, session, browser_for)
    agreement = make.sent()
    signers = list(agreement.versions[-1].signers)
    for signer in signers[:place]:
        make.sign(signer)
    signer = signers[place]
    racers.ready(signer)

    told = press(app, racers, signer, point, tmp_path)

    racers.fresh()
    with looking(session):
        there = session.scalars(sa.select(Signature).where(Signature.signer_id == signer.id)).all()
        assert len(there) == (1 if POINTS[point] else 0)
        assert signer.state is (SignerState.SIGNED if POINTS[point] else SignerState.INVITED)
        # The proof is used up exactly when something was signed with it.
        proof = session.scalars(sa.select(SigningProof).where(SigningProof.user_id == signer.user_id)).one()
        assert (proof.used_at is not None) is POINTS[point]
    assert told is (point == "after the answer")

    # The person presses again, whatever they saw.
    assert racers.signs(signer)() == 303
    for other in signers[place + 1 :]:
        racers.ready(other)
        assert racers.signs(other)() == 303
    execute(agreement.id)
    racers.fresh()
    with looking(session):
        assert agreement.state is AgreementState.IN_FORCE
        assert len(session.scalars(sa.select(Signature)).all()) == 3
        assert len(session.scalars(sa.select(ExecutedDocument)).all()) == 1
        once_each(session, agreement)
