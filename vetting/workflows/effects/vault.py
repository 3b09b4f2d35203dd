"""What happens around a document: the office's reading, new versions in open cases, and what a document speaks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from vetting.calendar_days import school_year_of
from vetting.models import (
    Application,
    Document,
    DocumentVersion,
    EvidenceLink,
    EvidenceState,
    EvidenceUse,
    Program,
    Review,
    UseSaidBy,
)
from vetting.queries import applications, references
from vetting.workflows.definition import Context
from vetting.workflows.effects import custody
from vetting.workflows.vault_commands import OfficeReading, SayPurposes


def note_reading(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    """Keep what the office read beside what was typed. Nothing typed is changed; an equal reading adds nothing."""
    reading: OfficeReading = context.data or OfficeReading()
    version.office_valid_from = _other(reading.valid_from, version.typed_valid_from)
    version.office_valid_until = _other(reading.valid_until, version.typed_valid_until)
    version.office_amount_cents = _other(reading.amount_cents, version.typed_amount_cents)
    kept = {
        "valid_from": version.office_valid_from,
        "valid_until": version.office_valid_until,
        "amount_cents": version.office_amount_cents,
    }
    return {key: value if isinstance(value, int) else value.isoformat() for key, value in kept.items() if value}


def _other(read: Any, typed: Any) -> Any:
    return None if read == typed else read


def stand_in(version: DocumentVersion, replaced: Iterable[DocumentVersion], context: Context) -> None:
    """Where a returned version was part of an open case that was sent, the new one is part of it from now on."""
    returned = [older for older in replaced if older.state is EvidenceState.RETURNED]
    for older in returned:
        for application in applications.open_with_version(context.session, older.id):
            if application.received_at is not None:
                context.then("application", application, "take_new_version", data=(older, version))


def take_new_version(application: Application, context: Context) -> Mapping[str, Any]:
    """A version that was sent instead of a returned one, used for the same kind of document."""
    older, version = context.data
    kind = next(link.type_key for link in application.evidence if link.document_version_id == older.id)
    application.evidence.append(EvidenceLink(document_version=version, type_key=kind))
    custody.recount_missing(application)
    return {"type": kind, "sha256": version.sha256}


def say_purposes(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    """What the organization says of one school year; what reviewers cited stays."""
    command: SayPurposes = context.data
    programs = set(
        context.session.scalars(sa.select(Program.id).where(Program.organization_id == version.organization_id))
    )
    wanted = {(p.standard_key, p.program or None) for p in command.purposes if not p.program or p.program in programs}
    kept = {(u.standard_key, u.program_id): u for u in version.uses if u.school_year == command.school_year}
    for place, use in kept.items():
        if place not in wanted and use.said_by is UseSaidBy.APPLICANT:
            version.uses.remove(use)
            context.session.delete(use)
    for standard, program in sorted(wanted - set(kept), key=lambda place: (place[0], place[1] or 0)):
        version.uses.append(
            EvidenceUse(
                standard_key=standard,
                program_id=program,
                school_year=command.school_year,
                said_by=UseSaidBy.APPLICANT,
            )
        )
    return {"school_year": command.school_year, "purposes": len(wanted)}


def note_citations(review: Review, context: Context) -> None:
    """What a reviewer cites speaks for the standard it is cited on, for the program and school year of the case."""
    application = review.application
    framework = references.framework(application.framework_version)
    standard_of = {indicator.key: s.key for s in framework.standards for indicator in s.indicators}
    cited = {
        (str(citation["doc"]), standard_of.get(rating.indicator_key, ""))
        for rating in review.ratings
        for citation in rating.citations
    }
    if not cited:
        return
    versions = _versions(context, {code for code, _standard in cited})
    year = school_year_of(context.today)
    for code, standard in sorted(cited):
        version = versions.get(code)
        if version is None or not standard:
            continue
        place = (standard, application.program_id, year)
        if place not in {(use.standard_key, use.program_id, use.school_year) for use in version.uses}:
            version.uses.append(
                EvidenceUse(
                    standard_key=standard,
                    program_id=application.program_id,
                    school_year=year,
                    said_by=UseSaidBy.REVIEWER,
                )
            )


def _versions(context: Context, codes: Iterable[str]) -> dict[str, DocumentVersion]:
    """Versions by the name that citations call them: the document's reference, a point, the version's number."""
    wanted = set(codes)
    found = context.session.scalars(
        sa.select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.reference.in_({code.rpartition(".")[0] for code in wanted}))
        .options(joinedload(DocumentVersion.document), selectinload(DocumentVersion.uses))
    )
    named = {f"{version.document.reference}.{version.number}": version for version in found}
    return {code: version for code, version in named.items() if code in wanted}
