"""The copy that people look at holds nothing that could act, fetch or tell, and the original stays as it came."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from tests.documents import papers
from tests.support.hostile import pdfs
from vetting.documents import sanitizing
from vetting.documents.kinds import JPEG, PDF, PNG

ACTIVE = (
    b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/SubmitForm", b"/ImportData", b"/GoToR", b"/GoToE", b"/OpenAction",
    b"/EmbeddedFile", b"/Rendition", b"/Movie<<", b"/RichMediaContent", b"/3DD", b"/XFA", b"/Metadata", b"203.0.113.9",
    b"app.launchURL", b"cmd.exe", b"/Collection",
)  # fmt: skip


def copy_of(content: bytes, kind: str = PDF) -> bytes:
    about, parts = sanitizing.clean({"media_type": kind}, {"document": content})
    assert about == {"outcome": "done"}
    return parts["copy"]


def readable(content: bytes) -> bytes:
    """All of a PDF as text: no packed objects."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(out, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


@pytest.mark.filterwarnings("ignore:This document has")
@pytest.mark.parametrize("name", pdfs.ACTS)
def test_nothing_in_the_copy_of_a_pdf_acts(name: str) -> None:
    copy = readable(copy_of(pdfs.ACTS[name]()))
    assert [word for word in ACTIVE if word in copy] == []
    with pikepdf.open(io.BytesIO(copy)) as document:
        assert len(document.pages) == 1
        assert not document.is_encrypted


def test_what_a_pdf_says_stays_and_who_made_it_goes() -> None:
    document = pikepdf.open(io.BytesIO(papers.pdf_of("Words that stay")))
    document.docinfo["/Author"] = "A named person"
    with document.open_metadata() as about:
        about["dc:creator"] = ["A named person"]
    out = io.BytesIO()
    document.save(out)
    copy = readable(copy_of(out.getvalue()))
    assert b"A named person" not in copy
    assert "Words that stay" in pypdfium2.PdfDocument(copy)[0].get_textpage().get_text_bounded()


@pytest.mark.parametrize(("kind", "form"), [(JPEG, "JPEG"), (PNG, "PNG")])
def test_a_picture_is_made_anew_without_what_was_written_beside_it(kind: str, form: str) -> None:
    out = io.BytesIO()
    marks = Image.Exif()
    marks[0x010E] = "A named person"
    marks[0x0112] = 6
    Image.new("RGB", (60, 40), "teal").save(out, form, exif=marks)
    with Image.open(io.BytesIO(copy_of(out.getvalue() + b"<script>alert(1)</script>", kind))) as copy:
        # Upright, as the camera meant it.
        assert copy.size == (40, 60)
        assert copy.getpixel((5, 5))[:3] == pytest.approx((0, 128, 128), abs=4)
        assert not copy.getexif()
        assert b"named person" not in repr(copy.info).encode()


@pytest.mark.parametrize(
    ("content", "kind", "outcome"),
    [
        (papers.locked(), PDF, "locked"),
        (b"%PDF-1.7\nnothing", PDF, "damaged"),
        (b"\xff\xd8\xff nothing", JPEG, "damaged"),
        (papers.photo()[:200], JPEG, "damaged"),
    ],
    ids=["locked", "no pdf", "no picture", "cut short"],
)
def test_where_there_can_be_no_copy_it_says_why(content: bytes, kind: str, outcome: str) -> None:
    about, parts = sanitizing.clean({"media_type": kind}, {"document": content})
    assert about["outcome"] == outcome
    assert parts == {}
