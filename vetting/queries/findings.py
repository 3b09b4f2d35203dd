"""From submitted reviews to a proposal for each standard: the figures beside a draft decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vetting.models import Application, ApplicationKind, Outcome, Review, ReviewState
from vetting.queries import references
from vetting.standards import scoring
from vetting.standards.framework import Framework, Indicator, Standard
from vetting.standards.ratings import IncompleteRatings, Rating, two_decimals
from vetting.text import N_, Message, say


@dataclass(frozen=True)
class Remark:
    """What one reviewer gave an indicator: the level or word, and the reason."""

    reviewer: str
    given: str
    reason: str


@dataclass(frozen=True)
class IndicatorLine:
    """One indicator with all reviewers' words. ``mean`` has two decimals, or is empty where there is none."""

    indicator: Indicator
    mean: str
    disagree: bool
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class StandardLine:
    """A proposal for one standard of the letter."""

    standard: Standard
    result: str
    mean: str
    reason: str
    indicators: tuple[IndicatorLine, ...]


@dataclass(frozen=True)
class Proposal:
    """What the ratings say. A person decides; ``reasons`` are against approval, ``figures`` the arithmetic."""

    outcome: Outcome
    reasons: tuple[Message, ...]
    figures: tuple[Message, ...]
    standards: tuple[StandardLine, ...]

    @property
    def disagreements(self) -> list[IndicatorLine]:
        return [line for standard in self.standards for line in standard.indicators if line.disagree]


MET = N_("Met")
NOT_MET = N_("Not met")
NOT_APPLICABLE = N_("Does not apply")

FAMILY_FIGURES = {
    "program": N_("Program standards: mean %(mean)s. The rule asks for %(minimum)s."),
    "organizational": N_("Organizational standards: mean %(mean)s. The rule asks for %(minimum)s."),
}


def submitted(application: Application) -> list[Review]:
    """The reviews a decision rests on."""
    return [review for review in application.reviews if review.state is ReviewState.SUBMITTED]


def proposal(application: Application) -> Proposal | None:
    """What the submitted reviews say together; None while there is nothing complete to put together."""
    framework = references.framework(application.framework_version)
    reviews = submitted(application)
    if not reviews:
        return None
    if application.kind is ApplicationKind.PORTFOLIO:
        return _scored(framework, reviews)
    return _checked(framework, reviews)


def _scored(framework: Framework, reviews: Sequence[Review]) -> Proposal | None:
    given = [
        [Rating(r.indicator_key, r.level, r.reason) for r in review.ratings if r.level or r.not_applicable]
        for review in reviews
    ]
    try:
        outcome = scoring.outcome(framework, given)
    except IncompleteRatings:
        return None
    figures = [
        say(
            FAMILY_FIGURES[family.value],
            mean=two_decimals(mean),
            minimum=two_decimals(framework.selection_rule.min_mean[family]),
        )
        for family, mean in outcome.family_means.items()
        if mean is not None
    ]
    lines = []
    for result in outcome.standards:
        indicators = tuple(
            IndicatorLine(
                score.indicator,
                two_decimals(score.mean) if score.mean is not None else "",
                score.disagree,
                _remarks(score.indicator.key, reviews),
            )
            for score in result.scores
        )
        mean = two_decimals(result.mean) if result.mean is not None else ""
        lines.append(StandardLine(result.standard, result.verdict.value, mean, _reason(indicators), indicators))
    return Proposal(
        Outcome.APPROVE if outcome.meets else Outcome.NOT_SELECT,
        tuple(reason.message for reason in outcome.reasons),
        tuple(figures),
        tuple(lines),
    )


def _checked(framework: Framework, reviews: Sequence[Review]) -> Proposal | None:
    """Registration: a must-have counts as not met when one reviewer says so."""
    outcomes = [
        scoring.registration_outcome(
            framework, [scoring.Finding(r.indicator_key, r.met, r.reason) for r in review.ratings]
        )
        for review in reviews
    ]
    if not all(outcome.complete for outcome in outcomes):
        return None
    reasons = dict.fromkeys(str(reason.message) for outcome in outcomes for reason in outcome.reasons)
    words = {str(reason.message): reason.message for outcome in outcomes for reason in outcome.reasons}
    lines = [_checked_standard(standard, reviews) for standard in framework.standards if _must_haves(standard)]
    met = sum(line.result != "below" for line in lines)
    figures = (say(N_("%(met)s of %(all)s standards have every must-have met."), met=met, all=len(lines)),)
    return Proposal(
        Outcome.NOT_SELECT if reasons else Outcome.APPROVE,
        tuple(words[text] for text in reasons),
        figures,
        tuple(lines),
    )


def _must_haves(standard: Standard) -> list[Indicator]:
    return [indicator for indicator in standard.indicators if indicator.must_have]


def _checked_standard(standard: Standard, reviews: Sequence[Review]) -> StandardLine:
    own = _must_haves(standard)
    keys = {indicator.key for indicator in own}
    ratings = [r for review in reviews for r in review.ratings if r.indicator_key in keys]
    if any(r.met is False for r in ratings):
        result = "below"
    elif ratings and all(r.not_applicable for r in ratings):
        result = "not_applicable"
    else:
        result = "meets"
    lines = tuple(
        IndicatorLine(
            indicator,
            "",
            len({r.met for r in ratings if r.indicator_key == indicator.key}) > 1,
            _remarks(indicator.key, reviews),
        )
        for indicator in own
    )
    return StandardLine(standard, result, "", _reason(lines), lines)


def _remarks(key: str, reviews: Sequence[Review]) -> tuple[Remark, ...]:
    found = []
    for review in reviews:
        for rating in review.ratings:
            if rating.indicator_key != key:
                continue
            if rating.not_applicable:
                given = NOT_APPLICABLE
            elif rating.level is not None:
                given = str(rating.level)
            else:
                given = MET if rating.met else NOT_MET
            found.append(Remark(review.reviewer.name or review.reviewer.email, given, rating.reason))
    return tuple(found)


def _reason(lines: Sequence[IndicatorLine]) -> str:
    """A first draft of the finding: the reviewers' own reasons, each once, for the drafter to rewrite."""
    reasons = [
        f"{line.indicator.key}: {remark.reason.strip()}"
        for line in lines
        for remark in line.remarks
        if remark.reason.strip()
    ]
    return "\n".join(dict.fromkeys(reasons))
