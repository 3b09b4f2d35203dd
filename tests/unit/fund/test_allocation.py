"""The Partnership Fund is divided exactly, fairly, and with its arithmetic shown."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.fund.allocation import (
    Allocation,
    AllocationRefused,
    FundRule,
    NeedWeight,
    Refusal,
    SchoolNeed,
    Tier,
    allocate,
    explain,
)

RULE = FundRule(threshold=56)
RULES = st.builds(
    FundRule,
    threshold=st.integers(1, 99),
    need_weight=st.sampled_from(NeedWeight),
    tiers=st.just((Tier(1, 1), Tier(60, 2), Tier(80, 5))),
    minimum_percent=st.sampled_from([0, 0, 50, 100]),
)
SCHOOLS = st.lists(
    st.builds(SchoolNeed, st.from_regex(r"[0-9]{4}", fullmatch=True), st.integers(0, 3000), st.integers(1, 99)),
    max_size=40,
    unique_by=lambda school: school.school,
)


def test_amounts_follow_enrollment_times_index() -> None:
    allocation = allocate(100_000, [SchoolNeed("a", 300, 60), SchoolNeed("b", 100, 90), SchoolNeed("c", 500, 55)], RULE)
    # 300 x 0.60 = 180 points, 100 x 0.90 = 90 points; the third school is below the threshold.
    assert [share.amount_cents for share in allocation.shares] == [66_667, 33_333, 0]
    assert [str(line) for line in explain(allocation, "a")] == [
        "The Opportunity Index is 0.60, at or above 0.56.",
        "300 students times a weight of 0.60 make 180.00 points.",
        "180.00 of 270.00 points, times $1,000.00, make $666.67.",
        "One cent of it was left over by rounding.",
    ]
    assert [str(line) for line in explain(allocation, "c")] == ["The Opportunity Index is 0.55. It takes 0.56 or more."]


@given(st.integers(0, 10**10), SCHOOLS, RULES, st.data())
def test_the_amounts_sum_to_the_total_and_keep_every_promise(
    total: int, schools: list[SchoolNeed], rule: FundRule, data: st.DataObject
) -> None:
    previous = {school.school: data.draw(st.integers(0, 10**8)) for school in schools if data.draw(st.booleans())}
    minimums = sum(previous.get(school.school, 0) * rule.minimum_percent // 100 for school in schools)
    allocation, refusal = _attempt(total, schools, rule, previous)
    assert (refusal is Refusal.MINIMUMS_TOO_HIGH) == (minimums > total)
    if allocation is None:
        assert refusal is not Refusal.BAD_INPUT
        return
    assert sum(share.amount_cents for share in allocation.shares) == total
    for share in allocation.shares:
        assert share.amount_cents >= share.minimum_cents
        if not share.eligible:
            assert share.amount_cents == share.minimum_cents
        if share.exact_cents is not None:
            assert 0 <= abs(share.amount_cents - share.exact_cents) < 1
        assert explain(allocation, share.school)


@given(st.integers(0, 10**9), SCHOOLS, st.randoms(use_true_random=False))
def test_the_order_of_the_schools_does_not_matter(total: int, schools: list[SchoolNeed], random: object) -> None:
    shuffled = list(schools)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _amounts(total, schools) == _amounts(total, shuffled)


@given(st.integers(0, 10**9), SCHOOLS)
def test_more_need_never_means_less_money(total: int, schools: list[SchoolNeed]) -> None:
    amounts = _amounts(total, schools)
    if amounts is None:
        return
    ordered = sorted(schools, key=lambda school: school.enrollment * (school.index if school.index >= 56 else 0))
    values = [amounts[school.school] for school in ordered]
    assert all(later >= earlier for earlier, later in pairwise(values))


def test_a_school_that_loses_eligibility_keeps_its_transition_minimum() -> None:
    rule = FundRule(threshold=56, minimum_percent=50)
    schools = [SchoolNeed("a", 100, 50), SchoolNeed("b", 100, 60), SchoolNeed("c", 300, 60)]
    allocation = allocate(100_000, schools, rule, {"a": 40_000, "b": 60_000})
    assert [share.amount_cents for share in allocation.shares] == [20_000, 30_000, 50_000]
    assert "50 percent of last year's amount, $300.00" in str(explain(allocation, "b")[-1])


def test_tiers_and_distance_to_the_threshold_are_other_weights() -> None:
    schools = [SchoolNeed("a", 10, 60), SchoolNeed("b", 10, 80)]
    distance = allocate(1000, schools, FundRule(56, NeedWeight.OI_MINUS_THRESHOLD))
    tiers = allocate(1000, schools, FundRule(56, NeedWeight.TIERS, (Tier(56, 1), Tier(75, 3))))
    assert [share.amount_cents for share in distance.shares] == [143, 857]  # 4 to 24
    assert [share.amount_cents for share in tiers.shares] == [250, 750]


@pytest.mark.parametrize(
    ("total", "schools", "rule", "words"),
    [
        (-1, [], RULE, "must not be below zero"),
        (1, [SchoolNeed("a", -1, 60)], RULE, "School a has fewer than zero students."),
        (1, [SchoolNeed("a", 1, 0)], RULE, "index of school a must lie between 0.01 and 0.99"),
        (1, [SchoolNeed("a", 1, 60), SchoolNeed("a", 2, 60)], RULE, "School a is listed twice."),
        (1, [], FundRule(threshold=0), "threshold must lie between"),
        (1, [], FundRule(threshold=56, need_weight=NeedWeight.TIERS), "at least one tier"),
        (1, [SchoolNeed("a", 1, 40)], RULE, "nobody can get the money"),
        (1, [], RULE, "nobody can get the money"),
    ],
)
def test_numbers_that_cannot_be_allocated_are_refused_in_words(
    total: int, schools: list[SchoolNeed], rule: FundRule, words: str
) -> None:
    with pytest.raises(AllocationRefused, match=words):
        allocate(total, schools, rule)


def test_minimums_above_the_total_are_refused() -> None:
    with pytest.raises(AllocationRefused, match=r"The minimums come to \$10\.00, more than the \$9\.99 to share"):
        allocate(999, [SchoolNeed("a", 1, 60)], FundRule(56, minimum_percent=100), {"a": 1000})


def _attempt(
    total: int, schools: list[SchoolNeed], rule: FundRule, previous: dict[str, int] | None = None
) -> tuple[Allocation | None, Refusal | None]:
    try:
        return allocate(total, schools, rule, previous), None
    except AllocationRefused as refused:
        return None, refused.refusal


def _amounts(total: int, schools: list[SchoolNeed]) -> dict[str, int] | None:
    allocation, _ = _attempt(total, schools, RULE)
    return {share.school: share.amount_cents for share in allocation.shares} if allocation else None
