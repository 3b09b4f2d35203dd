"""Reads one workbook inside limits and writes its rows as JSON lines; the last line is the verdict.

Run by path as a program of its own, so it imports nothing of the project. A row is ``{"sheet", "row", "cells"}`` and a
cell a pair: ``s`` text, ``n`` number (with zeros in front where its format shows them), ``d`` day, ``f`` formula,
``e`` error value. Cells that are empty are null, and rows without any are left out.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

CPU_SECONDS = 60
MEMORY_BYTES = 1_500_000_000
MOST_PARTS = 500
LARGEST_UNPACKED = 150_000_000
CHUNK = 1_000_000
OVERLAP = 64
MOST_COLUMNS = 60

DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})")
# Parts that fetch something from elsewhere. Links that a reader would have to click on are only text to us.
ELSEWHERE = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/", "xl/model/", "xl/webextensions/")
ZEROS = re.compile(r'0+(?:"?-"?0+)*')


class Verdict(Exception):
    """Why the file is not read any further."""

    def __init__(self, name: str, **values: Any) -> None:
        self.answer = {"verdict": name, **values}
        super().__init__(name)


def limit() -> None:
    """Cap processor time, memory and written files before anything of the file is read."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspect(path: str) -> None:
    """Look at every part of the package before a library does. Raises ``Verdict``."""
    with zipfile.ZipFile(path) as package:
        parts = package.infolist()
        names = {part.filename.lower() for part in parts}
        if "xl/workbook.xml" not in names or "[content_types].xml" not in names:
            raise Verdict("unknown")
        if any(part.flag_bits & 1 for part in parts):
            raise Verdict("locked")
        if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
            raise Verdict("macros")
        if any(name.startswith(ELSEWHERE) for name in names):
            raise Verdict("elsewhere")
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise Verdict("too_large")
        for part in parts:
            _look(package, part)


def _look(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if not part.filename.lower().endswith((".xml", ".rels")):
        return
    before, size = b"", 0
    with package.open(part) as stream:
        while chunk := stream.read(CHUNK):
            if not size and (chunk.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in chunk[:8]):
                # In another encoding a declaration would not be found below.
                raise Verdict("damaged")
            size += len(chunk)
            if DECLARATION.search(before + chunk):
                raise Verdict("declares")
            before = chunk[-OVERLAP:]


def merged(path: str, part: str) -> str:
    """The first merged cells of a sheet, or nothing."""
    before = b""
    with zipfile.ZipFile(path) as package, package.open(part) as stream:
        while chunk := stream.read(CHUNK):
            if found := MERGED.search(before + chunk):
                return found[1].decode("ascii")
            before = chunk[-4 * OVERLAP :]
    return ""


def cell_of(cell: Any) -> list[str] | None:
    """A cell as a pair; None where nothing is in it."""
    value = cell.value
    if value is None or value == "":
        return None
    if cell.data_type == "e":
        return ["e", str(value)[:20]]
    return ["f", ""] if cell.data_type == "f" else plain(value, str(cell.number_format or ""))


def plain(value: Any, shown_as: str) -> list[str]:
    """A value that is neither a formula nor an error."""
    if isinstance(value, datetime | date):
        return ["d", (value.date() if isinstance(value, datetime) else value).isoformat()]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ["s", str(value).upper() if isinstance(value, bool) else str(value)]
    return ["n", number(value, shown_as)]


def number(value: float, shown_as: str) -> str:
    """A number as it was most likely typed: whole where it is whole, with the zeros that its format puts in front."""
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < 1e15)
    if not whole:
        return repr(value)
    text = str(int(value))
    pattern = shown_as.split(";", maxsplit=1)[0].replace("\\", "")
    return text.zfill(pattern.count("0")) if ZEROS.fullmatch(pattern) and not text.startswith("-") else text


def rows(path: str, most: int) -> Iterator[dict[str, Any]]:
    """Every row of every sheet that holds something. Raises ``Verdict``."""
    from openpyxl import load_workbook

    # Styles and extensions that the library does not know are nothing to us.
    warnings.simplefilter("ignore")
    book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    found = 0
    for sheet in book.worksheets:
        hidden = sheet.sheet_state != "visible"
        part = sheet._worksheet_path  # type: ignore[attr-defined]  # noqa: SLF001 - where the sheet is in the package
        yield {"sheet": sheet.title, "hidden": hidden, "merged": merged(path, part)}
        # What a file says of its own size is not believed.
        sheet.reset_dimensions()
        for line, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
            cells = [None if cell.value is None else cell_of(cell) for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            if not cells:
                continue
            found += 1
            if found > most:
                raise Verdict("too_many_rows")
            yield {"sheet": sheet.title, "row": line, "cells": cells}


def main() -> int:
    """Read the workbook named on the command line, up to so many rows."""
    path, most = sys.argv[1], int(sys.argv[2])
    limit()
    answer: dict[str, Any] = {"verdict": "good"}
    try:
        inspect(path)
        for row in rows(path, most):
            sys.stdout.write(json.dumps(row) + "\n")
    except Verdict as verdict:
        answer = verdict.answer
    except MemoryError:
        answer = {"verdict": "too_large"}
    except Exception:  # noqa: BLE001 - whatever a hostile file makes a library raise, the answer is the same
        answer = {"verdict": "damaged"}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
