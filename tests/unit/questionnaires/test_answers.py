"""What people type: read kindly, refused in plain words, and never kept when it has no business here."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.canonical import canonical_json
from vetting.data.vocabulary import Word
from vetting.questionnaires.answers import Answer, Problem, browser_length, validate_answer
from vetting.questionnaires.ein import masked_ein, read_ein
from vetting.questionnaires.form import Kind, Question
from vetting.questionnaires.refused import refused_content

CHOICES = (Word("a", "First"), Word("b", "Second"), Word("c", "Third"))


def question(kind: Kind, **changes: Any) -> Question:
    """A question of this kind, required unless said otherwise."""
    values: dict[str, Any] = {
        "key": "q",
        "kind": kind,
        "label": "Question",
        "help": "",
        "required": True,
        "max_length": None,
        "minimum": None,
        "maximum": None,
        "choices": CHOICES if kind in {Kind.CHOICE, Kind.CHOICES} else (),
        "max_choices": None,
        "show_if": None,
        "seconds": 30,
        "informs": (),
        "public": False,
    }
    return Question(**(values | changes))


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        (Kind.TEXT, "  Harbor Strings ", "Harbor Strings"),
        (Kind.TEXT, "Jose\u0301", "Jos\u00e9"),
        (Kind.LONGTEXT, "One\r\ntwo\rthree\n", "One\ntwo\nthree"),
        (Kind.CHOICE, "b", "b"),
        (Kind.CHOICE, ["a", "b"], "b"),
        (Kind.CHOICES, ["c", "a", "a", ""], ["a", "c"]),
        (Kind.CHOICES, "b", ["b"]),
        (Kind.NUMBER, "1,200", 1200),
        (Kind.NUMBER, "0", 0),
        (Kind.YEAR, "1998", 1998),
        (Kind.DATE, "2028-02-29", "2028-02-29"),
        (Kind.DATE, "9/30/2026", "2026-09-30"),
        (Kind.YESNO, "no", "no"),
        (Kind.ACKNOWLEDGE, "yes", "yes"),
        (Kind.EMAIL, "Ana.Lopez@Harbor-Strings.EXAMPLE", "Ana.Lopez@harbor-strings.example"),
        (Kind.PHONE, "(617) 555 0100", "617-555-0100"),
        (Kind.PHONE, "+1 617.555.0100 x 12", "617-555-0100 ext. 12"),
        (Kind.URL, "www.harbor-strings.example/about", "https://www.harbor-strings.example/about"),
        (Kind.MONEY, "$12,500.50", 1_250_050),
        (Kind.MONEY, "12500", 1_250_000),
        (Kind.EIN, " 041234567 ", "04-1234567"),
    ],
)
def test_what_people_type_is_read(kind: Kind, typed: str | list[str], stored: object) -> None:
    assert validate_answer(question(kind), typed) == Answer(stored)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "typed", "sentence"),
    [
        (question(Kind.TEXT), "one\ntwo", "Enter this on one line"),
        (question(Kind.TEXT, max_length=5), "123456", "Shorten this to 5 characters or fewer. It is 1 too long"),
        (question(Kind.TEXT), "abc\u202edef", "This holds hidden characters. Type it again, or paste it as plain text"),
        (question(Kind.TEXT), "abc\x00def", "This holds hidden characters. Type it again, or paste it as plain text"),
        (question(Kind.TEXT), "\ud800", "This holds hidden characters. Type it again, or paste it as plain text"),
        (question(Kind.CHOICE), "z", "Choose one of the answers in the list"),
        (question(Kind.CHOICES), ["a", "z"], "Choose only answers in the list"),
        (question(Kind.CHOICES, max_choices=1), ["a", "b"], "Choose 1 or fewer"),
        (question(Kind.NUMBER), "twelve", "Enter a whole number, such as 25"),
        (question(Kind.NUMBER), "12.5", "Enter a whole number, such as 25"),
        (question(Kind.NUMBER), "1,20", "Enter a whole number, such as 25"),
        (question(Kind.NUMBER), "-1", "Enter 0 or more"),
        (question(Kind.NUMBER, maximum=100), "101", "Enter 100 or less"),
        (question(Kind.NUMBER), "9" * 5000, "Enter 1000000000000 or less"),
        (question(Kind.YEAR), "98", "Enter the year as four digits"),
        (question(Kind.YEAR), "0098", "Check the year"),
        (question(Kind.DATE), "2027-02-29", "Enter the date as month, day and year, such as 09/30/2026"),
        (question(Kind.DATE), "30/09/2026", "Enter the date as month, day and year, such as 09/30/2026"),
        (question(Kind.DATE), "0202-09-30", "Check the year of this date"),
        (question(Kind.YESNO), "maybe", "Choose yes or no"),
        (question(Kind.ACKNOWLEDGE), "no", "Check the box to agree"),
        (question(Kind.EMAIL), "ana@harbor", "Enter an email address, such as name@organization.org"),
        (
            question(Kind.EMAIL),
            "ana@a.example\nBcc: b@b.example",
            "Enter an email address, such as name@organization.org",
        ),
        (question(Kind.PHONE), "555-0100", "Enter a phone number with area code, such as 617-555-0100"),
        (question(Kind.URL), "javascript://a.example/%0aalert(1)", "Enter a web address, such as www.organization.org"),
        (question(Kind.URL), "https://me:secret@a.example", "Enter a web address, such as www.organization.org"),
        (question(Kind.URL), "localhost:8000", "Enter a web address, such as www.organization.org"),
        (question(Kind.URL), "https://[half", "Enter a web address, such as www.organization.org"),
        (question(Kind.MONEY), "1.234,56", "Enter an amount in dollars, such as 12,500 or 12500.50"),
        (question(Kind.MONEY), "-5", "Enter an amount in dollars, such as 12,500 or 12500.50"),
        (question(Kind.MONEY, maximum=125_000), "1250.01", "Enter $1,250 or less"),
        (question(Kind.EIN), "1234", "Enter the tax ID as nine digits, such as 04-1234567"),
        (question(Kind.EIN), "00-1234567", "No tax ID begins with 00. Check the first two digits"),
    ],
)
def test_what_cannot_be_read_is_answered_in_plain_words(asked: Question, typed: str | list[str], sentence: str) -> None:
    answer = validate_answer(asked, typed)
    assert isinstance(answer, Problem)
    assert str(answer.message) == sentence


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("typed", [None, "", "   ", []])
def test_an_empty_answer_is_fine_unless_it_is_required(kind: Kind, typed: str | list[str] | None) -> None:
    if typed == "   " and kind is Kind.CHOICES:
        return
    assert validate_answer(question(kind, required=False), typed) == Answer(None)
    refused = validate_answer(question(kind), typed)
    assert isinstance(refused, Problem)
    assert str(refused.message)


@given(st.sampled_from(Kind), st.text() | st.lists(st.text(), max_size=3) | st.none())
def test_any_text_gives_a_storable_value_or_a_sentence(kind: Kind, typed: str | list[str] | None) -> None:
    answer = validate_answer(question(kind), typed)
    if isinstance(answer, Problem):
        assert str(answer.message)
    else:
        assert canonical_json(answer.value)
        assert validate_answer(question(kind), _as_typed(kind, answer.value)) == answer


ENDLESS = ("a.", "a@", "1,", "- ", "( ", "a-", "//", "www.", "e\u0301", "1 (617) ", "123-45-", "9/")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", Kind)
def test_an_endless_text_is_answered_at_once(kind: Kind) -> None:
    """Each is the beginning of something that is asked for, over and over: whoever looks back each time never ends."""
    for piece in ENDLESS:
        for text in (piece * 5_000, f"a@{piece * 5_000}!"):
            answer = validate_answer(question(kind), text)
            assert isinstance(answer, Problem) or len(str(answer.value)) <= len(text)


@given(st.text(), st.integers(1, 50))
def test_a_text_that_a_browser_lets_through_is_never_too_long(text: str, limit: int) -> None:
    clipped = text
    while browser_length(clipped) > limit:
        clipped = clipped[:-1]
    over_the_wire = clipped.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    answer = validate_answer(question(Kind.LONGTEXT, required=False, max_length=limit), over_the_wire)
    assert not (isinstance(answer, Problem) and "Shorten" in str(answer.message))


def test_length_counts_like_a_browser() -> None:
    assert browser_length("a\r\nb") == 3
    assert browser_length("\U0001f3bb") == 2  # a violin is two UTF-16 units


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Our director's number is 123-45-6789.", "Social Security number"),
        ("219 09 9999", "Social Security number"),
        ("CORI results for our staff: all clear", "results of a background check"),
        ("Attached is the CORI report", "results of a background check"),
        ("Criminal record of J. Doe", "results of a background check"),
        ("The background check results came back on Monday", "results of a background check"),
        ("SASID: 1012345678", "single student"),
        ("Maria, DOB 3/14/2012, needs a seat", "single student"),
        ("Student ID no. 445566", "single student"),
    ],
)
def test_personal_records_are_refused_with_where_they_belong(text: str, words: str) -> None:
    answer = validate_answer(question(Kind.LONGTEXT), text)
    assert isinstance(answer, Problem)
    assert words in str(answer.message)
    assert "Remove" in str(answer.message)


@pytest.mark.parametrize(
    "text",
    [
        "We renew CORI checks every three years and never share what they say.",
        "Every volunteer has a background check before the first day.",
        "Call 617-555-0100 or 617-555-0123.",
        "ZIP 02119-1234; award 04-1234567; 2025-26",
        "Students choose their own projects. Each student has an ID card.",
        "Policy on the criminal history of staff and volunteers",
    ],
)
def test_talk_about_checks_and_ordinary_numbers_passes(text: str) -> None:
    assert refused_content(text) is None


def test_a_social_security_number_in_place_of_a_tax_id_is_noticed() -> None:
    answer = validate_answer(question(Kind.EIN), "123-45-6789")
    assert isinstance(answer, Problem)
    assert "Social Security number" in str(answer.message)


@given(st.integers(10, 16), st.integers(1, 9_999_999))
def test_a_tax_id_is_normalized_and_shows_only_four_digits(prefix: int, rest: int) -> None:
    digits = f"{prefix}{rest:07d}"
    number = read_ein(digits)
    assert number == read_ein(f"{digits[:2]}-{digits[2:]}") == f"{digits[:2]}-{digits[2:]}"
    assert masked_ein(str(number)) == f"**-***{digits[-4:]}"


def _as_typed(kind: Kind, value: object) -> str | list[str]:
    if isinstance(value, list):
        return value
    return f"{int(str(value)) / 100:.2f}" if kind is Kind.MONEY else str(value)
