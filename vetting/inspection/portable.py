"""A PDF has pages, no program among what is attached to it, and its first page can be drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from vetting.inspection import archives

MOST_PAGES = 2000
MOST_ATTACHMENTS = 200
PREVIEW_SIDE = 600
PROGRAM_NAMES = (
    ".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".jar",
    ".msi", ".lnk", ".reg", ".chm", ".iso", ".img", ".docm", ".xlsm", ".pptm",
)  # fmt: skip


def look(kind: str, path: str) -> dict[str, object]:
    """The verdict on a file that begins as a PDF does."""
    with Path(path).open("rb") as stream:
        if archives.ends_as_one(stream):
            return {"verdict": "two"}
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        return {"verdict": "locked" if "password" in str(error).lower() else "damaged"}
    pages = len(document)
    wrong = _wrong(document, pages)
    return {"verdict": wrong} if wrong else {"verdict": "good", "format": kind, "pages": pages}


def _wrong(document: Any, pages: int) -> str | None:
    if pages > MOST_PAGES:
        return "pages"
    if pages <= 0:
        return "damaged"
    if document.get_formtype() == pdfium.FORMTYPE_XFA_FULL:
        return "form"
    attached = document.count_attachments()
    if attached > MOST_ATTACHMENTS:
        return "inside"
    if any(_is_program(document.get_attachment(number)) for number in range(attached)):
        return "program"
    return None if _draws(document) else "damaged"


def _is_program(attachment: Any) -> bool:
    if attachment.get_name().casefold().endswith(PROGRAM_NAMES):
        return True
    try:
        return archives.PROGRAM.match(bytes(attachment.get_data()[:64])) is not None
    except pypdfium2.PdfiumError:
        # An attachment without a body.
        return False


def _draws(document: Any) -> bool:
    page = document[0]
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        return False
    page.render(scale=min(1.0, PREVIEW_SIDE / max(width, height)))
    return True
