"""The first bytes of a file against a table of signs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from vetting.data.evidence_types import Format
from vetting.text import N_

HEAD_BYTES: Final = 4096

MEDIA_TYPES: Mapping[Format, str] = {
    Format.PDF: "application/pdf",
    Format.JPEG: "image/jpeg",
    Format.PNG: "image/png",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

NAMES: Mapping[Format, str] = {
    Format.PDF: N_("PDF"),
    Format.JPEG: N_("JPEG photo"),
    Format.PNG: N_("PNG picture"),
    Format.DOCX: N_("Word document (.docx)"),
    Format.XLSX: N_("Excel sheet (.xlsx)"),
}

EXTENSIONS: Mapping[str, Format] = {
    "pdf": Format.PDF,
    "jpg": Format.JPEG,
    "jpeg": Format.JPEG,
    "png": Format.PNG,
    "docx": Format.DOCX,
    "xlsx": Format.XLSX,
}

SIGNS: tuple[tuple[bytes, Format], ...] = (
    (b"%PDF-", Format.PDF),
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
)

ZIP_SIGN: Final = b"PK\x03\x04"

REFUSED_SIGNS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), message)
    for pattern, message in (
        (
            rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            N_("This is an older Office file, or one that is locked with a password. Save it as PDF, unlocked."),
        ),
        (
            rb".{4}ftyp(?:heic|heix|hevc|mif1|msf1|avif)",
            N_("This is a photo in a format that not every computer opens. Send it as JPEG or PDF."),
        ),
        (
            rb"MZ|\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe|#!",
            N_("This is a program, not a document. We cannot take it."),
        ),
        (
            (rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
            rb"<(?:!doctype\s+(?:html|svg)|html|head|body|script|svg)"),
            N_("This is a web page or a drawing that can run programs. Print it to PDF and send that."),
        ),
    )
)  # fmt: skip


def sniff(head: bytes) -> Format | None:
    """The format whose sign the file begins with; Office files need a look inside and are None here."""
    return next((kind for sign, kind in SIGNS if head.startswith(sign)), None)


def refused_at_sight(head: bytes) -> str | None:
    """The sentence against a file whose first bytes say that it can never be taken."""
    return next((message for pattern, message in REFUSED_SIGNS if pattern.match(head)), None)


def extension_of(filename: str) -> str:
    """The letters after the last dot, in lower case; empty where there is none."""
    stem, dot, end = filename.rpartition(".")
    return end.casefold() if dot and stem else ""
