"""The card on an organization's page that says what the office's list brought, and what is missing."""

from __future__ import annotations

from typing import Any

from vetting.extensions import db
from vetting.models import Organization, ReferenceKind
from vetting.queries import brought_along, references, tasklist


def card(organization: Organization) -> dict[str, Any] | None:
    """When and by which import it came, and which questions of the form no list answered; None where no list did."""
    if organization.import_key is None:
        return None
    session = db.session()
    records = {record.program_id: record for record in brought_along.records(session, organization.id)}
    own = records.get(None)
    if own is None:
        return None
    form = tasklist.form_of_version(references.current(session, ReferenceKind.FORM, "registration"))
    programs = {program.id: program for program in organization.programs}
    return {
        "key": organization.import_key,
        "at": own.brought_at,
        "reference": own.upload.reference,
        "missing": [
            {"name": organization.legal_name, "questions": brought_along.missing(form, own.answers)},
            *(
                {
                    "name": programs[number].name,
                    "questions": brought_along.missing(form, own.answers, record.answers),
                }
                for number, record in records.items()
                if number is not None and number in programs
            ),
        ],
    }
