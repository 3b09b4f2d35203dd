"""The facts of mail about documents that run out, and about waivers."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from babel.dates import format_date
from sqlalchemy.orm import object_session

from vetting.data.evidence_types import load_evidence_types
from vetting.models import HistoryEntry, Lapse, Waiver
from vetting.text import N_

Facts = dict[str, str]

BLOCKS = N_("No new agreement with a school can be signed.")
HIDES = N_("The public directory does not show the organization.")
BLOCKS_FROM = N_("From %(day)s on, no new agreement with a school can be signed.")
HIDES_FROM = N_("From %(day)s on, the public directory does not show the organization.")
NOTHING = N_("Nothing else happens for now, but the office and schools can see it.")


def _day(value: date) -> str:
    return str(format_date(value, "long", locale="en"))


def _document(type_key: str) -> str:
    kind = load_evidence_types().documents.get(type_key)
    return kind.name if kind is not None else type_key


def follows(lapse: Lapse) -> list[str]:
    """What will happen when, in sentences; empty when nothing does."""
    said = []
    if lapse.blocks_on is not None and not lapse.blocking:
        said.append(BLOCKS_FROM % {"day": _day(_not_before(lapse, lapse.blocks_on))})
    if lapse.hides_on is not None and not lapse.hiding:
        said.append(HIDES_FROM % {"day": _day(_not_before(lapse, lapse.hides_on))})
    return said


def _not_before(lapse: Lapse, day: date) -> date:
    return day if lapse.held_until is None else max(day, lapse.held_until + timedelta(days=1))


def holds(lapse: Lapse) -> list[str]:
    """What is in force now, in sentences."""
    said = []
    if lapse.blocking:
        said.append(BLOCKS)
    if lapse.hiding:
        said.append(HIDES)
    return said


def of_lapse(lapse: Lapse) -> Facts:
    return {
        "lapse": lapse.reference,
        "document": _document(lapse.type_key),
        "organization": lapse.organization.legal_name,
        "organization_reference": lapse.organization.reference,
        "last": _day(lapse.out_from - timedelta(days=1)),
        "out_from": _day(lapse.out_from),
        "what_follows": " ".join(follows(lapse)) or NOTHING,
        "what_holds": " ".join([*holds(lapse), *follows(lapse)]),
    }


def of_waiver(waiver: Waiver) -> Facts:
    session = object_session(waiver)
    why = ""
    if session is not None:
        said = sa.select(HistoryEntry.reason).where(
            HistoryEntry.subject_type == "waiver",
            HistoryEntry.subject_id == waiver.id,
            HistoryEntry.step == "take_back",
        )
        why = session.scalars(said.order_by(HistoryEntry.sequence.desc()).limit(1)).first() or ""
    return {
        "waiver": waiver.reference,
        "document": _document(waiver.type_key),
        "organization": waiver.organization.legal_name,
        "starts": _day(waiver.starts_on),
        "ends": _day(waiver.ends_on),
        "reason": waiver.reason,
        "conditions": waiver.conditions or "—",
        "answer": waiver.answer or "—",
        "reason_back": why or "—",
    }
