"""Kill -9 at any step of an upload or of sending: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.storage.conftest import Server, pdf_of
from tests.support.pages import form_fields
from tests.support.soak import FULL, SEED, amount
from tests.support.stored import body_of
from vetting import clock
from vetting.extensions import db
from vetting.jobs.reconcile import Report, reconcile
from vetting.models import Application, ApplicationState, DocumentVersion, EvidenceLink, OutboxMessage
from vetting.workflows.verify import check

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600 if FULL else 600)]

FACTS = {"issued_on": "2024-05-01"}


@pytest.fixture
def agree(app: Flask) -> Any:
    """Rows and files held against each other, byte by byte."""
    with app.app_context():
        sessions = sessionmaker(db.engine)

    def run() -> Report:
        return reconcile(sessions, app.extensions["store"], clock.now() - timedelta(days=7), hashes=True)

    return run


def versions(session: Session, sha256: str) -> list[DocumentVersion]:
    found = session.query(DocumentVersion).filter(DocumentVersion.sha256 == sha256).all()
    session.rollback()
    return list(found)


def state(session: Session, application: Application) -> ApplicationState:
    found = session.query(Application.state).filter(Application.id == application.id).scalar()
    session.rollback()
    return ApplicationState(found)


def test_an_upload_is_whole_or_not_there(
    app: Flask, server: Server, make: Factory, browser_for: Any, session: Session, agree: Any
) -> None:
    chance = random.Random(SEED)
    application = make.registration()
    browser = browser_for(make.owner_of(application.organization))
    url = f"/apply/{application.reference}/documents/articles_or_charter"

    def send(body: bytes, kill_at: int = 0) -> Any:
        return server.post(browser, url, FACTS, {"files": ("paper.pdf", body)}, kill_at)

    steps = send(pdf_of("first")).steps
    assert steps > 100
    kills = acknowledged = 0
    for number in range(amount(3, 50)):
        body = pdf_of(f"paper {number}")
        sha256 = hashlib.sha256(body).hexdigest()
        told = send(body, chance.randrange(1, steps + 20))
        kills += told.killed
        acknowledged += told.status == 303
        kept = versions(session, sha256)
        assert len(kept) <= 1
        assert kept or told.status != 303, "what was acknowledged is lost"
        for version in kept:
            assert body_of(app.extensions["store"], version.storage_key) == body
        report = agree()
        assert report.losses == []
        # The person sends it again, to the server that was never restarted.
        assert send(body).status == 303
        assert len(versions(session, sha256)) == 1
        links = session.query(EvidenceLink).join(DocumentVersion).filter(DocumentVersion.sha256 == sha256).count()
        session.rollback()
        assert links == 1
    assert kills > 0
    assert agree().findings == []
    assert list(check(session)) == []


def test_sending_happens_whole_or_not_at_all(
    server: Server, make: Factory, browser_for: Any, session: Session, agree: Any
) -> None:
    chance = random.Random(SEED + 1)
    steps = kills = 0
    for number in range(amount(2, 50) + 1):
        application = make.registration()
        make.fill(application)
        session.commit()
        browser = browser_for(make.owner_of(application.organization))
        url = f"/apply/{application.reference}/check"
        fields = form_fields(browser.get(url).text, url)
        # The first goes through, so that the number of steps is known.
        told = server.post(browser, url, fields, {}, chance.randrange(1, steps + 20) if number else 0)
        steps = steps or told.steps
        kills += told.killed
        sent = state(session, application) is ApplicationState.SUBMITTED
        assert sent or told.status != 303, "what was acknowledged is lost"
        assert server.post(browser, url, fields, {}).status == 303
        assert state(session, application) is ApplicationState.SUBMITTED
        queued = session.query(OutboxMessage).filter(OutboxMessage.topic == "application.received")
        told_to = [row.recipient for row in queued if row.payload["subject_id"] == application.id]
        session.rollback()
        assert len(set(told_to)) == len(told_to) > 0
        assert agree().losses == []
    assert kills > 0
    assert list(check(session)) == []
