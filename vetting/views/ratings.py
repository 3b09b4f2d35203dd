"""Keeping what a reviewer typed: by the button, while they type, and for several cases one after another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import get_template_attribute, jsonify, request
from flask_babel import format_time
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock
from vetting.clock import DISTRICT_ZONE
from vetting.extensions import db
from vetting.forms.ratings import Merge, Sheet, cited_words, mark, merge, read_sheet, stored_value
from vetting.models import ApplicationKind, Review, ReviewState
from vetting.queries import references
from vetting.standards.framework import Indicator
from vetting.views import citations
from vetting.views.errors import translated
from vetting.views.steps import take
from vetting.workflows.commands import SaveRatings
from vetting.workflows.engine import StepRefused


def read(review: Review, indicators: Iterable[Indicator]) -> tuple[Sheet, Merge]:
    """What the page sent of these indicators, and what of it can be stored."""
    framework = references.framework(review.application.framework_version)
    levels = framework.scale.values if review.application.kind is ApplicationKind.PORTFOLIO else ()
    keys = [indicator.key for indicator in indicators]
    sheet = read_sheet(request.form, keys, levels=levels, objection=citations.Citable(review).objection)
    return sheet, merge(review, sheet)


def store(review: Review, merged: Merge) -> None:
    """Keep what could be read and clashes with nobody; nothing is written when nothing changed.

    Raises ``StepRefused`` when the review is not being written any more, even if nothing changed.
    """
    if merged.changed or merged.comment is not None or review.state is not ReviewState.IN_PROGRESS:
        take("review", review, "save_ratings", data=SaveRatings(merged.changed, merged.comment))


def autosaved(review: Review, indicators: Sequence[Indicator], here: str) -> Response | tuple[Response, int]:
    """Keep the draft while the reviewer writes. Says the honest time, or why it was not kept.

    Marks come back only for what the page shows as it is stored: a mark for what another tab wrote would let this page
    overwrite it unseen.
    """
    sheet, merged = read(review, indicators)
    try:
        store(review, merged)
    except StepRefused as refused:
        db.session.rollback()
        return jsonify(message=translated(refused.reasons[0])), 409
    known = {"fields": _fields(review, sheet), "parts": _parts(review, sheet, here)}
    if merged.clashing:
        keys = ", ".join([clash.key for clash in merged.clashes] or [_("the closing comment")])
        text = _("Not saved: somebody else changed %(keys)s. Use the save button to see both versions.", keys=keys)
        return jsonify(message=text, **known), 409
    if not sheet.readable:
        words = [f"{key}: {text}" for key, texts in sheet.errors.items() for text in texts]
        first = words[0] if words else sheet.comment_error
        return jsonify(message=_("Not all is saved. %(problem)s.", problem=first), **known), 422
    return jsonify(saved_at=saved_words(), **known)


def place() -> str | None:
    """Where on the page a save leaves the reader: the document they turned to, or the indicator they worked on."""
    if "show" in request.form:
        return "evidence"
    key = request.form.get("cite") or request.form.get("uncite", "").partition("~")[0]
    return f"item-{key}" if key else None


def saved_words() -> str:
    """The time of day now, as the page says it."""
    local = clock.now().astimezone(DISTRICT_ZONE)
    return f"{format_time(local, 'h:mm a', rebase=False)} {local.tzname()}"


def _fields(review: Review, sheet: Sheet) -> dict[str, str]:
    kept = {rating.indicator_key: stored_value(rating) for rating in review.ratings}
    found = {}
    for key, value in sheet.values.items():
        if kept.get(key) == value:
            found[f"seen-{key}"] = mark(value)
    for key, typed in sheet.typed.items():
        if _cites_otherwise(sheet, key):
            found |= {f"cited-{key}": cited_words(typed.citations), f"citedoc-{key}": "", f"citepage-{key}": ""}
    if sheet.comment is not None and sheet.comment == review.comment:
        found["seen-comment"] = mark(review.comment)
    return found


def _cites_otherwise(sheet: Sheet, key: str) -> bool:
    """Whether the citations are not what the page showed, because one was added or taken away by the request."""
    return cited_words(sheet.typed[key].citations) != request.form.get(f"cited-{key}", "")


def _parts(review: Review, sheet: Sheet, here: str) -> dict[str, str]:
    """The lists of citations that changed, by the id of the element that shows each."""
    changed = [key for key in sheet.typed if _cites_otherwise(sheet, key)]
    if not changed:
        return {}
    cited_list = get_template_attribute("components/checklist_item.html", "cited_list")
    versions = citations.Citable(review).versions
    return {
        f"cited-list-{key}": str(cited_list(key, citations.shown(sheet.typed[key].citations, versions, here), True))
        for key in changed
    }
