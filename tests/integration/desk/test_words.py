"""Documents are read beside the case without anything in them running, and a hostile one harms nothing."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from pikepdf import Dictionary, Name, Pdf

from tests.factories import Factory
from vetting.documents import preview
from vetting.documents.words import DOCX, PDF, XLSX


def pdf_of(*pages: str) -> bytes:
    """A PDF with one line of text on each page."""
    document = Pdf.new()
    font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for text in pages:
        page = document.add_blank_page()
        page.Resources = Dictionary(Font=Dictionary(F1=font))
        page.Contents = document.make_stream(f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode())
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docx_of(*paragraphs: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
        archive.writestr("word/document.xml", f"<w:document><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def xlsx_of(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("media_type", "content", "page", "found", "pages"),
    [
        (PDF, pdf_of("First page.", "Exits are marked."), 2, "Exits are marked.", 2),
        (PDF, pdf_of("Only page."), 99, "Only page.", 1),
        (DOCX, docx_of("Staff &amp; students", "meet at the gate."), 1, "Staff & students\nmeet at the gate.", 1),
        (XLSX, xlsx_of(("Item", "Cost"), ("Snacks", 120)), 1, "Snacks\t120", 1),
    ],
)
def test_words_are_taken_out(media_type, content, page, found, pages, tmp_path) -> None:
    path = tmp_path / "document"
    path.write_bytes(content)
    words = preview.words_on(path, media_type, page)
    assert words is not None
    assert found in words.text
    assert words.pages == pages
    assert 1 <= words.page <= pages


@pytest.mark.parametrize("content", [b"%PDF-1.7 torn", b"PK\x03\x04", b""])
@pytest.mark.parametrize("media_type", [PDF, DOCX, XLSX])
def test_a_broken_document_is_no_words_rather_than_an_error(media_type, content, tmp_path) -> None:
    path = tmp_path / "document"
    path.write_bytes(content)
    assert preview.words_on(path, media_type, 1) is None


def test_the_words_stand_beside_the_case_as_text(make: Factory, browser_for, app, read) -> None:
    coordinator = make.coordinator()
    case = make.submitted()
    version = case.evidence[0].document_version
    stored = app.extensions["store"].path(version.storage_key)
    stored.write_bytes(pdf_of("<b>Bold</b> plan", "Page two"))
    browser = browser_for(coordinator)
    code = f"{version.document.reference}.{version.number}"
    path = f"/desk/cases/{case.reference}?doc={code}"
    assert "Read its words here" in read(browser.get(path))
    page = browser.get(f"{path}&page=1")
    assert "&lt;b&gt;Bold&lt;/b&gt; plan" in page.get_data(as_text=True)
    assert "Page 1 of 2" in read(page)
    assert "Page two" not in read(page)
    assert "Page two" in read(browser.get(f"{path}&page=2"))
    stored.unlink()
    assert "Its words cannot be read here" in read(browser.get(f"{path}&page=1"))
