"""A comma-separated file as rows of named cells, with the mistakes people make when a spreadsheet is in between."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from vetting.text import N_, Message, say

RowT = TypeVar("RowT")

MAX_BYTES = 10 * 1024 * 1024

NOT_A_CSV: Sequence[tuple[bytes, str]] = (
    (
        b"PK\x03\x04",
        N_("This is an Excel or zip file. Open it, save it as CSV UTF-8 (comma delimited), and use that file."),
    ),
    (
        b"\xd0\xcf\x11\xe0",
        N_("This is an old Excel file. Open it, save it as CSV UTF-8 (comma delimited), and use that file."),
    ),
    (b"%PDF", N_("This is a PDF. Use a comma-separated file (CSV).")),
    (b"\xff\xfe", N_("This file is in UTF-16. Save it as CSV UTF-8 (comma delimited).")),
    (b"\xfe\xff", N_("This file is in UTF-16. Save it as CSV UTF-8 (comma delimited).")),
    (b"\x1f\x8b", N_("This is a compressed file. Unpack it first.")),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` counts from 1 with the header; None when it is about the whole file."""

    message: Message
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        if self.line is None:
            return str(self.message)
        where = f"Line {self.line}, {self.column}" if self.column else f"Line {self.line}"
        return f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Parsed(Generic[RowT]):
    """The rows that could be read, and every problem. Nothing is loaded while there is a problem."""

    rows: tuple[RowT, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether the file may be loaded."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class RawRow:
    """The cells of one row, without space around them, and the line on which it begins."""

    line: int
    cells: Mapping[str, str]


class CellProblem(Exception):
    """A cell that cannot be read."""

    def __init__(self, column: str, text: str, **values: str | int | Message) -> None:
        self.column = column
        self.message = say(text, **values)
        super().__init__(str(self.message))


def read_table(
    data: bytes, *, required: Sequence[str], optional: Sequence[str] = ()
) -> tuple[list[RawRow], list[Problem]]:
    """The rows of a CSV file whose first line names its columns, in any order; and what is wrong with the file.

    Accepts UTF-8 with or without a byte order mark and any line ends. Empty lines are skipped.
    """
    text, problem = _decoded(data)
    if problem is not None:
        return [], [problem]
    try:
        lines = list(_numbered(text))
    except csv.Error as error:
        return [], [Problem(say(N_("This is not a well-formed CSV file: %(error)s."), error=str(error)))]
    if not lines:
        return [], [Problem(say(N_("The file is empty.")))]
    header_line, header = lines[0]
    columns = [cell.strip().lower() for cell in header]
    problems = header_problems(columns, header_line, required, optional)
    if problems:
        return [], problems
    if len(lines) == 1:
        return [], [Problem(say(N_("The file has a header and no rows.")))]
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(columns):
            message = N_("This row has %(found)s cells. The header has %(expected)s.")
            problems.append(Problem(say(message, found=len(cells), expected=len(columns)), line))
            continue
        rows.append(RawRow(line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    return rows, problems


def plain_text(row: RawRow, column: str, *, limit: int = 200) -> str:
    """The text of a cell. Raises CellProblem when it is empty, too long, like a formula, or holds hidden characters."""
    text = row.cells.get(column, "")
    if not text:
        raise CellProblem(column, N_("This cell is empty."))
    if text[0] in "=+-@":
        raise CellProblem(
            column, N_("This begins with “%(sign)s”, which a spreadsheet runs as a formula."), sign=text[0]
        )
    if len(text) > limit:
        raise CellProblem(column, N_("This is longer than %(limit)s characters."), limit=limit)
    if not text.isprintable():
        raise CellProblem(column, N_("This holds a line break or a hidden character."))
    return text


def whole_number(row: RawRow, column: str, *, maximum: int) -> int:
    """The whole number of a cell, from zero. Raises CellProblem."""
    text = row.cells.get(column, "")
    if text.startswith("-") and text[1:].isdecimal():
        raise CellProblem(column, N_("%(value)s is below zero."), value=text)
    if not (text.isascii() and text.isdecimal()):
        message = N_("Write a whole number with digits only, not “%(value)s”.")
        raise CellProblem(column, message, value=text) if text else CellProblem(column, N_("This cell is empty."))
    if len(text) > 12 or int(text) > maximum:
        raise CellProblem(column, N_("%(value)s is more than %(maximum)s. Check it."), value=text[:20], maximum=maximum)
    return int(text)


def _decoded(data: bytes) -> tuple[str, Problem | None]:
    if not data.strip():
        return "", Problem(say(N_("The file is empty.")))
    if len(data) > MAX_BYTES:
        return "", Problem(say(N_("The file is larger than %(limit)s MB."), limit=MAX_BYTES // 1024 // 1024))
    for signature, message in NOT_A_CSV:
        if data.startswith(signature):
            return "", Problem(say(message))
    if b"\0" in data:
        return "", Problem(say(N_("This is not a text file.")))
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = N_("This file is not in UTF-8. Save it as CSV UTF-8 (comma delimited).")
        return "", Problem(say(message), line)


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    # The reader wants the line ends as they are, to keep line breaks inside quoted cells apart from rows.
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline=""), strict=True)
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = reader.line_num + 1


def header_problems(
    columns: Sequence[str], line: int, required: Sequence[str], optional: Sequence[str]
) -> list[Problem]:
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        return [
            Problem(
                say(N_("The cells are not separated by commas. Save the file as CSV UTF-8 (comma delimited).")), line
            )
        ]
    problems = [
        Problem(say(N_("The column “%(column)s” is missing from the header."), column=column), line)
        for column in required
        if column not in columns
    ]
    known = {*required, *optional}
    for position, column in enumerate(columns):
        if column not in known:
            message = N_("The header names “%(column)s”, which is not a column of this file. It has %(known)s.")
            problems.append(Problem(say(message, column=column[:40], known=", ".join([*required, *optional])), line))
        elif column in columns[:position]:
            problems.append(Problem(say(N_("The header names “%(column)s” twice."), column=column), line))
    return problems
