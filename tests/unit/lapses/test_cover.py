"""Which days documents cover, and on which days consequences begin."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.data.process_settings import Grace
from vetting.lapses.keeping import Due, Use, due
from vetting.lapses.standing import Cover, bites, standing

FIRST = date(2028, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(120)]


def papers() -> st.SearchStrategy[list[Cover]]:
    def cover(start: int | None, length: int | None, waiver: bool) -> Cover:
        begins = None if start is None else FIRST + timedelta(days=start)
        ends = None if length is None else (begins or FIRST) + timedelta(days=length)
        return Cover(begins, ends, waiver)

    one = st.builds(cover, st.none() | st.integers(0, 100), st.integers(0, 40) | st.just(None), st.booleans())
    return st.lists(one, max_size=6)


@given(papers(), st.integers(0, 79))
def test_counting_day_by_day_gives_the_same(covers: list[Cover], offset: int) -> None:
    day = DAYS[offset]
    good = {d for d in DAYS if any((c.start or d) <= d <= (c.end or d) for c in covers)}
    now = standing(covers, day, FIRST)
    assert now.in_force == (day in good)
    if day in good:
        out = next((d for d in DAYS[offset:] if d not in good), None)
        if out is not None or now.out_from is None or now.out_from <= DAYS[-1]:
            assert now.out_from == out
        assert now.until is None or now.until + timedelta(days=1) == now.out_from
    else:
        before = [d for d in DAYS[: offset + 1] if d in good]
        earlier = [c.end for c in covers if c.end is not None and c.end < FIRST]
        if not earlier:
            assert now.out_from == (before[-1] + timedelta(days=1) if before else FIRST)


def test_the_last_day_counts_and_the_leap_day_is_a_day() -> None:
    leap = date(2028, 2, 29)
    old, new = Cover(FIRST, leap), Cover(leap + timedelta(days=1), date(2029, 2, 28))
    assert standing([old], leap, FIRST).in_force
    assert not standing([old], leap + timedelta(days=1), FIRST).in_force
    assert standing([old, new], leap, FIRST).until == date(2029, 2, 28)


def test_a_day_between_two_documents_is_a_gap() -> None:
    old, new = Cover(FIRST, date(2028, 3, 1)), Cover(date(2028, 3, 3), None)
    assert standing([old, new], FIRST, FIRST).out_from == date(2028, 3, 2)
    assert standing([old, new], date(2028, 3, 2), FIRST).out_from == date(2028, 3, 2)
    assert standing([old, new], date(2028, 3, 3), FIRST).out_from is None


def test_a_waiver_is_in_force_and_said_to_be_one() -> None:
    waiver = Cover(FIRST, date(2028, 6, 30), waiver=True)
    assert standing([waiver], FIRST, FIRST).waived
    assert not standing([waiver, Cover(None, None)], FIRST, FIRST).waived


def test_nothing_bites_before_the_office_could_see_it() -> None:
    days = bites(Grace(0, 14), date(2028, 3, 1), date(2028, 3, 20))
    assert days.blocks_on == days.hides_on == days.first == date(2028, 3, 21)
    assert bites(Grace(None, None), date(2028, 3, 1), date(2028, 2, 1)).first is None
    assert bites(Grace(0, 14), date(2028, 3, 1), date(2028, 2, 1), 5).hides_on == date(2028, 3, 20)


SCHEDULE = {"application_selected": {"years": 7}, "application_not_selected": {"years": 3}}


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        ([], None),
        ([Use("application_not_selected", date(2024, 2, 29))], Due(date(2027, 2, 28), "application_not_selected")),
        (
            [Use("application_not_selected", date(2024, 1, 1)), Use("application_selected", date(2024, 6, 30))],
            Due(date(2031, 6, 30), "application_selected"),
        ),
        ([Use("application_not_selected", date(2024, 1, 1)), Use("application_selected", None)], None),
        ([Use("application_not_selected", date(2024, 1, 1)), Use("", None)], None),
    ],
)
def test_a_file_is_kept_as_long_as_its_longest_use(uses: list[Use], expected: Due | None) -> None:
    assert due(uses, SCHEDULE) == expected
