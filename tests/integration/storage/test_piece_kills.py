"""Kill -9 at any step while a file arrives in pieces: whoever sends goes on, and no piece that was taken is lost."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.storage.conftest import Answer, Server, pdf_of
from tests.support.soak import FULL, SEED, amount
from tests.support.stored import body_of
from vetting import clock
from vetting.extensions import db
from vetting.jobs.reconcile import reconcile
from vetting.models import DocumentVersion, EvidenceLink, Upload
from vetting.workflows.verify import check

FILES = amount(3, 50)
pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600 if FULL else 600)]

PIECE = 60_000
ONE_IN = amount(4, 2)
"""One request in so many finds a server that dies."""
MOST_TRIES = 40


@dataclass
class Sender:
    """A browser that sends one file in pieces to a server that keeps dying, and begins again where that is."""

    server: Server
    browser: Any
    page: str
    content: bytes
    chance: random.Random
    steps: dict[str, int] = field(default_factory=dict)
    """How many steps each kind of request takes; one whose number is not known yet is let through."""

    taken: int = 0
    """Bytes that the server said it has."""

    kills: int = 0

    def send(self) -> None:
        """All of it, until the page has taken the file as evidence."""
        for _try in range(MOST_TRIES):
            about = {
                "name": "paper.pdf",
                "size": str(len(self.content)),
                "sha256": hashlib.sha256(self.content).hexdigest(),
            }
            where = self._ask("begin", f"{self.page}/uploads", about)
            if where is None:
                continue
            assert where["offset"] >= self.taken, "a piece that was acknowledged is lost"
            if self._rest(where):
                return
        raise AssertionError("the file did not get through")

    def _rest(self, where: dict[str, Any]) -> bool:
        while not where["note"] and where["offset"] < where["size"]:
            self.taken = offset = where["offset"]
            piece = self.content[offset : offset + PIECE]
            digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            headers = {"Upload-Offset": str(offset), "Content-Digest": f"sha-256=:{digest}:"}
            said = self._ask("piece", where["address"], {}, piece=piece, headers=headers)
            if said is None:
                return False
            where = said
        self.taken = where["offset"]
        if not where["note"]:
            finished = self._ask("finish", where["finish"], {})
            if finished is None:
                return False
            where = finished
        form = {"issued_on": "2024-05-01", "held": where["note"]}
        # The page is still there and sends the same again.
        return any(self._post("save", self.page, form).status == 303 for _try in range(MOST_TRIES))

    def _ask(self, kind: str, path: str, data: dict[str, str], **more: Any) -> dict[str, Any] | None:
        answer = self._post(kind, path, data, **more)
        if answer.killed and not answer.status:
            return None
        assert answer.status == 200, answer.text
        said: dict[str, Any] = json.loads(answer.text)
        return said

    def _post(self, kind: str, path: str, data: dict[str, str], **more: Any) -> Answer:
        known = self.steps.get(kind)
        kill_at = self.chance.randrange(1, ONE_IN * known) if known else 0
        answer = self.server.post(self.browser, path, data, {}, kill_at, **more)
        if not known:
            self.steps[kind] = answer.steps
        self.kills += answer.killed
        return answer


def test_a_file_in_pieces_arrives_whole_however_often_the_server_dies(
    app: Flask, server: Server, make: Factory, browser_for: Any, session: Session
) -> None:
    chance = random.Random(SEED + 2)
    application = make.registration()
    browser = browser_for(make.owner_of(application.organization))
    page = f"/apply/{application.reference}/documents/articles_or_charter"
    with app.app_context():
        sessions = sessionmaker(db.engine)
    spool: Path = app.extensions["spool"].root
    steps: dict[str, int] = {}
    kills = 0
    for number in range(FILES):
        content = pdf_of(f"{number} {chance.randbytes(55_000).hex()}")
        sender = Sender(server, browser, page, content, chance, steps)
        sender.send()
        kills += sender.kills
        sha256 = hashlib.sha256(content).hexdigest()
        versions = session.scalars(select(DocumentVersion).where(DocumentVersion.sha256 == sha256)).all()
        links = session.scalar(
            select(func.count(EvidenceLink.id)).join(DocumentVersion).where(DocumentVersion.sha256 == sha256)
        )
        keys = [version.storage_key for version in versions]
        on_their_way = session.scalar(select(func.count(Upload.id)))
        session.rollback()
        assert (len(keys), links) == (1, 1)
        assert body_of(app.extensions["store"], keys[0]) == content
        assert on_their_way == 0
        assert list(spool.iterdir()) == []
        report = reconcile(sessions, app.extensions["store"], clock.now() - timedelta(days=7), hashes=True)
        assert report.findings == []
    assert kills > 0
    assert set(steps) == {"begin", "piece", "finish", "save"}
    assert min(steps.values()) > 50
    print(f"{kills} kills while {FILES} files arrived in pieces")  # noqa: T201
    assert list(check(session)) == []
