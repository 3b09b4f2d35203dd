"""Files in pieces over a bad network: what arrives is byte for byte what was sent, or nothing is."""

from __future__ import annotations

import base64
import hashlib
import random
import resource
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from tests.support.pages import form_fields, text_of
from tests.support.soak import amount
from vetting import clock, filetypes
from vetting.extensions import db
from vetting.jobs.sweep import sweep_uploads
from vetting.models import DocumentVersion, LoginSession, ReferenceKind, RequestItem, Upload
from vetting.queries import references
from vetting.views.arrival import PIECE_BYTES
from vetting.workflows.commands import RequestedItem, RequestInformation

FACTS = {"issued_on": "2024-05-01"}
KB = 1024


def padded(pdf: bytes, size: int, seed: int = 1) -> bytes:
    """A PDF with a long remark of random bytes before its end, as a scan has."""
    head, mark, tail = pdf.rpartition(b"startxref")
    filler = base64.b64encode(random.Random(seed).randbytes(size))[: size - len(pdf) - 2]
    return head + b"%" + filler + b"\n" + mark + tail


@dataclass
class Sender:
    """A browser that sends one file in pieces."""

    browser: Any
    page: str
    content: bytes
    name: str = "articles.pdf"
    said: dict[str, Any] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "X-CSRFToken": self.browser.csrf_token()}

    def begin(self, **other: Any) -> Any:
        about = {
            "name": self.name,
            "size": str(len(self.content)),
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }
        return self._take(self.browser.post(f"{self.page}/uploads", data=about | other, headers=self.headers()))

    def piece(self, offset: int, size: int, *, data: bytes | None = None, digest: bytes | None = None) -> Any:
        data = self.content[offset : offset + size] if data is None else data
        hashed = base64.b64encode(hashlib.sha256(data if digest is None else digest).digest()).decode()
        headers = {"Upload-Offset": str(offset), "Content-Digest": f"sha-256=:{hashed}:"}
        return self._take(
            self.browser.post(
                self.said["address"],
                data=data,
                content_type="application/octet-stream",
                headers=self.headers() | headers,
            )
        )

    def finish(self) -> Any:
        return self._take(self.browser.post(self.said["finish"], headers=self.headers()))

    def all(self, size: int = 100 * KB) -> Any:
        """From where the server is to the end."""
        self.begin()
        while self.said["offset"] < len(self.content):
            assert self.piece(self.said["offset"], size).status_code in {200, 409}
        return self.finish()

    def save(self, **more: str) -> Any:
        """The plain form, with the note instead of a file."""
        data = {**FACTS, "held": self.said["note"], **more}
        return self.browser.post(self.page, data=data, content_type="multipart/form-data")

    def _take(self, response: Any) -> Any:
        if response.is_json:
            self.said |= response.json
        return response


@pytest.fixture
def url(draft: Any) -> str:
    return f"/apply/{draft.reference}/documents/articles_or_charter"


@pytest.fixture
def sender(owner: Any, url: str, pdf: bytes) -> Sender:
    return Sender(owner, url, padded(pdf, 350 * KB))


def spooled(app: Any) -> list[Any]:
    root = app.extensions["spool"].root
    return sorted(root.iterdir()) if root.is_dir() else []


def stored(app: Any, session: Any) -> list[bytes]:
    """The bytes of every piece of evidence."""
    keys = session.scalars(sa.select(DocumentVersion.storage_key).order_by(DocumentVersion.id)).all()
    session.rollback()
    found = []
    for key in keys:
        with app.extensions["store"].open(key) as stream:
            found.append(stream.read())
    return found


def rows(session: Any) -> int:
    found = session.scalar(sa.select(sa.func.count(Upload.id)))
    session.rollback()
    return int(found)


def test_pieces_become_one_file_and_the_form_makes_it_evidence(app: Any, sender: Sender, session: Any) -> None:
    finished = sender.all()
    assert finished.status_code == 200
    assert finished.json["note"]
    assert (stored(app, session), spooled(app)) == ([], [])
    assert sender.save().status_code == 303
    assert stored(app, session) == [sender.content]
    assert rows(session) == 0
    assert "articles.pdf" in text_of(sender.browser.get(sender.page).text)


def test_a_finished_file_gives_the_same_receipt_and_survives_a_reload(sender: Sender) -> None:
    first = sender.all().json["note"]
    again = sender.finish()
    assert (again.status_code, again.json["size"]) == (200, len(sender.content))
    assert sender.begin().json["note"]
    fields = form_fields(sender.browser.get(sender.page).text, sender.page)
    assert fields["held"].split(".")[0] == first.split(".")[0]


def test_a_half_sent_file_goes_on_after_a_reload(app: Any, sender: Sender, session: Any) -> None:
    sender.begin()
    sender.piece(0, 200 * KB)
    page = text_of(sender.browser.get(sender.page).text)
    assert "200 kB of 350 kB" in page
    later = Sender(sender.browser, sender.page, sender.content)
    assert later.begin().json["offset"] == 200 * KB
    later.all()
    assert later.save().status_code == 303
    assert stored(app, session) == [sender.content]


def elsewhere(sender: Sender, app: Any, chance: random.Random) -> None:
    offset, wrong = sender.said["offset"], chance.randrange(len(sender.content))
    answer = sender.piece(wrong, 50 * KB)
    assert answer.status_code == (200 if wrong == offset else 409)
    assert answer.json["offset"] == (min(offset + 50 * KB, len(sender.content)) if wrong == offset else offset)


def changed(sender: Sender, app: Any, chance: random.Random) -> None:
    assert sender.piece(sender.said["offset"], 0, data=b"x" * 100, digest=b"y").status_code == 422


def torn(sender: Sender, app: Any, chance: random.Random) -> None:
    """A server died while it wrote what it had not acknowledged."""
    for part in spooled(app):
        with part.open("r+b") as half:
            half.seek(sender.said["offset"])
            half.write(b"torn" * chance.randint(1, 900))


def early(sender: Sender, app: Any, chance: random.Random) -> None:
    whole = sender.said["offset"] == len(sender.content)
    assert sender.finish().status_code == (200 if whole else 409)


def anew(sender: Sender, app: Any, chance: random.Random) -> None:
    before = sender.said["offset"]
    assert sender.begin().json["offset"] == before


def on(sender: Sender, app: Any, chance: random.Random) -> None:
    if sender.said["offset"] < len(sender.content):
        assert sender.piece(sender.said["offset"], chance.randint(1, 120 * KB)).status_code == 200


@pytest.mark.parametrize("seed", range(amount(4, 200)))
def test_whatever_the_network_does_the_bytes_are_right(app: Any, sender: Sender, session: Any, seed: int) -> None:
    """Wrong places, repeats, changed bytes, early ends, and writers that died in the middle of a write."""
    chance = random.Random(seed)
    sender.begin()
    for _ in range(chance.randint(5, 25)):
        chance.choice((elsewhere, changed, torn, early, anew, on, on))(sender, app, chance)
        if sender.said["note"]:
            break
    assert sender.all().status_code == 200
    assert sender.save().status_code == 303
    assert stored(app, session) == [sender.content]


def test_what_a_dead_writer_left_behind_a_whole_file_is_cut_off(app: Any, sender: Sender, session: Any) -> None:
    sender.begin()
    sender.piece(0, len(sender.content))
    torn(sender, app, random.Random(1))
    assert sender.finish().status_code == 200
    assert sender.save().status_code == 303
    assert stored(app, session) == [sender.content]


def test_two_tabs_at_once_send_one_file(
    app: Any, make: Any, draft: Any, browser_for: Any, url: str, pdf: bytes
) -> None:
    person = make.owner_of(draft.organization)
    content = padded(pdf, 400 * KB)
    tabs = [Sender(browser_for(person), url, content) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda tab: tab.all(30 * KB), tabs))
    assert [answer.status_code for answer in answers] == [200, 200]
    keys = {tab.said["address"] for tab in tabs}
    assert len(keys) == 1
    assert tabs[0].save().status_code == 303
    assert stored(app, make.session) == [content]


def test_twenty_at_once_arrive(app: Any, make: Any, draft: Any, browser_for: Any, pdf: bytes, session: Any) -> None:
    person = make.owner_of(draft.organization)
    page = f"/apply/{draft.reference}/documents/articles_or_charter"
    senders = [Sender(browser_for(person), page, padded(pdf, 60 * KB, n), f"{n}.pdf") for n in range(20)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda sender: sender.all(40 * KB).status_code, senders))
    assert answers == [200] * 20
    wanted = {hashlib.sha256(sender.content).hexdigest() for sender in senders}
    done = session.scalars(sa.select(Upload.sha256).where(Upload.finished_at.is_not(None))).all()
    assert set(done) == wanted
    assert set(app.extensions["store"].keys("evidence")) >= {f"evidence/{name[:2]}/{name}" for name in wanted}


def test_a_file_on_its_way_is_its_senders_alone(make: Any, draft: Any, browser_for: Any, sender: Sender) -> None:
    sender.begin()
    colleague = browser_for(make.owner_of(make.organization()))
    other = Sender(colleague, sender.page, sender.content, said=dict(sender.said))
    assert other.piece(0, KB).status_code == 404
    assert other.finish().status_code == 404
    assert colleague.get(sender.said["address"]).status_code == 404
    assert colleague.post(sender.said["cancel"]).status_code == 404
    assert Sender(colleague, sender.page, sender.content).begin().status_code == 404
    assert sender.piece(0, KB).status_code == 200


def test_a_sign_in_that_runs_out_loses_nothing(
    app: Any, make: Any, draft: Any, browser_for: Any, sender: Sender, session: Any
) -> None:
    sender.begin()
    sender.piece(0, 100 * KB)
    session.execute(sa.update(LoginSession).values(expires_at=clock.now() - timedelta(hours=1)))
    session.commit()
    out = sender.piece(100 * KB, 100 * KB)
    assert out.status_code == 401
    assert "Sign in in another tab" in out.json["message"]
    back = browser_for(make.owner_of(draft.organization))
    again = Sender(back, sender.page, sender.content, said=dict(sender.said))
    assert again.piece(100 * KB, 100 * KB).json["offset"] == 200 * KB
    assert again.all().status_code == 200


def test_another_site_cannot_send_for_a_person(sender: Sender) -> None:
    sender.begin()
    headers = {"Accept": "application/json", "Upload-Offset": "0"}
    answer = sender.browser.post(
        sender.said["address"], data=b"abc", content_type="application/octet-stream", headers=headers
    )
    assert answer.status_code == 400
    assert answer.json["csrf_token"]


def test_more_than_was_said_is_not_written(app: Any, sender: Sender) -> None:
    small = Sender(sender.browser, sender.page, sender.content[: 10 * KB])
    small.begin()
    assert small.piece(0, 0, data=sender.content[: 11 * KB]).status_code == 422
    assert small.piece(0, 4 * KB).status_code == 200
    assert small.piece(4 * KB, 0, data=sender.content[: 7 * KB]).status_code == 422
    (part,) = spooled(app)
    assert part.stat().st_size == 4 * KB
    assert sender.browser.get(small.said["address"]).json["offset"] == 4 * KB


def test_a_piece_without_end_is_cut_off(app: Any, sender: Sender) -> None:
    sender.begin()
    assert sender.piece(0, 0, data=b"0" * (PIECE_BYTES + 1)).status_code == 413
    assert sender.browser.get(sender.said["address"]).json["offset"] == 0


def test_a_plain_form_beyond_all_limits_gets_a_sentence(
    app: Any, owner: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 2000)
    data = {**FACTS, "files": (BytesIO(b"0" * 3000), "a.pdf")}
    answer = owner.post(url, data=data, content_type="multipart/form-data")
    assert answer.status_code == 413
    text = text_of(answer.text)
    assert "may have 25 MB together" in text
    assert "Go back" in text


def test_other_content_than_was_promised_is_not_taken(app: Any, sender: Sender, session: Any) -> None:
    sender.begin(sha256="0" * 64)
    while sender.said["offset"] < len(sender.content):
        sender.piece(sender.said["offset"], 100 * KB)
    refused = sender.finish()
    assert refused.status_code == 422
    assert "changed while it was sent" in refused.json["message"]
    assert (spooled(app), rows(session)) == ([], 0)
    assert list(app.extensions["store"].keys("evidence")) == []


def test_what_is_no_document_is_refused_in_the_same_words(app: Any, owner: Any, url: str, session: Any) -> None:
    page = Sender(owner, url, b"<!doctype html><script>alert(1)</script>")
    refused = page.all()
    assert refused.status_code == 422
    assert "web page" in refused.json["message"]
    assert (spooled(app), rows(session)) == ([], 0)


def test_giving_up_leaves_nothing(app: Any, sender: Sender, session: Any) -> None:
    sender.begin()
    sender.piece(0, 10 * KB)
    assert sender.browser.post(sender.said["cancel"], headers=sender.headers()).status_code == 200
    assert (spooled(app), rows(session)) == ([], 0)
    assert sender.piece(10 * KB, KB).status_code == 404


def test_a_full_disk_keeps_what_came_before(app: Any, owner: Any, url: str, pdf: bytes, session: Any) -> None:
    """A real refusal of the system: no file of this process may grow beyond six megabytes."""
    sender = Sender(owner, url, padded(pdf, 7 * KB * KB))
    sender.begin()
    for _ in range(6):
        assert sender.piece(sender.said["offset"], PIECE_BYTES).status_code == 200
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6 * KB * KB + 10, hard))
    try:
        full = sender.piece(sender.said["offset"], PIECE_BYTES)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert full.status_code == 507
    assert "What you sent so far is kept" in full.json["message"]
    (part,) = spooled(app)
    assert part.stat().st_size == 6 * KB * KB
    assert sender.all(PIECE_BYTES).status_code == 200
    assert sender.save().status_code == 303
    assert stored(app, session) == [sender.content]


# Limits.


def test_limits_are_said_before_choosing(owner: Any, url: str) -> None:
    text = text_of(owner.get(url).text)
    for words in ("Up to 10 MB", "up to 5 files", "25 MB together", "2 GB of 2 GB", "60 of 60 files"):
        assert words in text, words
    assert text.index("60 of 60 files") < text.index("Date of the document")


def test_a_file_too_large_for_its_type_is_not_begun(sender: Sender, session: Any) -> None:
    refused = sender.begin(size=str(11 * KB * KB))
    assert refused.status_code == 413
    assert "larger than 10 MB" in refused.json["message"]
    assert rows(session) == 0


@pytest.fixture
def small_room(make: Any) -> Callable[[int], None]:
    """Lets every organization keep so many bytes."""

    def set_room(size: int) -> None:
        current = references.current(make.session, ReferenceKind.SETTINGS, "process-settings")
        uploads = dict(current.content["uploads"]) | {"organization_bytes": size}
        make.session.rollback()
        make.settings(uploads=uploads)

    return set_room


def test_one_organization_cannot_fill_the_disk(
    app: Any, owner: Any, url: str, pdf: bytes, small_room: Any, session: Any
) -> None:
    small_room(700 * KB)
    first = Sender(owner, url, padded(pdf, 400 * KB))
    assert first.all().status_code == 200
    second = Sender(owner, url, padded(pdf, 350 * KB, 2), "second.pdf")
    refused = second.begin()
    assert refused.status_code == 413
    for words in ("700 kB", "400 kB are used", "300 kB are left"):
        assert words in refused.json["message"]
    assert first.save().status_code == 303
    third = Sender(owner, url, padded(pdf, 200 * KB, 3), "third.pdf")
    assert third.all().status_code == 200
    assert third.save().status_code == 303
    assert stored(app, session) == [first.content, third.content]


def test_a_plain_form_meets_the_same_limit_and_keeps_the_other_file(
    app: Any, owner: Any, url: str, pdf: bytes, small_room: Any, session: Any
) -> None:
    small_room(350 * KB)
    fits, beyond = padded(pdf, 200 * KB), padded(pdf, 200 * KB, 2)
    files = [(BytesIO(fits), "fits.pdf"), (BytesIO(beyond), "beyond.pdf")]
    response = owner.post(url, data={**FACTS, "files": files}, content_type="multipart/form-data")
    assert response.status_code == 422
    text = text_of(response.text)
    assert "beyond.pdf: Your organization may keep 350 kB" in text
    assert "150 kB are left" in text
    assert "fits.pdf" in text
    saved = owner.post(url, data=form_fields(response.text, url) | FACTS, content_type="multipart/form-data")
    assert saved.status_code == 303
    assert stored(app, session) == [fits]


def test_notes_of_many_tries_do_not_get_around_the_limit(
    app: Any, owner: Any, url: str, pdf: bytes, small_room: Any, session: Any
) -> None:
    small_room(500 * KB)
    held = []
    for seed in range(2):
        data = {"files": (BytesIO(padded(pdf, 300 * KB, seed)), f"{seed}.pdf"), "issued_on": ""}
        page = owner.post(url, data=data, content_type="multipart/form-data").text
        held.append(form_fields(page, url)["held"])
    response = owner.post(url, data={**FACTS, "held": held}, content_type="multipart/form-data")
    assert response.status_code == 422
    assert "Your organization may keep 500 kB" in text_of(response.text)
    assert stored(app, session) == []


def test_one_file_too_many_does_not_lose_the_others(owner: Any, url: str, pdf: bytes, session: Any) -> None:
    files = [(BytesIO(padded(pdf, 2 * KB, n)), f"{n}.pdf") for n in range(6)]
    response = owner.post(url, data={**FACTS, "files": files}, content_type="multipart/form-data")
    assert response.status_code == 422
    text = text_of(response.text)
    assert "5.pdf: Choose 5 files or fewer at a time" in text
    assert all(f"{n}.pdf" in text for n in range(5))
    assert response.text.count('name="held"') == 5


# What is left behind.


def test_what_nobody_finishes_goes_after_a_day(app: Any, sender: Sender, session: Any) -> None:
    sender.begin()
    sender.piece(0, 10 * KB)
    with app.app_context():
        sessions = sessionmaker(db.engine, expire_on_commit=False)
        spool = app.extensions["spool"]
        sweep_uploads(sessions, spool, clock.now() + timedelta(hours=23))
        assert (len(spooled(app)), rows(session)) == (1, 1)
        sweep_uploads(sessions, spool, clock.now() + timedelta(hours=25))
    assert (spooled(app), rows(session)) == ([], 0)
    # The browser begins anew.
    assert sender.piece(10 * KB, KB).status_code == 404
    assert sender.all().status_code == 200


def test_an_answer_to_the_office_takes_pieces_as_well(
    make: Any, draft: Any, owner: Any, pdf: bytes, session: Any
) -> None:
    make.submitted(draft)
    boss = make.actor(make.coordinator())
    make.take("application", draft, "screen", boss)
    item = RequestedItem(RequestItem.DOCUMENT, "articles_or_charter", "The last page is missing.")
    command = RequestInformation((item,), clock.today() + timedelta(days=10))
    make.take("application", draft, "request_information", boss, data=command)
    page = f"/apply/{draft.reference}/requests/1"
    make.session.rollback()
    sender = Sender(owner, page, padded(pdf, 120 * KB))
    assert sender.all().status_code == 200
    fields = form_fields(owner.get(page).text, page)
    assert owner.post(page, data=fields | FACTS, content_type="multipart/form-data").status_code == 303
    newest = session.scalars(sa.select(DocumentVersion).order_by(DocumentVersion.id.desc())).first()
    assert newest.sha256 == hashlib.sha256(sender.content).hexdigest()


def test_the_office_sees_who_is_near_the_limit(
    make: Any, owner: Any, browser_for: Any, pdf: bytes, small_room: Any, draft: Any
) -> None:
    url, name = f"/apply/{draft.reference}/documents/articles_or_charter", draft.organization.legal_name
    small_room(300 * KB)
    assert Sender(owner, url, padded(pdf, 260 * KB)).all().status_code == 200
    text = text_of(browser_for(make.coordinator()).get("/desk/room-for-files").text)
    for words in (name, "Nearly full", "86 %", "260 kB", "40 kB"):
        assert words in text


class Watched(BytesIO):
    """A body whose reader is asked, at every read, whether somebody else could write to the database now."""

    def __init__(self, content: bytes, ask: Callable[[], None]) -> None:
        super().__init__(content)
        self._ask = ask

    def readinto(self, buffer: Any) -> int:
        self._ask()
        return super().readinto(buffer)


@pytest.mark.sqlite
def test_others_write_while_a_piece_arrives_and_while_a_file_is_examined(
    app: Any, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = app.config["SETTINGS"].database_url.removeprefix("sqlite:///")
    asked: list[str] = []

    def ask(when: str) -> None:
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        other.close()
        asked.append(when)

    def examine(*given: Any) -> Any:
        ask("examined")
        return really(*given)

    really = filetypes.examine
    monkeypatch.setattr(filetypes, "examine", examine)
    sender.begin()
    body = sender.content
    hashed = base64.b64encode(hashlib.sha256(body).digest()).decode()
    answer = sender.browser.post(
        sender.said["address"],
        csrf=False,
        input_stream=Watched(body, lambda: ask("read")),
        content_type="application/octet-stream",
        content_length=len(body),
        headers=sender.headers() | {"Upload-Offset": "0", "Content-Digest": f"sha-256=:{hashed}:"},
    )
    assert answer.json["offset"] == len(body)
    assert sender.finish().json["note"]
    assert set(asked) == {"read", "examined"}
