"""An organization's own copy: the PDF says what the page says, and the zip holds everything and nothing else."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from flask import Flask
from sqlalchemy.orm import sessionmaker

from vetting import clock
from vetting.documents import own_copy as documents
from vetting.extensions import db
from vetting.jobs.own_copy.archive import Archive, Names, safe_name
from vetting.jobs.own_copy.facts import of_application
from vetting.jobs.own_copy.making import FILES_KEPT, answers_csv, sweep, write_zip
from vetting.jobs.own_copy.making import make as make_copy
from vetting.models import Application, CopyState, HistoryEntry, Note, NoteKind, OwnCopy, Role, SeenBy
from vetting.queries import applications
from vetting.worker import Worker

OURS = {"index.html", "application.pdf", "answers.json", "answers.csv", "receipt.txt", "manifest.json"}
WORDS = re.compile(r"\w+")


def words_of(pdf: bytes) -> str:
    document = pdfium.PdfDocument(pdf)
    return " ".join(WORDS.findall(" ".join(page.get_textpage().get_text_range() for page in document)))


def squeezed(text: str) -> str:
    return " ".join(WORDS.findall(html.unescape(text)))


@pytest.fixture
def worker(app: Flask) -> Any:
    with app.app_context():
        return Worker(app)


@pytest.fixture
def sent(make: Any) -> Application:
    """A sent registration with a message of the office and a note that nobody outside may read."""
    case: Application = make.in_review()
    boss = make.coordinator("Quillfeather Hush")
    for kind, seen_by, step, body in (
        (NoteKind.MESSAGE, SeenBy.APPLICANT, "send", "Welcome to the review."),
        (NoteKind.COMMENT, SeenBy.OFFICE, "write", "officenote-hush-91"),
    ):
        note = Note(application=case, author_id=boss.id, body=body, kind=kind, seen_by=seen_by)
        make.take("note", note, step, make.actor(boss))
    case.reviews[0].comment = "reviewcomment-hush-92"
    make.session.commit()
    return case


@pytest.fixture
def sessions(app: Flask) -> Any:
    with app.app_context():
        return sessionmaker(db.engine, expire_on_commit=False)


def fetched(browser: Any, place: str) -> bytes:
    """The file of a copy."""
    with browser.get(f"{place}/file") as answer:
        assert answer.status_code == 200
        return bytes(answer.data)


def asked(browser: Any, path: str, **data: str) -> str:
    """Ask for a copy; the address of its page."""
    browser.get("/apply")
    answer = browser.post(path, data=data)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"]).replace("http://localhost", "")


def test_the_pdf_is_tagged_and_says_what_the_page_says(
    make: Any, browser_for: Any, worker: Any, sent: Application
) -> None:
    owner = browser_for(make.owner_of(sent.organization))
    make.session.rollback()
    place = asked(owner, f"/apply/{sent.reference}/copy", kind="pdf")
    waiting = owner.get(place)
    assert "We are making your copy." in waiting.text
    assert owner.get(f"{place}/state").json == {"ready": False, "text": "We are making your copy."}
    assert owner.get(f"{place}/file").status_code == 302
    worker.drain()
    assert "Your copy is ready." in owner.get(place).text
    with owner.get(f"{place}/file") as answer:
        assert answer.mimetype == "application/pdf"
        assert answer.headers["Content-Disposition"] == f"attachment; filename={sent.reference}.pdf"
        body = bytes(answer.data)

    document = pikepdf.open(io.BytesIO(body))
    assert document.Root.MarkInfo.Marked
    assert str(document.Root.Lang) == "en"
    metadata = bytes(document.Root.Metadata.read_bytes())
    assert b"pdfuaid:part" in metadata
    kinds = {str(kind) for kind in _kinds(document.Root.StructTreeRoot)}
    assert {"/H1", "/H2", "/Table", "/TH", "/TD"} <= kinds

    printed = words_of(body).replace(" ", "")
    page = owner.get(f"/apply/{sent.reference}/copy").text
    facts = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    assert len(facts) > 40
    for question, given in facts:
        assert squeezed(re.sub(r"<[^>]+>", " ", question)).replace(" ", "") in printed
        for line in re.sub(r"<[^>]+>", "\n", given).splitlines():
            said = squeezed(line).replace(" ", "")
            assert said.replace("gooduntil", "") in printed.replace("Gooduntil", ""), line


def _kinds(node: Any) -> Any:
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _kinds(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node.S
        if "/K" in node:
            yield from _kinds(node.K)


def test_a_copy_is_made_once_while_nothing_changes(make: Any, browser_for: Any, worker: Any, sent: Application) -> None:
    owner = browser_for(make.owner_of(sent.organization))
    make.session.rollback()
    path = f"/apply/{sent.reference}/copy"
    first = asked(owner, path, kind="zip")
    worker.drain()
    assert asked(owner, path, kind="zip") == first
    entries = make.session.query(HistoryEntry).filter(HistoryEntry.subject_type == "own_copy").all()
    assert [entry.step for entry in entries] == ["ask", "ready"]
    assert entries[0].application_id == sent.id
    note = Note(
        application=sent,
        author_id=make.owner_of(sent.organization).id,
        body="One more thing.",
        kind=NoteKind.MESSAGE,
        seen_by=SeenBy.APPLICANT,
        from_applicant=True,
    )
    make.take("note", note, "reply", make.actor(make.owner_of(sent.organization)))
    make.session.rollback()
    assert asked(owner, path, kind="zip") != first


def test_the_zip_holds_everything_and_nothing_of_the_office(
    make: Any, browser_for: Any, worker: Any, sent: Application
) -> None:
    owner = browser_for(make.owner_of(sent.organization))
    make.session.rollback()
    place = asked(owner, f"/apply/{sent.reference}/copy", kind="zip")
    worker.drain()
    archive = zipfile.ZipFile(io.BytesIO(fetched(owner, place)))
    assert archive.testzip() is None
    names = archive.namelist()
    assert set(names) >= OURS
    documents_ = [name for name in names if name.startswith("documents/")]
    assert len(documents_) == len(sent.evidence)

    listed = json.loads(archive.read("manifest.json"))["files"]
    assert {item["file"] for item in listed} == set(names) - {"manifest.json"}
    for item in listed:
        assert hashlib.sha256(archive.read(item["file"])).hexdigest() == item["sha256"]
    given = {link.document_version.sha256 for link in sent.evidence}
    assert given <= {item["sha256"] for item in listed}

    index = archive.read("index.html").decode()
    for target in re.findall(r'href="([^"]+)"', index):
        assert "://" not in target
        assert target in names
    everything = "\n".join(
        words_of(archive.read(name)) if name == "application.pdf" else archive.read(name).decode("utf-8", "replace")
        for name in names
    )
    assert "Welcome to the review." in everything
    for secret in ("Quillfeather", "officenote-hush-91", "reviewcomment-hush-92", sent.reviews[0].reviewer.name):
        assert secret not in everything
    assert "sealed" not in archive.read("answers.json").decode()


def test_an_unreleased_decision_is_in_no_copy_and_a_released_one_is(make: Any) -> None:
    case = make.decision_drafted()
    case.decisions[-1].summary = "unreleased-hush-93"
    make.session.commit()
    found = applications.by_reference(make.session, case.reference)
    assert found is not None
    before = of_application(make.session, found)
    assert before.facts["letter"] is None
    assert "unreleased-hush-93" not in json.dumps(before.facts)
    make.take("application", case, "release_approval", make.actor(make.director("Rita Releaser")))
    make.session.expire_all()
    after = of_application(make.session, applications.by_reference(make.session, case.reference))  # type: ignore[arg-type]
    assert after.facts["letter"] is not None
    assert "Rita Releaser" not in json.dumps(after.facts)
    assert "unreleased-hush-93" in documents.decision_html(after.facts["letter"])


def test_an_owner_takes_everything_and_a_viewer_does_not(
    make: Any, browser_for: Any, worker: Any, sent: Application
) -> None:
    organization = sent.organization
    viewer = make.person("Vera Viewer")
    make.grant(viewer, Role.ORG_VIEWER, organization=organization)
    second = make.person("Oskar Other")
    owner, reader, stranger = (browser_for(user) for user in (make.owner_of(organization), viewer, second))
    make.session.rollback()
    path = f"/apply/copies/of/{organization.reference}"
    for browser in (owner, reader, stranger):
        browser.get("/apply")
    assert reader.post(path).status_code == 403
    assert stranger.post(path).status_code == 404
    place = asked(owner, path)
    assert reader.get(place).status_code == 404
    assert stranger.get(place).status_code == 404
    worker.drain()
    archive = zipfile.ZipFile(io.BytesIO(fetched(owner, place)))
    assert {"index.html", f"{sent.reference}/index.html", f"{sent.reference}/application.pdf"} <= set(
        archive.namelist()
    )
    assert sent.reference in archive.read("index.html").decode()
    # One application is for everybody who may read it; the office has its own ways.
    alone = asked(reader, f"/apply/{sent.reference}/copy", kind="pdf")
    assert reader.get(alone).status_code == 200
    boss = browser_for(make.coordinator())
    make.session.rollback()
    boss.get("/apply")
    assert boss.post(f"/apply/{sent.reference}/copy", data={"kind": "pdf"}).status_code == 403
    assert boss.get(alone).status_code == 404


def test_a_copy_goes_after_a_week_and_its_file_with_it(
    make: Any, browser_for: Any, app: Flask, worker: Any, sessions: Any, sent: Application
) -> None:
    owner = browser_for(make.owner_of(sent.organization))
    make.session.rollback()
    place = asked(owner, f"/apply/{sent.reference}/copy", kind="pdf")
    worker.drain()
    kept = make.session.query(OwnCopy).one()
    store = app.extensions["store"]
    later = clock.now() + FILES_KEPT + timedelta(days=1)
    make.session.rollback()
    assert sweep(sessions, store, later) == 0
    make.take("own_copy", kept, "remove")
    make.session.rollback()
    assert sweep(sessions, store, clock.now()) == 0
    assert sweep(sessions, store, later) == 1
    assert list(store.keys("copies")) == []
    assert owner.get(place).status_code == 404


def test_a_copy_that_cannot_be_made_says_so(
    make: Any, browser_for: Any, app: Flask, sessions: Any, sent: Application
) -> None:
    owner = browser_for(make.owner_of(sent.organization))
    make.session.rollback()
    place = asked(owner, f"/apply/{sent.reference}/copy", kind="zip")
    kept = make.session.query(OwnCopy).one()
    make.take("own_copy", kept, "fail")
    make.session.rollback()
    assert "We could not make your copy." in owner.get(place).text
    assert asked(owner, f"/apply/{sent.reference}/copy", kind="zip") != place
    assert make_copy(sessions, app.extensions["store"], kept.id) is False
    assert kept.state is CopyState.FAILED


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("CON.pdf", "CON_.pdf"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("...", "file"),
        ('what? "yes".pdf', "what_ _yes_.pdf"),
        ("résumé.pdf", "résumé.pdf"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_names_are_safe_wherever_they_are_unpacked(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_names_are_unique_whatever_their_case() -> None:
    names = Names()
    found = [names.unique("documents/", name) for name in ("A.pdf", "a.pdf", "../A.PDF", "b")]
    assert found == ["documents/A.pdf", "documents/a (2).pdf", "documents/A (3).PDF", "documents/b"]


def test_no_cell_becomes_a_formula() -> None:
    row = {"question": "Q", "answer": "=1+1"}
    table = answers_csv({"sections": [{"title": "S", "rows": [row]}]})
    assert list(csv.reader(io.StringIO(table.removeprefix("\ufeff"))))[1] == ["S", "Q", "'=1+1"]


def test_a_large_document_does_not_fill_the_memory(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as out:
        for _ in range(64):
            out.write(b"\0" * 1024 * 1024)
    tracemalloc.start()
    with Archive(tmp_path / "copy.zip", datetime(2026, 9, 8, tzinfo=UTC)) as archive, large.open("rb") as source:
        archive.stream("documents/large.bin", source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "copy.zip").stat().st_size > 64 * 1024 * 1024
    assert peak < 8 * 1024 * 1024


def test_a_document_that_is_not_in_the_store_is_named_and_the_rest_is_there(
    make: Any, app: Flask, sent: Application, tmp_path: Path
) -> None:
    store = app.extensions["store"]
    lost = sent.evidence[0].document_version
    store.remove(lost.storage_key)
    case = of_application(make.session, sent)
    write_zip(tmp_path / "copy.zip", [case], store, clock.now())
    archive = zipfile.ZipFile(tmp_path / "copy.zip")
    assert "not available" in archive.read("index.html").decode()
    assert len([n for n in archive.namelist() if n.startswith("documents/")]) == len(sent.evidence) - 1
