"""Tables for spreadsheet programs, row by row: what a cell holds is text or a day, never something to calculate.

A text that begins like a formula gets an apostrophe before it in CSV, because spreadsheet programs would run it; in
XLSX every text is stored as text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path

Value = str | int | date

BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheet programs that the text is UTF-8."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_WIDEST, _NARROWEST = 48, 12


def harmless(text: str) -> str:
    """Text that no spreadsheet program takes for a formula, even after blanks."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


class _Line:
    """Takes what a writer writes, and gives it away."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def csv_pieces(head: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """A table as CSV, line by line; days as YYYY-MM-DD."""
    line = _Line()
    writer = csv.writer(line)
    writer.writerow([harmless(text) for text in head])
    yield BYTE_ORDER_MARK + line.text
    for row in rows:
        writer.writerow([_plain(value) for value in row])
        yield line.text


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write a table to a file. Only the row at hand is in memory."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_pieces(head, rows))


def _plain(value: Value) -> str | int:
    if isinstance(value, date):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else value


def write_xlsx(
    path: Path, title: str, head: Sequence[str], rows: Iterable[Sequence[Value]], day: date | None = None
) -> int:
    """Write a table to a file and say how many rows it has. Only the row at hand is in memory.

    ``day`` is written into the file as the day it was made, so that the same rows give the same file.
    """
    # Loaded here, because the web process starts without it.
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }
    count = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        if day is not None:
            book.set_properties({"created": datetime.combine(day, time())})
        dated, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        for place, text in enumerate(head):
            sheet.set_column(place, place, max(_NARROWEST, min(_WIDEST, len(text) * 2)))
            sheet.write_string(0, place, text, bold)
        for count, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(count, place, value, dated)
                elif isinstance(value, int):
                    sheet.write_number(count, place, value)
                elif value:
                    sheet.write_string(count, place, value)
    return count
