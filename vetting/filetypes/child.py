"""Opens one file with the libraries that read its format, inside limits, and says in one JSON line what it found.

Run by path as a program of its own, so it imports nothing of the project.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile
from collections.abc import Callable
from typing import Any

CPU_SECONDS = 10
MEMORY_BYTES = 1_200_000_000
LARGEST_PIXELS = 80_000_000
MOST_PAGES = 2000
MOST_PARTS = 4000
LARGEST_UNPACKED = 200_000_000
LARGEST_PART = 100_000_000
CHUNK = 1_000_000

OFFICE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}


def limit() -> None:
    """Cap processor time, memory and written files before anything of the file is read."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def pdf(path: str) -> dict[str, Any]:
    """A PDF has pages, and its first one can be drawn."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        return {"verdict": "locked" if "password" in str(error).lower() else "damaged"}
    pages = len(document)
    if not 0 < pages <= MOST_PAGES:
        return {"verdict": "damaged"}
    page = document[0]
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        return {"verdict": "damaged"}
    page.render(scale=min(1.0, 600 / max(width, height)))
    return {"verdict": "good", "format": "pdf", "pages": pages}


def picture(kind: str) -> Callable[[str], dict[str, Any]]:
    """A picture has a sane number of pixels, and all of them can be read."""

    def look(path: str) -> dict[str, Any]:
        from PIL import Image

        Image.MAX_IMAGE_PIXELS = LARGEST_PIXELS
        with Image.open(path, formats=(kind.upper(),)) as image:
            if image.width * image.height > LARGEST_PIXELS:
                return {"verdict": "too_large"}
            image.load()
        return {"verdict": "good", "format": kind, "pages": 1}

    return look


def office(path: str) -> dict[str, Any]:
    """An Office file is a sound package of sane size with the part that makes it a document or a sheet."""
    with zipfile.ZipFile(path) as package:
        parts = package.infolist()
        names = {part.filename for part in parts}
        kind = next((found for part, found in OFFICE.items() if part in names), None)
        if kind is None or "[Content_Types].xml" not in names:
            return {"verdict": "unknown"}
        if any(part.flag_bits & 1 for part in parts):
            return {"verdict": "locked"}
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            return {"verdict": "macros"}
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            return {"verdict": "too_large"}
        for part in parts:
            verdict = _part(package, part)
            if verdict is not None:
                return {"verdict": verdict}
    return {"verdict": "good", "format": kind}


def _part(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> str | None:
    escapes = part.filename.startswith(("/", "\\")) or ".." in part.filename.replace("\\", "/").split("/")
    is_link = (part.external_attr >> 16) & 0o170000 == 0o120000
    if escapes or is_link:
        return "damaged"
    if part.file_size > LARGEST_PART:
        return "too_large"
    xml = part.filename.lower().endswith((".xml", ".rels"))
    with package.open(part) as stream:
        head = stream.read(CHUNK)
        # Declarations of entities have no place in an Office file; they are how small files grow without end.
        if xml and (b"<!DOCTYPE" in head or b"<!ENTITY" in head):
            return "damaged"
        while stream.read(CHUNK):
            continue
    return None


TASKS: dict[str, Callable[[str], dict[str, Any]]] = {
    "pdf": pdf,
    "jpeg": picture("jpeg"),
    "png": picture("png"),
    "office": office,
}


def main() -> int:
    """Examine the file named on the command line."""
    task, path = sys.argv[1:3]
    limit()
    try:
        answer = TASKS[task](path)
    except Exception:  # noqa: BLE001 - whatever a hostile file makes a library raise, the answer is the same
        answer = {"verdict": "damaged"}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
