"""One meaning has one byte form, and a digest made for one purpose is no digest for another."""

import json
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.canonical import LARGEST_INTEGER, canonical_json, digest

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | WORDS
KEYS = WORDS.map(lambda text: unicodedata.normalize("NFC", text.replace("\r", "\n")))
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


def test_the_form_is_sorted_composed_and_without_spaces() -> None:
    value = {"b": [1, True, None], "a": "e\u0301\r\nx"}
    assert canonical_json(value) == '{"a":"é\\nx","b":[1,true,null]}'.encode()


def test_keys_are_ordered_by_utf16_units_as_the_standard_asks() -> None:
    assert canonical_json({"\uffee": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\uffee":1}'.encode()


@given(VALUES)
def test_the_form_can_be_read_and_written_again_without_a_change(value: Any) -> None:
    form = canonical_json(value)
    assert canonical_json(json.loads(form)) == form


@given(st.dictionaries(KEYS, LEAVES, min_size=2, max_size=6))
def test_the_order_in_which_keys_were_added_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@pytest.mark.parametrize("value", [1.0, {"price": 0.1}, [float("nan")], date(2026, 1, 1), b"bytes", {1: "one"}, {1, 2}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


@pytest.mark.parametrize("value", ["\ud800", 2**53, {"\u00e9": 1, "e\u0301": 2}])
def test_what_two_readers_could_read_differently_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_json(value)


def test_a_digest_belongs_to_its_domain() -> None:
    assert digest("content.v1", {}) != digest("audit.v1", {})
    # Computed with sha256sum over the bytes "content.v1\\0{}".
    assert digest("content.v1", {}) == "cfff18ad7192fa604bed70d0c332a54148457efcf5535eeb6754fc659723ab8a"
    for domain in ("", "a\0b"):
        with pytest.raises(ValueError, match="domain"):
            digest(domain, {})
