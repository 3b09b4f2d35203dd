"""What leaves as a file is a download under a harmless name, and what comes in as a form has its limits."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.http import parse_options_header
from werkzeug.serving import make_server

from tests.support.hostile import CORPUS
from vetting.filetypes import MEDIA_TYPES
from vetting.models import Document, DocumentVersion, EvidenceState

NAMES = {
    "quotes": "a\"b'c.pdf",
    "line ends": "a%0D%0ASet-Cookie: x=1%0D%0A%0D%0A<script>.pdf",
    "a path that climbs": "../../../etc/passwd.pdf",
    "a windows path": "C:\\Windows\\system32\\evil.pdf",
    "a device": "CON.pdf",
    "right to left": "invoice_\u202efdp.exe.pdf",
    "nothing to see": "\u200b\u2060.pdf",
    "a face": "\U0001f600 plan.pdf",
    "other letters": "計画 التقرير отчёт.pdf",
    "a percent": "100%25%0d%0a.pdf",
    "semicolons": "a; filename=b.html; c.pdf",
    "a zero": "a\0.html\0.pdf",
    "very long": "x" * 5000 + ".pdf",
    "dots": "....pdf",
    "no name": ".pdf",
    "a share": "\\\\203.0.113.9\\share\\a.pdf",
    "a script": "<img src=x onerror=alert(1)>.pdf",
}


@pytest.fixture
def owner(make: Any, browser_for: Any) -> tuple[Any, str]:
    """The browser of somebody who may send a document, and where to."""
    draft = make.registration()
    return browser_for(make.owner_of(draft.organization)), f"/apply/{draft.reference}/documents/articles_or_charter"


def newest(session: Any) -> tuple[str, str]:
    """Where the newest document is downloaded, and its name."""
    session.rollback()
    row = session.execute(
        sa.select(Document.reference, DocumentVersion.filename)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .order_by(DocumentVersion.id.desc())
    ).first()
    session.rollback()
    return f"/evidence/{row[0]}/1", row[1]


@pytest.mark.parametrize("case", NAMES)
def test_no_name_becomes_more_than_a_name(case: str, owner: tuple[Any, str], session: Any) -> None:
    browser, url = owner
    content = CORPUS["pdf with a film"].build()
    sent = browser.post(
        url,
        data={"issued_on": "2024-05-01", "files": (BytesIO(content), NAMES[case])},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 303
    where, kept = newest(session)
    with browser.get(where) as answer:
        assert answer.status_code == 200
        headers = answer.headers.getlist("Content-Disposition")
        assert answer.data == content
    assert len(headers) == 1
    assert not {"\r", "\n", "\0"} & set(headers[0])
    kind, options = parse_options_header(headers[0])
    assert kind == "attachment"
    name = options["filename"]
    assert name == kept
    assert 0 < len(name) <= 200
    assert any(letter.isalnum() for letter in name.removesuffix(".pdf"))
    assert not {"/", "\\", "\0", "\u202e"} & set(name)
    assert "Set-Cookie" not in answer.headers or "x=1" not in answer.headers["Set-Cookie"]


SERVED = (
    "pdf with a script at its opening",
    "pdf with a page of the web attached",
    "jpeg with a page in its comment",
    "png with a page after its end",
    "docx with a link",
    "sheet with a formula",
)


@pytest.mark.parametrize("name", SERVED)
def test_nothing_that_was_taken_is_served_as_something_that_runs(
    name: str, make: Any, browser_for: Any, session: Any
) -> None:
    case = CORPUS[name]
    content = case.build()
    applicant = make.registration()
    stored = make.store.put(BytesIO(content), area="evidence")
    document = make.document(applicant.organization, "safety_plan").document
    kind = {"pdf": "pdf", "jpg": "jpeg", "png": "png", "docx": "docx", "xlsx": "xlsx"}[case.filename.rpartition(".")[2]]
    session.add(
        DocumentVersion(
            document=document,
            number=2,
            state=EvidenceState.RECEIVED,
            filename=case.filename,
            media_type=next(media for each, media in MEDIA_TYPES.items() if each.value == kind),
            size=stored.size,
            sha256=stored.sha256,
            storage_key=stored.key,
        )
    )
    session.commit()
    browser = browser_for(make.owner_of(applicant.organization))
    with browser.get(f"/evidence/{document.reference}/2") as answer:
        assert answer.data == content
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.mimetype in set(MEDIA_TYPES.values())


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made while the test runs."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def parts(count: int) -> tuple[bytes, str]:
    """A form of so many tiny parts."""
    one = b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
    return one * count + b"--edge--\r\n", "multipart/form-data; boundary=edge"


FORMS = {
    "100000 tiny parts": lambda: parts(100_000),
    "a huge field": lambda: (
        b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 6_000_000 + b"\r\n--edge--\r\n",
        "multipart/form-data; boundary=edge",
    ),
    "a huge plain form": lambda: (b"a=" + b"x" * 6_000_000, "application/x-www-form-urlencoded"),
    "a part without an end": lambda: (
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n' + b"x" * 900_000,
        "multipart/form-data; boundary=edge",
    ),
    "headers without an end": lambda: (
        b"--edge\r\n" + b"X-Made-Up: y\r\n" * 90_000,
        "multipart/form-data; boundary=edge",
    ),
    "an edge that is nowhere": lambda: (b"x" * 900_000, "multipart/form-data; boundary=edge"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_beyond_its_limits_is_refused_and_leaves_nothing(
    form: str, owner: tuple[Any, str], temporary: Path, session: Any
) -> None:
    browser, url = owner
    body, kind = FORMS[form]()
    before = session.scalar(sa.select(sa.func.count()).select_from(DocumentVersion))
    session.rollback()
    with browser.post(url, data=body, content_type=kind) as answer:
        assert answer.status_code in {400, 413, 422}
    assert list(temporary.iterdir()) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(DocumentVersion)) == before


@pytest.fixture
def port(app: Any) -> Iterator[int]:
    """A server on a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def told(port: int, head: str, body: Iterator[bytes]) -> bytes:
    """The first line of the answer to a request that is sent as far as the server listens."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n\r\n".encode())
        try:
            for piece in body:
                line.sendall(piece)
        except OSError:
            pass
        return line.makefile("rb").readline()


def endless(piece: bytes) -> Iterator[bytes]:
    """So much that no limit of ours is larger."""
    for _ in range(200):
        yield piece


def test_a_body_that_lies_or_never_ends_is_cut_and_others_are_served(port: int, app: Any, temporary: Path) -> None:
    kind = "Content-Type: multipart/form-data; boundary=edge\r\n"
    field = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
    limit = app.config["MAX_CONTENT_LENGTH"]
    assert b" 413 " in told(port, f"{kind}Content-Length: {limit + 1}", iter((field,)))
    piece = b"%x\r\n" % 1_000_000 + b"x" * 1_000_000 + b"\r\n"
    chunked = told(
        port, f"{kind}Transfer-Encoding: chunked", (p for p in (b"%x\r\n%s\r\n" % (len(field), field), *endless(piece)))
    )
    assert chunked == b"" or b" 413 " in chunked or b" 400 " in chunked
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b" 200 " in line.makefile("rb").readline()
    assert list(temporary.iterdir()) == []
