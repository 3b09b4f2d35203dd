"""A reviewer's checklist as it comes from the browser, and how two tabs or two people are kept from overwriting."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import ngettext

from vetting.forms.base import shown_again, trimmed
from vetting.models import Rating, Review
from vetting.questionnaires.answers import browser_length
from vetting.workflows.commands import RatingValue

LONGEST_REASON = 2000
LONGEST_COMMENT = 4000
MOST_CITATIONS = 12
LARGEST_PAGE = 99_999

NOTHING = RatingValue()

Citation = tuple[str, int]
"""A document's code and a page of it, counted from 1."""

Objection = Callable[[str, Citation], str]
"""What speaks against citing this page for the indicator with this key, in words; empty when nothing does."""


@dataclass(frozen=True)
class Typed:
    """One indicator as it came, fit to be shown again. ``document`` and ``page`` are a citation not yet taken."""

    choice: str = ""
    reason: str = ""
    note: str = ""
    citations: tuple[Citation, ...] = ()
    document: str = ""
    page: str = ""


@dataclass(frozen=True)
class Sheet:
    """What was typed. ``values`` could be read; ``typed`` is everything as it came; ``errors`` by indicator key.

    ``comment`` is None when the page has no closing comment. ``comment_mark`` is the print of the comment that the page
    was made with, empty when it did not say.
    """

    values: Mapping[str, RatingValue]
    typed: Mapping[str, Typed]
    marks: Mapping[str, str]
    comment: str | None
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    comment_error: str = ""
    comment_mark: str = ""

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
    """Ratings to store, and those where somebody else was first; the same for the closing comment.

    ``comment`` is None when there is nothing to store; ``comment_clash`` is the stored text that stands against it.
    """

    changed: Mapping[str, RatingValue]
    clashes: Sequence[Clash]
    comment: str | None = None
    comment_clash: str | None = None

    @property
    def clashing(self) -> bool:
        return bool(self.clashes) or self.comment_clash is not None


def read_sheet(posted: Mapping[str, str], keys: Iterable[str], *, levels: Sequence[int], objection: Objection) -> Sheet:
    """Read the checklist of ``keys``. With ``levels`` a choice is one of them, otherwise met or not met.

    Only indicators of which the page sent something are read, so a page with a part of them touches no other. The
    buttons "cite" and "uncite" add the page that is open in the viewer, or take a citation away; a
    document and a page chosen by hand are added by whatever saves.
    """
    values: dict[str, RatingValue] = {}
    typed: dict[str, Typed] = {}
    errors: dict[str, list[str]] = {}
    allowed = {str(level) for level in levels} or {"met", "not_met"}
    for key in keys:
        if not {f"rating-{key}", f"reason-{key}"} & posted.keys():
            continue
        choice = posted.get(f"rating-{key}", "")
        reason, note = (str(trimmed(posted.get(f"{name}-{key}", ""))) for name in ("reason", "note"))
        citations, wrong, left = _citations(posted, key, objection)
        typed[key] = Typed(choice, shown_again(reason), shown_again(note), citations, *left)
        if choice not in {"", "na", *allowed}:
            wrong.append(_("Choose one of the answers in the list"))
        wrong += _too_long(reason, LONGEST_REASON) + _too_long(note, LONGEST_REASON)
        if wrong:
            errors[key] = wrong
        else:
            values[key] = _value(choice, reason, note, citations)
    comment = str(trimmed(posted["comment"])) if "comment" in posted else None
    marks = {key: posted.get(f"seen-{key}", "") for key in typed}
    trouble = " ".join(_too_long(comment or "", LONGEST_COMMENT))
    text = None if comment is None else shown_again(comment)
    return Sheet(values, typed, marks, text, errors, trouble, posted.get("seen-comment", ""))


def cited_words(citations: Iterable[Citation]) -> str:
    """Citations as the hidden field of a page holds them."""
    return " ".join(f"{document}~{page}" for document, page in citations)


def _citations(
    posted: Mapping[str, str], key: str, objection: Objection
) -> tuple[tuple[Citation, ...], list[str], tuple[str, str]]:
    """The citations of one indicator, what is wrong with them, and the document and page that were not taken."""
    found: list[Citation] = []
    wrong: list[str] = []
    for word in posted.get(f"cited-{key}", "").split():
        document, _tilde, page = word.partition("~")
        if word != posted.get("uncite", "").removeprefix(f"{key}~"):
            _add(found, wrong, (document, int(page) if _page(page) else 0), key, objection)
    if posted.get("cite") == key:
        document, _tilde, place = posted.get("shown", "").partition("~")
        page = place.partition("~")[0] or "1"
        if document:
            _add(found, wrong, (document, int(page) if _page(page) else 0), key, objection)
        else:
            wrong.append(_("Open a document first, then cite its page"))
    document, page = (posted.get(f"{name}-{key}", "").strip() for name in ("citedoc", "citepage"))
    if not document and not page:
        return tuple(found), wrong, ("", "")
    before = len(wrong)
    if not document:
        wrong.append(_("Choose the document that this page is from"))
    elif not page:
        wrong.append(_("Give the page of the document that you cite"))
    elif not _page(page):
        wrong.append(_("Give the page as a whole number, such as 3"))
    else:
        _add(found, wrong, (document, int(page)), key, objection)
    return tuple(found), wrong, (("", "") if len(wrong) == before else (document[:80], shown_again(page)[:20]))


def _page(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6


def _add(found: list[Citation], wrong: list[str], citation: Citation, key: str, objection: Objection) -> None:
    if citation in found:
        return
    if not 1 <= citation[1] <= LARGEST_PAGE:
        wrong.append(_("Give the page as a whole number, such as 3"))
    elif len(found) >= MOST_CITATIONS:
        wrong.append(_("Cite %(most)s pages or fewer", most=MOST_CITATIONS))
    elif words := objection(key, citation):
        wrong.append(words)
    else:
        found.append(citation)


def _too_long(text: str, limit: int) -> list[str]:
    if shown_again(text) != text:
        return [_("This holds hidden characters. Type it again, or paste it as plain text")]
    excess = browser_length(text) - limit
    if excess > 0:
        return [ngettext("Shorten this by %(num)s character", "Shorten this by %(num)s characters", excess)]
    return []


def _value(choice: str, reason: str, note: str, citations: tuple[Citation, ...]) -> RatingValue:
    met = choice == "met" if choice in {"met", "not_met"} else None
    level = int(choice) if choice.isdecimal() else None
    return RatingValue(level, met, choice == "na", reason, note, citations)


def stored_value(rating: Rating | None) -> RatingValue:
    """What is kept for an indicator."""
    if rating is None:
        return NOTHING
    cited = tuple((str(item["doc"]), int(item["page"])) for item in rating.citations)
    return RatingValue(rating.level, rating.met, rating.not_applicable, rating.reason, rating.note, cited)


def choice_of(value: RatingValue) -> str:
    """The radio button that shows a value."""
    if value.not_applicable:
        return "na"
    if value.met is not None:
        return "met" if value.met else "not_met"
    return str(value.level) if value.level is not None else ""


def mark(value: RatingValue | str) -> str:
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
    seen = sheet.comment_mark or mark(review.comment)
    comment = clash = None
    if (
        sheet.comment is not None
        and not sheet.comment_error
        and sheet.comment != review.comment
        and mark(sheet.comment) != seen
    ):
        if mark(review.comment) != seen:
            clash = review.comment
        else:
            comment = sheet.comment
    return Merge(changed, clashes, comment, clash)
