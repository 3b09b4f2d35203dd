"""The schools file: the real one loads, and every kind of spoiled one says line by line what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.data.schools import BOSTON_SCHOOLS, DEMONSTRATION_INDEX, file_bytes, source_files
from vetting.imports.index import parse_index
from vetting.imports.schools import SchoolRow, parse_schools

HEADER = (
    "school_year,dese_id,name,lowest_grade,highest_grade,enrollment,chronically_absent_pct,address,zip,neighborhood"
)
GOOD = "2025-26,00350541,Example School,9,12,224,46.3,1 Example Street,02119,Roxbury"


def said(*rows: str, header: str = HEADER) -> list[str]:
    """What is wrong with a file of these rows."""
    return [str(problem) for problem in parse_schools("\n".join([header, *rows]).encode()).problems]


def test_the_real_schools_load_without_a_problem() -> None:
    parsed = parse_schools(file_bytes(BOSTON_SCHOOLS))
    assert parsed.ok
    assert len(parsed.rows) == 330
    assert len({row.dese_id for row in parsed.rows}) == 118
    students = {
        year: sum(row.enrollment for row in parsed.rows if row.school_year == year) for year in ("2018-19", "2025-26")
    }
    assert students == {"2018-19": 51_433, "2025-26": 44_416}


def test_the_demonstration_scores_fit_the_schools_and_say_that_they_are_made_up() -> None:
    schools = parse_schools(file_bytes(BOSTON_SCHOOLS)).rows
    known = {(row.dese_id, row.school_year) for row in schools}
    parsed = parse_index(file_bytes(DEMONSTRATION_INDEX), known_schools=known)
    assert parsed.ok
    assert {(row.dese_id, row.school_year) for row in parsed.rows} == {key for key in known if key[1] != "2018-19"}
    scores = sorted(row.index for row in parsed.rows if row.school_year == "2025-26")
    assert (scores[0], scores[-1]) == (17, 89)
    # The published spread of 2021 was 5, 43, 66 and 10 of 124 schools.
    bands = [(1, 24, 5), (25, 50, 43), (51, 75, 66), (76, 99, 10)]
    for low, high, published in bands:
        share = sum(low <= score <= high for score in scores) / len(scores)
        assert share == pytest.approx(published / 124, abs=0.02)
    assert source_files()[DEMONSTRATION_INDEX].made_up
    assert not source_files()[BOSTON_SCHOOLS].made_up


def test_a_good_row_keeps_its_zeros_and_reads_absence_in_tenths() -> None:
    windows = f'\ufeff{HEADER}\r\n{GOOD}\r\n\r\n2024-25,00350541,"School, renamed",PK,6,0,,,,\r\n'.encode()
    assert parse_schools(windows).rows == (
        SchoolRow(
            2, "2025-26", "00350541", "Example School", "9", "12", 224, 463, "1 Example Street", "02119", "Roxbury"
        ),
        SchoolRow(4, "2024-25", "00350541", "School, renamed", "PK", "6", 0, None, None, None, None),
    )


LOST = "lost its leading zeros, as spreadsheets do. Format the column as text and write"


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        (
            "350541",
            "00350541",
            f"Line 2, dese_id: “350541” {LOST} 00350541.",
        ),
        (
            "3.50E+05",
            "00350541",
            "Line 2, dese_id: A spreadsheet turned this id into the number “3.50E+05”. Format the column as text.",
        ),
        ("BPS-541", "00350541", "Line 2, dese_id: A school id has eight digits, such as 00350541, not “BPS-541”."),
        ("2025", "2025-26", "Line 2, school_year: Write the school year like 2025-26, not “2025”."),
        ("2025-27", "2025-26", "Line 2, school_year: Write the school year like 2025-26, not “2025-27”."),
        ("13", ",12,", None),
        ("-224", "224", "Line 2, enrollment: -224 is below zero."),
        ("224.5", "224", "Line 2, enrollment: Write a whole number with digits only, not “224.5”."),
        ("٢٢٤", "224", "Line 2, enrollment: Write a whole number with digits only, not “٢٢٤”."),
        ("99999", "224", "Line 2, enrollment: 99999 is more than 10000. Check it."),
        (
            "146.3",
            "46.3",
            "Line 2, chronically_absent_pct: Write a percentage from 0 to 100 with one decimal, not “146.3”.",
        ),
        ("2119", "02119", "Line 2, zip: “2119” lost its leading zero. Format the column as text."),
        (
            "=HYPERLINK(1)",
            "Example School",
            "Line 2, name: This begins with “=”, which a spreadsheet runs as a formula.",
        ),
        (
            "@SUM(1)",
            "1 Example Street",
            "Line 2, address: This begins with “@”, which a spreadsheet runs as a formula.",
        ),
        ("", "Example School", "Line 2, name: This cell is empty."),
        ("x" * 121, "Example School", "Line 2, name: This is longer than 120 characters."),
        ("A\u202eB", "Example School", "Line 2, name: This holds a line break or a hidden character."),
    ],
)
def test_a_bad_cell_is_named_with_its_line_and_what_to_do(wrong: str, right: str, sentence: str | None) -> None:
    if sentence is None:
        wrong, sentence = f",{wrong},", "Line 2, highest_grade: “13” is not a grade. Use PK, K, 1 to 12 or SP."
    assert said(GOOD.replace(right, wrong, 1)) == [sentence]


def test_a_school_twice_in_a_year_names_both_lines() -> None:
    assert said(GOOD, GOOD.replace("2025-26", "2024-25"), GOOD) == [
        "Line 4: School 00350541 is already on line 2 for 2025-26."
    ]


def test_grades_the_wrong_way_round_are_noticed() -> None:
    assert said(GOOD.replace(",9,12,", ",12,9,")) == [
        "Line 2, lowest_grade: The lowest grade, 12, is above the highest, 9."
    ]
    assert said(GOOD.replace(",9,12,", ",SP,9,")) == []


def test_every_bad_row_is_listed_and_lines_count_inside_quoted_cells() -> None:
    rows = ['2025-26,00350541,"Two\nlines",9,12,224,,,,', "2025-26,1,Example,9,12,1,,,,", "too,short"]
    assert said(*rows) == [
        "Line 5: This row has 2 cells. The header has 10.",
        "Line 2, name: This holds a line break or a hidden character.",
        f"Line 4, dese_id: “1” {LOST} 00000001.",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b" \r\n \n", "The file is empty."),
        (b"PK\x03\x04rest of a workbook", "This is an Excel or zip file."),
        (b"\xd0\xcf\x11\xe0old workbook", "This is an old Excel file."),
        (b"%PDF-1.7", "This is a PDF."),
        ("school_year,dese_id".encode("utf-16"), "This file is in UTF-16."),
        (b"a,b\n1,\x00", "This is not a text file."),
        (HEADER.encode() + b"\nJos\xe9", "Line 2: This file is not in UTF-8."),
        (HEADER.encode(), "The file has a header and no rows."),
        (HEADER.replace(",", ";").encode() + b"\n1;2", "Line 1: The cells are not separated by commas."),
        (HEADER.encode() + b'\n"never closed', "This is not a well-formed CSV file"),
        (b"x" * (10 * 1024 * 1024 + 1), "The file is larger than 10 MB."),
    ],
)
def test_a_wrong_file_is_named_in_one_sentence(data: bytes, words: str) -> None:
    parsed = parse_schools(data)
    assert parsed.rows == ()
    assert len(parsed.problems) == 1
    assert str(parsed.problems[0]).startswith(words)


def test_a_wrong_header_names_what_is_missing_and_what_is_unknown() -> None:
    problems = said("x", header="dese_id,School Name,enrollment,enrollment,lowest_grade,highest_grade")
    assert problems[:2] == [
        "Line 1: The column “school_year” is missing from the header.",
        "Line 1: The column “name” is missing from the header.",
    ]
    assert "“school name”, which is not a column of this file" in problems[2]
    assert problems[3] == "Line 1: The header names “enrollment” twice."


TYPED = st.text(max_size=300).map(lambda text: f"{HEADER}\n{text}".encode("utf-8", "replace"))


@given(st.binary(max_size=300) | TYPED)
def test_no_file_whatsoever_raises(data: bytes) -> None:
    for parsed in (parse_schools(data), parse_index(data)):
        assert parsed.rows or parsed.problems
