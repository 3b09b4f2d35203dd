"""The office's list as it was uploaded, a workbook or a CSV file for each sheet, as rows under known columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vetting.data.partner_sheets import Sheet
from vetting.imports.partner_columns import COLUMNS, Reads, never_taken
from vetting.imports.table import MAX_BYTES, NOT_A_CSV, header_problems, read_table
from vetting.imports.workbook import MOST_COLUMNS, Cell, SheetRows, read_workbook
from vetting.text import N_, Message, say

MOST_ROWS = 20_000
"""Rows of all sheets together."""
MOST_FILES = len(Sheet)
ZIP_SIGN = b"PK\x03\x04"
IGNORED_SHEETS = frozenset({"read me", "words"})
"""Sheets of the template that hold no rows."""
TELLTALE: Mapping[str, Sheet] = {
    "legal_name": Sheet.PARTNERS,
    "program_name": Sheet.PROGRAMS,
    "dese_id": Sheet.PARTNERSHIPS,
}
"""The column by which a CSV file is known."""

NEVER = N_(
    "The heading “%(column)s” looks like information about single students or results of background checks. They have "
    "no place here. Delete the column and choose the file again."
)
OLD_OR_LOCKED = N_(
    "This is an old Excel file (.xls), or one that is locked with a password. Save it as .xlsx without a password and "
    "choose that."
)


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Something that is wrong with a file or a sheet as a whole."""

    message: Message
    sheet: str = ""
    line: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class RawLine:
    """One row: the text of its cells, and what is wrong with cells that are no plain text."""

    sheet: Sheet
    line: int
    cells: Mapping[str, str]
    wrong: Mapping[str, Message]


@dataclass
class RawList:
    """Every row of an upload, and every problem that is not about one row."""

    lines: list[RawLine] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)


def refused_at_sight(name: str, data: bytes) -> Message | None:
    """What is wrong with a file that can never be read, from its first bytes and its size."""
    if not data.strip(b"\0 \r\n\t"):
        return say(N_("“%(name)s” is empty."), name=name)
    if len(data) > MAX_BYTES:
        return say(
            N_("“%(name)s” is larger than %(limit)s MB. Split the list."), name=name, limit=MAX_BYTES // 1024 // 1024
        )
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return say(OLD_OR_LOCKED)
    for signature, message in NOT_A_CSV:
        if data.startswith(signature) and not data.startswith(ZIP_SIGN):
            return say(message)
    return None


def read_files(files: Sequence[tuple[str, bytes]]) -> RawList:
    """The rows of one workbook, or of one CSV file for each sheet. Never raises for any bytes."""
    found = RawList()
    for name, data in files:
        refused = refused_at_sight(name, data)
        if refused is not None:
            found.problems.append(FileProblem(refused, name))
        elif data.startswith(ZIP_SIGN):
            _workbook(found, name, data)
        else:
            _csv(found, name, data)
    if len(found.lines) > MOST_ROWS:
        found.problems.append(
            FileProblem(say(N_("The list has more than %(limit)s rows. Split it into several files."), limit=MOST_ROWS))
        )
    if found.problems:
        found.lines.clear()
    elif not found.lines:
        found.problems.append(FileProblem(say(N_("There is no row in this list."))))
    return found


def _csv(found: RawList, name: str, data: bytes) -> None:
    columns = _headline(data)
    never = [column for column in columns if never_taken(column)]
    if never:
        found.problems.append(FileProblem(say(NEVER, column=never[0][:40]), name, 1))
        return
    sheet = next((sheet for column, sheet in TELLTALE.items() if column in columns), None)
    if sheet is None:
        sheet = next((known for known in Sheet if known in name.lower().split(".")[0]), None)
    if sheet is None:
        message = N_("We cannot tell which list this is. Start from the template, and keep its first row.")
        found.problems.append(FileProblem(say(message), name, 1))
        return
    if any(line.sheet is sheet for line in found.lines):
        message = N_("Two files hold %(sheet)s. Choose one file for each list.")
        found.problems.append(FileProblem(say(message, sheet=sheet.value), name))
        return
    rows, problems = read_table(data, required=_required(sheet), optional=_optional(sheet))
    found.problems += [FileProblem(problem.message, name, problem.line, problem.column or "") for problem in problems]
    found.lines += [RawLine(sheet, row.line, row.cells, {}) for row in rows if any(text for text in row.cells.values())]


def _headline(data: bytes) -> list[str]:
    text = data[:20_000].decode("utf-8-sig", errors="replace")
    try:
        first = next(csv.reader(io.StringIO(text)), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in first]


def _required(sheet: Sheet) -> list[str]:
    return [column.key for column in COLUMNS[sheet] if column.required]


def _optional(sheet: Sheet) -> list[str]:
    return [column.key for column in COLUMNS[sheet] if not column.required]


def _workbook(found: RawList, name: str, data: bytes) -> None:
    sheets = read_workbook(data, MOST_ROWS)
    if isinstance(sheets, Message):
        found.problems.append(FileProblem(sheets, name))
        return
    known = {sheet.value: sheet for sheet in Sheet}
    there = [rows for rows in sheets if rows.name.strip().lower() in known]
    strange = [
        rows.name
        for rows in sheets
        if rows.name.strip().lower() not in {*known, *IGNORED_SHEETS} and rows.rows and not rows.hidden
    ]
    if strange or not there:
        message = N_("The sheet “%(name)s” is not part of the template. It has Partners, Programs and Partnerships.")
        missing = N_("There is no sheet called Partners, Programs or Partnerships. Start from the template.")
        found.problems.append(
            FileProblem(say(message, name=strange[0][:40]) if there else say(missing), strange[0] if there else "")
        )
        return
    for rows in there:
        _sheet(found, known[rows.name.strip().lower()], rows)


def _sheet(found: RawList, sheet: Sheet, rows: SheetRows) -> None:
    if rows.merged:
        message = N_("The cells %(cells)s are merged. Unmerge them, so that every cell stands for itself.")
        found.problems.append(FileProblem(say(message, cells=rows.merged), rows.name))
        return
    if not rows.rows:
        return
    header_line, header = rows.rows[0]
    columns = [cell[1].strip().lower() if cell else "" for cell in header]
    problems = _objections(sheet, columns, header_line)
    if problems:
        found.problems += [FileProblem(message, rows.name, line) for message, line in problems]
        return
    for line, cells in rows.rows[1:]:
        if len(cells) > len(columns):
            message = N_("This row goes on beyond the last heading. Every cell needs a heading above it.")
            found.problems.append(FileProblem(say(message), rows.name, line))
            continue
        raw = _line(sheet, line, dict(zip(columns, cells, strict=False)))
        if any(raw.cells.values()) or raw.wrong:
            found.lines.append(raw)


def _objections(sheet: Sheet, columns: list[str], line: int) -> list[tuple[Message, int]]:
    never = [column for column in columns if never_taken(column)]
    if never:
        return [(say(NEVER, column=never[0][:40]), line)]
    if len(columns) > MOST_COLUMNS:
        return [(say(N_("The sheet has more than %(limit)s columns."), limit=MOST_COLUMNS), line)]
    if "" in columns:
        return [(say(N_("A column has no heading. Delete it, or start again from the template.")), line)]
    found = header_problems(columns, line, _required(sheet), _optional(sheet))
    return [(problem.message, problem.line or line) for problem in found]


def _line(sheet: Sheet, line: int, cells: Mapping[str, Cell]) -> RawLine:
    texts: dict[str, str] = {}
    wrong: dict[str, Message] = {}
    days = {column.key for column in COLUMNS[sheet] if column.reads is Reads.DAY}
    for column, cell in cells.items():
        kind, text = cell or ("s", "")
        if kind == "f":
            wrong[column] = say(N_("This cell is a formula. Paste its result as a value."))
        elif kind == "e":
            wrong[column] = say(N_("This cell shows the error %(error)s. Write what belongs there."), error=text)
        elif kind == "d" and column not in days:
            message = N_(
                "A spreadsheet turned this into the date %(day)s. Format the column as text and write it again."
            )
            wrong[column] = say(message, day=text)
        elif kind == "n" and column in days:
            message = N_("This is the number %(number)s, not a date. Format the column as a date, or write 2026-09-30.")
            wrong[column] = say(message, number=text[:20])
        else:
            texts[column] = text.strip()
    return RawLine(sheet, line, texts, wrong)
