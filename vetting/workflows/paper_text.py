"""The words that a scan is compared with, and the record of a scan as it begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from vetting.models import Agreement, PaperKind, PaperRecord, PaperSignature, Signer, SignerRole
from vetting.queries import settings
from vetting.queries.agreement_types import template
from vetting.refs import new_reference
from vetting.workflows.paper_commands import RecordPaper
from vetting.workflows.scope_of_service import content_of, side_of, words_hash
from vetting.workflows.typed_name import names_agree

ORDER = (SignerRole.PARTNER_SIGNER, SignerRole.SCHOOL_LEADER, SignerRole.DISTRICT_SIGNATORY)
"""In which order the signatures of a contract written elsewhere are listed."""


class Mark(Protocol):
    """A signature on paper, typed or stored."""

    @property
    def role(self) -> SignerRole: ...
    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def signed_on(self) -> date: ...


def contract_content(session: Session, agreement: Agreement, number: int, marks: Iterable[Mark]) -> dict[str, Any]:
    """Our record of a contract written elsewhere: its scope in our form, its signers, and none of our clauses."""
    signed = sorted(marks, key=lambda mark: ORDER.index(mark.role))
    names = {role.key: role.name for role in template(agreement.template_version).roles}
    district = settings.district_name(session)
    content = content_of(session, agreement, number, [])
    content["clauses"], content["confirmed_by"] = [], []
    content["contract"] = {"signed_on": max(mark.signed_on for mark in signed).isoformat()}
    content["signers"] = [
        {
            "order": position,
            "role": mark.role.value,
            "role_label": names[mark.role.value],
            "name": mark.name,
            "title": mark.title,
            "organization": side_of(agreement, mark.role, district),
            "email": "",
        }
        for position, mark in enumerate(signed, start=1)
    ]
    return content


def named_otherwise(record: PaperRecord) -> list[PaperSignature]:
    """The signatures whose name is not the one that the text has for their place."""
    return [mark for mark in record.signatures if mark.signer and not names_agree(mark.name, mark.signer.name)]


def words_compared(session: Session, record: PaperRecord) -> str:
    """SHA-256 of the words on our side that the scan is compared with; empty where there are none any more."""
    agreement = record.agreement
    if record.kind is PaperKind.CONTRACT:
        if agreement.starts_on is None or agreement.ends_on is None:
            return ""
        content: Mapping[str, Any] = contract_content(session, agreement, 0, record.signatures)
    else:
        numbered = [version for version in agreement.versions if version.number == record.number]
        if not numbered:
            return ""
        content = numbered[0].content
    return words_hash(content)


def begun(session: Session, agreement: Agreement, command: RecordPaper, user_id: int, moment: datetime) -> PaperRecord:
    """The record of a scan, ready for its first step."""
    places: Sequence[Signer] = agreement.versions[-1].signers if agreement.versions else ()
    by_role = {signer.role: signer for signer in places} if command.kind is PaperKind.OUR_TEXT else {}
    marks = sorted(command.signed, key=lambda mark: ORDER.index(mark.role))
    record = PaperRecord(
        reference=new_reference("PAP"),
        agreement=agreement,
        kind=command.kind,
        number=command.number,
        document_version=command.scan,
        words_sha256="",
        recorded_by_id=user_id,
        recorded_at=moment,
        signatures=[
            PaperSignature(
                position=by_role[mark.role].position if mark.role in by_role else place,
                role=mark.role,
                signer=by_role.get(mark.role),
                name=mark.name,
                title=mark.title,
                signed_on=mark.signed_on,
                name_reason=mark.name_reason,
            )
            for place, mark in enumerate(marks, start=1)
        ],
    )
    record.words_sha256 = words_compared(session, record)
    return record
