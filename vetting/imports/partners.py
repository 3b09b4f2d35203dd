"""Rows of the office's list as checked facts: every cell read the way the registration form reads an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from vetting.data.partner_sheets import Sheet
from vetting.imports import cells as school_cells
from vetting.imports.partner_columns import COLUMNS, EXAMPLE, YES, Column, Reads, questions, several, words_of
from vetting.imports.partner_file import FileProblem, RawLine, read_files
from vetting.imports.table import CellProblem, RawRow
from vetting.questionnaires.answers import Answer, normal_text, validate_answer
from vetting.questionnaires.form import Kind, Question
from vetting.questionnaires.refused import refused_content
from vetting.refs import folded
from vetting.text import N_, Message, say

_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,58}[A-Za-z0-9])?")
_MASKED = re.compile(r"\*\*-\*\*\*([0-9]{4})")
_RANGE = re.compile(r"(\w+)\s*(?:-|\u2013|to|through)\s*(\w+)", re.IGNORECASE)
PERIODS: Mapping[Sheet, tuple[str, str, str]] = {
    Sheet.PARTNERS: ("partner", "partner_since", "partner_until"),
    Sheet.PROGRAMS: ("portfolio", "portfolio_from", "portfolio_until"),
    Sheet.PARTNERSHIPS: ("money", "money_from", "money_until"),
}
"""The two days of each sheet, and the name of the time between them."""

_DAY = Question("day", Kind.DATE, "", "", True, None, None, None, (), None, None, 0, (), False)
_FORMULA = re.compile(r"[=@\t]|[+-](?=[A-Za-z(=@+-])")


def as_data(message: Message) -> dict[str, Any]:
    """A sentence as it is kept, so that it can be shown in the reader's language."""
    values = {name: str(value) if isinstance(value, Message) else value for name, value in message.values.items()}
    return {"text": message.text, "values": values}


@dataclass
class Line:
    """One row. ``values`` are its facts (ready for JSON): ``answers`` by question, and what no question asks.

    ``problems`` are dicts of column, text and values. ``example``: a made-up row of the template.
    """

    sheet: Sheet
    line: int
    key: str
    title: str
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    example: bool = False

    @property
    def answers(self) -> dict[str, Any]:
        found: dict[str, Any] = self.values.get("answers", {})
        return found

    def wrong(self, column: str, message: Message) -> None:
        """Note what is wrong with a cell, or with the whole row where no column is named."""
        self.problems.append({"column": column, **as_data(message)})

    def period(self, name: str) -> tuple[date, date] | None:
        """The time between two days of the row."""
        days = self.values.get(name)
        return (date.fromisoformat(days[0]), date.fromisoformat(days[1])) if days else None


@dataclass
class PartnerList:
    """A whole upload. While ``problems`` is not empty there are no lines."""

    lines: list[Line]
    problems: list[FileProblem]


Progress = Callable[[int, int], None]


def read_list(files: Iterable[tuple[str, bytes]], progress: Progress = lambda done, total: None) -> PartnerList:
    """Every row of an upload with what is wrong with it. Never raises for any bytes."""
    raw = read_files(list(files))
    lines = []
    for done, each in enumerate(sorted(raw.lines, key=lambda line: (list(Sheet).index(line.sheet), line.line)), 1):
        lines.append(read_line(each))
        if done % 500 == 0:
            progress(done, len(raw.lines))
    _told_twice(lines)
    return PartnerList(lines, raw.problems)


def read_line(raw: RawLine) -> Line:
    """One row, cell by cell."""
    key = raw.cells.get("partner_key" if raw.sheet is Sheet.PARTNERS else "program_key", "")
    line = Line(raw.sheet, raw.line, key[:60], _title(raw))
    if key.upper().startswith(EXAMPLE):
        line.example = True
        return line
    answers: dict[str, Any] = {}
    for column in COLUMNS[raw.sheet]:
        try:
            value = _cell(raw, column)
        except CellProblem as problem:
            line.wrong(problem.column, problem.message)
            continue
        if value is None:
            continue
        if column.question and not isinstance(value, Masked):
            answers[column.question] = value
        else:
            line.values[column.key] = value.last4 if isinstance(value, Masked) else value
    line.values["answers"] = answers
    _period(line, *PERIODS[raw.sheet])
    _together(line)
    return line


@dataclass(frozen=True)
class Masked:
    """A tax id as our own pages and files show it: only its last four digits are there."""

    last4: str


def _title(raw: RawLine) -> str:
    names = {Sheet.PARTNERS: "legal_name", Sheet.PROGRAMS: "program_name"}
    if raw.sheet in names:
        text = raw.cells.get(names[raw.sheet], "")
    else:
        text = " · ".join(raw.cells.get(name, "") for name in ("program_key", "dese_id", "school_year"))
    # What may not be kept is not shown either.
    clean = "".join(letter for letter in text if letter.isprintable())[:200]
    return "" if refused_content(clean) else clean


def _cell(raw: RawLine, column: Column) -> Any:
    """The value of a cell; None where it is empty. Raises CellProblem."""
    if column.key in raw.wrong:
        message = raw.wrong[column.key]
        raise CellProblem(column.key, message.text, **message.values)
    text = normal_text(raw.cells.get(column.key, ""))
    if not text:
        if column.required:
            raise CellProblem(column.key, N_("This cell is empty. Every row needs it."))
        return None
    if column.question != "ein":
        _acceptable(column, text)
    return _READERS[column.reads](column, text)


def _acceptable(column: Column, text: str) -> None:
    refused = refused_content(text)
    if refused is not None:
        raise CellProblem(column.key, refused.text, **refused.values)
    if _FORMULA.match(text):
        raise CellProblem(
            column.key, N_("This begins with “%(sign)s”, which a spreadsheet runs as a formula."), sign=text[0]
        )


def _answer(column: Column, text: str) -> Any:
    question = questions()[column.question]
    if question.kind is Kind.EIN:
        return _tax_id(column, question, text)
    if words_of(column):
        return _choices(column, text) if several(column) else _word(column, text)
    return _validated(column, question, text)


def _validated(column: Column, question: Question, text: str) -> Any:
    found = validate_answer(question, text)
    if isinstance(found, Answer):
        return found.value
    raise CellProblem(column.key, found.message.text, **found.message.values)


def _tax_id(column: Column, question: Question, text: str) -> Any:
    masked = _MASKED.fullmatch(text)
    if masked:
        return Masked(masked[1])
    if re.fullmatch(r"[0-9]{7,8}", text):
        message = N_(
            "This tax ID lost its leading zeros, as spreadsheets do. Format the column as text and write all nine."
        )
        raise CellProblem(column.key, message)
    return _validated(column, question, text)


def _zip(column: Column, text: str) -> Any:
    if re.fullmatch(r"[0-9]{3,4}", text):
        message = N_(
            "“%(value)s” lost its leading zero, as spreadsheets do. Format the column as text and write %(whole)s."
        )
        raise CellProblem(column.key, message, value=text, whole=text.zfill(5))
    if not re.fullmatch(r"[0-9]{5}(?:-[0-9]{4})?", text):
        raise CellProblem(column.key, N_("A ZIP code has five digits, not “%(value)s”."), value=text[:20])
    return text


def _word(column: Column, text: str) -> str:
    wanted = folded(text)
    for key, words in words_of(column):
        if wanted in (folded(words), folded(key)):
            return key
    # A name that stands in the list only once needs no category before it.
    ends = [key for key, words in words_of(column) if folded(words).rpartition(": ")[2] == wanted]
    if len(ends) == 1:
        return ends[0]
    raise CellProblem(
        column.key, N_("“%(value)s” is not in the list of the template. Choose from it."), value=text[:40]
    )


def _choices(column: Column, text: str) -> list[str]:
    known = [key for key, _words in words_of(column)]
    chosen: set[str] = set()
    for part in (each.strip() for each in re.split(r"[;\n]" if ";" in text or "\n" in text else ",", text)):
        if not part:
            continue
        span = _RANGE.fullmatch(part)
        if span and {span[1].upper(), span[2].upper()} <= set(known):
            first, last = known.index(span[1].upper()), known.index(span[2].upper())
            chosen.update(known[first : last + 1])
        else:
            chosen.add(_word(column, part))
    return [key for key in known if key in chosen]


def _key(column: Column, text: str) -> str:
    if not _KEY.fullmatch(text):
        message = N_("A key has letters, digits and - . _ / and up to 60 of them, not “%(value)s”.")
        raise CellProblem(column.key, message, value=text[:40])
    return text


def _day(column: Column, text: str) -> str:
    if re.fullmatch(r"[0-9]{5}(?:\.0)?", text):
        message = N_("This is the number %(number)s, not a date. Format the column as a date, or write 2026-09-30.")
        raise CellProblem(column.key, message, number=text)
    return str(_validated(column, _DAY, text))


def _school(column: Column, text: str) -> str:
    return school_cells.dese_id(RawRow(0, {column.key: text}))


def _school_year(column: Column, text: str) -> str:
    return school_cells.school_year(RawRow(0, {column.key: text}))


_READERS: Mapping[Reads, Callable[[Column, str], Any]] = {
    Reads.ANSWER: _answer,
    Reads.KEY: _key,
    Reads.DAY: _day,
    Reads.SCHOOL: _school,
    Reads.SCHOOL_YEAR: _school_year,
    Reads.WORD: _word,
    Reads.ZIP: _zip,
}


def _period(line: Line, name: str, first: str, last: str) -> None:
    start, end = line.values.pop(first, None), line.values.pop(last, None)
    if (start is None) != (end is None) and not any(p["column"] in {first, last} for p in line.problems):
        line.wrong(last if start else first, say(N_("Give both days, or none.")))
    elif start and end and end < start:
        line.wrong(last, say(N_("The last day is before the first day.")))
    elif start and end:
        line.values[name] = [start, end]


def _together(line: Line) -> None:
    """What must stand together in one row."""
    values = line.values
    if line.sheet is Sheet.PROGRAMS and ("portfolio" in values) != ("portfolio_category" in values):
        line.wrong("portfolio_category", say(N_("A Portfolio listing needs a category and both days.")))
    if line.sheet is Sheet.PARTNERSHIPS and (values.get("district_money") == YES) != ("money" in values):
        line.wrong(
            "district_money", say(N_("Where the school pays, say yes and give both days. Otherwise leave them out."))
        )


def _told_twice(lines: list[Line]) -> None:
    """Two rows of one sheet may not have the same key; the second one is told where the first stands."""
    seen: dict[tuple[Sheet, Any], int] = {}
    for line in lines:
        if line.example or not line.key:
            continue
        about: Any = line.key
        if line.sheet is Sheet.PARTNERSHIPS:
            about = (line.key, line.values.get("dese_id"), line.values.get("school_year"))
        first = seen.setdefault((line.sheet, about), line.line)
        if first != line.line:
            column = "partner_key" if line.sheet is Sheet.PARTNERS else "program_key"
            line.wrong(column, say(N_("Row %(line)s says this already. Every key stands for one thing."), line=first))
