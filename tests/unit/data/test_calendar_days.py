"""Business days, school and fiscal years, and the edges of a local day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.calendar_days import (
    add_business_days,
    add_months,
    business_days_between,
    end_of_local_day_utc,
    fiscal_year_bounds,
    fiscal_year_of,
    is_business_day,
    local_date,
    local_moment_utc,
    next_school_year,
    school_year_bounds,
    school_year_of,
)
from vetting.data.calendar import district_closures, named_closures

CLOSED = district_closures(range(2024, 2029))
DAYS = st.dates(date(2024, 3, 1), date(2027, 10, 1))


def test_business_days_skip_weekends_public_holidays_and_breaks() -> None:
    # Wednesday 25 November 2026, then Thanksgiving, the day after, and a weekend.
    assert add_business_days(date(2026, 11, 25), 1, CLOSED) == date(2026, 11, 30)
    # Patriots' Day is the first day of the spring break week.
    assert add_business_days(date(2026, 4, 17), 1, CLOSED) == date(2026, 4, 27)
    assert named_closures([2026])[date(2026, 4, 20)] == "Patriots' Day"


def test_zero_business_days_is_today_or_the_next_open_day() -> None:
    assert add_business_days(date(2026, 10, 7), 0, CLOSED) == date(2026, 10, 7)
    assert add_business_days(date(2026, 10, 10), 0, CLOSED) == date(2026, 10, 13)  # Saturday, then a Monday holiday


@given(DAYS, st.integers(1, 60))
def test_going_forward_lands_on_a_business_day_and_counting_back_agrees(day: date, count: int) -> None:
    due = add_business_days(day, count, CLOSED)
    assert is_business_day(due, CLOSED)
    assert business_days_between(day, due, CLOSED) == count
    assert business_days_between(due, day, CLOSED) == -count


@given(DAYS, st.integers(1, 40))
def test_going_back_undoes_going_forward_from_a_business_day(day: date, count: int) -> None:
    start = add_business_days(day, 0, CLOSED)
    assert add_business_days(add_business_days(start, count, CLOSED), -count, CLOSED) == start


@pytest.mark.parametrize(
    ("day", "school_year", "fiscal_year"),
    [
        (date(2026, 6, 30), "2025-26", "FY26"),
        (date(2026, 7, 1), "2026-27", "FY27"),
        (date(2028, 2, 29), "2027-28", "FY28"),
        (date(2099, 12, 31), "2099-00", "FY00"),
    ],
)
def test_years_begin_on_the_first_of_july(day: date, school_year: str, fiscal_year: str) -> None:
    assert school_year_of(day) == school_year
    assert fiscal_year_of(day) == fiscal_year


@given(st.dates(date(2001, 1, 1), date(2098, 1, 1)))
def test_a_day_lies_inside_its_own_years(day: date) -> None:
    first, last = school_year_bounds(school_year_of(day))
    assert first <= day <= last
    assert school_year_of(last + timedelta(days=1)) == next_school_year(school_year_of(day))
    assert fiscal_year_bounds(fiscal_year_of(day)) == (first, last)


@pytest.mark.parametrize("text", ["2026", "2026-28", "26-27", "2026/27", "", "FY27"])
def test_a_text_that_is_no_school_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a school year"):
        school_year_bounds(text)


def test_months_stop_at_the_end_of_a_shorter_month() -> None:
    assert add_months(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)


def test_the_local_day_differs_from_the_utc_day_in_the_evening() -> None:
    assert local_date(datetime(2026, 7, 1, 3, 59, tzinfo=UTC)) == date(2026, 6, 30)
    assert local_date(datetime(2026, 7, 1, 4, 0, tzinfo=UTC)) == date(2026, 7, 1)
    with pytest.raises(ValueError, match="time zone"):
        local_date(datetime(2026, 7, 1, 4, 0))  # noqa: DTZ001 - the missing zone is the point


def test_the_days_the_clocks_change_are_23_and_25_hours_long() -> None:
    def length(day: date) -> timedelta:
        return end_of_local_day_utc(day) - end_of_local_day_utc(day - timedelta(days=1))

    assert length(date(2026, 3, 8)) == timedelta(hours=23)
    assert length(date(2026, 11, 1)) == timedelta(hours=25)
    assert end_of_local_day_utc(date(2026, 3, 8)) == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_a_deadline_the_clocks_skip_or_repeat_is_read_in_favor_of_the_person() -> None:
    assert local_moment_utc(date(2026, 3, 8), time(2, 30)) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 3:30 local
    assert local_moment_utc(date(2026, 11, 1), time(1, 30)) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # second 1:30
    assert local_moment_utc(date(2026, 5, 1), time(17, 0)) == datetime(2026, 5, 1, 21, 0, tzinfo=UTC)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_lies_before_the_end_of_its_local_day(moment: datetime) -> None:
    day = local_date(moment)
    assert end_of_local_day_utc(day - timedelta(days=1)) <= moment < end_of_local_day_utc(day)
