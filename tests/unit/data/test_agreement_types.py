"""Kinds of agreement and buying bands: the one that applies, and bad rows named before anything starts."""

from __future__ import annotations

import copy
from datetime import date
from itertools import product
from typing import Any

import pytest

from vetting.data.agreement_types import ACTIVITIES, AGREEMENT_TYPES, TERMS, agreement_types_from, load_agreement_types
from vetting.data.process_settings import PROCESS_SETTINGS, procurement_from
from vetting.data.reading import DataError, Provenance, content_of


@pytest.mark.parametrize(
    ("activity", "paid", "terms", "key"),
    [
        ("service", False, "fixed", "no_cost"),
        ("service", True, "fixed", "paid_services"),
        ("service", True, "negotiated", "negotiated_services"),
        ("space", False, "fixed", "space_use"),
        ("space", True, "negotiated", "space_use"),
    ],
)
def test_the_kind_follows_from_activity_money_and_terms(activity: str, paid: bool, terms: str, key: str) -> None:
    assert load_agreement_types().applying(activity=activity, paid=paid, terms=terms).key == key


def test_there_is_a_kind_for_every_answer_and_the_set_says_it_is_an_example() -> None:
    kinds = load_agreement_types()
    for activity, paid, terms in product(ACTIVITIES, (True, False), TERMS):
        assert kinds.applying(activity=activity, paid=paid, terms=terms) in kinds.types
    assert kinds.header.provenance is Provenance.EXAMPLE
    assert "not the district's" in kinds.header.provenance_note
    assert kinds.by_key("space_use").confirms == ("school_leader",)
    assert "school_leader" not in kinds.by_key("space_use").signing


@pytest.mark.parametrize(
    ("row", "change", "where", "words"),
    [
        (0, {"template": None}, "types[0].template", "expected a text"),
        (1, {"term": {"within": "month", "longest_months": 12}}, "types[1].term.within", "must be one of"),
        (1, {"renewal": {"way": "automatic", "notice_days": 30}}, "types[1].renewal", "without money"),
        (2, {"renewal": {"way": "automatic"}}, "types[2].renewal.notice_days", "expected a whole number"),
        (3, {"confirms": ["partner_signer"]}, "types[3].confirms", "is not one of"),
        (3, {"signing": ["partner_signer"]}, "types[3].signing", "somebody signs for the district"),
        (
            3,
            {"confirms": ["school_leader"], "signing": ["school_leader", "district_signatory"]},
            "types[3]",
            "not both",
        ),
        (3, {"evidense": []}, "types[3].evidense", "check its spelling"),
        (1, {"when": {"activity": "service", "money": "some", "terms": "negotiated"}}, "types", "no kind applies"),
    ],
)
def test_a_wrong_row_is_named(row: int, change: dict[str, Any], where: str, words: str) -> None:
    content: dict[str, Any] = copy.deepcopy(content_of(AGREEMENT_TYPES))
    content["types"][row] |= change
    with pytest.raises(DataError) as refused:
        agreement_types_from(content, "types-9.yaml")
    assert where in str(refused.value)
    assert words in str(refused.value)


def test_a_band_holds_on_its_days_and_a_gap_is_refused() -> None:
    content: dict[str, Any] = {"procurement": copy.deepcopy(content_of(PROCESS_SETTINGS)["procurement"])}
    second = content["procurement"][1]
    content["procurement"].insert(1, second | {"until_day": "2026-12-31"})
    content["procurement"][2] = second | {"from_cents": 1_500_000, "from_day": "2027-01-01"}
    bands = procurement_from(content)
    on = {
        day: [band.from_cents for band in bands if band.holds_on(day)] for day in (date(2026, 12, 31), date(2027, 1, 1))
    }
    assert list(on.values()) == [[0, 1_000_000, 10_000_000], [0, 1_500_000, 10_000_000]]
    content["procurement"][0] |= {"until_day": "2026-12-31"}
    with pytest.raises(DataError, match="must begin at 0"):
        procurement_from(content)
    content["procurement"][0] |= {"until_day": None}
    content["procurement"][1] |= {"approvals": ["teacher"]}
    with pytest.raises(DataError, match="'teacher' is not one of"):
        procurement_from(content)
