"""What a person hands over with a step: frozen, validated by the forms, read by guards and effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from vetting.models import Application, DocumentVersion, Outcome, RequestItem, Role


@dataclass(frozen=True)
class SaveAnswers:
    """Answers by question key, for the organization (``program`` 0) or one of its programs.

    ``page`` marks the open page they come from, if any.
    """

    values: Mapping[str, Any]
    program: int = 0
    page: str = ""


@dataclass(frozen=True)
class BringOver:
    """The earlier application whose answers and documents are used again; None where there never was one."""

    source: Application | None


@dataclass(frozen=True)
class ChoosePrograms:
    """Ids of the programs that are not renewed."""

    leaving: tuple[int, ...]


@dataclass(frozen=True)
class CheckAnswers:
    """Answers that still hold although their question was changed: pairs of a program (0: none) and a question."""

    places: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Certify:
    """The statement that was on the page, by the name of its version."""

    statement: str


@dataclass(frozen=True)
class AttachEvidence:
    """A stored document version to use in the application as evidence of ``type_key``."""

    document_version: DocumentVersion
    type_key: str


@dataclass(frozen=True)
class RequestedItem:
    """One thing the office asks for and why."""

    item: RequestItem
    key: str
    reason: str


@dataclass(frozen=True)
class RequestInformation:
    """Everything asked for at once, by one local date (inclusive)."""

    items: tuple[RequestedItem, ...]
    due_on: date


@dataclass(frozen=True)
class AnswerRequest:
    """The applicant's answer to one request: a document, new answers, words, or several of these."""

    reply: str = ""
    document_version: DocumentVersion | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    program: int = 0


@dataclass(frozen=True)
class ExtendRequest:
    """The later local day (inclusive) by which one request may be answered. Why is the step's reason."""

    due_on: date


@dataclass(frozen=True)
class GiveExtension:
    """The new end of one application, an instant. Why is the step's reason."""

    ends_at: datetime


@dataclass(frozen=True)
class AssignReviewer:
    """Who reviews, and by when (local date, inclusive). ``run_id``: part of a run, whose mail goes out together."""

    reviewer_id: int
    due_on: date | None = None
    run_id: int | None = None


@dataclass(frozen=True)
class Remind:
    """A reminder that is part of a run over many cases, whose mail goes out together."""

    run_id: int


@dataclass(frozen=True)
class PlanRun:
    """The cases of a run in order, each with what is planned for it."""

    items: tuple[tuple[Application, Mapping[str, Any]], ...]


@dataclass(frozen=True)
class HandOver:
    """The person who takes over a case or a flag."""

    person_id: int


@dataclass(frozen=True)
class ChoosePool:
    """The pool a case goes to: the key of a lane, or nothing for the shared pool."""

    pool: str


@dataclass(frozen=True)
class HoldCase:
    """The local day on which the case comes back. Why it waits is the step's reason."""

    wakes_on: date


@dataclass(frozen=True)
class RatingValue:
    """A level 1-4, or met / not met, or not applicable, with the reason.

    ``note`` is for the office; ``citations`` are pairs of a document's code and a page counted from 1.
    """

    level: int | None = None
    met: bool | None = None
    not_applicable: bool = False
    reason: str = ""
    note: str = ""
    citations: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class SaveRatings:
    """Ratings by indicator key, and the reviewer's closing comment."""

    values: Mapping[str, RatingValue]
    comment: str | None = None


@dataclass(frozen=True)
class SaveContent:
    """The whole content of a draft version, and in a few words which part of it was changed."""

    content: Mapping[str, Any]
    what: str


@dataclass(frozen=True)
class SaveRound:
    """A round as the director wrote it. The window is two instants; the other dates are local and inclusive."""

    title: str
    summary: str
    opens_at: datetime
    closes_at: datetime
    decision_by: date
    listing_starts_on: date
    listing_ends_on: date
    category_keys: tuple[str, ...]
    criteria: Mapping[str, Any]
    blind: bool = False


@dataclass(frozen=True)
class DraftDecision:
    """The outcome with its words and a finding for each standard (dicts with standard, name, result, reason)."""

    outcome: Outcome
    summary: str
    findings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class AgreementDraft:
    """The scope of service as far as it is written. Money in cents; dates local and inclusive, None while open."""

    content: Mapping[str, Any]
    amount_cents: int
    funding_source: str
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True)
class SendAgreement:
    """Sending for signature, naming the words that were on the page by their hash."""

    words_sha256: str


@dataclass(frozen=True)
class EndOn:
    """The last local day of service. Why is the step's reason."""

    last_day: date


@dataclass(frozen=True)
class GiveConsent:
    """Consent to do business electronically, naming the text that was on the page.

    ``opened_copy`` is the SHA-256 of the PDF that the person said they could open; empty where there was none.
    """

    text_version: str
    text_sha256: str
    opened_copy: str = ""


@dataclass(frozen=True)
class Sign:
    """A signature: the typed name, the title, the statement of intent and the hash of the text that was on the page.

    ``authority`` is what was confirmed about the right to sign, and ``proof_id`` names the proof of who was there.
    """

    typed_name: str
    title: str
    intent: str
    content_sha256: str
    method: str
    authority: str = ""
    proof_id: int | None = None


@dataclass(frozen=True)
class Delegate:
    """Who signs in somebody's place, until which local day, that day included."""

    user_id: int
    until: date


@dataclass(frozen=True)
class ReplaceSigners:
    """Who signs from now on, by role; a role that is left out keeps its signer."""

    people: Mapping[str, int]


@dataclass(frozen=True)
class GiveTime:
    """A later last local day to sign."""

    until: date


@dataclass(frozen=True)
class RecordExecution:
    """What the worker stored: the sealed PDF's hash, size, place and seal."""

    sha256: str
    size: int
    storage_key: str
    seal_fingerprint: str
    development_seal: bool
    chain_head: str


@dataclass(frozen=True)
class GrantRole:
    """A role to hand out, perhaps at one organization or school."""

    role: Role
    organization_id: int | None = None
    school_id: int | None = None


@dataclass(frozen=True)
class AssistedEntry:
    """Who was on the phone or at the desk when the office entered an application, and in which language."""

    how: str
    caller: str
    language: str = ""
    interpreter: bool = False


@dataclass(frozen=True)
class SaveContact:
    """How an organization is reached; what it changes without a new review."""

    phone: str
    email: str
    website: str
    address: str


@dataclass(frozen=True)
class OwnSettings:
    """What an owner decides for the organization."""

    sign_off_required: bool


@dataclass(frozen=True)
class ConfirmEntry:
    """The organization's word that what the office entered is right: whose, how, and about which answers."""

    sha256: str
    how: str = "account"
    name: str = ""


@dataclass(frozen=True)
class SignOff:
    """A senior person agrees to exactly the answers and documents with this digest."""

    sha256: str


@dataclass(frozen=True)
class MergeOrganizations:
    """Which of the two records stays."""

    stays_id: int


@dataclass(frozen=True)
class AgreeToAddress:
    """Which of the two addresses agrees: the new one, or the one in use."""

    new: bool


@dataclass(frozen=True)
class NewLink:
    """The nonce of an invitation's new link, and the digest of the token made from it."""

    nonce: str
    digest: str


@dataclass(frozen=True)
class PlannedAction:
    """One line of an action plan."""

    action: str
    owner: str = ""
    indicator_key: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class SaveAssessment:
    """Levels (1-4) with notes by indicator key, and the whole action plan (None: leave it as it is)."""

    ratings: Mapping[str, tuple[int, str]]
    actions: tuple[PlannedAction, ...] | None = None
