"""Cells that more than one file has: school ids and school years."""

from __future__ import annotations

import re

from vetting.calendar_days import school_year_bounds
from vetting.imports.table import CellProblem, RawRow
from vetting.text import N_

_DESE_ID = re.compile(r"[0-9]{8}")


def dese_id(row: RawRow) -> str:
    """The state's id of a school: eight digits, leading zeros kept. Raises CellProblem."""
    text = row.cells.get("dese_id", "")
    if _DESE_ID.fullmatch(text):
        return text
    if not text:
        raise CellProblem("dese_id", N_("This cell is empty."))
    if re.fullmatch(r"[0-9]{1,7}", text):
        message = N_(
            "“%(value)s” lost its leading zeros, as spreadsheets do. Format the column as text and write %(whole)s."
        )
        raise CellProblem("dese_id", message, value=text, whole=text.zfill(8))
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+|[0-9]+\.0*", text):
        message = N_("A spreadsheet turned this id into the number “%(value)s”. Format the column as text.")
        raise CellProblem("dese_id", message, value=text)
    raise CellProblem(
        "dese_id", N_("A school id has eight digits, such as 00350541, not “%(value)s”."), value=text[:40]
    )


def school_year(row: RawRow) -> str:
    """A school year such as 2025-26. Raises CellProblem."""
    text = row.cells.get("school_year", "")
    try:
        school_year_bounds(text)
    except ValueError as error:
        message = N_("Write the school year like 2025-26, not “%(value)s”.")
        raise CellProblem("school_year", message, value=text[:40]) from error
    return text
