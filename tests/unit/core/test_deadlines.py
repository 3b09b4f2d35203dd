"""When something is in time, on every edge of the clock from 2026 to 2028."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.deadlines import Deadline, Occurs, comes_twice, read_local, reminder_due

BOSTON = ZoneInfo("America/New_York")
SPRING = (date(2026, 3, 8), date(2027, 3, 14), date(2028, 3, 12))
FALL = (date(2026, 11, 1), date(2027, 11, 7), date(2028, 11, 5))
SECOND = timedelta(seconds=1)

instants = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.integers(0, 600)


@pytest.mark.parametrize("day", SPRING)
def test_a_time_that_the_clocks_skip_never_comes(day: date) -> None:
    reading = read_local(day, time(2, 30))
    assert reading.occurs is Occurs.NEVER
    assert [moment.astimezone(BOSTON).strftime("%H:%M %Z") for moment in (reading.earlier, reading.later)] == [
        "01:30 EST",
        "03:30 EDT",
    ]
    assert read_local(day, time(1, 59)).occurs is read_local(day, time(3)).occurs is Occurs.ONCE


@pytest.mark.parametrize("day", FALL)
def test_a_time_that_comes_twice_has_both_instants_an_hour_apart(day: date) -> None:
    reading = read_local(day, time(1, 30))
    assert reading.occurs is Occurs.TWICE
    assert [moment.astimezone(BOSTON).strftime("%H:%M %Z") for moment in (reading.earlier, reading.later)] == [
        "01:30 EDT",
        "01:30 EST",
    ]
    assert reading.later - reading.earlier == timedelta(hours=1)
    assert comes_twice(reading.earlier)
    assert comes_twice(reading.later)
    assert read_local(day, time(0, 59)).occurs is read_local(day, time(2)).occurs is Occurs.ONCE


@pytest.mark.parametrize(
    ("day", "closes", "zone"),
    [
        *((day, time(23, 59), "EDT") for day in SPRING),
        *((day, time(23, 59), "EST") for day in FALL),
        *((day, time(0, 0), "EST") for day in SPRING),
        *((day, time(0, 0), "EDT") for day in FALL),
        (date(2028, 2, 29), time(23, 59), "EST"),
        (date(2026, 12, 31), time(23, 59), "EST"),
        (date(2027, 7, 1), time(17, 0), "EDT"),
    ],
)
def test_a_deadline_lasts_to_the_end_of_its_minute_in_boston(day: date, closes: time, zone: str) -> None:
    end = read_local(day, closes).later
    local = end.astimezone(BOSTON)
    assert (local.date(), local.time(), local.tzname()) == (day, closes, zone)
    deadline = Deadline(end)
    assert deadline.takes(end + timedelta(seconds=59))
    assert not deadline.takes(end + timedelta(minutes=1))


@pytest.mark.parametrize("day", FALL)
def test_a_deadline_at_half_past_one_of_the_long_night_takes_both(day: date) -> None:
    reading = read_local(day, time(1, 30))
    deadline = Deadline(reading.later)
    assert deadline.takes(reading.earlier)
    assert deadline.takes(reading.earlier + timedelta(minutes=45))
    assert not deadline.takes(reading.later + timedelta(minutes=1))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Honolulu", "Europe/London"])
def test_the_zone_of_a_browser_changes_nothing(zone: str) -> None:
    end = read_local(date(2026, 11, 1), time(23, 59)).later
    there = (end + timedelta(seconds=30)).astimezone(ZoneInfo(zone))
    assert Deadline(end).takes(there)
    assert not Deadline(end).takes(there + timedelta(seconds=30))


def test_grace_lets_in_what_comes_minutes_later_and_says_how_late_the_rest_is() -> None:
    end = read_local(date(2026, 5, 4), time(17)).later
    deadline = Deadline(end, grace_minutes=10)
    assert deadline.takes(end + timedelta(minutes=10, seconds=59))
    assert not deadline.takes(end + timedelta(minutes=11))
    assert deadline.late_by(end + timedelta(minutes=12)) == timedelta(minutes=12)
    assert deadline.late_by(end) == timedelta(0)


@given(closes=instants, grace=spans, more=st.lists(instants, max_size=4), arrived=instants)
def test_neither_grace_nor_an_extension_ever_makes_a_deadline_earlier(
    closes: datetime, grace: int, more: list[datetime], arrived: datetime
) -> None:
    plain, generous = Deadline(closes), Deadline(closes, grace, tuple(more))
    assert generous.shown >= plain.shown
    assert generous.too_late_from >= plain.too_late_from
    if plain.takes(arrived):
        assert generous.takes(arrived)


@given(closes=instants, grace=spans, first=instants, second=instants)
def test_what_came_first_is_never_refused_while_what_came_later_is_taken(
    closes: datetime, grace: int, first: datetime, second: datetime
) -> None:
    first, second = sorted((first, second))
    deadline = Deadline(closes, grace)
    assert deadline.takes(first) or not deadline.takes(second)


@given(closes=instants, days=st.integers(0, 30), past=st.integers(0, 40))
def test_more_time_can_be_given_until_so_many_local_days_after_the_end(closes: datetime, days: int, past: int) -> None:
    day = closes.astimezone(BOSTON).date() + timedelta(days=past)
    assert Deadline(closes).may_be_extended_on(day, days) is (past <= days)


@given(
    due=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    days=st.sets(st.integers(1, 90), min_size=1, max_size=4),
    away=st.sets(st.integers(0, 100)),
)
def test_a_date_has_each_reminder_at_most_once_in_order_and_never_after_it(
    due: date, days: set[int], away: set[int]
) -> None:
    sent: list[int] = []
    for before in range(100, -5, -1):
        if before in away:
            continue
        found = reminder_due(due, due - timedelta(days=before), days)
        assert found is None or (before >= 0 and found >= before)
        if found is not None and found not in sent:
            sent.append(found)
    assert sent == sorted(sent, reverse=True)
    assert set(sent) <= days


def test_who_was_just_told_is_not_reminded_but_who_was_told_long_ago_is() -> None:
    due, days = date(2026, 11, 8), (7, 3, 1)
    assert reminder_due(due, date(2026, 11, 2), days, told=date(2026, 11, 2)) is None
    assert reminder_due(due, date(2026, 11, 5), days, told=date(2026, 11, 2)) == 3
    assert reminder_due(due, date(2026, 11, 1), days, told=date(2026, 10, 25)) == 7
