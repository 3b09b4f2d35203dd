"""What examines or reads a file is killed from outside: people are told to try again, and no answer is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from tests.integration.applicant.test_uploads import FACTS, Sender, padded, rows, stored
from tests.support.pages import text_of
from vetting import clock
from vetting.documents import process
from vetting.filetypes import check
from vetting.models import DocumentCheck, OutboxMessage
from vetting.nursery import Nursery
from vetting.worker import Worker

KILLED = "tests.support.killed_children"
NOT_NOW = "We could not check this file just now. Please try again in a minute."


@contextmanager
def killed_from_outside() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        nursery = Nursery(KILLED)
        patch.setattr(check, "NURSERY", nursery)
        patch.setattr(process, "NURSERIES", dict.fromkeys(process.NURSERIES, nursery))
        yield
        nursery.close()


@pytest.fixture
def url(draft: Any) -> str:
    return f"/apply/{draft.reference}/documents/articles_or_charter"


def test_a_file_sent_in_pieces_stays_and_only_the_look_at_it_is_tried_again(
    app: Any, owner: Any, url: str, pdf: bytes, session: Any
) -> None:
    sender = Sender(owner, url, padded(pdf, 50_000))
    with killed_from_outside():
        refused = sender.all()
    assert (refused.status_code, refused.json) == (503, {"message": NOT_NOW, "again": True})
    assert rows(session) == 1
    assert sender.finish().json["note"]
    assert sender.save().status_code == 303
    assert stored(app, session) == [sender.content]


def test_a_plain_form_says_so_and_keeps_what_was_typed(
    app: Any, owner: Any, url: str, pdf: bytes, session: Any
) -> None:
    def send() -> Any:
        data = {**FACTS, "files": (BytesIO(pdf), "articles.pdf")}
        return owner.post(url, data=data, content_type="multipart/form-data")

    with killed_from_outside():
        refused = send()
    assert refused.status_code == 422
    assert NOT_NOW in text_of(refused.text)
    assert FACTS["issued_on"] in refused.text
    assert stored(app, session) == []
    assert send().status_code == 303


def test_a_check_that_was_killed_is_made_later(
    app: Any, owner: Any, url: str, pdf: bytes, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {**FACTS, "files": (BytesIO(pdf), "articles.pdf")}
    assert owner.post(url, data=data, content_type="multipart/form-data").status_code == 303

    def look() -> list[str]:
        with app.app_context():
            worker = Worker(app)
            while worker.look_next():
                pass
        found = session.scalars(sa.select(DocumentCheck.outcome)).all()
        session.rollback()
        return list(found)

    with killed_from_outside():
        assert look() == []
    waiting = sa.select(sa.func.count()).where(
        OutboxMessage.topic == "document.check_wanted", OutboxMessage.delivered_at.is_(None)
    )
    assert session.scalar(waiting) >= 1
    session.rollback()
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert look() == ["done"]
