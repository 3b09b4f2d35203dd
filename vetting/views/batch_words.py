"""What a list of agreements to be signed together shows: every word once that they share, and each one's own.

Nothing of a text is left out. Whatever is not known here by name is shown under its own key rather than not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from vetting.text import N_
from vetting.views.chrome import cents, localdate
from vetting.workflows.scope_of_service import payment_words, session_words


@dataclass(frozen=True)
class Part:
    """One part of a text in words: its heading and its lines."""

    key: str
    heading: str
    lines: tuple[str, ...]


HEADINGS: Mapping[str, str] = {
    "reference": N_("Agreement"),
    "version": N_("Version of the text"),
    "title": N_("Title"),
    "school": N_("School"),
    "organization": N_("Partner"),
    "district": N_("District"),
    "program": N_("Program"),
    "kind": N_("Kind of agreement"),
    "school_year": N_("School year"),
    "fiscal_year": N_("Fiscal year"),
    "starts_on": N_("First day of service"),
    "ends_on": N_("Last day of service"),
    "renewal": N_("Renewal"),
    "services": N_("Services"),
    "sites": N_("Places"),
    "place": N_("Place"),
    "sessions": N_("Times"),
    "schedule": N_("Days and times"),
    "students_planned": N_("Students planned"),
    "grades": N_("Grades"),
    "improvement_goal": N_("School improvement goal"),
    "goals": N_("Shared goals"),
    "roles_school": N_("What the school does"),
    "roles_partner": N_("What the partner does"),
    "communication_rhythm": N_("How you stay in touch"),
    "contacts": N_("Contacts"),
    "data_terms": N_("Data terms"),
    "data_basis": N_("Basis for sharing data"),
    "money.amount_cents": N_("Price"),
    "money.source_label": N_("Who pays"),
    "money.payments": N_("Payments"),
    "money.payment_schedule": N_("Payment schedule"),
    "reporting_dates": N_("Reports due"),
    "termination": N_("How it can end"),
    "confirmed_by": N_("Confirmed by"),
    "signers": N_("Who signs"),
}
"""The parts of a text in the order in which they are read. Clauses follow, each under its own heading."""

NOT_READ = frozenset({"schema", "made_up", "clauses", "money"})
"""What carries no words of its own: marks for machines, and what is taken apart."""

INSIDE_MONEY = frozenset({"source"})

SAID_BY: Mapping[str, str] = {
    "sites": "place",
    "sessions": "schedule",
    "money.payments": "money.payment_schedule",
}
"""Rows that a text repeats in words: they are left out where those words say every one of them."""


def parts(content: Mapping[str, Any]) -> list[Part]:
    """A frozen text, part by part; empty ones are left out."""
    flat = {key: value for key, value in content.items() if key not in NOT_READ}
    flat |= {f"money.{key}": value for key, value in content["money"].items() if key not in INSIDE_MONEY}
    order = [*HEADINGS, *sorted(flat.keys() - HEADINGS.keys())]
    found = [Part(key, _(HEADINGS.get(key, key)), _lines(key, flat[key])) for key in order if key in flat]
    found += [Part(f"clause:{one['key']}", one["heading"], (one["text"],)) for one in content["clauses"]]
    return [part for part in found if any(part.lines) and not _said_elsewhere(part, flat)]


def _said_elsewhere(part: Part, flat: Mapping[str, Any]) -> bool:
    words = str(flat.get(SAID_BY.get(part.key, ""), ""))
    return bool(words) and all(line in words for line in part.lines)


def _lines(key: str, value: Any) -> tuple[str, ...]:
    if key in WORDS:
        return tuple(WORDS[key](value))
    if isinstance(value, Mapping):
        return tuple(str(one) for one in value.values() if one)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_row(one) for one in value)
    return (str(value),) if value or value == 0 else ()


def _row(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(one) for one in value.values() if one)
    return str(value)


def _day(text: str) -> str:
    return localdate(date.fromisoformat(text)) if text else ""


def _renewal(value: Mapping[str, Any]) -> list[str]:
    days = value["notice_days"]
    if not days:
        return [_("It does not renew by itself.")]
    return [
        str(
            ngettext(
                "It renews by itself. Both sides are told %(num)s day before.",
                "It renews by itself. Both sides are told %(num)s days before.",
                days,
            )
        )
    ]


WORDS: Mapping[str, Any] = {
    "starts_on": lambda value: [_day(value)],
    "ends_on": lambda value: [_day(value)],
    "reporting_dates": lambda value: [_day(one) for one in value],
    "renewal": _renewal,
    "kind": lambda value: [value["name"]],
    "school": lambda value: [value["name"], value["address"]],
    "organization": lambda value: [value["legal_name"], value["address"]],
    "sessions": lambda value: [session_words(one) for one in value],
    "money.amount_cents": lambda value: [cents(value) if value else _("no cost")],
    "money.payments": lambda value: [payment_words(one) for one in value],
    "signers": lambda value: [
        ", ".join(text for text in (one["name"], one["title"], one["role_label"], one["organization"]) if text)
        for one in value
    ],
}


@dataclass(frozen=True)
class Compared:
    """A list of texts: what all of them share, and each one's own parts, in their order."""

    common: tuple[Part, ...]
    own: tuple[tuple[Part, ...], ...]


def compared(contents: Sequence[Mapping[str, Any]]) -> Compared:
    """Take shared and own words apart. A part is shared only where every text has it alike."""
    taken = [parts(content) for content in contents]
    if not taken:
        return Compared((), ())
    alike = [part for part in taken[0] if all(part in other for other in taken[1:])]
    return Compared(tuple(alike), tuple(tuple(part for part in one if part not in alike) for one in taken))
