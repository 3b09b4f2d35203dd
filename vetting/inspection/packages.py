"""An Office file is a sound package of sane size, with the part that makes it a document or a sheet, and without
programs, other files, or parts that it fetches from elsewhere."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any
from xml.parsers import expat

from vetting.inspection import archives

MOST_PARTS = 4000
LARGEST_UNPACKED = 200_000_000
LARGEST_PART = 100_000_000
LARGEST_RATIO = 250
RATIO_FROM = 1_000_000
"""Smaller parts may be as dense as they like."""
LARGEST_NESTED = 20_000_000
LARGEST_LINKS = 5_000_000
DEEPEST = 2
CHUNK = 1_000_000
OVERLAP = 200

OFFICE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
NESTED = frozenset({*OFFICE, "ppt/presentation.xml"})
PLAIN_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
MACRO_NAMES = re.compile(r"vbaproject|vbadata|(?:^|/)macrosheets/|(?:^|/)dialogsheets/|(?:^|/)activex/", re.IGNORECASE)
FETCHES = re.compile(rb"""instrText[^>]*>\s*["']?DDE|instr\s*=\s*["']\s*DDE|<(?:\w+:)?ddeLink\b""", re.IGNORECASE)
"""Fields and links that start another program when the file is opened."""
LOCAL_EXTERNALS = frozenset({"hyperlink"})
"""What may point elsewhere: a link does nothing until somebody follows it."""


class Wrong(Exception):
    """The word for what is wrong with a package."""


def look(kind: str, path: str) -> dict[str, object]:
    """The verdict on a zip archive that may be an Office file."""
    try:
        with zipfile.ZipFile(path) as package:
            found = _kind(package)
            if found is None:
                return {"verdict": "unknown"}
            check(package, depth=0)
    except Wrong as wrong:
        return {"verdict": str(wrong)}
    return {"verdict": "good", "format": found}


def _kind(package: zipfile.ZipFile) -> str | None:
    names = set(package.namelist())
    return next((kind for part, kind in OFFICE.items() if part in names and "[Content_Types].xml" in names), None)


def check(package: zipfile.ZipFile, depth: int) -> None:
    """Look at what the directory declares before anything is unpacked, then at every part. Raises ``Wrong``."""
    parts = package.infolist()
    for verdict, holds in _declared(parts):
        if holds:
            raise Wrong(verdict)
    if _overlap(parts, package.start_dir):
        raise Wrong("damaged")
    for part in parts:
        with package.open(part) as stream:
            _part(part, stream, depth)
            if stream.tell() != part.file_size:
                raise Wrong("damaged")


def _declared(parts: Sequence[zipfile.ZipInfo]) -> Iterator[tuple[str, bool]]:
    yield "locked", any(part.flag_bits & 1 for part in parts)
    yield "macros", any(MACRO_NAMES.search(part.filename) for part in parts)
    yield "too_large", len(parts) > MOST_PARTS
    yield "too_large", sum(part.file_size for part in parts) > LARGEST_UNPACKED
    yield "too_large", any(_too_dense(part) for part in parts)
    yield "damaged", any(part.compress_type not in PLAIN_METHODS for part in parts)
    yield "damaged", any(_escapes(part) for part in parts)
    yield "damaged", len({part.filename.casefold() for part in parts}) < len(parts)


def _too_dense(part: zipfile.ZipInfo) -> bool:
    ratio = part.file_size / max(1, part.compress_size)
    return part.file_size > LARGEST_PART or (part.file_size > RATIO_FROM and ratio > LARGEST_RATIO)


def _escapes(part: zipfile.ZipInfo) -> bool:
    name = part.filename.replace("\\", "/")
    is_link = (part.external_attr >> 16) & 0o170000 == 0o120000
    return is_link or name.startswith("/") or ":" in name or ".." in name.split("/") or "\0" in part.orig_filename


def _overlap(parts: Sequence[zipfile.ZipInfo], directory: int) -> bool:
    """Whether parts share bytes, as in an archive that is small and unpacks to far more than its size allows."""
    inside = sorted((part.header_offset, part.compress_size) for part in parts)
    ends = [*(start for start, _ in inside[1:]), directory]
    return any(start + 30 + size > end for (start, size), end in zip(inside, ends, strict=True))


def _part(part: zipfile.ZipInfo, stream: IO[bytes], depth: int) -> None:
    head = stream.read(CHUNK)
    if part.file_size and not part.is_dir():
        _begins(part, head, stream, depth)
    name = part.filename.lower()
    if not name.endswith((".xml", ".rels", ".vml")):
        while stream.read(CHUNK):
            continue
        return
    if name.endswith(".rels") and part.file_size > LARGEST_LINKS:
        raise Wrong("too_large")
    _read_xml(head, stream, links=name.endswith(".rels"))
    if name == "[content_types].xml" and b"macroenabled" in head.lower():
        raise Wrong("macros")


def _begins(part: zipfile.ZipInfo, head: bytes, stream: IO[bytes], depth: int) -> None:
    """What a part begins with may be a picture or XML, and another Office file (a chart's numbers), nothing else."""
    if archives.PROGRAM.match(head):
        raise Wrong("program")
    if archives.PAGE.match(head) or head.startswith((archives.COMPOUND, b"%PDF-")):
        raise Wrong("inside")
    if not archives.ARCHIVE.match(head):
        return
    if part.file_size > LARGEST_NESTED or depth >= DEEPEST:
        raise Wrong("too_large")
    try:
        inner = zipfile.ZipFile(io.BytesIO(head + stream.read(LARGEST_NESTED)))
    except zipfile.BadZipFile:
        raise Wrong("inside") from None
    with inner:
        if not NESTED & set(inner.namelist()):
            raise Wrong("inside")
        check(inner, depth + 1)


def _read_xml(head: bytes, stream: IO[bytes], *, links: bool) -> None:
    """All of an XML part, through a parser that knows its encoding; what is declared in front of it is refused."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_declaration
    if links:
        parser.StartElementHandler = _relationship
    before = b""
    chunk = head
    while chunk:
        if FETCHES.search(before + chunk):
            raise Wrong("macros")
        parser.Parse(chunk, False)
        before, chunk = chunk[-OVERLAP:], stream.read(CHUNK)
    parser.Parse(b"", True)


def _refuse_declaration(*about: Any) -> None:
    # Declarations have no place in an Office file; they are how small files grow without end, or read others.
    raise Wrong("damaged")


def _relationship(name: str, attributes: dict[str, str]) -> None:
    kind = attributes.get("Type", "").rpartition("/")[2].casefold()
    if kind == "afchunk":
        raise Wrong("inside")
    if attributes.get("TargetMode", "").casefold() == "external" and kind not in LOCAL_EXTERNALS:
        raise Wrong("outside")
