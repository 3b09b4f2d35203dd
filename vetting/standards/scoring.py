"""From ratings to an outcome with reasons: the selection rule of a round, and the must-haves of registration.

The outcome is advice with its arithmetic shown. A person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import partial

from vetting.standards.framework import Family, Framework, Standard
from vetting.standards.ratings import IndicatorScore, Rating, combine, mean_of, two_decimals
from vetting.text import N_, Message, say


class Verdict(StrEnum):
    """How a standard came out."""

    EXCEEDS = "exceeds"
    MEETS = "meets"
    BELOW = "below"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why an outcome is not yet met, tied to what it is about."""

    message: Message
    family: Family | None = None
    standard: str | None = None
    indicator: str | None = None


@dataclass(frozen=True, slots=True)
class StandardResult:
    """One standard in a letter: its mean over indicators that apply, and the verdict."""

    standard: Standard
    mean: Fraction | None
    verdict: Verdict
    scores: tuple[IndicatorScore, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the ratings meet the rule, every reason why not, and the figures behind it."""

    meets: bool
    reasons: tuple[Reason, ...]
    family_means: Mapping[Family, Fraction | None]
    standards: tuple[StandardResult, ...]
    disagreements: tuple[IndicatorScore, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A registration reviewer's word on one must-have: met, not met, or (None) not applicable with a reason."""

    indicator: str
    met: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MustHaveOutcome:
    """Whether registration's must-haves are met. `complete` is False while a finding is missing or lacks its reason."""

    meets: bool
    complete: bool
    reasons: tuple[Reason, ...]


FAMILY_BELOW: Mapping[Family, str] = {
    Family.PROGRAM: N_("The program standards have a mean of %(mean)s. The rule asks for %(minimum)s."),
    Family.ORGANIZATIONAL: N_("The organizational standards have a mean of %(mean)s. The rule asks for %(minimum)s."),
}
FAMILY_EMPTY: Mapping[Family, str] = {
    Family.PROGRAM: N_("No program standard was rated."),
    Family.ORGANIZATIONAL: N_("No organizational standard was rated."),
}
CRITICAL_BELOW = N_("%(key)s is part of a critical standard. Its mean is %(mean)s, and the rule asks for %(minimum)s.")


def outcome(framework: Framework, reviews: Sequence[Sequence[Rating]]) -> Outcome:
    """Apply the framework's selection rule to complete reviews.

    A family's mean is taken over its indicators, each counted once; indicators that no reviewer found applicable do
    not count. Every indicator of a critical standard must reach `no_critical_below`, so that a good mean cannot hide a
    missing safety plan. Raises IncompleteRatings (see `combine`).
    """
    scores = combine(framework, reviews)
    means = {family: _family_mean(scores, framework, family) for family in Family}
    reasons = [*_family_reasons(framework, means), *_critical_reasons(framework, scores)]
    return Outcome(
        meets=not reasons,
        reasons=tuple(reasons),
        family_means=means,
        standards=tuple(_standard_result(framework, standard, scores) for standard in framework.standards),
        disagreements=tuple(score for score in scores if score.disagree),
    )


def registration_outcome(framework: Framework, findings: Iterable[Finding]) -> MustHaveOutcome:
    """Check one reviewer's findings on every must-have indicator of the framework.

    Not met and not applicable need a reason. A must-have that does not apply counts as met.
    """
    by_key = {finding.indicator: finding for finding in findings}
    must_haves = {indicator.key for indicator in framework.must_haves}
    gaps = [
        Reason(say(N_("%(key)s is not checked at registration."), key=key)) for key in by_key if key not in must_haves
    ]
    unmet: list[Reason] = []
    for indicator in framework.must_haves:
        finding = by_key.get(indicator.key)
        about = partial(Reason, standard=indicator.standard_key, indicator=indicator.key)
        if finding is None:
            gaps.append(about(say(N_("Say whether %(key)s is met."), key=indicator.key)))
            continue
        if finding.met is not True and not finding.reason.strip():
            gaps.append(about(say(N_("Give a reason for %(key)s."), key=indicator.key)))
        if finding.met is False:
            unmet.append(about(say(N_("%(key)s is not met yet."), key=indicator.key)))
    return MustHaveOutcome(meets=not gaps and not unmet, complete=not gaps, reasons=(*gaps, *unmet))


def _of(scores: Iterable[IndicatorScore], standard: Standard) -> tuple[IndicatorScore, ...]:
    return tuple(score for score in scores if score.indicator.standard_key == standard.key)


def _family_mean(scores: Sequence[IndicatorScore], framework: Framework, family: Family) -> Fraction | None:
    keys = {standard.key for standard in framework.family(family)}
    return mean_of(score.mean for score in scores if score.mean is not None and score.indicator.standard_key in keys)


def _family_reasons(framework: Framework, means: Mapping[Family, Fraction | None]) -> list[Reason]:
    reasons = []
    for family, mean in means.items():
        minimum = framework.selection_rule.min_mean[family]
        if mean is None:
            reasons.append(Reason(say(FAMILY_EMPTY[family]), family=family))
        elif mean < minimum:
            values = {"mean": two_decimals(mean), "minimum": two_decimals(minimum)}
            reasons.append(Reason(say(FAMILY_BELOW[family], **values), family=family))
    return reasons


def _critical_reasons(framework: Framework, scores: Sequence[IndicatorScore]) -> list[Reason]:
    minimum = Fraction(framework.selection_rule.no_critical_below)
    reasons = []
    for standard in framework.standards:
        if not standard.critical:
            continue
        for score in _of(scores, standard):
            if score.mean is not None and score.mean < minimum:
                key = score.indicator.key
                message = say(CRITICAL_BELOW, key=key, mean=two_decimals(score.mean), minimum=two_decimals(minimum))
                reasons.append(Reason(message, standard.family, standard.key, key))
    return reasons


def _standard_result(framework: Framework, standard: Standard, scores: Sequence[IndicatorScore]) -> StandardResult:
    own = _of(scores, standard)
    mean = mean_of(score.mean for score in own if score.mean is not None)
    benchmark = framework.scale.benchmark
    if mean is None:
        verdict = Verdict.NOT_APPLICABLE
    elif mean < benchmark or (standard.critical and any(_below(score, framework) for score in own)):
        verdict = Verdict.BELOW
    elif mean >= benchmark + 1:
        verdict = Verdict.EXCEEDS
    else:
        verdict = Verdict.MEETS
    return StandardResult(standard, mean, verdict, own)


def _below(score: IndicatorScore, framework: Framework) -> bool:
    return score.mean is not None and score.mean < framework.selection_rule.no_critical_below
