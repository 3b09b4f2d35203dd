"""The data an agreement, its certificate page and a letter are printed from, and the check that nothing is missing."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from vetting.canonical import digest
from vetting.documents.errors import DocumentIncomplete

AGREEMENT_SCHEMA = "scope-of-service/1"


class School(TypedDict):
    dese_id: str
    name: str
    address: str


class Organization(TypedDict):
    reference: str
    legal_name: str
    address: str


class Named(TypedDict):
    name: str


class Contact(TypedDict):
    side: str
    name: str
    title: str
    email: str


class Goal(TypedDict):
    goal: str
    measure: str
    target: str


class Money(TypedDict):
    """`amount_cents` is the whole price in cents; 0 means no money is paid."""

    amount_cents: int
    source: str
    source_label: str
    payment_schedule: str


class Clause(TypedDict):
    heading: str
    text: str


class Signer(TypedDict):
    order: int
    role: str
    role_label: str
    name: str
    title: str
    organization: str
    email: str


class Kind(TypedDict):
    key: str
    name: str


class Renewal(TypedDict):
    """`notice_days` before its last day both sides are told that it goes on; 0 where it ends by itself."""

    notice_days: int


class Contract(TypedDict):
    """A contract that was written and signed elsewhere, on paper. `signed_on` is the last date on it (ISO, local)."""

    signed_on: str


class AgreementContent(TypedDict):
    """One frozen version of a scope-of-service agreement. Dates are ISO local dates.

    `template_note` says where the fixed terms come from, when they are not the district's own.
    """

    schema: str
    reference: str
    version: int
    title: str
    school: School
    organization: Organization
    district: Named
    program: Named
    kind: NotRequired[Kind]
    renewal: NotRequired[Renewal]
    data_basis: NotRequired[str]
    confirmed_by: NotRequired[list[str]]
    school_year: str
    fiscal_year: str
    starts_on: str
    ends_on: str
    services: str
    schedule: str
    place: str
    students_planned: int
    grades: str | list[str]
    roles_school: str
    roles_partner: str
    contacts: list[Contact]
    communication_rhythm: str
    improvement_goal: str
    goals: list[Goal]
    data_terms: str
    money: Money
    reporting_dates: list[str]
    termination: str
    clauses: list[Clause]
    template_note: NotRequired[str]
    contract: NotRequired[Contract]
    signers: list[Signer]
    made_up: bool


class PaperMark(TypedDict):
    """A signature on paper, as it was read there. `signed_on` is the ISO local date beside it.

    `name_reason` stands there when the name is not the one in the text.
    """

    name: str
    title: str
    signed_on: str
    name_reason: NotRequired[str]


class Scan(TypedDict):
    """The scan of a signed paper: the file it is attached as, and who compared it when (UTC ISO)."""

    file: str
    sha256: str
    recorded_by: str
    recorded_at: str
    compared_by: str
    compared_at: str
    confirmed_by: str
    confirmed_at: str


class Delegation(TypedDict):
    """Who handed a place to the one who signed in it; `until` is an ISO local date, `made_at` UTC ISO."""

    name: str
    title: str | None
    reason: str
    until: str
    made_at: str


class SignerRecord(TypedDict):
    """What was observed of one signer; times are UTC ISO, None where nothing was recorded."""

    order: int
    role_label: str
    name: str
    title: str
    organization: str
    email: str
    method: str | None
    consent_version: str | None
    invited_at: str | None
    opened_at: str | None
    consented_at: str | None
    signed_at: str | None
    ip: str | None
    agent: str | None
    intent: str | None
    typed_name: str | None
    proof: NotRequired[str | None]
    proven_at: NotRequired[str | None]
    authority: NotRequired[str | None]
    opened_copy: NotRequired[str | None]
    delegation: NotRequired[Delegation]
    paper: NotRequired[PaperMark]


class Certificate(TypedDict):
    """What the certificate page of an executed agreement shows."""

    verify_code: str
    verify_url: str
    content_sha256: str
    chain_head: str
    template_version: str
    executed_at: str
    seal_subject: str
    seal_fingerprint: str
    development: bool
    time_stamp: str | None
    signers: list[SignerRecord]
    scans: NotRequired[list[Scan]]


class Finding(TypedDict):
    standard: str
    family: str
    result: str
    reason: str


class LetterContent(TypedDict):
    """A decision letter. `date` is an ISO local date; `paragraphs` and `next_steps` are plain text."""

    reference: str
    organization: str
    program: str
    date: str
    outcome_sentence: str
    paragraphs: list[str]
    findings: list[Finding]
    next_steps: list[str]
    signed_by: str
    made_up: bool


def content_sha256(content: Mapping[str, Any]) -> str:
    """The digest that signers sign: of the canonical form of an agreement version."""
    return digest("content.v1", content)


def require_agreement(content: Mapping[str, Any]) -> None:
    """Raise DocumentIncomplete when `content` is not a whole agreement of a schema this version prints."""
    _require(content, AgreementContent, "agreement")
    if content["schema"] != AGREEMENT_SCHEMA:
        raise DocumentIncomplete(f"The agreement is of kind {content['schema']}, which cannot be printed.")
    for name, shape in (("school", School), ("organization", Organization), ("money", Money)):
        _require(content[name], shape, name)
    _require_each(content["contacts"], Contact, "contact")
    _require_each(content["goals"], Goal, "goal")
    _require_each(content["clauses"], Clause, "clause")
    _require_each(content["signers"], Signer, "signer")


def require_certificate(certificate: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Raise DocumentIncomplete when the certificate is not whole or belongs to another text."""
    _require(certificate, Certificate, "certificate")
    _require_each(certificate["signers"], SignerRecord, "signer on the certificate")
    _require_each(certificate.get("scans", []), Scan, "scan on the certificate")
    if certificate["content_sha256"] != content_sha256(content):
        raise DocumentIncomplete("The certificate belongs to another text than the one to be printed.")
    if not certificate["executed_at"]:
        raise DocumentIncomplete("The certificate does not say when the agreement was executed.")


def require_letter(letter: Mapping[str, Any]) -> None:
    """Raise DocumentIncomplete when `letter` lacks a part."""
    _require(letter, LetterContent, "letter")
    _require_each(letter["findings"], Finding, "finding")


def _require(value: Mapping[str, Any], shape: type, what: str) -> None:
    required: frozenset[str] = shape.__required_keys__  # type: ignore[attr-defined]
    missing = [name for name in shape.__annotations__ if name in required and name not in value]
    if missing:
        raise DocumentIncomplete(f"The {what} lacks: {', '.join(missing)}.")


def _require_each(values: Sequence[Mapping[str, Any]], shape: type, what: str) -> None:
    for value in values:
        _require(value, shape, what)
