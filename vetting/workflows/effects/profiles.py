"""What an approved registration makes public: the organization's and its programs' own answers, as facts and facets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.data.vocabulary import category_of
from vetting.models import Application, Organization, Program, ProgramFacet, ProgramState
from vetting.queries import search, tasklist
from vetting.questionnaires.sections import visible_answers
from vetting.refs import folded
from vetting.workflows.definition import Context

ORGANIZATION_FIELDS: Mapping[str, str] = {
    "legal_name": "legal_name",
    "doing_business_as": "doing_business_as",
    "organization_kind": "kind",
    "mission": "mission",
    "website": "website",
    "organization_phone": "phone",
    "organization_email": "email",
}
"""Answers that become columns of the organization."""

FACETS: Mapping[str, str] = {
    "service_category": "category",
    "grades": "grade",
    "days_of_week": "day",
    "times_of_day": "time",
    "season": "season",
    "languages_offered": "language",
    "cost_to_families": "cost",
    "delivery_mode": "delivery_mode",
    "target_groups": "target_group",
    "neighborhoods_served": "neighborhood",
    "organization_kind": "organization_kind",
    "location_kind": "location",
}
"""Answers that visitors of the directory can filter by."""

GRADES = ("PK", "K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12")


def publish(application: Application, context: Context) -> None:
    """Carry the answers of an approved registration over to the organization and approve its programs."""
    own = tasklist.answers_of(application)
    organization = application.organization
    describe(organization, own)
    for program in tasklist.programs_of(application):
        answers = visible_answers(tasklist.form_of(application), tasklist.answers_of(application, program.id))
        present(program, answers, public_keys(application))
        if program.state is ProgramState.IN_REVIEW:
            context.then("program", program, "approve")
    search.refresh(context.session, organization.programs)
    search.refresh_cases_of(context.session, organization)


def public_keys(application: Application) -> frozenset[str]:
    """Questions whose answers the form itself says are shown to the public."""
    return frozenset(question.key for question in tasklist.form_of(application).questions if question.public)


def describe(organization: Organization, answers: Mapping[str, Any]) -> None:
    """Set the organization's facts from its answers; an answer that is missing leaves the fact as it was."""
    for key, column in ORGANIZATION_FIELDS.items():
        if answers.get(key):
            setattr(organization, column, answers[key])
    organization.name_folded = folded(organization.legal_name)
    organization.nonprofit = answers.get("nonprofit_status") in {"nonprofit", "fiscal_sponsor"}
    organization.address = address_in(answers) or organization.address
    tax_id = answers.get("ein")
    # Under a fiscal sponsor the tax id is the sponsor's, and stays with the sponsorship.
    if isinstance(tax_id, Mapping) and answers.get("nonprofit_status") != "fiscal_sponsor":
        keep_tax_id(organization, tax_id)


def address_in(answers: Mapping[str, Any]) -> str:
    """The address in one line; empty unless all of it is given."""
    parts = [answers.get(key, "") for key in ("street", "city", "state", "zip")]
    return f"{parts[0]}, {parts[1]}, {parts[2]} {parts[3]}" if all(parts) else ""


def keep_tax_id(organization: Organization, tax_id: Mapping[str, str]) -> None:
    """Keep a sealed tax id: the ciphertext, its digest and the last four digits."""
    organization.ein_last4 = tax_id["last4"]
    organization.ein_digest = tax_id["digest"]
    organization.ein_encrypted = tax_id["sealed"].encode("ascii")


def present(program: Program, answers: Mapping[str, Any], public: frozenset[str]) -> None:
    """Set the program's public profile, the columns lists are sorted by, and its facets."""
    program.name = answers.get("program_name") or program.name
    program.summary = answers.get("short_description") or program.summary
    service = answers.get("service_category") or ""
    program.category_key = category_of(service) if service else ""
    program.subcategory_key = service if service != program.category_key else ""
    grades = [GRADES.index(grade) for grade in answers.get("grades") or [] if grade in GRADES]
    program.grade_from = min(grades, default=None)
    program.grade_to = max(grades, default=None)
    program.profile = {key: value for key, value in answers.items() if key in public}
    program.facets = [
        ProgramFacet(facet=facet, value=value)
        for key, facet in FACETS.items()
        for value in sorted(set(_values(answers.get(key))))
    ]


def _values(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return [str(value)] if value else []
