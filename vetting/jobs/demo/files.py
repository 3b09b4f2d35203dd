"""Files that open: a PDF page, a picture, a word processor's document, a spreadsheet. Same words, same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from textwrap import wrap
from xml.sax.saxutils import escape

import pikepdf
import xlsxwriter
from PIL import Image, ImageDraw, ImageFont

from vetting.data.evidence_types import Format
from vetting.documents.process import Limits
from vetting.documents.render import render_pdf

NOTE = "Made up for demonstration"

# One child draws hundreds of pages at once, so it gets more time than a single document may take.
BATCH = Limits(wall_seconds=240, cpu_seconds=200, memory_bytes=3_000_000_000)

STYLE = """
@page { size: letter; margin: 0 0 2cm }
body { margin: 0 }
section { break-after: page; font: 11pt/1.5 "Public Sans"; padding: 0 2.5cm }
.head { background: #2e4a62; color: #fff; font-size: 13pt; margin: 0 -2.5cm 1.2cm; padding: 1cm 2.5cm }
h1 { font-size: 19pt; line-height: 1.25 }
.note { border: 1pt solid #565c65; margin-top: 1cm; padding: 4pt 8pt }
"""

_CREATED = datetime(2020, 1, 1)  # noqa: DTZ001 - a spreadsheet's own date has no zone
_ZIP_DATE = (2020, 1, 1, 0, 0, 0)

_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="word/document.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


NEXT_PAGE = "\f"


@dataclass(frozen=True)
class Letter:
    """Pages of text: whose paper it is, what it is, and its paragraphs; ``NEXT_PAGE`` among them begins a page."""

    head: str
    title: str
    lines: tuple[str, ...]

    @property
    def pages(self) -> list[list[str]]:
        """The paragraphs of each page."""
        pages: list[list[str]] = [[]]
        for line in self.lines:
            if line == NEXT_PAGE:
                pages.append([])
            else:
                pages[-1].append(line)
        return pages


def pdf_pages(letters: Sequence[Letter]) -> list[bytes]:
    """One PDF for each letter, drawn together and then taken apart."""
    body = "".join(
        f"<section><p class=head>{escape(letter.head)}</p><h1>{escape(letter.title)}</h1>"
        f"{''.join(f'<p>{escape(line)}</p>' for line in lines)}<p class=note>{NOTE}</p></section>"
        for letter in letters
        for lines in letter.pages
    )
    html = f'<!doctype html><html lang="en"><head><title>{NOTE}</title></head><body>{body}</body></html>'
    whole = render_pdf(
        html,
        title=NOTE,
        lang="en",
        attachments=[],
        identifier=sha256(html.encode()).digest()[:16],
        assets={},
        styles=[STYLE],
        limits=BATCH,
    )
    with pikepdf.open(io.BytesIO(whole)) as source:
        if len(source.pages) != sum(len(letter.pages) for letter in letters):
            raise ValueError("a made-up document is longer than its page")
        found, first = [], 0
        for letter in letters:
            found.append(_single(source, range(first, first + len(letter.pages)), letter.title))
            first += len(letter.pages)
        return found


def _single(source: pikepdf.Pdf, numbers: range, title: str) -> bytes:
    with pikepdf.new() as single:
        for number in numbers:
            single.pages.append(source.pages[number])
            # The tags stayed behind with the other pages.
            page = single.pages[-1].obj
            for key in ("/StructParents", "/Tabs"):
                if key in page:
                    del page[key]
        single.docinfo["/Title"] = title
        out = io.BytesIO()
        single.save(out, deterministic_id=True)
        return out.getvalue()


def picture(letter: Letter, kind: Format) -> bytes:
    """A letter as a scanner or a phone would send it."""
    image = Image.new("RGB", (850, 1100), "#fdfcf7")
    draw = ImageDraw.Draw(image)
    draw.rectangle((50, 50, 800, 1050), outline="#565c65", width=2)
    draw.rectangle((50, 50, 800, 126), fill="#2e4a62")
    draw.text((80, 74), letter.head, fill="#ffffff", font=ImageFont.load_default(24))
    top = 170
    for text, size, width in ((letter.title, 30, 42), *((line, 20, 64) for line in letter.lines), (NOTE, 20, 64)):
        for part in wrap(text, width):
            draw.text((80, top), part, fill="#1b1b1b", font=ImageFont.load_default(size))
            top += size * 3 // 2
        top += 18
    out = io.BytesIO()
    image.save(out, format="PNG" if kind is Format.PNG else "JPEG", optimize=True)
    return out.getvalue()


def sheet(title: str, header: Sequence[str], rows: Sequence[Sequence[str | int]]) -> bytes:
    """A table as a spreadsheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": title, "comments": NOTE, "created": _CREATED})
        bold = book.add_format({"bold": True})
        page = book.add_worksheet("Demonstration")
        page.set_column(0, len(header), 28)
        page.write_string(0, 0, title, bold)
        page.write_string(1, 0, NOTE)
        for column, name in enumerate(header):
            page.write_string(3, column, name, bold)
        for number, row in enumerate(rows, start=4):
            for column, value in enumerate(row):
                page.write(number, column, value)
    return out.getvalue()


def word(title: str, lines: Sequence[str]) -> bytes:
    """Paragraphs as a word processor's document."""
    paragraphs = "".join(
        f"<w:p><w:r>{'<w:rPr><w:b/></w:rPr>' if bold else ''}<w:t>{escape(line)}</w:t></w:r></w:p>"
        for line, bold in [(title, True), *((line, False) for line in lines), (NOTE, True)]
    )
    document = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:document xmlns:w="{_WORD}"><w:body>{paragraphs}</w:body></w:document>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/document.xml", document),
        ):
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), text, compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()
