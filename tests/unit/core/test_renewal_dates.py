"""One approval after the other, year after year: no day missing, no day twice, leap days included."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from vetting.calendar_days import add_months
from vetting.queries.renewals import next_term

DAYS = st.dates(date(2023, 1, 1), date(2060, 12, 31))


@given(DAYS, st.integers(1, 36), st.integers(1, 12), st.integers(0, 400))
@example(date(2028, 2, 29), 12, 8, 0)
@example(date(2027, 2, 28), 12, 3, 10)
@example(date(2027, 8, 31), 6, 6, 30)
def test_every_day_belongs_to_exactly_one_approval(first: date, months: int, years: int, late: int) -> None:
    terms = [(first, add_months(first, months))]
    for _ in range(years):
        ends_on = terms[-1][1]
        # However late the office decides, the day after the old last day is the new first one.
        decided = ends_on + timedelta(days=late)
        terms.append(next_term(ends_on, over=False, months=months, today=decided))
        assert terms[-1][1] >= decided
    for (starts, ends), (next_starts, next_ends) in pairwise(terms):
        assert starts <= ends
        assert next_starts == ends + timedelta(days=1)
        assert next_starts <= next_ends


@given(DAYS, st.integers(1, 36), st.integers(1, 400))
def test_what_is_over_begins_anew_today(ended: date, months: int, later: int) -> None:
    today = ended + timedelta(days=later)
    starts, ends = next_term(ended, over=True, months=months, today=today)
    assert (starts, ends) == (today, add_months(today, months))


def test_the_yearly_date_stays_what_it_was() -> None:
    ends_on = date(2027, 9, 15)
    for year in range(2028, 2040):
        _starts, ends_on = next_term(ends_on, over=False, months=12, today=ends_on)
        assert ends_on == date(year, 9, 15)
