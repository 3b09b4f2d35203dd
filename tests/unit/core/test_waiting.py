"""Percentiles from counts are those of the values one by one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.models import ApplicationState
from vetting.queries.waiting import in_time, nearest_rank, times_in_state


@given(counts=st.dictionaries(st.integers(0, 300), st.integers(1, 9), min_size=1), percent=st.integers(1, 100))
def test_as_many_as_promised_do_not_take_longer(counts, percent):
    values = sorted(value for value, number in counts.items() for _ in range(number))
    found = nearest_rank(counts, percent)
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_nothing_counted_has_no_median():
    with pytest.raises(ValueError, match="nothing to rank"):
        nearest_rank({}, 50)


def test_each_kind_is_measured_against_its_own_target():
    month, review = date(2026, 11, 1), ApplicationState.IN_REVIEW
    found = {(month, (review, "registration")): {15: 2}, (month, (review, "portfolio")): {15: 3}}
    targets = {(review, "registration"): 10, (review, "portfolio"): 20}
    assert in_time(found, targets) == {month: (3, 5)}
    assert [(row.cases, row.median) for row in times_in_state(found)] == [(5, 15)]
