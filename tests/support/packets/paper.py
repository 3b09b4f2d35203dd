"""Paper to write on: a small PDF writer with the standard fonts, scans of such pages, and office files.

Nothing of the program is used here, so that what it reads was not written by its own hand.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
import pypdfium2
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 612.0, 792.0
FONTS = {
    "sans": "Helvetica",
    "serif": "Times-Roman",
    "mono": "Courier",
    "bold": "Helvetica-Bold",
    "heavy": "Times-Bold",
}
_THIN = frozenset(",.:;'|!il jtfI()-/")


def width_of(text: str, size: float, font: str = "sans") -> float:
    """About how wide a text is set."""
    if font == "mono":
        return 0.6 * size * len(text)
    return size * sum(0.28 if letter in _THIN else 0.556 if not letter.isupper() else 0.68 for letter in text)


@dataclass
class Sheet:
    """One page. Places are points from its upper left corner."""

    drawing: list[str] = field(default_factory=list)
    turned: int = 0

    def text(self, x: float, y: float, text: str, size: float = 9, font: str = "sans", *, right: bool = False) -> None:
        x -= width_of(text, size, font) if right else 0
        shown = text.encode("cp1252", "replace").decode("cp1252")
        safe = shown.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        self.drawing.append(f"BT /{font} {size} Tf 1 0 0 1 {x:.2f} {HEIGHT - y:.2f} Tm ({safe}) Tj ET")

    def box(self, x: float, y: float, width: float, height: float) -> None:
        self.drawing.append(f"0.6 w {x:.1f} {HEIGHT - y - height:.1f} {width:.1f} {height:.1f} re S")

    def line(self, x: float, y: float, end: float) -> None:
        self.drawing.append(f"0.6 w {x:.1f} {HEIGHT - y:.1f} m {end:.1f} {HEIGHT - y:.1f} l S")

    def paragraph(self, x: float, y: float, text: str, size: float = 9, font: str = "sans", wide: float = 470) -> float:
        """Words set in lines; returns where the next line would stand."""
        line = ""
        for word in text.split():
            if line and width_of(f"{line} {word}", size, font) > wide:
                self.text(x, y, line, size, font)
                y, line = y + size * 1.3, word
            else:
                line = f"{line} {word}".strip()
        self.text(x, y, line, size, font)
        return y + size * 1.3


def pdf(sheets: Sequence[Sheet], password: str = "") -> bytes:
    """The sheets as a PDF with words."""
    document = pikepdf.Pdf.new()
    fonts = pikepdf.Dictionary(
        {
            f"/{name}": pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name(f"/{base}"),
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
            for name, base in FONTS.items()
        }
    )
    for sheet in sheets:
        page = document.add_blank_page(page_size=(WIDTH, HEIGHT))
        page.Resources = pikepdf.Dictionary(Font=fonts)
        page.Contents = document.make_stream("\n".join(sheet.drawing).encode("cp1252", "replace"))
        if sheet.turned:
            page.Rotate = sheet.turned
    return _saved(document, password)


def _saved(document: Any, password: str = "") -> bytes:
    out = io.BytesIO()
    document.save(out, **({"encryption": pikepdf.Encryption(user=password, owner=password)} if password else {}))
    return out.getvalue()


@dataclass(frozen=True)
class Scanner:
    """How a page is scanned. ``words``: with the hidden words that a scanner with recognition adds, of which ``slips``
    in a thousand letters are read wrong."""

    dpi: int = 200
    words: bool = True
    slips: int = 0
    turn: int = 0
    faint: bool = False
    blur: float = 0.0
    blank: bool = False
    skew: float = 0.0


def scan(sheets: Sequence[Sheet], how: Scanner) -> bytes:
    """The sheets as a scanner makes them: one picture for each page."""
    document = pikepdf.Pdf.new()
    printed = pypdfium2.PdfDocument(pdf(sheets))
    for number, sheet in enumerate(sheets):
        picture = picture_of(printed[number], how)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=70)
        size = (HEIGHT, WIDTH) if how.turn in (90, 270) else (WIDTH, HEIGHT)
        page = document.add_blank_page(page_size=size)
        image = document.make_stream(out.getvalue())
        image.Type, image.Subtype, image.Filter = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DCTDecode
        image.Width, image.Height, image.BitsPerComponent = picture.width, picture.height, 8
        image.ColorSpace = pikepdf.Name.DeviceGray
        fonts = {
            f"/{n}": pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name(f"/{b}"),
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
            for n, b in FONTS.items()
        }
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=image), Font=pikepdf.Dictionary(fonts))
        drawing = f"q {size[0]} 0 0 {size[1]} 0 0 cm /P Do Q\n"
        if how.words:
            # Words that are not drawn, over the picture of the same words.
            rng = Random(f"slips {number} {how.dpi}")
            shown = (part.replace("BT ", "BT 3 Tr ") for part in sheet.drawing if part.startswith("BT"))
            drawing += "\n".join(_misread(part, how.slips, rng) for part in shown)
        page.Contents = document.make_stream(drawing.encode("cp1252", "replace"))
    return _saved(document)


LOOK_ALIKE = {
    "l": "1",
    "1": "l",
    "O": "0",
    "0": "O",
    "S": "5",
    "B": "8",
    "e": "c",
    "c": "e",
    "i": "l",
    "n": "u",
    ",": ".",
}


def _misread(part: str, slips: int, rng: Random) -> str:
    """A piece of text as a machine reads it off paper: now and then one letter for another."""
    start, end = part.index("Tm (") + 4, part.rindex(") Tj")
    words = "".join(
        LOOK_ALIKE.get(letter, letter) if rng.randrange(1000) < slips else letter for letter in part[start:end]
    )
    return part[:start] + words + part[end:]


def picture_of(page: Any, how: Scanner) -> Image.Image:
    """A page as the scanner sees it, in gray."""
    picture: Image.Image = page.render(scale=how.dpi / 72, grayscale=True).to_pil().convert("L")
    if how.blank:
        picture = Image.new("L", picture.size, 249)
    if how.skew:
        picture = picture.rotate(how.skew, fillcolor=255)
    if how.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(how.blur * how.dpi / 100))
    if how.faint:
        picture = picture.point(lambda tone: 255 - (255 - tone) // 9)
    return picture.rotate(-how.turn, expand=True) if how.turn else picture


def photo(sheets: Sequence[Sheet], how: Scanner, kind: str = "JPEG") -> bytes:
    """The first sheet as a picture file."""
    out = io.BytesIO()
    picture_of(pypdfium2.PdfDocument(pdf(sheets))[0], how).save(out, kind)
    return out.getvalue()


def docx(parts: Sequence[str | Sequence[Sequence[str]]]) -> bytes:
    """Paragraphs, and tables as lists of rows."""
    body = "".join(_paragraph(part) if isinstance(part, str) else _table(part) for part in parts)
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    files = {
        "[Content_Types].xml": (
            '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
        ),
        "_rels/.rels": (
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            'officeDocument" Target="word/document.xml"/></Relationships>'
        ),
        "word/document.xml": f'<?xml version="1.0"?><w:document xmlns:w="{namespace}"><w:body>{body}</w:body>'
        "</w:document>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def _paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = ("".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def xlsx(rows: Sequence[Sequence[object]], title: str = "Sheet1") -> bytes:
    """One sheet; numbers stay numbers."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
