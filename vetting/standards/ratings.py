"""One reviewer's ratings: what a complete and honest set looks like, and how several reviewers are put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from vetting.standards.framework import Framework, Indicator
from vetting.text import N_, Message, say


@dataclass(frozen=True, slots=True)
class Rating:
    """A level of the framework's scale for one indicator; `level` None means not applicable."""

    indicator: str
    level: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RatingProblem:
    """Why a set of ratings cannot be submitted yet."""

    indicator: str
    message: Message


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    """What all reviewers together say about one indicator. `mean` is None when nobody gave a level."""

    indicator: Indicator
    levels: tuple[int | None, ...]
    mean: Fraction | None
    disagree: bool


class IncompleteRatings(ValueError):
    """Ratings that do not fit the framework were given to be combined."""


def problems_in(framework: Framework, ratings: Iterable[Rating]) -> tuple[RatingProblem, ...]:
    """Every reason why one reviewer's ratings are not complete, in the framework's order; empty when they are.

    Each indicator is rated exactly once, with a level of the scale or not applicable. A level below the benchmark and
    not applicable both need a reason.
    """
    ratings = list(ratings)
    known = {indicator.key for indicator in framework.indicators}
    found = [
        RatingProblem(rating.indicator, say(N_("%(key)s is not part of these standards."), key=rating.indicator))
        for rating in ratings
        if rating.indicator not in known
    ]
    counts = Counter(rating.indicator for rating in ratings)
    by_key = {rating.indicator: rating for rating in ratings}
    for indicator in framework.indicators:
        message = _problem(framework, by_key.get(indicator.key), counts[indicator.key], indicator.key)
        if message is not None:
            found.append(RatingProblem(indicator.key, message))
    return tuple(found)


def combine(framework: Framework, reviews: Sequence[Sequence[Rating]]) -> tuple[IndicatorScore, ...]:
    """The reviewers' mean for each indicator, over the reviewers who gave a level.

    Reviewers disagree on an indicator when their levels are `disagreement_levels` or more apart, or when some say not
    applicable and others give a level. Raises IncompleteRatings when there is no review or one is not complete.
    """
    if not reviews:
        raise IncompleteRatings("There is no review to combine.")
    for ratings in reviews:
        for problem in problems_in(framework, ratings):
            raise IncompleteRatings(f"{problem.indicator}: {problem.message}")
    tables = [{rating.indicator: rating.level for rating in ratings} for ratings in reviews]
    return tuple(
        _score(framework, indicator, [table[indicator.key] for table in tables]) for indicator in framework.indicators
    )


def disagreements(scores: Iterable[IndicatorScore]) -> tuple[IndicatorScore, ...]:
    """The indicators that the reviewers should talk about."""
    return tuple(score for score in scores if score.disagree)


def mean_of(values: Iterable[Fraction | int]) -> Fraction | None:
    """The exact mean, or None of nothing."""
    items = [Fraction(value) for value in values]
    return sum(items, Fraction(0)) / len(items) if items else None


def two_decimals(mean: Fraction) -> str:
    """A mean as people read it, cut (not rounded up) so that 2.999 never reads as 3.00."""
    hundredths = mean.numerator * 100 // mean.denominator
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _problem(framework: Framework, rating: Rating | None, count: int, key: str) -> Message | None:
    if rating is None:
        return say(N_("Rate %(key)s."), key=key)
    if count > 1:
        return say(N_("%(key)s is rated more than once."), key=key)
    if rating.level is None:
        return None if rating.reason.strip() else say(N_("Say why %(key)s does not apply."), key=key)
    if rating.level not in framework.scale.values:
        low, high = min(framework.scale.values), max(framework.scale.values)
        return say(N_("Rate %(key)s from %(low)s to %(high)s."), key=key, low=low, high=high)
    if rating.level < framework.scale.benchmark and not rating.reason.strip():
        return say(N_("Give a reason for the level of %(key)s, because it is below the benchmark."), key=key)
    return None


def _score(framework: Framework, indicator: Indicator, levels: Sequence[int | None]) -> IndicatorScore:
    given = [level for level in levels if level is not None]
    apart = bool(given) and max(given) - min(given) >= framework.selection_rule.disagreement_levels
    mixed = 0 < len(given) < len(levels)
    return IndicatorScore(indicator, tuple(levels), mean_of(given), apart or mixed)
