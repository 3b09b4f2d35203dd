"""The facts of mail about people whose next background check is due. Only owners of their organization get it."""

from __future__ import annotations

from datetime import date, timedelta

from babel.dates import format_date
from sqlalchemy.orm import object_session

from vetting.models import Clearance
from vetting.queries import vault

SOON = timedelta(days=30)
"""Whoever is due no later than this after the first is named in the same mail."""


def _day(value: date) -> str:
    return str(format_date(value, "long", locale="en"))


def of_clearance(clearance: Clearance) -> dict[str, str]:
    """Everybody of the organization whose next check is due about when this person's is, or was due before."""
    session = object_session(clearance)
    listed = vault.people(session, clearance.organization_id) if session is not None else [clearance]
    due = sorted(
        (person for person in listed if person.next_due_on <= clearance.next_due_on + SOON),
        key=lambda person: person.next_due_on,
    )
    return {
        "organization": clearance.organization.legal_name,
        "reference": clearance.organization.reference,
        "due": _day(clearance.next_due_on),
        "people": "; ".join(f"{person.name}, {person.role} ({_day(person.next_due_on)})" for person in due),
    }
