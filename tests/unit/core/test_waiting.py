"""Percentiles from counts are those of the values one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.queries.waiting import nearest_rank


@given(counts=st.dictionaries(st.integers(0, 300), st.integers(1, 9), min_size=1), percent=st.integers(1, 100))
def test_as_many_as_promised_do_not_take_longer(counts, percent):
    values = sorted(value for value, number in counts.items() for _ in range(number))
    found = nearest_rank(counts, percent)
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_nothing_counted_has_no_median():
    with pytest.raises(ValueError, match="nothing to rank"):
        nearest_rank({}, 50)
