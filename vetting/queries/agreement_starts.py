"""How a draft begins: with what is known of the program, with the last agreement, or as a change of one in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import refs
from vetting.calendar_days import fiscal_year_of, next_school_year, school_year_bounds, school_year_of
from vetting.data.vocabulary import word_lists
from vetting.models import (
    Agreement,
    AgreementActivity,
    AgreementOrigin,
    AgreementTerms,
    Partnership,
    ReferenceKind,
)
from vetting.queries import references

TEMPLATE = "scope-of-service"
SECTIONS = ("service", "purpose", "roles", "money", "information", "ending")

YEARLY = ("reporting_dates", "payments", "signer_ids", "unread", "brought")
"""What belongs to one year, or to one draft, and is not carried over to the next as it stands."""


def fresh(session: Session, partnership: Partnership, today: date, created_by_id: int) -> Agreement:
    """A first draft for a partnership, filled with what the program says of itself or the last agreement said."""
    first, last = school_year_bounds(partnership.school_year)
    starts_on = max(first, today) if today <= last else first
    before = latest_before(session, partnership)
    agreement = _blank(session, partnership, created_by_id, starts_on, last)
    if before is not None:
        agreement.draft = carried_over(before)
        agreement.draft |= {"unread": list(SECTIONS), "brought": before.reference}
    else:
        known = from_program(partnership)
        agreement.draft = {**known, "unread": ["service"], "brought": "program"} if known else {}
    return agreement


def amendment(session: Session, before: Agreement, today: date, created_by_id: int) -> Agreement:
    """A change of an agreement: the same words to begin with, for the days that are left."""
    starts_on = max(before.starts_on or today, today)
    made = _blank(session, before.partnership, created_by_id, starts_on, before.ends_on)
    made.origin, made.supersedes_id = AgreementOrigin.AMENDMENT, before.id
    made.activity, made.terms = before.activity, before.terms
    made.fiscal_year, made.school_year = before.fiscal_year, before.school_year
    made.amount_cents, made.funding_source = before.amount_cents, before.funding_source
    made.draft = {**before.draft, "unread": [], "brought": before.reference}
    return made


def renewal(
    session: Session, before: Agreement, partnership: Partnership, today: date, created_by_id: int
) -> Agreement:
    """What follows an agreement: its words, with every date a year later; each part is read again before it is sent."""
    starts_on, ends_on = term_of_renewal(before, today)
    made = _blank(session, partnership, created_by_id, starts_on, ends_on)
    made.origin, made.follows_id = AgreementOrigin.RENEWAL, before.id
    made.activity, made.terms = before.activity, before.terms
    made.amount_cents, made.funding_source = before.amount_cents, before.funding_source
    made.draft = {
        **carried_over(before),
        "reporting_dates": [
            next_year(date.fromisoformat(day)).isoformat() for day in before.draft.get("reporting_dates", [])
        ],
        "payments": [{**row, "due_on": _a_year_later(row["due_on"])} for row in before.draft.get("payments", [])],
        "unread": list(SECTIONS),
        "brought": before.reference,
    }
    return made


def term_of_renewal(before: Agreement, today: date) -> tuple[date, date]:
    """First and last day with which the draft of a renewal begins."""
    starts_on = max(_first_after(before), today)
    return starts_on, max(next_year(before.ends_on or starts_on), starts_on)


def _a_year_later(day: str) -> str:
    return next_year(date.fromisoformat(day)).isoformat()


def school_year_after(before: Agreement) -> str:
    """The school year that a renewal is for: the one in which it would begin."""
    return school_year_of(_first_after(before)) if before.starts_on else next_school_year(before.school_year)


def _first_after(before: Agreement) -> date:
    """A year after the first day, and never before the last one is over."""
    if before.starts_on is None or before.ends_on is None:
        raise ValueError("an agreement that was sent has its dates")
    return max(next_year(before.starts_on), before.ends_on + timedelta(days=1))


def next_year(day: date) -> date:
    """The same day a year later; the last day of February where there is no 29th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def carried_over(before: Agreement) -> dict[str, Any]:
    """The words of an agreement without what belongs to its year."""
    return {key: value for key, value in before.draft.items() if key not in YEARLY}


def latest_before(session: Session, partnership: Partnership) -> Agreement | None:
    """The last agreement on the same program at the same school that was ever in force."""
    query = (
        sa.select(Agreement)
        .join(Partnership, Partnership.id == Agreement.partnership_id)
        .where(
            Partnership.program_id == partnership.program_id,
            Agreement.school_id == partnership.school_id,
            Agreement.executed_at.is_not(None),
        )
        .order_by(Agreement.executed_at.desc(), Agreement.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def from_program(partnership: Partnership) -> Mapping[str, Any]:
    """What the approved program says of itself, as a first text for the scope."""
    program = partnership.program
    grades = word_lists()["grades"].items
    named = [
        grades[index].name
        for index in (program.grade_from, program.grade_to)
        if index is not None and 0 <= index < len(grades)
    ]
    known = {
        "services": program.summary,
        "grades": " to ".join(dict.fromkeys(named)),
    }
    return {key: value for key, value in known.items() if value}


def _blank(
    session: Session, partnership: Partnership, created_by_id: int, starts_on: date, ends_on: date | None
) -> Agreement:
    return Agreement(
        reference=refs.new_reference("AGR"),
        verify_code=refs.new_code(),
        partnership=partnership,
        school_id=partnership.school_id,
        school=partnership.school,
        organization_id=partnership.organization_id,
        organization=partnership.program.organization,
        school_year=partnership.school_year,
        fiscal_year=fiscal_year_of(starts_on),
        template_version_id=references.current(session, ReferenceKind.AGREEMENT_TEMPLATE, TEMPLATE).id,
        starts_on=starts_on,
        ends_on=ends_on,
        amount_cents=0,
        funding_source="none",
        activity=AgreementActivity.SERVICE,
        terms=AgreementTerms.FIXED,
        origin=AgreementOrigin.NEW,
        created_by_id=created_by_id,
        draft={},
    )
