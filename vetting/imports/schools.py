"""Read the file of schools: one row for each school and school year."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vetting.imports.cells import dese_id, school_year
from vetting.imports.table import CellProblem, Parsed, Problem, RawRow, plain_text, read_table, whole_number
from vetting.text import N_, say

REQUIRED = ("school_year", "dese_id", "name", "lowest_grade", "highest_grade", "enrollment")
OPTIONAL = ("chronically_absent_pct", "address", "zip", "neighborhood")
GRADES = ("PK", "K", *(str(grade) for grade in range(1, 13)))
SPECIAL = "SP"
MOST_STUDENTS = 10_000

_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]))?")


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """A school in one school year. Absence is in tenths of a percent; None means not published or not known."""

    line: int
    school_year: str
    dese_id: str
    name: str
    lowest_grade: str
    highest_grade: str
    enrollment: int
    chronically_absent_tenths: int | None
    address: str | None
    zip: str | None
    neighborhood: str | None


def parse_schools(data: bytes) -> Parsed[SchoolRow]:
    """Every school row of a CSV file, and every problem with its line. Never raises for any bytes."""
    table, problems = read_table(data, required=REQUIRED, optional=OPTIONAL)
    rows: list[SchoolRow] = []
    first_lines: dict[tuple[str, str], int] = {}
    for raw in table:
        try:
            row = _row(raw)
        except CellProblem as problem:
            problems.append(Problem(problem.message, raw.line, problem.column))
            continue
        first = first_lines.setdefault((row.school_year, row.dese_id), row.line)
        if first != row.line:
            message = N_("School %(school)s is already on line %(line)s for %(year)s.")
            problems.append(Problem(say(message, school=row.dese_id, line=first, year=row.school_year), row.line))
            continue
        rows.append(row)
    return Parsed(tuple(rows), tuple(problems))


def _row(raw: RawRow) -> SchoolRow:
    lowest, highest = _grade(raw, "lowest_grade"), _grade(raw, "highest_grade")
    if SPECIAL not in (lowest, highest) and GRADES.index(lowest) > GRADES.index(highest):
        message = N_("The lowest grade, %(lowest)s, is above the highest, %(highest)s.")
        raise CellProblem("lowest_grade", message, lowest=lowest, highest=highest)
    return SchoolRow(
        line=raw.line,
        school_year=school_year(raw),
        dese_id=dese_id(raw),
        name=plain_text(raw, "name", limit=120),
        lowest_grade=lowest,
        highest_grade=highest,
        enrollment=whole_number(raw, "enrollment", maximum=MOST_STUDENTS),
        chronically_absent_tenths=_percent(raw, "chronically_absent_pct"),
        address=_known(raw, "address"),
        zip=_zip(raw),
        neighborhood=_known(raw, "neighborhood"),
    )


def _grade(raw: RawRow, column: str) -> str:
    text = raw.cells.get(column, "")
    if text not in {*GRADES, SPECIAL}:
        raise CellProblem(column, N_("“%(value)s” is not a grade. Use PK, K, 1 to 12 or SP."), value=text[:40])
    return text


def _percent(raw: RawRow, column: str) -> int | None:
    text = raw.cells.get(column, "")
    if not text:
        return None
    match = _PERCENT.fullmatch(text)
    tenths = int(match[1]) * 10 + int(match[2] or 0) if match else None
    if tenths is None or tenths > 1000:
        raise CellProblem(
            column, N_("Write a percentage from 0 to 100 with one decimal, not “%(value)s”."), value=text[:40]
        )
    return tenths


def _zip(raw: RawRow) -> str | None:
    text = raw.cells.get("zip", "")
    if not text:
        return None
    if re.fullmatch(r"[0-9]{4}", text):
        raise CellProblem("zip", N_("“%(value)s” lost its leading zero. Format the column as text."), value=text)
    if not re.fullmatch(r"[0-9]{5}", text):
        raise CellProblem("zip", N_("A ZIP code has five digits, not “%(value)s”."), value=text[:40])
    return text


def _known(raw: RawRow, column: str) -> str | None:
    return plain_text(raw, column) if raw.cells.get(column) else None
