"""What somebody agrees to, in short, and what is different from the agreement before; read off the words to be signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from vetting.comparing import GONE, NEW, Piece, word_by_word
from vetting.models import Agreement, AgreementState
from vetting.queries import agreement_before
from vetting.workflows.agreement_text import parts_of
from vetting.workflows.scope_of_service import draft_content

UNSIGNED = frozenset({AgreementState.DRAFT, AgreementState.IN_REVIEW})
OF_ONE_TERM = frozenset({"contacts", "signers"})
"""Parts that say who and not what; they are compared on the page of all changes, not beside the terms."""


@dataclass(frozen=True)
class Terms:
    """What weighs most of a text, without the legal part. Dates are local and inclusive, money is cents."""

    amount_cents: int
    source: str
    payments: str
    starts_on: date | None
    ends_on: date | None
    schedule: str
    place: str
    students: int
    grades: str
    school_does: str
    partner_does: str
    services: str
    reports: tuple[date, ...]
    ending: str
    notice_days: int


@dataclass(frozen=True)
class Change:
    """A part that is different: its name (a message), the words that went and came, and one word for it all."""

    key: str
    heading: str
    pieces: tuple[Piece, ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(piece.kind for piece in self.pieces)


def content_of(session: Session, agreement: Agreement) -> Mapping[str, Any]:
    """The words to be signed: those that were frozen, or the draft as it is now."""
    if agreement.state not in UNSIGNED and agreement.versions:
        return agreement.versions[-1].content
    return draft_content(session, agreement)


def terms(content: Mapping[str, Any]) -> Terms:
    """The terms in a content, as they were written."""
    money = content["money"]
    return Terms(
        amount_cents=money["amount_cents"],
        source=money["source_label"],
        payments=money["payment_schedule"],
        starts_on=_day(content["starts_on"]),
        ends_on=_day(content["ends_on"]),
        schedule=content["schedule"],
        place=content["place"],
        students=content["students_planned"],
        grades=content["grades"],
        school_does=content["roles_school"],
        partner_does=content["roles_partner"],
        services=content["services"],
        reports=tuple(day for text in content["reporting_dates"] if (day := _day(text)) is not None),
        ending=content["termination"],
        notice_days=content.get("renewal", {}).get("notice_days", 0),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Every part that is not the same in two contents, in the order of the newer page."""
    before = {part.key: part for part in parts_of(old)}
    after = {part.key: part for part in parts_of(new)}
    found = []
    for key, part in {**after, **before}.items():
        was, now = before.get(key), after.get(key)
        pieces = tuple(word_by_word(was.text if was else "", now.text if now else ""))
        if any(piece.kind in {GONE, NEW} for piece in pieces):
            found.append(Change(key, (now or part).heading, pieces))
    return found


@dataclass(frozen=True)
class Told:
    """The terms of an agreement, the one before it (None: there is none), and what is different from that."""

    terms: Terms
    before: Agreement | None
    changes: tuple[Change, ...]


def told(session: Session, agreement: Agreement, shown: Mapping[str, Any] | None = None) -> Told:
    """What there is to know before saying yes to the words that are ``shown`` (left out: those that stand now)."""
    content = shown or content_of(session, agreement)
    before = agreement_before.of(session, agreement)
    if before is None or not before.versions:
        return Told(terms(content), None, ())
    different = changes(before.versions[-1].content, content)
    return Told(terms(content), before, tuple(change for change in different if change.key not in OF_ONE_TERM))
