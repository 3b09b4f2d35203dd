"""Disks without room and stores that do not answer: said in plain words, with the form still there, and soon over."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.storage.conftest import pdf_of
from tests.support import bucket
from tests.support.bucket import BadLine, Buckets
from tests.support.pages import form_fields, text_of
from vetting import clock
from vetting.extensions import db
from vetting.jobs.reconcile import reconcile
from vetting.models import EvidenceLink
from vetting.storage import LocalStore

MEGABYTE = 1024 * 1024
FACTS = {"issued_on": "2024-05-01"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte; filling it is the test's affair."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        sentence = f"no small disk can be mounted here: {mounted.stderr.strip()}"
        if os.environ.get("CI"):
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def store_on_small_disk(app: Flask, small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """The application with its files there."""
    store = LocalStore(small_disk)
    monkeypatch.setitem(app.extensions, "store", store)
    return store


def fill(place: Path, leave: int = 0) -> Path:
    """Take all room there is but ``leave`` bytes; a real disk says so by itself."""
    filler = place / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as out:
        while out.write(b"x" * 4096):
            pass
    if leave:
        os.truncate(filler, filler.stat().st_size - leave)
    return filler


@pytest.fixture
def case(make: Factory) -> Any:
    return make.registration()


@pytest.fixture
def owner(make: Factory, browser_for: Any, case: Any, session: Session) -> Any:
    browser = browser_for(make.owner_of(case.organization))
    session.rollback()
    return browser


@pytest.fixture
def url(case: Any) -> str:
    return f"/apply/{case.reference}/documents/articles_or_charter"


@pytest.fixture
def nothing_lost(app: Flask) -> Callable[[], None]:
    """Nothing is promised that is not there, and no half file lies around."""
    with app.app_context():
        sessions = sessionmaker(db.engine)

    def look() -> None:
        report = reconcile(sessions, app.extensions["store"], clock.now() + timedelta(days=1), hashes=True)
        assert [str(finding) for finding in report.findings if ".incoming" in finding.what] == []
        assert report.losses == []

    return look


def put(browser: Any, url: str, body: bytes, **more: str) -> Any:
    """Send a form as bytes: the client of the tests would keep a large one on the disk that is full."""
    fields = {**FACTS, **more, "csrf_token": browser.csrf_token()}
    head = "".join(
        f'--frontier\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields
    )
    head += '--frontier\r\nContent-Disposition: form-data; name="files"; filename="articles.pdf"\r\n\r\n'
    data = head.encode() + body + b"\r\n--frontier--\r\n"
    return browser.post(url, data=data, content_type="multipart/form-data; boundary=frontier")


def links(session: Session) -> int:
    count = session.query(EvidenceLink).count()
    session.rollback()
    return count


def large(mark: str) -> bytes:
    """A PDF larger than the small disk."""
    body = pdf_of(mark)
    return body + b"\n%" + os.urandom(MEGABYTE).hex().encode() + b"\n"


@contextmanager
def spooling_to(place: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(place)
    try:
        yield
    finally:
        tempfile.tempdir = before


def test_a_spool_without_room_keeps_the_form(
    owner: Any, url: str, small_disk: Path, session: Session, nothing_lost: Callable[[], None]
) -> None:
    with spooling_to(small_disk):
        answer = put(owner, url, large("a"), issued_on="2024-05-01")
        assert answer.status_code == 422
        assert "There is no room for more files right now." in text_of(answer.text)
        assert 'value="2024-05-01"' in answer.text
        assert list(small_disk.iterdir()) == []
        # What fits goes through, without a restart.
        assert put(owner, url, pdf_of("b")).status_code == 303
    assert links(session) == 1
    nothing_lost()


def test_a_store_without_room_keeps_the_form_and_no_half_file(
    store_on_small_disk: LocalStore, owner: Any, url: str, session: Session, nothing_lost: Callable[[], None]
) -> None:
    small_disk = store_on_small_disk.root
    filler = fill(small_disk, leave=64 * 1024)
    answer = put(owner, url, large("a"))
    assert answer.status_code == 422
    assert "There is no room for more files right now." in text_of(answer.text)
    assert 'value="2024-05-01"' in answer.text
    assert links(session) == 0
    assert [path.name for path in small_disk.rglob("*") if path.is_file() and path != filler] == []
    assert owner.get("/health/ready").status_code == 503
    nothing_lost()
    filler.unlink()
    assert put(owner, url, pdf_of("b")).status_code == 303
    assert links(session) == 1
    nothing_lost()


def test_a_database_without_room_says_so_and_keeps_what_was_typed(
    app: Flask, owner: Any, case: Any, session: Session, nothing_lost: Callable[[], None]
) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("the server of the tests shares its disk with everything else; its own code is tested below")
    session.rollback()
    path = f"/apply/{case.reference}/sections/organization"
    fields = form_fields(owner.get(path).text)

    def small(connection: Any, _record: Any, _proxy: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "checkout", small)
    try:
        answers = [owner.post(path, data=fields | {"q_city": f"Quincy by the sea {n}"}) for n in range(12)]
    finally:
        sa.event.remove(engine, "checkout", small)
        engine.dispose()
    refused = [answer for answer in answers if answer.status_code == 507]
    assert refused, [answer.status_code for answer in answers]
    text = text_of(refused[0].text)
    assert "There is no room on our side right now" in text
    assert "Quincy by the sea" in text
    owner.post(path, data=form_fields(owner.get(path).text) | {"q_city": "Quincy"})
    assert 'value="Quincy"' in owner.get(path).text
    nothing_lost()


@pytest.mark.parametrize("code", ["53100"])
def test_the_other_database_says_it_in_its_own_way(code: str) -> None:
    from psycopg import errors as psycopg_errors

    from vetting.views.errors import no_room

    original = psycopg_errors.lookup(code)("could not extend file: No space left on device")
    assert no_room(sa.exc.OperationalError("INSERT", {}, original))
    assert not no_room(sa.exc.OperationalError("INSERT", {}, psycopg_errors.lookup("40001")("later")))


def test_a_log_without_room_costs_no_request(owner: Any, url: str, small_disk: Path, session: Session) -> None:
    import sys

    fill(small_disk)
    with (small_disk / "filler").open("a") as log, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", log)
        answer = put(owner, url, pdf_of("a"))
        missing = owner.get("/nowhere")
        with suppress(OSError):
            log.flush()
        (small_disk / "filler").unlink()
    assert (answer.status_code, missing.status_code) == (303, 404)
    assert links(session) == 1


@pytest.fixture
def line(app: Flask, buckets: Buckets, monkeypatch: pytest.MonkeyPatch) -> Iterator[BadLine]:
    """The application with its files in a bucket at the end of a line that can be made bad."""
    made = BadLine(buckets.port)
    monkeypatch.setitem(app.extensions, "store", bucket.connect(buckets.url(port=made.port, seconds=0.5)))
    yield made
    made.close()


@pytest.mark.parametrize("mode", ["hang", "refuse", "error", "cut_up"])
def test_a_store_that_does_not_answer_keeps_the_form(
    line: BadLine, owner: Any, url: str, session: Session, nothing_lost: Callable[[], None], mode: str
) -> None:
    line.turn(mode)
    answer = put(owner, url, large("a"))
    assert answer.status_code == 422
    assert "The place where files are kept does not answer right now." in text_of(answer.text)
    assert 'value="2024-05-01"' in answer.text
    assert links(session) == 0
    line.turn("good")
    assert put(owner, url, large("a")).status_code == 303
    assert links(session) == 1
    nothing_lost()


def test_a_download_from_a_store_that_does_not_answer_can_be_tried_again(
    line: BadLine, owner: Any, url: str, session: Session
) -> None:
    body = large("a")
    put(owner, url, body)
    link = session.query(EvidenceLink).one()
    address = f"/evidence/{link.document_version.document.reference}/1"
    etag = f'"{link.document_version.sha256}"'
    session.rollback()
    line.turn("refuse")
    answer = owner.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "The place where files are kept does not answer right now." in text_of(answer.text)
    line.turn("good")
    whole = owner.get(address)
    assert (whole.status_code, whole.data) == (200, body)
    part = owner.get(address, headers={"Range": "bytes=1000000-1000099", "If-Range": etag})
    assert (part.status_code, part.data) == (206, body[1_000_000:1_000_100])
    assert part.headers["Content-Range"] == f"bytes 1000000-1000099/{len(body)}"
    assert owner.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert owner.get(address, headers={"Range": f"bytes={len(body)}-"}).status_code == 416


def test_nothing_of_the_database_is_held_while_the_store_is_asked(
    app: Flask, owner: Any, url: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call of the store is made with all connections back in their pool."""
    store = app.extensions["store"]
    held: list[tuple[str, int]] = []
    with app.app_context():
        pool = db.engine.pool

    def watched(name: str) -> Callable[..., Any]:
        real = getattr(LocalStore, name)

        def call(self: LocalStore, *given: Any, **named: Any) -> Any:
            held.append((name, pool.checkedout()))  # type: ignore[attr-defined]
            return real(self, *given, **named)

        return call

    for name in ("put", "open", "size"):
        monkeypatch.setattr(type(store), name, watched(name))
    body = pdf_of("a")
    assert put(owner, url, body).status_code == 303
    link = session.query(EvidenceLink).one()
    address = f"/evidence/{link.document_version.document.reference}/1"
    session.rollback()
    answer = owner.get(address)
    assert answer.data == body
    answer.close()
    assert {name for name, _ in held} >= {"put", "open"}
    assert [name for name, count in held if count] == []
