"""An agreement's content as a list of parts with names: what people comment on, and what is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from vetting.models import Agreement
from vetting.text import N_, dollars
from vetting.workflows.scope_of_service import draft_content, spelled

CLAUSE = "clause:"

NAMES: Mapping[str, str] = {
    "services": N_("What the partner will do"),
    "place": N_("Place"),
    "schedule": N_("Days and times"),
    "grades": N_("Grades"),
    "improvement_goal": N_("School improvement goal"),
    "roles_school": N_("What the school does"),
    "roles_partner": N_("What the partner does"),
    "communication_rhythm": N_("How you stay in touch"),
    "data_terms": N_("Information about students"),
    "payment_schedule": N_("Payment schedule"),
    "termination": N_("How it can end early"),
}
"""Parts that anybody may comment on."""

WORDS_ONLY = frozenset(NAMES) - {"place", "schedule", "payment_schedule"}
"""Parts that are a text and nothing else, so that other words for them can be proposed."""


@dataclass(frozen=True)
class Part:
    """One part of the text. ``heading`` is a message; that of a clause is its own heading."""

    key: str
    heading: str
    text: str


def parts_of(content: Mapping[str, Any]) -> list[Part]:
    """Everything a reader may find changed, in the order of the page."""
    money = content["money"]
    found = [
        Part("kind", N_("Kind of agreement"), content.get("kind", {}).get("name", "")),
        Part("term", N_("Term"), f"{spelled(content['starts_on'])} – {spelled(content['ends_on'])}"),
        Part("services", NAMES["services"], content["services"]),
        Part("place", NAMES["place"], content["place"]),
        Part("schedule", NAMES["schedule"], content["schedule"]),
        Part("students_planned", N_("Students planned"), str(content["students_planned"])),
        Part("grades", NAMES["grades"], content["grades"]),
        Part("improvement_goal", NAMES["improvement_goal"], content["improvement_goal"]),
        Part("goals", N_("Shared goals"), _rows(content["goals"], ("goal", "measure", "target"))),
        Part("roles_school", NAMES["roles_school"], content["roles_school"]),
        Part("roles_partner", NAMES["roles_partner"], content["roles_partner"]),
        Part("contacts", N_("Contacts"), _rows(content["contacts"], ("side", "name", "title", "email"))),
        Part("communication_rhythm", NAMES["communication_rhythm"], content["communication_rhythm"]),
        Part("amount", N_("Total price"), dollars(money["amount_cents"])),
        Part("source", N_("Where the money comes from"), money["source_label"]),
        Part("payment_schedule", NAMES["payment_schedule"], money["payment_schedule"]),
        Part("data_basis", N_("Ground for sharing information"), content.get("data_basis", "")),
        Part("data_terms", NAMES["data_terms"], content["data_terms"]),
        Part("reporting_dates", N_("Reports"), "\n".join(spelled(day) for day in content["reporting_dates"])),
        Part("termination", NAMES["termination"], content["termination"]),
    ]
    clauses = [Part(clause_key(clause), clause["heading"], clause["text"]) for clause in content["clauses"]]
    signers = "\n".join(
        ", ".join(part for part in (item["role_label"], item["name"], item["title"]) if part)
        for item in content["signers"]
    )
    return [*found, *clauses, Part("signers", N_("Who signs"), signers)]


def clause_key(clause: Mapping[str, str]) -> str:
    """The key of a clause among the parts; versions from before clauses had keys go by the heading."""
    return CLAUSE + clause.get("key", clause["heading"])


def _rows(rows: list[Mapping[str, str]], keys: tuple[str, ...]) -> str:
    return "\n".join(", ".join(row[key] for key in keys if row.get(key)) for row in rows)


def parts_to_discuss(session: Session, agreement: Agreement) -> dict[str, str]:
    """Parts that somebody may comment on, with their names: those that are words, and every clause."""
    content = draft_content(session, agreement)
    clauses = {clause_key(clause): clause["heading"] for clause in content["clauses"]}
    return {**NAMES, **clauses}


def part_text(session: Session, agreement: Agreement, key: str) -> str:
    """The words of a part as the draft has them now; empty for a part that is not there."""
    return next((part.text for part in parts_of(draft_content(session, agreement)) if part.key == key), "")
