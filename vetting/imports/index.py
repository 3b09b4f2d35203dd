"""Read the file of Opportunity Index scores: one finished score for each school and school year."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from vetting.imports.cells import dese_id, school_year
from vetting.imports.table import CellProblem, Parsed, Problem, RawRow, read_table
from vetting.text import N_, say

COLUMNS = ("dese_id", "school_year", "index")

_SCORE = re.compile(r"0?\.([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One score, in hundredths (56 for 0.56)."""

    line: int
    dese_id: str
    school_year: str
    index: int


def parse_index(data: bytes, *, known_schools: Collection[tuple[str, str]] | None = None) -> Parsed[IndexRow]:
    """Every score of a CSV file, and every problem with its line. Never raises for any bytes.

    With `known_schools`, pairs of id and school year, a score for any other pair is a problem.
    """
    table, problems = read_table(data, required=COLUMNS)
    rows: list[IndexRow] = []
    first_lines: dict[tuple[str, str], int] = {}
    for raw in table:
        try:
            row = IndexRow(raw.line, dese_id(raw), school_year(raw), _score(raw))
        except CellProblem as problem:
            problems.append(Problem(problem.message, raw.line, problem.column))
            continue
        key = (row.dese_id, row.school_year)
        first = first_lines.setdefault(key, row.line)
        if first != row.line:
            message = N_("School %(school)s already has a score for %(year)s on line %(line)s.")
            problems.append(Problem(say(message, school=row.dese_id, year=row.school_year, line=first), row.line))
        elif known_schools is not None and key not in known_schools:
            message = N_("There is no school %(school)s in %(year)s. Import the schools of that year first.")
            problems.append(Problem(say(message, school=row.dese_id, year=row.school_year), row.line, "dese_id"))
        else:
            rows.append(row)
    return Parsed(tuple(rows), tuple(problems))


def _score(raw: RawRow) -> int:
    text = raw.cells.get("index", "")
    match = _SCORE.fullmatch(text)
    score = int(match[1].ljust(2, "0")) if match else 0
    if score:
        return score
    if re.fullmatch(r"0?,[0-9]{1,2}", text):
        raise CellProblem("index", N_("Write the score with a point, such as 0.56, not “%(value)s”."), value=text)
    if re.fullmatch(r"[1-9][0-9]?%?", text):
        message = N_("The index runs from 0.01 to 0.99. “%(value)s” looks like hundredths or percent.")
        raise CellProblem("index", message, value=text)
    if re.fullmatch(r"0?\.[0-9]{3,}", text):
        raise CellProblem("index", N_("“%(value)s” has more than two decimals."), value=text[:40])
    raise CellProblem("index", N_("The index runs from 0.01 to 0.99, not “%(value)s”."), value=text[:40])
