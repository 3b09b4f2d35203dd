"""Lists that are wrong, damaged or hostile: each gets one clear sentence, and none takes long or reaches outside."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from vetting.imports.partner_columns import COLUMNS
from vetting.imports.partner_file import MOST_ROWS, refused_at_sight
from vetting.imports.partners import Line, read_list
from vetting.jobs.partner_template import heads
from vetting.models import Sheet

GOOD = {"partner_key": "P-001", "legal_name": "Lantern Works", "organization_kind": "Business"}


def table(**cells: str) -> list[list[str]]:
    """The sheet of partners with one row."""
    head = heads(Sheet.PARTNERS)
    return [head, [{**GOOD, **cells}.get(column, "") for column in head]]


def as_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def book(
    tmp_path: Path, fill: Callable[[xlsxwriter.Workbook, object], None] | None = None, name: str = "Partners"
) -> bytes:
    """A workbook with a good sheet of partners, and what ``fill`` makes of it."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        page = made.add_worksheet(name)
        for line, row in enumerate(table()):
            for place, text in enumerate(row):
                page.write_string(line, place, text)
        if fill is not None:
            fill(made, page)
    return path.read_bytes()


def repacked(data: bytes, change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    """A workbook with its parts changed, and more parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def said(name: str, data: bytes) -> str:
    """What is wrong with a file as a whole."""
    found = read_list([(name, data)])
    assert found.lines == []
    return " ".join(str(problem.message) for problem in found.problems)


def only(data: bytes, name: str = "partners.csv") -> Line:
    """The one row of a file in which nothing is wrong as a whole."""
    found = read_list([(name, data)])
    assert found.problems == []
    [line] = found.lines
    return line


def wrong(line: Line) -> dict[str, str]:
    """What is wrong with each cell."""
    return {str(kept["column"]): kept["text"] % kept["values"] for kept in line.problems}


def place(column: str) -> int:
    return heads(Sheet.PARTNERS).index(column)


def test_a_good_row_is_read_alike_from_both_kinds_of_file(tmp_path: Path) -> None:
    rows = table(tax_id="04-1234567", zip="02119", partner_since="7/1/2024", partner_until="2027-06-30")
    one = only(as_csv(rows))
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as made:
        page = made.add_worksheet("Partners")
        for line, row in enumerate(rows):
            for column, text in enumerate(row):
                page.write_string(line, column, text)
        days = made.add_format({"num_format": "m/d/yyyy"})
        page.write_datetime(1, place("partner_since"), date(2024, 7, 1), days)
        page.write_number(1, place("tax_id"), 41234567, made.add_format({"num_format": "00-0000000"}))
        page.write_number(1, place("zip"), 2119, made.add_format({"num_format": "00000"}))
    other = only(path.read_bytes(), "book.xlsx")
    assert one.problems == other.problems == []
    assert one.values == other.values
    assert (one.answers["ein"], one.answers["zip"]) == ("04-1234567", "02119")
    assert one.values["partner"] == ["2024-07-01", "2027-06-30"]


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("tax_id", "41234567", "lost its leading zeros"),
        ("tax_id", "123-45-6789", "Social Security"),
        ("tax_id", "99999", "nine digits"),
        ("zip", "2119", "write 02119"),
        ("zip", "Boston", "five digits"),
        ("partner_since", "45474", "This is the number 45474, not a date"),
        ("partner_since", "soon", "Enter the date"),
        ("organization_kind", "Club", "not in the list of the template"),
        ("organization_kind", "", "This cell is empty"),
        ("legal_name", '=HYPERLINK("http://x")', "runs as a formula"),
        ("mission", "CORI results: clear", "background check"),
        ("mission", "Student ID 1234567 takes part", "single student"),
        ("contact_email", "alex at example", "Enter an email address"),
        ("partner_key", "a b", "A key has letters"),
        ("year_founded", "98", "four digits"),
        ("partner_until", "2020-01-01", "Give both days"),
        ("website", "javascript:alert(1)", "Enter a web address"),
    ],
)
def test_each_wrong_cell_is_named_with_what_to_do(column: str, text: str, words: str) -> None:
    found = wrong(only(as_csv(table(**{column: text}))))
    assert any(words in sentence for sentence in found.values()), found
    if column == "tax_id":
        assert not any(text in sentence for sentence in found.values()), "a tax id is never said again"


def test_a_byte_order_mark_and_other_line_ends_are_read() -> None:
    data = b"\xef\xbb\xbf" + as_csv(table()).replace(b"\r\n", b"\r")
    assert only(data).key == "P-001"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("partners.csv", as_csv(table(), delimiter=";"), "not separated by commas"),
        ("partners.csv", as_csv(table(legal_name="Café"), "latin-1"), "not in UTF-8"),
        ("partners.csv", as_csv(table(), "utf-16"), "UTF-16"),
        ("partners.csv", as_csv([["partner_key"], ["P-001"]]), "missing from the header"),
        ("people.csv", as_csv([["a", "b"], ["1", "2"]]), "cannot tell which list"),
        ("partners.csv", as_csv([heads(Sheet.PARTNERS)]), "header and no rows"),
        ("partners.csv", as_csv([[*heads(Sheet.PARTNERS), "Student Name (first)"], *table()[1:]]), "single students"),
        ("partners.csv", as_csv([[*heads(Sheet.PARTNERS), "cori_result"], *table()[1:]]), "background checks"),
        ("partners.csv", b'partner_key,legal_name\n"open', "not a well-formed CSV"),
        ("list.zip", b"PK\x03\x04 but no zip at all", "may be damaged"),
        ("list.xls", b"\xd0\xcf\x11\xe0" + bytes(100), "without a password"),
        ("list.pdf", b"%PDF-1.7", "This is a PDF"),
    ],
)  # fmt: skip
def test_each_wrong_file_gets_one_clear_sentence(name: str, data: bytes, words: str) -> None:
    assert words in said(name, data)


def test_a_file_that_is_too_large_is_not_even_read() -> None:
    assert "larger than 10 MB" in str(refused_at_sight("list.csv", b"x" * (10 * 1024 * 1024 + 1)))


def test_too_many_rows_are_said_once(tmp_path: Path) -> None:
    head, row = table()
    rows = [head, *([f"P-{number}", *row[1:]] for number in range(50_000))]
    assert f"more than {MOST_ROWS} rows" in said("partners.csv", as_csv(rows))

    def fill(made: xlsxwriter.Workbook, page: object) -> None:
        for number in range(MOST_ROWS + 5):
            page.write_string(number + 2, 0, f"P-{number}")  # type: ignore[attr-defined]

    assert f"more than {MOST_ROWS} rows" in said("book.xlsx", book(tmp_path, fill))


def test_formulas_errors_and_dates_out_of_place_are_named(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook, page: object) -> None:
        page.write_formula(1, place("legal_name"), "=1+1", None, "2")  # type: ignore[attr-defined]
        page.write_formula(1, place("city"), "=1/0", None, "#DIV/0!")  # type: ignore[attr-defined]
        day = made.add_format({"num_format": "d-mmm"})
        page.write_datetime(1, place("neighborhoods_served"), date(2026, 6, 8), day)  # type: ignore[attr-defined]
        page.write_number(1, place("partner_since"), 45474)  # type: ignore[attr-defined]

    found = wrong(only(book(tmp_path, fill), "book.xlsx"))
    assert "formula" in found["legal_name"]
    assert "formula" in found["city"]
    assert "turned this into the date 2026-06-08" in found["neighborhoods_served"]
    assert "number 45474, not a date" in found["partner_since"]


def test_sheets_that_are_not_ours_merged_cells_and_macros_are_refused(tmp_path: Path) -> None:
    def more(made: xlsxwriter.Workbook, page: object) -> None:
        made.add_worksheet("Budget").write_string(0, 0, "secret")

    def merge(made: xlsxwriter.Workbook, page: object) -> None:
        page.merge_range("B4:C4", "both")  # type: ignore[attr-defined]

    assert "“Budget” is not part of the template" in said("book.xlsx", book(tmp_path, more))
    assert "Start from the template" in said("book.xlsx", book(tmp_path, name="Sheet1"))
    assert "B4:C4 are merged" in said("book.xlsx", book(tmp_path, merge))
    macros = repacked(book(tmp_path), lambda name, data: data, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})
    assert "macros" in said("book.xlsx", macros)


def test_a_workbook_that_reaches_elsewhere_is_refused(tmp_path: Path) -> None:
    link = {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    assert "from other files" in said("book.xlsx", repacked(book(tmp_path), lambda name, data: data, link))
    fetch = {"xl/connections.xml": b"<connections/>"}
    assert "from the network" in said("book.xlsx", repacked(book(tmp_path), lambda name, data: data, fetch))


def test_entities_never_grow(tmp_path: Path) -> None:
    """The billion laughs, and the same behind another encoding or a long comment."""
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'

    def laughing(name: str, data: bytes) -> bytes:
        return re.sub(rb"(<\?xml[^>]*\?>)", rb"\1" + laughs, data) if name.endswith("sheet1.xml") else data

    def hidden(name: str, data: bytes) -> bytes:
        before = b"<!-- " + b"x" * 1_000_030 + b" -->"
        return re.sub(rb"(<\?xml[^>]*\?>)", rb"\1" + before + laughs, data) if name.endswith("sheet1.xml") else data

    def wide(name: str, data: bytes) -> bytes:
        return data.decode().encode("utf-16") if name.endswith("sheet1.xml") else data

    assert "declarations" in said("book.xlsx", repacked(book(tmp_path), laughing))
    assert "declarations" in said("book.xlsx", repacked(book(tmp_path), hidden))
    assert "damaged" in said("book.xlsx", repacked(book(tmp_path), wide))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = {f"xl/media/image{number}.xml": b" " * 60_000_000 for number in range(3)}
    assert "unpacks to far more" in said("book.xlsx", repacked(book(tmp_path), lambda name, data: data, bomb))


def test_a_million_empty_rows_and_a_false_size_are_passed_over(tmp_path: Path) -> None:
    def far(name: str, data: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return data
        data = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', data)
        return data.replace(b"</sheetData>", b'<row r="1048576"><c r="A1048576" s="0"/></row></sheetData>')

    assert only(repacked(book(tmp_path), far), "book.xlsx").key == "P-001"

    empty = b"".join(b'<row r="%d"/>' % number for number in range(3, 1_000_003))

    def many(name: str, data: bytes) -> bytes:
        return data.replace(b"</sheetData>", empty + b"</sheetData>") if name.endswith("sheet1.xml") else data

    assert only(repacked(book(tmp_path), many), "book.xlsx").key == "P-001"


def test_a_locked_part_is_said_to_be_locked(tmp_path: Path) -> None:
    data = bytearray(book(tmp_path))
    # The bit of the first entry in the directory that says it is encrypted.
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "password" in said("book.xlsx", bytes(data))


def test_two_rows_may_not_have_one_key() -> None:
    head, row = table()
    found = read_list([("partners.csv", as_csv([head, row, row]))])
    assert wrong(found.lines[1]) == {"partner_key": "Row 2 says this already. Every key stands for one thing."}


def test_grades_and_lists_are_read_as_people_write_them() -> None:
    head = [column.key for column in COLUMNS[Sheet.PROGRAMS]]
    cells = {
        "program_key": "A",
        "partner_key": "P-001",
        "program_name": "Lanterns",
        "grades": "K to 2; 12",
        "days_of_week": "monday, fri",
        "service_category": "tutoring",
    }
    line = only(as_csv([head, [cells.get(column, "") for column in head]]), "programs.csv")
    assert line.problems == []
    assert line.answers["grades"] == ["K", "1", "2", "12"]
    assert line.answers["days_of_week"] == ["mon", "fri"]
    assert line.answers["service_category"] == "academic_support.tutoring"


def test_the_template_offers_the_words_that_are_read(tmp_path: Path) -> None:
    from vetting.jobs.partner_template import examples, write_workbook

    path = tmp_path / "template.xlsx"
    write_workbook(path, examples())
    made = openpyxl.load_workbook(path)
    try:
        offered = {str(each.sqref) for each in made["Partners"].data_validations.dataValidation}
    finally:
        made.close()
    letter = chr(65 + place("organization_kind"))
    assert any(found.startswith(f"{letter}2:") for found in offered)
