"""Real small files: a PDF with a page, a picture, and a Word document that opens."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pikepdf
from PIL import Image


def pdf(path: Path) -> Path:
    """One empty letter-size page."""
    path = path.with_suffix(".pdf")
    document = pikepdf.new()
    document.add_blank_page(page_size=(612, 792))
    document.docinfo["/Title"] = path.stem
    document.save(path)
    return path


def png(path: Path) -> Path:
    """A photograph of a paper, as a phone would send it."""
    path = path.with_suffix(".png")
    Image.new("RGB", (800, 1000), "white").save(path, "PNG")
    return path


CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>Our written policy.</w:t></w:r></w:p></w:body></w:document>"
)


def docx(path: Path) -> Path:
    """A Word document with one paragraph."""
    path = path.with_suffix(".docx")
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", CONTENT_TYPES)
        package.writestr("_rels/.rels", RELATIONS)
        package.writestr("word/document.xml", DOCUMENT)
    path.write_bytes(body.getvalue())
    return path
