"""The checklist as the page shows it: standards with their indicators, rubric, what was chosen, and mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from vetting.forms.ratings import Clash, Sheet, choice_of, mark, stored_value
from vetting.models import ApplicationKind, Review
from vetting.queries import references
from vetting.standards import scoring
from vetting.standards.framework import Framework, Indicator
from vetting.standards.ratings import Rating as Level
from vetting.standards.ratings import problems_in
from vetting.views.errors import translated
from vetting.workflows.commands import RatingValue


def seen_marks(review: Review, indicators: Iterable[Indicator]) -> dict[str, str]:
    """The print of what is stored for each indicator, for the page to send back with its next save."""
    kept = {rating.indicator_key: rating for rating in review.ratings}
    return {indicator.key: mark(stored_value(kept.get(indicator.key))) for indicator in indicators}


def standards_shown(
    review: Review,
    indicators: Sequence[Indicator],
    documents: Sequence[Mapping[str, Any]],
    sheet: Sheet | None,
    problems: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Standards in the framework's order, each with its items; what was typed wins over what is stored."""
    framework = references.framework(review.application.framework_version)
    wanted = {indicator.key for indicator in indicators}
    kept = {rating.indicator_key: stored_value(rating) for rating in review.ratings}
    marks = seen_marks(review, indicators)
    found = []
    for standard in framework.standards:
        items = []
        for indicator in standard.indicators:
            if indicator.key not in wanted:
                continue
            stored = kept.get(indicator.key, RatingValue())
            chosen, reason = sheet.typed[indicator.key] if sheet else (choice_of(stored), stored.reason)
            errors = list(sheet.errors.get(indicator.key, ())) if sheet else []
            if indicator.key in problems:
                errors.append(problems[indicator.key])
            items.append(
                {
                    "id": indicator.key,
                    "code": indicator.key,
                    "text": _(indicator.text),
                    "levels": _levels(framework, indicator, review),
                    "chosen": chosen,
                    "reason": reason,
                    "reason_hint": _reason_hint(framework, review),
                    "not_applicable": True,
                    "errors": errors,
                    "cited": [
                        {"label": document["name"], "href": document["href"]}
                        for document in documents
                        if document["type_key"] in indicator.evidence
                    ],
                    "seen": marks[indicator.key],
                }
            )
        if items:
            found.append(
                {
                    "key": standard.key,
                    "name": _(standard.name),
                    "summary": _(standard.summary),
                    "critical": standard.critical,
                    "items": items,
                    "done": sum(1 for item in items if item["chosen"]),
                }
            )
    return found


def _levels(framework: Framework, indicator: Indicator, review: Review) -> list[dict[str, Any]]:
    if review.application.kind is not ApplicationKind.PORTFOLIO:
        return [{"value": "met", "name": _("Met")}, {"value": "not_met", "name": _("Not met")}]
    return [
        {"value": level.value, "name": str(level.value), "text": _(indicator.levels[level.value])}
        for level in framework.scale.levels
    ]


def _reason_hint(framework: Framework, review: Review) -> str:
    if review.application.kind is not ApplicationKind.PORTFOLIO:
        return str(_("(needed for “not met” and “n/a”)"))
    return str(_("(needed below level %(level)s and for “n/a”)", level=framework.scale.benchmark))


def problems_of(review: Review) -> dict[str, str]:
    """Every reason why the review cannot be sent in yet, by indicator."""
    framework = references.framework(review.application.framework_version)
    if review.application.kind is ApplicationKind.PORTFOLIO:
        given = [Level(r.indicator_key, r.level, r.reason) for r in review.ratings if r.level or r.not_applicable]
        return {problem.indicator: translated(problem.message) for problem in problems_in(framework, given)}
    found = [
        scoring.Finding(r.indicator_key, r.met, r.reason)
        for r in review.ratings
        if r.met is not None or r.not_applicable
    ]
    outcome = scoring.registration_outcome(framework, found)
    if outcome.complete:
        return {}
    # A must-have that is not met is a result, not a gap; gaps come first in the list, so the first word on each counts.
    settled = {finding.indicator for finding in found if finding.met is False and finding.reason.strip()}
    problems: dict[str, str] = {}
    for reason in outcome.reasons:
        if reason.indicator not in settled:
            problems.setdefault(str(reason.indicator), translated(reason.message))
    return problems


def clash_versions(clash: Clash) -> dict[str, Any]:
    """Two versions of one rating as the component shows them."""
    return {
        "key": clash.key,
        "yours": {"title": _("What you chose here"), "text": _in_words(clash.yours)},
        "theirs": {"title": _("What is stored now"), "text": _in_words(clash.stored)},
    }


def _in_words(value: RatingValue) -> str:
    words = {"na": _("Does not apply"), "met": _("Met"), "not_met": _("Not met"), "": _("Not rated")}
    choice = choice_of(value)
    given = words.get(choice) or _("Level %(level)s", level=choice)
    return f"{given}. {value.reason}" if value.reason else str(given)
