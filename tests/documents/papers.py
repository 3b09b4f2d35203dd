"""Documents to draw, each with what makes it hard."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import openpyxl
from pikepdf import Array, AttachedFileSpec, Dictionary, Encryption, Name, Pdf, String
from PIL import Image, ImageDraw

LINE = "BT /F1 12 Tf 72 700 Td ({}) Tj ET"


def new_pdf() -> Pdf:
    return Pdf.new()


def add_page(document: Pdf, drawing: str, size: tuple[float, float] = (612, 792), **more: object) -> object:
    """A page with a drawing in the language of PDF; ``F1`` is Helvetica."""
    font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    page = document.add_blank_page(page_size=size)
    page.Resources = Dictionary(Font=Dictionary(F1=font))
    page.Contents = document.make_stream(drawing.encode())
    for key, value in more.items():
        page[f"/{key}"] = value
    return page


def saved(document: Pdf, **how: object) -> bytes:
    out = io.BytesIO()
    document.save(out, **how)
    return out.getvalue()


def pdf_of(*lines: str, **more: object) -> bytes:
    """A PDF with one line of text on each page."""
    document = new_pdf()
    for line in lines:
        add_page(document, LINE.format(line), **more)
    return saved(document)


def drawn(drawing: str, **more: object) -> bytes:
    document = new_pdf()
    add_page(document, drawing, **more)
    return saved(document)


def locked() -> bytes:
    document = new_pdf()
    add_page(document, LINE.format("Secret"))
    return saved(document, encryption=Encryption(user="open sesame", owner="owner"))


def owner_locked() -> bytes:
    """Encrypted, but open to every reader."""
    document = new_pdf()
    add_page(document, LINE.format("Open to all"))
    return saved(document, encryption=Encryption(user="", owner="owner"))


def lively(address: str) -> bytes:
    """A PDF with a script, a link, a program to start, a file inside, and a form that somebody filled in."""
    document = new_pdf()
    page = add_page(document, LINE.format("Lively"))
    script = Dictionary(S=Name.JavaScript, JS=String(f"app.launchURL('{address}/script'); app.alert('hello');"))
    document.Root.OpenAction = document.make_indirect(script)
    document.Root.AA = Dictionary(WC=script)
    picture = document.make_stream(b"")
    picture.Type, picture.Subtype = Name.XObject, Name.Image
    picture.Width, picture.Height, picture.BitsPerComponent, picture.ColorSpace = 1, 1, 8, Name.DeviceGray
    picture.F, picture.FFilter = Dictionary(FS=Name.URL, F=String(f"{address}/picture")), Name.DCTDecode
    page.Resources.XObject = Dictionary(X1=picture)
    filled = document.make_stream(b"/Tx BMC BT /F1 12 Tf 2 5 Td (Dana Ortiz) Tj ET EMC")
    filled.Type, filled.Subtype, filled.BBox = Name.XObject, Name.Form, Array([0, 0, 200, 20])
    filled.Resources = Dictionary(Font=page.Resources.Font)
    field = document.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("name"), V=String("Dana Ortiz"), F=4,
            Rect=Array([72, 600, 272, 620]), AP=Dictionary(N=filled), DA=String("/F1 12 Tf"),
            AA=Dictionary(F=script, K=script),
        )
    )  # fmt: skip
    links = [
        Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 612, 792]), A=action)
        for action in (
            Dictionary(S=Name.URI, URI=String(f"{address}/link")),
            Dictionary(S=Name.Launch, F=String("/bin/sh")),
        )
    ]
    page.Annots = Array([field, *(document.make_indirect(link) for link in links)])
    document.Root.AcroForm = Dictionary(Fields=Array([field]), DR=Dictionary(Font=page.Resources.Font))
    document.attachments["inside.html"] = AttachedFileSpec(document, b"<script>alert(1)</script>")
    return saved(document)


def endless() -> bytes:
    """A page that nests drawings within drawings: ten to the seventh strokes from two kilobytes."""
    document = new_pdf()
    page = add_page(document, "/D0 Do")
    below = None
    for level in range(7, -1, -1):
        body = "0 0 m 500 500 l S " * 10 if below is None else f"/D{level + 1} Do " * 10
        form = document.make_stream(body.encode())
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 612, 792])
        if below is not None:
            form.Resources = Dictionary(XObject=Dictionary({f"/D{level + 1}": below}))
        below = document.make_indirect(form)
    page.Resources.XObject = Dictionary(D0=below)
    add_page(document, LINE.format("The page after it"))
    return saved(document)


def photo(kind: str = "JPEG", size: tuple[int, int] = (300, 200)) -> bytes:
    """A camera held sideways: the upper left corner is red as stored, with a place in its metadata."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    facts = Image.Exif()
    facts[0x0112] = 6
    facts[0x010E] = "a private remark"
    facts.get_ifd(0x8825).update({1: "N", 2: (42.0, 21.0, 30.0), 3: "W", 4: (71.0, 3.0, 27.0)})
    out = io.BytesIO()
    image.save(out, kind, exif=facts, quality=95)
    return out.getvalue()


def flood(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few hundred bytes that claims billions of points."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def deep_picture() -> bytes:
    """A PNG with sixteen bits for each point, half of it a middle grey."""
    image = Image.new("I;16", (40, 40), 0x8000)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def docx_of(*paragraphs: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
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
