"""How the made-up reviewers see a case: well, below the standards (``low``), or not alike (``apart``)."""

from __future__ import annotations

from vetting.jobs.demo.plans import choose, dealt, texts
from vetting.models import Application, ApplicationKind
from vetting.queries import references
from vetting.standards.framework import Framework, Indicator
from vetting.workflows.commands import RatingValue

Values = dict[str, RatingValue]


def remark(seed: str, ratings: str) -> str:
    """A sentence of the kind reviewers write."""
    remarks: list[str] = texts()["low_remarks" if ratings == "low" else "remarks"]
    return choose(seed, remarks)


def rated(application: Application, ratings: str, place: int) -> Values:
    """A complete set by the reviewer in this place."""
    framework = references.framework(application.framework_version)
    seed = f"{application.reference}:{place}"
    if application.kind is ApplicationKind.PORTFOLIO:
        return {i.key: _level(framework, i, ratings, seed, place) for i in framework.indicators}
    return {i.key: _met(i, ratings, seed, first=not number) for number, i in enumerate(framework.must_haves)}


def rated_in_part(application: Application, ratings: str, place: int) -> Values:
    """The first half of a set."""
    values = rated(application, ratings, place)
    return dict(list(values.items())[: len(values) // 2])


def _met(indicator: Indicator, ratings: str, seed: str, *, first: bool) -> RatingValue:
    missed = ratings == "low" and first
    return RatingValue(met=not missed, reason=remark(f"{seed}{indicator.key}", "low" if missed else ""))


def _level(framework: Framework, indicator: Indicator, ratings: str, seed: str, place: int) -> RatingValue:
    benchmark = framework.scale.benchmark
    turn = dealt(f"{seed}{indicator.key}", 6)
    level = benchmark + (turn == 0)
    if ratings == "low" and turn in {1, 2, 3}:
        level = benchmark - 1
    if ratings == "apart" and place and indicator.key.endswith(".2"):
        level = benchmark - 2
    low = level < benchmark
    reason = remark(f"{seed}{indicator.key}", "low" if low else "") if low or turn % 2 else ""
    return RatingValue(level=level, reason=reason)
