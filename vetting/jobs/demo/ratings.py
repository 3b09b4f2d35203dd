"""How the made-up reviewers see a case: well, below the standards (``low``), or not alike (``apart``)."""

from __future__ import annotations

from dataclasses import replace

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
        values = {i.key: _level(framework, i, ratings, seed, place) for i in framework.indicators}
    else:
        values = {i.key: _met(i, ratings, seed, first=not number) for number, i in enumerate(framework.must_haves)}
    return {
        key: replace(value, citations=_cited(application, framework.indicator(key), seed))
        for key, value in values.items()
    }


def rated_in_part(application: Application, ratings: str, place: int) -> Values:
    """The first half of a set."""
    values = rated(application, ratings, place)
    return dict(list(values.items())[: len(values) // 2])


def _cited(application: Application, indicator: Indicator, seed: str) -> tuple[tuple[str, int], ...]:
    """Often the first page of a document that the indicator asks for."""
    given = [link.document_version for link in application.evidence if link.type_key in indicator.evidence]
    if not given or dealt(f"{seed}{indicator.key}cited", 3) == 0:
        return ()
    return ((f"{given[-1].document.reference}.{given[-1].number}", 1),)


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
