"""From ratings to an outcome: exact means, a rule that cannot be gamed, and a reason for every no."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.standards.framework import Family
from vetting.standards.loading import load_framework
from vetting.standards.ratings import (
    IncompleteRatings,
    Rating,
    combine,
    disagreements,
    problems_in,
    two_decimals,
)
from vetting.standards.scoring import Finding, Verdict, outcome, registration_outcome

FRAMEWORK = load_framework()
KEYS = [indicator.key for indicator in FRAMEWORK.indicators]
CRITICAL = [i.key for i in FRAMEWORK.indicators if FRAMEWORK.standard(i.standard_key).critical]
LEVELS = st.sampled_from([1, 2, 3, 4, None])
TABLES = st.fixed_dictionaries(dict.fromkeys(KEYS, LEVELS))


def review(default: int | None = 3, **changes: int | None) -> list[Rating]:
    """A complete review: every indicator at `default`, except those named (with _ for the dot)."""
    levels = dict.fromkeys(KEYS, default) | {key.replace("_", "."): level for key, level in changes.items()}
    return [Rating(key, level, "Because.") for key, level in levels.items()]


def of(table: dict[str, int | None]) -> list[Rating]:
    return [Rating(key, level, "Because.") for key, level in table.items()]


def test_every_indicator_at_the_benchmark_meets_the_standards() -> None:
    result = outcome(FRAMEWORK, [review(3), review(3)])
    assert result.meets
    assert result.reasons == ()
    assert result.family_means == {Family.PROGRAM: 3, Family.ORGANIZATIONAL: 3}
    assert {standard.verdict for standard in result.standards} == {Verdict.MEETS}


def test_one_level_below_in_an_uncritical_standard_is_outweighed_by_one_above() -> None:
    assert outcome(FRAMEWORK, [review(3, P1_1=2, P1_2=4)]).meets
    result = outcome(FRAMEWORK, [review(3, P1_1=2)])
    assert not result.meets
    assert [str(reason.message) for reason in result.reasons] == [
        "The program standards have a mean of 2.94. The rule asks for 3.00."
    ]


def test_a_high_mean_cannot_hide_a_gap_in_a_critical_standard() -> None:
    result = outcome(FRAMEWORK, [review(4, O4_1=2)])
    assert not result.meets
    assert [(reason.standard, reason.indicator) for reason in result.reasons] == [("O4", "O4.1")]
    assert str(result.reasons[0].message) == (
        "O4.1 is part of a critical standard. Its mean is 2.00, and the rule asks for 3.00."
    )
    by_key = {standard.standard.key: standard.verdict for standard in result.standards}
    assert by_key["O4"] is Verdict.BELOW
    assert by_key["P1"] is Verdict.EXCEEDS


def test_reviewers_are_averaged_per_indicator_and_their_disagreements_listed() -> None:
    scores = combine(FRAMEWORK, [review(3, P1_1=2, P3_2=None), review(3, P1_1=4, P3_1=4)])
    by_key = {score.indicator.key: score for score in scores}
    assert by_key["P1.1"].mean == 3
    assert by_key["P3.1"].mean == Fraction(7, 2)
    assert by_key["P3.2"].mean == 3
    # Two levels apart, and one of two saying not applicable; one level apart is no disagreement.
    assert [score.indicator.key for score in disagreements(scores)] == ["P1.1", "P3.2"]


def test_what_applies_to_nobody_does_not_count() -> None:
    result = outcome(FRAMEWORK, [review(3, P3_2=None), review(3, P3_2=None)])
    assert result.meets
    assert result.disagreements == ()
    every = outcome(FRAMEWORK, [review(None)])
    assert not every.meets
    assert [str(reason.message) for reason in every.reasons] == [
        "No program standard was rated.",
        "No organizational standard was rated.",
    ]
    assert {standard.verdict for standard in every.standards} == {Verdict.NOT_APPLICABLE}


@given(st.lists(TABLES, min_size=1, max_size=3))
def test_the_outcome_meets_exactly_when_there_is_no_reason_against_it(tables: list[dict[str, int | None]]) -> None:
    result = outcome(FRAMEWORK, [of(table) for table in tables])
    assert result.meets == (not result.reasons)
    for family, mean in result.family_means.items():
        named = any(reason.family is family and reason.indicator is None for reason in result.reasons)
        assert named == (mean is None or mean < 3)
    below = {reason.indicator for reason in result.reasons if reason.indicator}
    for key in CRITICAL:
        levels = [table[key] for table in tables if table[key] is not None]
        assert (key in below) == (bool(levels) and sum(levels) < 3 * len(levels))


@given(TABLES, st.sampled_from(KEYS))
def test_raising_one_rating_never_turns_a_yes_into_a_no(table: dict[str, int | None], key: str) -> None:
    level = table[key]
    if level is None or level == 4:
        return
    before = outcome(FRAMEWORK, [of(table)])
    after = outcome(FRAMEWORK, [of(table | {key: level + 1})])
    assert after.meets or not before.meets


@given(st.lists(TABLES, min_size=2, max_size=3))
def test_the_order_of_the_reviewers_does_not_matter(tables: list[dict[str, int | None]]) -> None:
    one = outcome(FRAMEWORK, [of(table) for table in tables])
    other = outcome(FRAMEWORK, [of(table) for table in reversed(tables)])
    assert (one.meets, one.reasons, one.family_means) == (other.meets, other.reasons, other.family_means)


@given(st.fractions(0, 10))
def test_a_mean_is_never_shown_higher_than_it_is(mean: Fraction) -> None:
    shown = Fraction(two_decimals(mean))
    assert shown <= mean < shown + Fraction(1, 100)


@pytest.mark.parametrize(
    ("ratings", "sentences"),
    [
        (review(3)[1:], ["Rate P1.1."]),
        ([*review(3), Rating("P1.1", 3)], ["P1.1 is rated more than once."]),
        ([*review(3), Rating("X1", 3)], ["X1 is not part of these standards."]),
        (review(3, P1_1=5), ["Rate P1.1 from 1 to 4."]),
        (review(3, P1_1=0), ["Rate P1.1 from 1 to 4."]),
        (
            [Rating("P1.1", 2), *review(3)[1:]],
            ["Give a reason for the level of P1.1, because it is below the benchmark."],
        ),
        ([Rating("P1.1", None, "  "), *review(3)[1:]], ["Say why P1.1 does not apply."]),
        ([Rating(key, 3) for key in KEYS], []),
    ],
)
def test_an_incomplete_review_says_what_is_missing(ratings: list[Rating], sentences: list[str]) -> None:
    assert [str(problem.message) for problem in problems_in(FRAMEWORK, ratings)] == sentences
    if sentences:
        with pytest.raises(IncompleteRatings):
            outcome(FRAMEWORK, [ratings])


def test_no_review_at_all_is_no_outcome() -> None:
    with pytest.raises(IncompleteRatings, match="no review"):
        outcome(FRAMEWORK, [])


def test_registration_needs_every_must_have_met_or_explained() -> None:
    met = [Finding(indicator.key, True) for indicator in FRAMEWORK.must_haves]
    assert registration_outcome(FRAMEWORK, met).meets
    not_needed = [Finding("O4.1", None, "School staff are always present."), *(f for f in met if f.indicator != "O4.1")]
    assert registration_outcome(FRAMEWORK, not_needed).meets


@pytest.mark.parametrize(
    ("finding", "complete", "sentences"),
    [
        (Finding("P2.1", False, "No plan for emergencies."), True, ["P2.1 is not met yet."]),
        (Finding("P2.1", False), False, ["Give a reason for P2.1.", "P2.1 is not met yet."]),
        (Finding("P2.1", None), False, ["Give a reason for P2.1."]),
        (Finding("P1.1", True), False, ["P1.1 is not checked at registration.", "Say whether P2.1 is met."]),
    ],
)
def test_registration_says_why_it_is_not_met(finding: Finding, complete: bool, sentences: list[str]) -> None:
    others = [Finding(indicator.key, True) for indicator in FRAMEWORK.must_haves if indicator.key != "P2.1"]
    result = registration_outcome(FRAMEWORK, [finding, *others])
    assert not result.meets
    assert result.complete is complete
    assert [str(reason.message) for reason in result.reasons] == sentences
