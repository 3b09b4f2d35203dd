"""The checklist as the page shows it: standards with their indicators, rubric, what was chosen, and mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from vetting.extensions import db
from vetting.forms.ratings import Merge, Sheet, Typed, choice_of, cited_words, mark, stored_value
from vetting.models import ApplicationKind, Rating, Review
from vetting.queries import references, reviews
from vetting.standards import scoring
from vetting.standards.framework import Framework, Indicator, Standard
from vetting.standards.ratings import Rating as Level
from vetting.standards.ratings import problems_in
from vetting.views import casefile, citations
from vetting.views.errors import translated
from vetting.workflows.commands import RatingValue


@dataclass(frozen=True)
class Around:
    """One review and what stands beside its ratings: the page's address, the documents, last year's ratings."""

    review: Review
    here: str
    documents: Sequence[Mapping[str, Any]]
    citable: citations.Citable
    last_time: Mapping[str, Sequence[Rating]] = field(default_factory=dict)

    @property
    def framework(self) -> Framework:
        return references.framework(self.review.application.framework_version)

    def words(self, value: RatingValue) -> str:
        """A rating of last time. Its reason may name who applies, so a reader who may not know that gets the level."""
        return given_words(value) if casefile.unnamed(self.review.application) else in_words(value)


def around(review: Review, here: str, documents: Sequence[Mapping[str, Any]]) -> Around:
    """Read what stands beside the ratings."""
    before = reviews.last_time(db.session(), review.application)
    return Around(review, here, documents, citations.Citable(review), before)


def standards_shown(
    beside: Around, indicators: Sequence[Indicator], sheet: Sheet | None, problems: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Standards in the framework's order, each with its items; what was typed wins over what is stored."""
    review = beside.review
    wanted = {indicator.key for indicator in indicators}
    kept = {rating.indicator_key: stored_value(rating) for rating in review.ratings}
    found = []
    for standard in beside.framework.standards:
        items = []
        for indicator in standard.indicators:
            if indicator.key not in wanted:
                continue
            key = indicator.key
            errors = list(sheet.errors.get(key, ())) if sheet else []
            if key in problems:
                errors.append(problems[key])
            typed = sheet.typed.get(key) if sheet else None
            items.append(_item(indicator, kept.get(key, RatingValue()), typed, errors, beside))
        if items:
            found.append(
                {
                    "key": standard.key,
                    "name": _(standard.name),
                    "summary": _(standard.summary),
                    "critical": standard.critical,
                    "weight": _weight(beside.framework, standard, review),
                    "items": items,
                    "done": sum(1 for item in items if item["chosen"]),
                }
            )
    return found


def _item(
    indicator: Indicator, stored: RatingValue, typed: Typed | None, errors: list[str], beside: Around
) -> dict[str, Any]:
    typed = typed or Typed(choice_of(stored), stored.reason, stored.note, stored.citations)
    return {
        "id": indicator.key,
        "code": indicator.key,
        "text": _(indicator.text),
        "levels": _levels(beside.framework, indicator, beside.review),
        "chosen": typed.choice,
        "reason": typed.reason,
        "office_note": typed.note,
        "reason_hint": _reason_hint(beside.framework, beside.review),
        "not_applicable": True,
        "errors": errors,
        "expected": [
            {"label": document["name"], "href": document["href"]}
            for document in beside.documents
            if document["type_key"] in indicator.evidence
        ],
        "cited": citations.shown(typed.citations, beside.citable.versions, beside.here),
        "cited_words": cited_words(typed.citations),
        "cite_document": typed.document,
        "cite_page": typed.page,
        "previous": [beside.words(stored_value(rating)) for rating in beside.last_time.get(indicator.key, ())],
        "seen": mark(stored),
    }


def _weight(framework: Framework, standard: Standard, review: Review) -> str:
    """How much each indicator of a standard counts."""
    if review.application.kind is not ApplicationKind.PORTFOLIO:
        return str(_("Every must-have has to be met."))
    number = sum(len(other.indicators) for other in framework.family(standard.family))
    words = {
        "program": _("the mean of the program standards"),
        "organizational": _("the mean of the organizational standards"),
    }
    mean = words[standard.family.value]
    return str(_("Weight: each indicator is one of %(number)s in %(mean)s.", number=number, mean=mean))


def marked(documents: Sequence[Mapping[str, Any]], review: Review) -> list[dict[str, Any]]:
    """The documents of the case; on a renewal, those that are not what was given last time say so."""
    before = reviews.files_of_last_time(db.session(), review.application)
    return [
        {**document, "changed": bool(before) and document["link"].document_version.sha256 not in before}
        for document in documents
    ]


def given(rating: Rating) -> bool:
    """Whether an indicator is rated, rather than only written about."""
    return rating.level is not None or rating.met is not None or rating.not_applicable


def progress(done: int, number: int) -> str:
    """How far a checklist is."""
    return str(_("%(done)s of %(all)s rated", done=done, all=number))


def summary_of(
    sheet: Sheet | None, problems: Mapping[str, str], clashes: Merge | None, refusals: Sequence[str]
) -> list[dict[str, Any]]:
    """Everything that is wrong, each with the way to it."""
    found: list[dict[str, Any]] = [{"text": text} for text in refusals]
    for key, texts in (sheet.errors if sheet else {}).items():
        found += [{"text": f"{key}: {text}", "href": f"#item-{key}"} for text in texts]
    if sheet and sheet.comment_error:
        found.append({"text": sheet.comment_error, "href": "#comment"})
    found += [{"text": text, "href": f"#item-{key}"} for key, text in problems.items()]
    for clash in clashes.clashes if clashes else []:
        text = _("%(key)s was changed elsewhere. Both versions are below; choose one and save.", key=clash.key)
        found.append({"text": text, "href": f"#item-{clash.key}"})
    if clashes and clashes.comment_clash is not None:
        text = _("The closing comment was changed elsewhere. Both versions are below; choose one and save.")
        found.append({"text": text, "href": "#comment"})
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


def clash_versions(merged: Merge, sheet: Sheet, name_of: Mapping[str, str]) -> list[dict[str, Any]]:
    """Two versions of everything that clashes, as the component shows them."""
    found = [
        _versions(clash.key, whole_in_words(clash.yours, name_of), whole_in_words(clash.stored, name_of))
        for clash in merged.clashes
    ]
    if merged.comment_clash is not None:
        found.append(_versions(_("the closing comment"), sheet.comment or "", merged.comment_clash))
    return found


def _versions(what: str, yours: str, theirs: str) -> dict[str, Any]:
    return {
        "key": what,
        "yours": {"title": _("What you wrote here"), "text": yours},
        "theirs": {"title": _("What is stored now"), "text": theirs},
    }


def whole_in_words(value: RatingValue, name_of: Mapping[str, str]) -> str:
    """A rating with everything that belongs to it, in lines."""
    lines = [in_words(value)]
    if value.note:
        lines.append(_("Office note: %(text)s", text=value.note))
    for document, page in value.citations:
        name = name_of.get(document, _("A document that was replaced since"))
        lines.append(_("Cites %(name)s, page %(page)s", name=name, page=page))
    return "\n".join(lines)


def given_words(value: RatingValue) -> str:
    """The level or the word that was given."""
    words = {"na": _("Does not apply"), "met": _("Met"), "not_met": _("Not met"), "": _("Not rated")}
    choice = choice_of(value)
    return str(words.get(choice) or _("Level %(level)s", level=choice))


def in_words(value: RatingValue) -> str:
    """What was given, with its reason."""
    given = given_words(value)
    return f"{given}. {value.reason}" if value.reason else given
