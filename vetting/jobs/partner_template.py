"""The office's list as files: the empty template with one made-up row on each sheet, or what is there now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from vetting.imports.partner_columns import COLUMNS, Column, Reads, several, words_of
from vetting.jobs.spreadsheets import harmless
from vetting.models import Sheet
from vetting.text import N_

Rows = Mapping[Sheet, Iterable[Sequence[str]]]
Translate = Callable[[str], str]

TITLES: Mapping[Sheet, str] = {
    Sheet.PARTNERS: "Partners",
    Sheet.PROGRAMS: "Programs",
    Sheet.PARTNERSHIPS: "Partnerships",
}
"""Names of the sheets. They are not translated, because a list is known by them."""
READ_ME, WORDS = "Read me", "Words"
CHECKED_ROWS = 20_000
EXAMPLE_ROW = N_("This row is made up. Delete it or leave it: a key that begins with EXAMPLE is never loaded.")
ADVICE = (
    N_("One row for each partner, program and partnership. Keep the first row of every sheet as it is."),
    N_("Keep your keys: with the same keys the list can be loaded again, and only what is new is changed."),
    N_("An empty cell leaves what is there as it is."),
    N_("Write days as 2026-09-30, and tax IDs, ZIP codes and school ids as text, so that leading zeros stay."),
    N_("Nothing about single students and no results of background checks. They have no place here."),
    EXAMPLE_ROW,
)


def heads(sheet: Sheet) -> list[str]:
    """The headings of a sheet."""
    return [column.key for column in COLUMNS[sheet]]


def example(sheet: Sheet) -> list[str]:
    """The made-up row of a sheet."""
    return [column.example for column in COLUMNS[sheet]]


def examples() -> dict[Sheet, list[list[str]]]:
    """The made-up rows of the template."""
    return {sheet: [example(sheet)] for sheet in Sheet}


def write_workbook(path: Path, rows: Rows, translate: Translate = str) -> None:
    """Write the three sheets with these rows, the words that may stand in them, and what each column means."""
    # Loaded here, because the web process starts without it.
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        must = book.add_format({"bold": True, "underline": True})
        plain = book.add_format({"bold": True})
        guide = book.add_worksheet(READ_ME)
        sheets = {sheet: book.add_worksheet(TITLES[sheet]) for sheet in Sheet}
        words = book.add_worksheet(WORDS)
        lists = _write_words(words, plain)
        _write_guide(guide, bold, wrapped, translate)
        for sheet, page in sheets.items():
            page.freeze_panes(1, 1)
            for place, column in enumerate(COLUMNS[sheet]):
                # Text, so that no zero is lost and no "6-8" becomes a day in June.
                page.set_column(place, place, max(14, min(40, len(column.example) + 2, 40)), text)
                page.write_string(0, place, column.key, must if column.required else plain)
                page.write_comment(0, place, translate(column.about))
                if column.key in lists:
                    page.data_validation(
                        1,
                        place,
                        CHECKED_ROWS,
                        place,
                        {
                            "validate": "list",
                            "source": lists[column.key],
                            # Several words in one cell are not in the list, and still right.
                            "error_type": "information" if several(column) else "stop",
                            "error_message": translate(N_("Choose a word from the list.")),
                        },
                    )
            for line, row in enumerate(rows.get(sheet, ()), start=1):
                for place, value in enumerate(row):
                    if value:
                        page.write_string(line, place, value)


def _write_words(page: object, bold: object) -> dict[str, str]:
    """A column of words for each column of the sheets that has a list; returns where each stands."""
    found: dict[str, str] = {}
    place = 0
    for sheet in Sheet:
        for column in COLUMNS[sheet]:
            if not words_of(column) or column.key in found:
                continue
            names = [name for _key, name in words_of(column)]
            page.write_string(0, place, column.key, bold)  # type: ignore[attr-defined]
            for line, name in enumerate(names, start=1):
                page.write_string(line, place, name)  # type: ignore[attr-defined]
            page.set_column(place, place, 30)  # type: ignore[attr-defined]
            letter = _letters(place)
            found[column.key] = f"='{WORDS}'!${letter}$2:${letter}${len(names) + 1}"
            place += 1
    return found


def _letters(place: int) -> str:
    """The name of a column: A to Z, then AA."""
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)


def _write_guide(page: object, bold: object, wrapped: object, translate: Translate) -> None:
    page.set_column(0, 1, 24)  # type: ignore[attr-defined]
    page.set_column(2, 2, 80)  # type: ignore[attr-defined]
    line = 0
    for sentence in ADVICE:
        page.write_string(line, 0, translate(sentence))  # type: ignore[attr-defined]
        line += 1
    for sheet in Sheet:
        line += 1
        page.write_string(line, 0, TITLES[sheet], bold)  # type: ignore[attr-defined]
        line += 1
        for column in COLUMNS[sheet]:
            page.write_string(line, 0, column.key, wrapped)  # type: ignore[attr-defined]
            page.write_string(line, 1, translate(_need(column)), wrapped)  # type: ignore[attr-defined]
            page.write_string(line, 2, translate(column.about), wrapped)  # type: ignore[attr-defined]
            line += 1


def _need(column: Column) -> str:
    if column.required:
        return N_("Needed in every row")
    return N_("A day, or empty") if column.reads is Reads.DAY else N_("May be empty")


def csv_rows(sheet: Sheet, rows: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    """Rows for a CSV file, in which no cell runs as a formula."""
    for row in rows:
        yield [harmless(value) for value in row]
