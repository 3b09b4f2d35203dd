"""Dates, amounts, names and sums as they are printed."""

from __future__ import annotations

from datetime import date

import pytest

from vetting.data.evidence_types import load_evidence_types
from vetting.data.insurance_words import load_insurance_words
from vetting.preflight import places, totals
from vetting.preflight.amounts import amount_of, limits_in
from vetting.preflight.dates import dates_in, last_days, periods
from vetting.preflight.finding import CHECKS, Finding
from vetting.preflight.given import District, Given
from vetting.preflight.insurance import limit_of
from vetting.preflight.names import sighted
from vetting.preflight.reading import Cell, Page, Reading
from vetting.preflight.rules import check

TODAY = date(2026, 11, 22)


def page_of(*lines: str | tuple[str, ...]) -> Reading:
    """A page with a row for each line; of several cells where several are given."""
    rows = []
    for line in lines:
        cells = (line,) if isinstance(line, str) else line
        rows.append(tuple(Cell(100.0 * place, 100.0 * place + 90, text) for place, text in enumerate(cells)))
    letters = sum(len(cell.text) for row in rows for cell in row)
    return Reading("done", (Page(tuple(rows), letters),))


def given(key: str, **typed: object) -> Given:
    words = load_insurance_words()
    kind = load_evidence_types().documents[key]
    district = District(words.names, words.additional_insured)
    return Given(kind, TODAY, ("Alder Arts", "Alder"), district, **typed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("07/01/2026", date(2026, 7, 1)),
        ("7-1-26", date(2026, 7, 1)),
        ("07.01.2026", date(2026, 7, 1)),
        ("31/12/2026", date(2026, 12, 31)),
        ("July 1, 2026", date(2026, 7, 1)),
        ("JUL 1 2026", date(2026, 7, 1)),
        ("Sept. 3rd, 2026", date(2026, 9, 3)),
        ("1 July 2026", date(2026, 7, 1)),
        ("1st day of July, 2026", date(2026, 7, 1)),
        ("2026-07-01", date(2026, 7, 1)),
        ("on 2/29/2028 at noon", date(2028, 2, 29)),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, day: date) -> None:
    assert [found for found, _start, _end in dates_in(text)] == [day]


@pytest.mark.parametrize(
    "text", ["2/30/2026", "13/13/2026", "617-555-0100", "04-1234567", "12:01", "1.2.3.4", "FY26-27"]
)
def test_what_is_no_date_is_not_taken_for_one(text: str) -> None:
    assert list(dates_in(text)) == []


def test_the_second_of_two_dates_and_a_named_end_are_last_days() -> None:
    reading = page_of("GL-1 07/01/2026 07/01/2027", "Issued 06/30/2026", "Expiration date: June 2, 2028")
    assert [(one.first, one.last) for one in periods(reading)] == [(date(2026, 7, 1), date(2027, 7, 1))]
    assert [one.day for one in last_days(reading)] == [date(2027, 7, 1), date(2028, 6, 2)]


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("EACH OCCURRENCE $ 1,000,000", [100_000_000]),
        ("limit of $1M", [100_000_000]),
        ("$1.5 million", [150_000_000]),
        ("One Million Dollars", [100_000_000]),
        ("1.000.000,00", [100_000_000]),
        ("1,000,000.00", [100_000_000]),
        ("policy GL-1234567", []),
        ("7/1/2026", []),
    ],
)
def test_limits_are_read_as_insurers_print_them(text: str, cents: list[int]) -> None:
    assert [found for found, _start, _end in limits_in(text)] == cents


@pytest.mark.parametrize(
    ("text", "cents"),
    [("$1,200", 120_000), ("(350.50)", -35_050), ("12345.6", 1_234_560), ("\u2014", 0), ("Staff", None), ("10%", None)],
)
def test_a_cell_of_a_budget_is_an_amount_or_not(text: str, cents: int | None) -> None:
    assert amount_of(text) == cents


@pytest.mark.parametrize(
    "lines",
    [
        ("Commercial general liability", "Each occurrence limit  $500,000", "General aggregate  $2,000,000"),
        ("General liability: $500,000 per occurrence, $2,000,000 aggregate",),
        ("CGL", ("Each occurrence", "Aggregate"), ("$500,000", "$2,000,000")),
        ("UMBRELLA LIAB", "EACH OCCURRENCE $ 5,000,000", "COMMERCIAL GENERAL LIABILITY", "EACH OCCURRENCE $ 500,000"),
        ("COMMERCIAL GENERAL LIABILITY", "DAMAGE TO PREMISES (Ea occurrence) $100,000", "EACH OCCURRENCE $ 500,000"),
    ],
)
def test_the_limit_is_the_one_of_the_cover(lines: tuple[str | tuple[str, ...], ...]) -> None:
    assert limit_of(page_of(*lines), "coi_general_liability") == (50_000_000, 1)


@pytest.mark.parametrize(
    ("name", "printed", "same"),
    [
        ("Niñez Unida, Inc.", "NINEZ UNIDA INC", True),
        ("Roxbury Robotics & Design", "Roxbury Robotics and Design LLC", True),
        ("O'Malley School", "OMALLEY SCHOOL", True),
        ("Harbor Lights Youth Orchestra", "Harbor Lights Youth Orchcstra", True),
        ("Harbor Lights Youth Orchestra", "Harbor Lights Senior Center", False),
        ("Arc", "Archdiocese of Boston", False),
    ],
)
def test_names_are_the_same_however_they_are_written(name: str, printed: str, same: bool) -> None:
    assert (sighted([name], page_of("To whom it may concern", printed)).alike >= 92) is same


def test_a_name_may_run_over_two_lines() -> None:
    assert sighted(["Jamaica Pond Nature Explorers"], page_of("Insured: Jamaica Pond", "Nature Explorers")).alike == 100


BUDGET = (
    ("Program budget", "FY2027"),
    ("Grants", "$1,000"),
    ("Fees", "$500"),
    ("Total income", "$1,500"),
    ("Wages", "900"),
    ("Taxes", "100.40"),
    ("Subtotal people", "1,000.40"),
    ("Rent", "200"),
    ("Books", "100"),
    ("Subtotal other", "300"),
    ("Total expenses", "1,300"),
    ("Net", "200"),
)


def test_subtotals_rounding_and_what_is_left_add_up() -> None:
    assert list(totals.sums(page_of(*BUDGET), given("budget"))) == []


def test_a_wrong_total_is_told_with_the_right_one() -> None:
    wrong = [("Total income", "$1,600") if row[0] == "Total income" else row for row in BUDGET]
    assert list(totals.sums(page_of(*wrong), given("budget"))) == [
        Finding("total_differs", 1, {"label": "Total income", "read_cents": 160_000, "sum_cents": 150_000})
    ]


def test_a_table_of_other_numbers_is_no_budget_with_a_mistake() -> None:
    reading = page_of("Program budget", ("Total number of students", "120"), ("Schools", "4"), ("Total cost", "$9,000"))
    assert list(totals.sums(reading, given("budget"))) == []


def test_a_document_of_another_kind_is_told_only_that() -> None:
    reading = page_of("Form W-9", "Request for Taxpayer Identification Number and Certification", "Somebody Else")
    (finding,) = check(reading, given("coi_general_liability", policy_number="GL-1"))
    assert (finding.key, finding.values["read"]) == ("another_kind", "an IRS Form W-9")


def test_small_print_does_not_make_the_district_additional_insured() -> None:
    reading = page_of(
        "CERTIFICATE OF LIABILITY INSURANCE",
        "IMPORTANT: If the certificate holder is an ADDITIONAL INSURED, the policy(ies) must have ADDITIONAL INSURED",
        "provisions or be endorsed. A statement does not confer rights in lieu of such endorsement(s).",
        "INSURED Alder Arts",
        "COMMERCIAL GENERAL LIABILITY EACH OCCURRENCE $1,000,000",
        "CERTIFICATE HOLDER",
        "Boston Public Schools",
    )
    keys = [finding.key for finding in check(reading, given("coi_general_liability"))]
    assert keys == ["not_additional_insured"]


def test_the_words_that_are_missing_are_named() -> None:
    reading = page_of(
        "THIS ENDORSEMENT CHANGES THE POLICY", "Insured: Alder Arts",
        "The City of Boston and the Boston Public Schools are included as additional insured.",
    )  # fmt: skip
    (finding,) = check(reading, given("additional_insured_endorsement"))
    assert (finding.key, finding.values["missing"]) == ("wording_differs", "committee")


def test_every_sentence_takes_the_values_that_rules_give() -> None:
    """A place in a sentence that no rule fills would break the page."""
    for key, row in CHECKS.items():
        for sentence in (row.says, row.fix):
            assert sentence.endswith((".", "%(expected)s", "”")), key
            assert "%s" not in sentence


def test_a_tax_form_with_a_personal_number_is_told_without_the_number() -> None:
    reading = page_of("Form W-9 Request for Taxpayer", "Alder Arts", "Social security number", "900-12-3456")
    found = {finding.key: finding for finding in check(reading, given("w9"))}
    assert "personal_number" in found
    assert "3456" not in str([finding.as_data() for finding in found.values()])


HOME = ("12 Warren St, Suite 4, Boston, MA 02119",)


@pytest.mark.parametrize(
    ("lines", "noticed"),
    [
        (("Address", "9 Main St", "Quincy, MA 02169"), True),
        (("Address", "12 WARREN STREET", "Boston, MA 02119-1234"), False),
        (("Address", "P.O. Box 7", "Boston, MA 02119"), False),
        (("Address", "12 Warren Street", "Boston, MA 02120"), False),
        (("No address at all",), False),
    ],
    ids=["another", "the same", "a box in the same place", "a zip code off", "none"],
)
def test_an_address_that_is_not_the_typed_one_is_worth_a_look(lines: tuple[str, ...], noticed: bool) -> None:
    reading = page_of("Form W-9 Request for Taxpayer", "Alder Arts", *lines)
    found = {finding.key: finding for finding in check(reading, given("w9", addresses=HOME))}
    assert ("address_differs" in found) is noticed
    if noticed:
        assert found["address_differs"].values == {"expected": HOME[0]}
        assert CHECKS["address_differs"].severity == "hint"
    assert "address_differs" not in {finding.key for finding in check(reading, given("w9"))}, "none was typed"


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("Vendor Number: 0000123456", "0000123456"),
        ("City of Boston supplier ID # VC-778812", "VC-778812"),
        ("Vendor no. (if known): 99 8 877", "99 8 877"),
        ("Vendor No.: vc 000 45-678", ""),
        ("Vendor: Alder Arts", ""),
    ],
)
def test_a_vendor_number_that_is_not_ours_is_told(line: str, read: str) -> None:
    reading = page_of("City of Boston contract form CM-10", "Alder Arts", line)
    kept = "VC00045678"
    found = list(check(reading, given("city_contract_forms", vendor_number=kept)))
    told = {one.key: one.values for one in found}.get("vendor_number_differs")
    assert told == ({"read": read, "given": kept} if read else None)
    assert "vendor_number_differs" not in {one.key for one in check(reading, given("city_contract_forms"))}


def test_a_page_full_of_beginnings_of_vendor_numbers_is_read_to_its_end() -> None:
    beginnings = ("vendor no (" * 200_000, f"vendor no{' ' * 1_000_000}", "Vendor number: VC1")
    found = places.vendor_number(page_of(*beginnings), given("city_contract_forms", vendor_number="VC2"))
    assert [one.values["read"] for one in found] == ["VC1"]


POLICY_PAGE = ("CERTIFICATE OF LIABILITY INSURANCE", "INSURED Alder Arts", "COMMERCIAL GENERAL LIABILITY")
W9 = "Form W-9 Request for Taxpayer"


@pytest.mark.parametrize(
    ("hint", "key", "lines", "typed"),
    [
        ("kind_unclear", "coi_general_liability", ("Alder Arts", "Some words of no kind at all"), {}),
        ("name_nearly", "w9", (W9, "Aldar Arts"), {}),
        ("tax_id_missing", "w9", (W9, "Alder Arts"), {}),
        ("in_the_future", "w9", (W9, "Alder Arts"), {"issued_on": date(2027, 1, 5)}),
        ("other_issue_day", "w9", (W9, "Alder Arts", "Date 03/02/2026"), {"issued_on": date(2026, 3, 20)}),
        ("no_date", "w9", (W9, "Alder Arts"), {}),
        ("limit_not_found", "coi_general_liability", POLICY_PAGE, {}),
        ("no_signature", "match_commitment", ("Alder Arts gives ten percent.",), {}),
    ],
)
def test_each_hint_is_given_with_a_way_to_mend_it(
    hint: str, key: str, lines: tuple[str, ...], typed: dict[str, object]
) -> None:
    found = {finding.key for finding in check(page_of(*lines), given(key, **typed))}
    assert hint in found
    assert CHECKS[hint].fix
