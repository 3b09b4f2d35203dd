"""What the office's list brings: facts and profiles. Designations are steps of their own, taken after these."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from vetting.models import (
    BroughtAlong,
    Designation,
    Organization,
    Partnership,
    Program,
)
from vetting.queries import search
from vetting.questionnaires.loading import load_form
from vetting.workflows.definition import Context
from vetting.workflows.effects import designations, profiles
from vetting.workflows.import_commands import BringPartner, BringProgram, NewDates

REGISTRATION_FORM = "forms/registration-1.yaml"


@cache
def public_keys() -> frozenset[str]:
    """Questions of a registration whose answers anybody may read."""
    return frozenset(question.key for question in load_form(REGISTRATION_FORM).questions if question.public)


def partner(organization: Organization, context: Context) -> Mapping[str, Any]:
    """A partner of the list: its facts, and the record of them."""
    command: BringPartner = context.data
    if organization.import_key is None:
        organization.import_key = command.key
    if command.describes:
        profiles.describe(organization, command.answers)
    changed = _keep(context, command.import_id, organization.id, None, None, command.answers)
    if command.describes and organization.programs:
        search.refresh(context.session, organization.programs)
    return {"import": command.import_id, "facts": changed}


def program(subject: Program, context: Context) -> Mapping[str, Any]:
    """A program of the list, with its profile."""
    command: BringProgram = context.data
    organization = subject.organization
    if command.describes:
        profiles.present(subject, command.answers, public_keys())
    changed = _keep(context, command.import_id, organization.id, subject.id, command.key, command.answers)
    return {"import": command.import_id, "facts": changed}


def program_listed(subject: Program, context: Context) -> Mapping[str, Any]:
    """The same for one that says enough to be listed."""
    told = program(subject, context)
    designations.program_approved(subject, context)
    designations.follow(subject.organization, context)
    context.session.flush()
    search.refresh(context.session, [subject])
    return told


def program_changed(subject: Program, context: Context) -> Mapping[str, Any]:
    """New facts of a program that is there; the search follows."""
    told = program(subject, context)
    context.session.flush()
    search.refresh(context.session, [subject])
    return told


def partnership(subject: Partnership, context: Context) -> Mapping[str, Any]:
    """A partnership of the list; ``data`` is the number of the import."""
    return {"import": context.data}


def _keep(
    context: Context,
    import_id: int,
    organization_id: int,
    program_id: int | None,
    key: str | None,
    answers: Mapping[str, Any],
) -> list[str]:
    """Keep what the list says; returns which facts are new, never what they say."""
    query = sa.select(BroughtAlong).where(
        BroughtAlong.organization_id == organization_id, BroughtAlong.program_id.is_not_distinct_from(program_id)
    )
    record = context.session.scalars(query).first()
    if record is None:
        record = BroughtAlong(organization_id=organization_id, program_id=program_id, program_key=key, answers={})
        context.session.add(record)
    changed = sorted(name for name, value in answers.items() if record.answers.get(name) != value)
    record.import_id, record.answers, record.brought_at = import_id, dict(answers), context.now
    return changed


def corrected(designation: Designation, context: Context) -> Mapping[str, Any]:
    """``data`` are ``NewDates``."""
    wanted: NewDates = context.data
    before = [designation.starts_on.isoformat(), designation.ends_on.isoformat() if designation.ends_on else ""]
    designation.starts_on, designation.ends_on = wanted.starts_on, wanted.ends_on
    return {"before": before, "after": [wanted.starts_on.isoformat(), wanted.ends_on.isoformat()]}
