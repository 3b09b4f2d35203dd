"""A reviewer's checklist as it comes from the browser, and how two tabs or two people are kept from overwriting."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import ngettext

from vetting.forms.base import shown_again, trimmed
from vetting.models import Rating, Review
from vetting.questionnaires.answers import browser_length
from vetting.workflows.commands import RatingValue

LONGEST_REASON = 2000
LONGEST_COMMENT = 4000

NOTHING = RatingValue()


@dataclass(frozen=True)
class Sheet:
    """What was typed. ``values`` could be read; ``typed`` is everything as it came; ``errors`` by indicator key."""

    values: Mapping[str, RatingValue]
    typed: Mapping[str, tuple[str, str]]
    marks: Mapping[str, str]
    comment: str
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    comment_error: str = ""

    @property
    def readable(self) -> bool:
        return not self.errors and not self.comment_error


@dataclass(frozen=True)
class Clash:
    """Somebody changed this rating after the page was made; both stand."""

    key: str
    yours: RatingValue
    stored: RatingValue


@dataclass(frozen=True)
class Merge:
    """Ratings to store, and those where somebody else was first."""

    changed: Mapping[str, RatingValue]
    clashes: Sequence[Clash]


def read_sheet(posted: Mapping[str, str], keys: Iterable[str], *, levels: Sequence[int]) -> Sheet:
    """Read the checklist of ``keys``. With ``levels`` a choice is one of them, otherwise met or not met."""
    values: dict[str, RatingValue] = {}
    typed: dict[str, tuple[str, str]] = {}
    errors: dict[str, list[str]] = {}
    allowed = {str(level) for level in levels} or {"met", "not_met"}
    for key in keys:
        choice, reason = posted.get(f"rating-{key}", ""), str(trimmed(posted.get(f"reason-{key}", "")))
        typed[key] = (choice, shown_again(reason))
        wrong = [] if choice in {"", "na", *allowed} else [_("Choose one of the answers in the list")]
        wrong += _too_long(reason, LONGEST_REASON)
        if wrong:
            errors[key] = wrong
        else:
            values[key] = _value(choice, reason)
    comment = str(trimmed(posted.get("comment", "")))
    marks = {key: posted.get(f"seen-{key}", "") for key in typed}
    return Sheet(values, typed, marks, shown_again(comment), errors, " ".join(_too_long(comment, LONGEST_COMMENT)))


def _too_long(text: str, limit: int) -> list[str]:
    if shown_again(text) != text:
        return [_("This holds hidden characters. Type it again, or paste it as plain text")]
    excess = browser_length(text) - limit
    if excess > 0:
        return [ngettext("Shorten this by %(num)s character", "Shorten this by %(num)s characters", excess)]
    return []


def _value(choice: str, reason: str) -> RatingValue:
    if choice == "na":
        return RatingValue(not_applicable=True, reason=reason)
    if choice in {"met", "not_met"}:
        return RatingValue(met=choice == "met", reason=reason)
    return RatingValue(level=int(choice) if choice else None, reason=reason)


def stored_value(rating: Rating | None) -> RatingValue:
    """What is kept for an indicator."""
    if rating is None:
        return NOTHING
    return RatingValue(rating.level, rating.met, rating.not_applicable, rating.reason)


def choice_of(value: RatingValue) -> str:
    """The radio button that shows a value."""
    if value.not_applicable:
        return "na"
    if value.met is not None:
        return "met" if value.met else "not_met"
    return str(value.level) if value.level is not None else ""


def mark(value: RatingValue) -> str:
    """A short print of a value, so that the next save can tell whether the page or somebody else changed it."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]


def merge(review: Review, sheet: Sheet) -> Merge:
    """Sort what was typed into what to store and what clashes.

    A rating the page did not touch is never written; one that both changed, to different ends, is a clash. A page that
    came without marks is compared as if it had shown what is stored.
    """
    kept = {rating.indicator_key: rating for rating in review.ratings}
    changed: dict[str, RatingValue] = {}
    clashes: list[Clash] = []
    for key, value in sheet.values.items():
        stored = stored_value(kept.get(key))
        seen = sheet.marks.get(key) or mark(stored)
        if value == stored or mark(value) == seen:
            continue
        if mark(stored) != seen:
            clashes.append(Clash(key, value, stored))
        else:
            changed[key] = value
    return Merge(changed, clashes)
