"""Kinds of documents: complete, honest about where their rules come from, and exact about their last good day."""

import copy
from datetime import date
from typing import Any

import pytest

from vetting.data.evidence_types import (
    Asked,
    Basis,
    DocumentDates,
    Expiry,
    Sensitivity,
    Uploader,
    evidence_types_from,
    last_good_day,
    load_evidence_types,
    missing_dates,
)
from vetting.data.reading import DataError, content_of

TYPES = load_evidence_types()
NAME = "documents/evidence-types-1.yaml"
ISSUED = date(2026, 9, 15)


def test_every_kind_says_what_a_good_one_looks_like_and_whose_rule_it_is() -> None:
    assert "not the district's" in TYPES.header.provenance_note
    for kind in TYPES.documents.values():
        assert kind.help.endswith(".")
        assert kind.good_example
        assert kind.formats
        assert 0 < kind.max_bytes <= 10 * 1024 * 1024
        assert (kind.basis is Basis.VERIFIED) == (kind.source is not None)


def test_what_may_hold_a_personal_number_is_for_few_eyes() -> None:
    assert TYPES.documents["w9"].sensitivity is Sensitivity.HIGH
    assert TYPES.documents["clearance_attestation"].sensitivity is Sensitivity.RESTRICTED
    assert "Never" in TYPES.documents["cori_policy"].help
    assert TYPES.documents["insurance_waiver"].uploaded_by is Uploader.STAFF


@pytest.mark.parametrize(
    ("key", "dates", "expected"),
    [
        ("articles_or_charter", DocumentDates(issued_on=ISSUED), None),
        ("w9", DocumentDates(issued_on=ISSUED), None),
        ("safety_plan", DocumentDates(issued_on=ISSUED), date(2027, 9, 15)),
        ("safety_plan", DocumentDates(issued_on=date(2028, 2, 29)), date(2029, 2, 28)),
        ("safety_plan", DocumentDates(issued_on=ISSUED, valid_until=date(2027, 1, 1)), date(2027, 1, 1)),
        ("dor_good_standing", DocumentDates(issued_on=date(2026, 8, 31)), date(2027, 2, 28)),
        ("coi_general_liability", DocumentDates(ISSUED, valid_until=date(2027, 6, 30)), date(2027, 6, 30)),
        ("coi_general_liability", DocumentDates(issued_on=ISSUED), None),
        ("form_990", DocumentDates(fiscal_year_end=date(2025, 6, 30)), date(2026, 12, 30)),
        ("budget", DocumentDates(fiscal_year_end=date(2027, 6, 30)), date(2027, 6, 30)),
        ("data_sharing_agreement", DocumentDates(issued_on=ISSUED), date(2027, 6, 30)),
        ("match_commitment", DocumentDates(ISSUED, scope_ends_on=date(2027, 8, 1)), date(2027, 8, 1)),
    ],
)
def test_the_last_good_day_follows_the_rule(key: str, dates: DocumentDates, expected: date | None) -> None:
    assert last_good_day(TYPES.documents[key], dates) == expected


def test_a_certificate_without_its_end_date_is_asked_for_it() -> None:
    kind = TYPES.documents["coi_general_liability"]
    assert kind.expiry.rule is Expiry.PRINTED_DATE
    assert kind.min_amount_cents == 100_000_000
    assert missing_dates(kind, DocumentDates()) == (Asked.VALID_UNTIL,)
    assert missing_dates(kind, DocumentDates(valid_until=ISSUED)) == ()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("expiry", {"rule": "someday"}, "expected one of never"),
        ("expiry", {"rule": "months_from_issue"}, "needs a number of months"),
        ("expiry", {"rule": "printed_date"}, "asks for valid_until"),
        ("formats", ["exe"], "expected only pdf"),
        ("basis", "verified", "names its source"),
        ("must_match", "nothing", "not in the list"),
        ("min_amount_cents", 5, "asks for amount_per_occurrence"),
        ("required_if", {"question": "x"}, "say what the answer is compared with"),
        ("required_if", {"question": "x", "is": "y", "or": "z"}, "check its spelling"),
        ("max_bytes", 0, "must be 1 or more"),
        ("lane", "kitchen", "expected one of"),
        ("instead", "a promise", "expected"),
    ],
)
def test_a_faulty_kind_is_refused(key: str, value: object, words: str) -> None:
    content: dict[str, Any] = copy.deepcopy(content_of(NAME))
    index = next(i for i, item in enumerate(content["documents"]) if item["key"] == "board_roster")
    content["documents"][index][key] = value
    with pytest.raises(DataError) as refused:
        evidence_types_from(content, "stored-2")
    assert refused.value.where.startswith("documents")
    assert words in refused.value.problem
