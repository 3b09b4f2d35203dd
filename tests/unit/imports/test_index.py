"""The file of Opportunity Index scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.imports.index import IndexRow, parse_index

HEADER = "dese_id,school_year,index"


def said(*rows: str, known: set[tuple[str, str]] | None = None) -> list[str]:
    """What is wrong with a file of these rows."""
    parsed = parse_index("\n".join([HEADER, *rows]).encode(), known_schools=known)
    return [str(problem) for problem in parsed.problems]


@given(st.integers(1, 99), st.sampled_from(["0.{:02d}", ".{:02d}"]))
def test_every_score_from_one_to_ninety_nine_hundredths_is_read(score: int, pattern: str) -> None:
    parsed = parse_index(f"{HEADER}\n00350541,2025-26,{pattern.format(score)}\n".encode())
    assert parsed.ok
    assert parsed.rows == (IndexRow(2, "00350541", "2025-26", score),)


def test_one_decimal_means_tenths() -> None:
    assert parse_index(f"{HEADER}\n00350541,2025-26,0.6\n".encode()).rows[0].index == 60


@pytest.mark.parametrize(
    ("score", "sentence"),
    [
        ("56", "Line 2, index: The index runs from 0.01 to 0.99. “56” looks like hundredths or percent."),
        ("56%", "Line 2, index: The index runs from 0.01 to 0.99. “56%” looks like hundredths or percent."),
        ("0.561", "Line 2, index: “0.561” has more than two decimals."),
        ("0.00", "Line 2, index: The index runs from 0.01 to 0.99, not “0.00”."),
        ("1.00", "Line 2, index: The index runs from 0.01 to 0.99, not “1.00”."),
        ("-0.5", "Line 2, index: The index runs from 0.01 to 0.99, not “-0.5”."),
        ("", "Line 2, index: The index runs from 0.01 to 0.99, not “”."),
        ("n/a", "Line 2, index: The index runs from 0.01 to 0.99, not “n/a”."),
    ],
)
def test_a_score_that_is_none_is_named(score: str, sentence: str) -> None:
    assert said(f"00350541,2025-26,{score}") == [sentence]


def test_a_decimal_comma_is_named() -> None:
    assert said('00350541,2025-26,"0,56"') == ["Line 2, index: Write the score with a point, such as 0.56, not “0,56”."]


def test_an_unknown_school_and_a_second_score_are_named() -> None:
    rows = ["00350541,2025-26,0.56", "00350541,2025-26,0.57", "00359999,2025-26,0.5"]
    assert said(*rows, known={("00350541", "2025-26")}) == [
        "Line 3: School 00350541 already has a score for 2025-26 on line 2.",
        "Line 4, dese_id: There is no school 00359999 in 2025-26. Import the schools of that year first.",
    ]
