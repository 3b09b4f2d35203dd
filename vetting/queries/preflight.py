"""Checks before sending: what is known beside a file, what was found, and what the sender says about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting import clock
from vetting.canonical import digest
from vetting.data.evidence_types import Asked, EvidenceType, load_evidence_types
from vetting.data.insurance_words import load_insurance_words
from vetting.models import (
    Application,
    ApplicationState,
    Document,
    DocumentCheck,
    DocumentVersion,
    EvidenceLink,
    EvidenceState,
    FindingNote,
)
from vetting.preflight.finding import Finding, is_warning
from vetting.preflight.rules import RULES_VERSION, Sent, together
from vetting.queries import tasklist

OPEN = (ApplicationState.DRAFT, ApplicationState.INFORMATION_REQUESTED)
"""Where the sender can still act on a finding."""

ABOUT_ANSWERS = frozenset(
    {
        "legal_name",
        "doing_business_as",
        "fiscal_sponsor_name",
        "ein",
        "nonprofit_status",
        "program_name",
        "street",
        "city",
        "zip",
    }
)
"""Answers that documents are compared with."""


@dataclass(frozen=True)
class Facts:
    """Who sent a document and what was typed with it. ``tax_ids`` are keyed digests, never numbers."""

    type_key: str
    names: tuple[str, ...]
    tax_ids: frozenset[str]
    typed: Mapping[str, Any]
    addresses: tuple[str, ...] = ()
    vendor_number: str = ""

    @property
    def sha256(self) -> str:
        """The digest by which a check is seen to be made from these facts."""
        about = [sorted(self.names), sorted(self.tax_ids), sorted(self.addresses), self.vendor_number]
        value = [self.type_key, *about, dict(self.typed), RULES_VERSION]
        return digest("preflight.v2", value)


@dataclass(frozen=True)
class Checked:
    """What there is to show of one document: None for ``check`` while nobody has looked."""

    check: DocumentCheck | None
    findings: tuple[Finding, ...]
    notes: Mapping[str, FindingNote] = field(default_factory=dict)

    @property
    def warnings(self) -> int:
        """Findings that are likely to come back and that nobody has explained."""
        return sum(is_warning(finding) and finding.key not in self.notes for finding in self.findings)


def version_of(session: Session, reference: str, number: int) -> DocumentVersion | None:
    """A document version by public reference and number, with the organization it belongs to."""
    return session.scalars(
        sa.select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.reference == reference, DocumentVersion.number == number)
        .options(joinedload(DocumentVersion.document).joinedload(Document.organization))
    ).first()


def facts_of(session: Session, version: DocumentVersion) -> Facts:
    """The facts of a version, with every name, tax id and address in the organization's record and applications."""
    organization = version.document.organization
    names = [organization.legal_name, organization.doing_business_as, organization.fiscal_sponsor_name]
    digests = [organization.ein_digest]
    addresses = [organization.address]
    if organization.fiscal_sponsor is not None:
        names += [organization.fiscal_sponsor.legal_name, organization.fiscal_sponsor.doing_business_as]
        digests.append(organization.fiscal_sponsor.ein_digest)
    for application in _using(session, version.id):
        answers = tasklist.answers_of(application)
        names += [answers.get(key, "") for key in ("legal_name", "doing_business_as", "fiscal_sponsor_name")]
        addresses.append(", ".join(str(answers[key]) for key in ("street", "city", "zip") if answers.get(key)))
        tax_id = answers.get("ein")
        if isinstance(tax_id, Mapping):
            digests.append(tax_id.get("digest"))
    return Facts(
        type_key=version.document.type_key,
        names=tuple(dict.fromkeys(str(name) for name in names if name)),
        tax_ids=frozenset(str(found) for found in digests if found),
        typed=_typed(version),
        addresses=tuple(dict.fromkeys(address for address in addresses if address)),
        vendor_number=organization.vendor_number,
    )


def _using(session: Session, version_id: int) -> Iterable[Application]:
    return session.scalars(
        sa.select(Application)
        .join(EvidenceLink, EvidenceLink.application_id == Application.id)
        .where(EvidenceLink.document_version_id == version_id)
        .options(selectinload(Application.answers))
        .order_by(Application.id)
    )


def _typed(version: DocumentVersion) -> dict[str, Any]:
    def iso(day: date | None) -> str | None:
        return day.isoformat() if day else None

    return {
        "issuer": version.issuer,
        "valid_from": iso(version.valid_from),
        "valid_until": iso(version.valid_until),
        "amount_cents": version.amount_cents,
        **{
            key: str(version.details.get(key, ""))
            for key in (Asked.POLICY_NUMBER, Asked.ISSUED_ON, Asked.FISCAL_YEAR_END)
        },
    }


def district() -> tuple[tuple[str, ...], str]:
    """The names of the district and its words for additional insured."""
    words = load_insurance_words()
    return words.names, words.additional_insured


def found_in(session: Session, application: Application, version_ids: Collection[int]) -> dict[int, Checked]:
    """What was found in these versions of a case, alone and together with its other documents. One statement."""
    if not version_ids:
        return {}
    return _joined(session, version_ids, _together(application))


def found_alone(session: Session, version_ids: Collection[int]) -> dict[int, Checked]:
    """The same without a case around them."""
    return _joined(session, version_ids, {}) if version_ids else {}


def _joined(session: Session, version_ids: Collection[int], others: Mapping[int, list[Finding]]) -> dict[int, Checked]:
    checks: dict[int, DocumentCheck] = {}
    notes: dict[int, dict[str, FindingNote]] = {}
    query = (
        sa.select(DocumentCheck, FindingNote)
        .outerjoin(FindingNote, FindingNote.document_version_id == DocumentCheck.document_version_id)
        .where(DocumentCheck.document_version_id.in_(version_ids))
        .options(joinedload(FindingNote.author))
    )
    for check, note in session.execute(query):
        checks[check.document_version_id] = check
        if note is not None:
            notes.setdefault(note.document_version_id, {})[note.finding_key] = note
    found = {}
    for number in version_ids:
        made = checks.get(number)
        own = [Finding.of_data(data) for data in made.findings] if made is not None else []
        found[number] = Checked(made, (*own, *others.get(number, [])), notes.get(number, {}))
    return found


def _together(application: Application) -> dict[int, list[Finding]]:
    kinds = load_evidence_types().documents
    links = [
        link
        for link in application.evidence
        if link.type_key in kinds and link.document_version.state in (EvidenceState.RECEIVED, EvidenceState.ACCEPTED)
    ]
    sent = [_sent(link.document_version, kinds[link.type_key]) for link in links]
    found = together(sent, _program_days(application), clock.today())
    return {int(code): findings for code, findings in found.items()}


def _sent(version: DocumentVersion, kind: EvidenceType) -> Sent:
    return Sent(
        code=str(version.id),
        kind=kind,
        sha256=version.sha256,
        policy_number=str(version.details.get(Asked.POLICY_NUMBER, "")),
        first=version.valid_from,
        last=version.valid_until,
    )


def _program_days(application: Application) -> list[tuple[date | None, date | None]]:
    found = []
    for program in tasklist.programs_of(application):
        answers = tasklist.answers_of(application, program.id)
        found.append((_day(answers.get("start_date")), _day(answers.get("end_date"))))
    return found


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def outdated(session: Session, most: int) -> list[tuple[str, int]]:
    """Versions whose findings come from older rules, by reference and number, where the sender can still act."""
    query = (
        sa.select(Document.reference, DocumentVersion.number)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(DocumentCheck, DocumentCheck.document_version_id == DocumentVersion.id)
        .join(EvidenceLink, EvidenceLink.document_version_id == DocumentVersion.id)
        .join(Application, Application.id == EvidenceLink.application_id)
        .where(DocumentCheck.rules_version < RULES_VERSION, Application.state.in_(OPEN))
        .distinct()
        .order_by(Document.reference, DocumentVersion.number)
        .limit(most)
    )
    return [(reference, number) for reference, number in session.execute(query)]
