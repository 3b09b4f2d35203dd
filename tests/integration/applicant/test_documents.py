"""Documents: decided by content, stored before they count, not lost by another mistake, opened through the policy."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import date
from io import BytesIO
from typing import Any

import pytest

from tests.support.pages import form_fields, text_of
from tests.support.stored import body_of
from vetting.models import EvidenceLink, EvidenceState

FACTS = {"issued_on": "2024-05-01"}


@pytest.fixture
def url(draft: Any) -> str:
    """A document that asks for the date on it."""
    return f"/apply/{draft.reference}/documents/articles_or_charter"


def links(session: Any) -> list[EvidenceLink]:
    """The links of every case with what they lead to, and no transaction left open."""
    found = session.query(EvidenceLink).order_by(EvidenceLink.id).all()
    for link in found:
        assert link.document_version.document is not None
    session.expunge_all()
    session.rollback()
    return list(found)


def put(browser: Any, url: str, content: bytes, name: str = "articles.pdf", **more: Any) -> Any:
    data = {**FACTS, **more, "files": (BytesIO(content), name)}
    return browser.post(url, data=data, content_type="multipart/form-data")


def docx(*extra: tuple[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in (("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<document/>"), *extra):
            package.writestr(name, body)
    return out.getvalue()


def test_limits_and_a_good_example_come_before_choosing(owner: Any, url: str) -> None:
    page = owner.get(url).text
    text = text_of(page)
    for words in ("A good one:", "Up to 10 MB", "PDF", "background-check results or student names"):
        assert words in text
        assert text.index(words) < text.index("Date of the document")


def test_a_pdf_becomes_evidence_with_its_facts(app: Any, owner: Any, url: str, pdf: bytes, session: Any) -> None:
    response = put(owner, url, pdf)
    assert response.status_code == 303
    (link,) = links(session)
    version = link.document_version
    # Its pages are drawn before anybody opens it.
    assert [wish.source.sha256 for wish in app.extensions["renditions"].wishes()] == [version.sha256]
    assert version.state is EvidenceState.RECEIVED
    assert version.media_type == "application/pdf"
    assert version.sha256 == hashlib.sha256(pdf).hexdigest()
    assert version.details == {"issued_on": "2024-05-01"}
    assert body_of(app.extensions["store"], version.storage_key) == pdf
    assert "articles.pdf" in text_of(owner.get(response.location).text)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.pdf", "This file is empty"),
        (b"<!doctype html><script>alert(1)</script>", "a.pdf", "web page"),
        (b"<?xml version='1.0'?><svg onload='x()'/>", "a.png", "web page or a drawing"),
        (b"MZ\x90\x00 program", "a.pdf", "program"),
        (b"%PDF-1.7\nnothing more", "a.pdf", "cannot open this file"),
        (b"plain words", "a.txt", "cannot tell"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "a.doc", "older Office file"),
        (docx(("word/vbaProject.bin", b"x")), "a.docx", "macros"),
        (docx(("word/big.xml", b"0" * 120_000_000)), "a.docx", "unpacks"),
        (docx(("word/x.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]>")), "a.docx", "cannot open this file"),
        (docx(("../../evil.xml", b"x")), "a.docx", "cannot open this file"),
    ],
    ids=["empty", "html", "svg", "program", "broken", "text", "old", "macros", "bomb", "entities", "escape"],
)
def test_what_is_no_document_is_refused_in_plain_words(
    owner: Any, url: str, session: Any, content: bytes, name: str, words: str
) -> None:
    response = put(owner, url, content, name)
    assert response.status_code == 422
    text = text_of(response.text)
    assert words in text
    assert 'value="2024-05-01"' in response.text
    assert links(session) == []


def test_a_name_that_does_not_fit_the_content_is_refused(owner: Any, url: str, png: bytes, session: Any) -> None:
    response = put(owner, url, png, "charter.pdf")
    assert response.status_code == 422
    assert "the file is a PNG picture" in text_of(response.text)
    assert links(session) == []


def test_a_good_file_survives_a_wrong_date(owner: Any, url: str, pdf: bytes, session: Any) -> None:
    response = put(owner, url, pdf, issued_on="last spring")
    assert response.status_code == 422
    text = text_of(response.text)
    assert "We have the file" in text
    assert "last spring" in response.text
    fields = form_fields(response.text, url) | {"issued_on": "05/01/2024"}
    again = owner.post(url, data=fields, content_type="multipart/form-data")
    assert again.status_code == 303
    (link,) = links(session)
    assert link.document_version.sha256 == hashlib.sha256(pdf).hexdigest()


def test_a_note_of_another_case_brings_no_file(
    make: Any, owner: Any, browser_for: Any, url: str, pdf: bytes, session: Any
) -> None:
    note = form_fields(put(owner, url, pdf, issued_on="").text, url)["held"]
    other = make.registration()
    thief = browser_for(make.owner_of(other.organization))
    theirs = f"/apply/{other.reference}/documents/articles_or_charter"
    response = thief.post(theirs, data={**FACTS, "held": note}, content_type="multipart/form-data")
    assert response.status_code == 422
    assert links(session) == []


def test_names_are_only_text(owner: Any, url: str, pdf: bytes, session: Any) -> None:
    put(owner, url, pdf, "..\\..\\etc/pass\u202ewd, 'quoted'; one.pdf")
    (link,) = links(session)
    version = link.document_version
    assert version.filename == "passwd, 'quoted'; one.pdf"
    response = owner.get(f"/evidence/{version.document.reference}/1")
    assert response.status_code == 200
    response.close()
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert "\n" not in disposition


def test_the_same_file_twice_is_one_document(owner: Any, url: str, pdf: bytes, session: Any) -> None:
    put(owner, url, pdf)
    put(owner, url, pdf)
    assert len(links(session)) == 1


def test_several_files_at_once(owner: Any, url: str, pdf: bytes, png: bytes, session: Any) -> None:
    files = [(BytesIO(pdf), "one.pdf"), (BytesIO(png), "two.png")]
    response = owner.post(url, data={**FACTS, "files": files}, content_type="multipart/form-data")
    assert response.status_code == 303
    assert [link.document_version.filename for link in links(session)] == ["one.pdf", "two.png"]


def test_replacing_keeps_the_earlier_version(owner: Any, url: str, pdf: bytes, png: bytes, session: Any) -> None:
    put(owner, url, pdf)
    (link,) = links(session)
    reference = link.document_version.document.reference
    put(owner, url, png, "new.png", replaces=reference)
    old, new = links(session)
    assert (old.document_version.state, new.document_version.state) == (EvidenceState.REPLACED, EvidenceState.RECEIVED)
    assert new.document_version.document_id == old.document_version.document_id
    assert new.document_version.number == 2


def test_taken_out_and_used_again(owner: Any, url: str, pdf: bytes, session: Any) -> None:
    put(owner, url, pdf)
    (link,) = links(session)
    reference = link.document_version.document.reference
    assert owner.post(f"{url}/take-out", data={"document": reference}).status_code == 303
    assert links(session) == []
    assert "You already gave us this" in text_of(owner.get(url).text)
    assert owner.post(f"{url}/reuse", data={"document": reference}).status_code == 303
    assert len(links(session)) == 1


def test_cover_below_the_least_amount_is_taken_with_a_word(owner: Any, draft: Any, pdf: bytes, session: Any) -> None:
    url = f"/apply/{draft.reference}/documents/coi_general_liability"
    facts = {
        "issuer": "Harbor Mutual",
        "policy_number": "GL-1",
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
        "amount_per_occurrence": "500,000",
    }
    response = put(owner, url, pdf, **facts)
    assert response.status_code == 303
    (link,) = links(session)
    assert link.document_version.amount_cents == 50_000_000
    assert link.document_version.valid_until == date(2027, 1, 1)
    assert "We ask for at least $1,000,000" in text_of(owner.get(response.location).text)
    backwards = put(owner, url, pdf, **facts | {"valid_until": "2025-01-01"})
    assert backwards.status_code == 422
    assert "must not be before" in text_of(backwards.text)


@pytest.fixture
def address(owner: Any, url: str, pdf: bytes, session: Any) -> str:
    """Where a document that was just added is downloaded."""
    put(owner, url, pdf)
    (link,) = links(session)
    return f"/evidence/{link.document_version.document.reference}/1"


def test_downloads_go_through_the_policy(
    make: Any, client: Any, owner: Any, browser_for: Any, address: str, pdf: bytes
) -> None:
    response = owner.get(address)
    assert response.data == pdf
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert "private" in response.headers["Cache-Control"]
    response.close()
    same = owner.get(address, headers={"If-None-Match": response.headers["ETag"]})
    same.close()
    assert same.status_code == 304
    part = owner.get(address, headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.data) == (206, pdf[:5])
    part.close()
    stranger = browser_for(make.owner_of(make.organization()))
    refused, never = stranger.get(address), stranger.get("/evidence/DOC-2222-2222/1")
    assert (refused.status_code, never.status_code) == (404, 404)
    assert refused.data == never.data
    assert client.get(address).status_code == 302
