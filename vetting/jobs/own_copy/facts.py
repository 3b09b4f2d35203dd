"""What an application holds that its applicant may have: nothing here reads what the office keeps to itself.

Only what the applicant's own pages show is read: answers, documents, messages between both sides, requests, the steps
with public words, and the letter of a released decision. Reviews, ratings, notes, flags and drafted decisions are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from vetting.data.evidence_types import load_evidence_types
from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    EvidenceLink,
    HistoryEntry,
    InformationRequest,
    Note,
    NoteState,
    RequestItem,
    ScanResult,
)
from vetting.queries import applications, letters, notes, readable, settings, tasklist
from vetting.questionnaires.form import Kind, Question
from vetting.workflows.registry import WORKFLOWS

Facts = dict[str, Any]

TITLES = {
    ApplicationKind.REGISTRATION: "Registration as a School-Community Partner",
    ApplicationKind.PORTFOLIO: "Application to the Opportunity Portfolio",
    ApplicationKind.RENEWAL: "Renewal as a School-Community Partner",
}
OFFICE = "Partnerships office"
RELEASED = frozenset({ApplicationState.APPROVED, ApplicationState.NOT_SELECTED})


@dataclass(frozen=True)
class StoredFile:
    """A document as it was given: the name people know, and where its bytes are."""

    type_name: str
    filename: str
    number: int
    sha256: str
    size: int
    storage_key: str
    scan: ScanResult


@dataclass(frozen=True)
class Case:
    """Everything of one application: plain facts to print and keep, and its files."""

    reference: str
    facts: Facts
    files: tuple[StoredFile, ...]


def of_application(session: Session, application: Application) -> Case:
    """The facts of a case as they are now. Times are UTC in ISO form, days are local."""
    links = application.evidence
    received = application.received_at
    facts: Facts = {
        "reference": application.reference,
        "title": TITLES[application.kind],
        "about": _about(application),
        "organization": application.organization.legal_name,
        "made_up": application.organization.made_up,
        "state": WORKFLOWS["application"].words[application.state].public,
        "received_at": received.isoformat() if received else None,
        "no_change": _certificate(application),
        "sections": _sections(application),
        "documents": [_document(link) for link in links],
        "messages": [_message(note) for note in notes.messages(session, application.id)],
        "requests": [_request(application, request) for request in application.requests],
        "timeline": _timeline(applications.public_history(session, application)),
        "letter": _letter(session, application),
    }
    return Case(application.reference, facts, tuple(_file(link) for link in links))


def _about(application: Application) -> str:
    if application.kind is ApplicationKind.PORTFOLIO and application.program is not None:
        return application.program.name
    return application.organization.legal_name


def _certificate(application: Application) -> Facts | None:
    kept = application.carryover
    if not application.no_change or kept is None or kept.certified_at is None or kept.certified_by is None:
        return None
    return {"by": kept.certified_by.name, "at": kept.certified_at.isoformat(), "statement": kept.statement}


def _sections(application: Application) -> list[Facts]:
    given = tasklist.answers_by_program(application)
    found = []
    for read in readable.sections(application):
        values = given[read.program.id if read.program else 0]
        rows = [_answer(answer.question, values.get(answer.question.key)) for answer in read.answers]
        found.append(
            {
                "key": read.section.key,
                "title": f"{read.program.name}: {read.section.title}" if read.program else read.section.title,
                "program": read.program.name if read.program else "",
                "rows": rows,
            }
        )
    return found


def _answer(question: Question, value: Any) -> Facts:
    # A tax id is masked here as it is on every page.
    stored = None if question.kind is Kind.EIN else value
    return {"key": question.key, "question": question.label, "answer": answer_text(question, value), "value": stored}


def answer_text(question: Question, value: Any) -> str:
    """An answer as the applicant's pages show it; empty where there is none."""
    if value in (None, "", []):
        return ""
    if question.kind is Kind.ACKNOWLEDGE:
        return "I agree"
    if question.kind is Kind.NUMBER:
        return str(value)
    words = readable.in_words(question, value)
    if isinstance(words, date):
        return f"{words:%B} {words.day}, {words.year}"
    return ", ".join(words) if isinstance(words, list) else str(words or "")


def _document(link: EvidenceLink) -> Facts:
    version = link.document_version
    return {
        "type": _type_name(link.type_key),
        "filename": version.filename,
        "version": version.number,
        "sha256": version.sha256,
        "size": version.size,
        "valid_until": version.valid_until.isoformat() if version.valid_until else None,
        "state": WORKFLOWS["evidence"].words[version.state].public,
        "said": version.return_reason,
    }


def _type_name(key: str) -> str:
    kind = load_evidence_types().documents.get(key)
    return kind.name if kind is not None else key


def _file(link: EvidenceLink) -> StoredFile:
    version = link.document_version
    return StoredFile(
        _type_name(link.type_key),
        version.filename,
        version.number,
        version.sha256,
        version.size,
        version.storage_key,
        version.scan,
    )


def _message(note: Note) -> Facts:
    return {
        "from": (note.author.name or note.author.email) if note.from_applicant else OFFICE,
        "at": note.created_at.isoformat(),
        "text": note.body,
        "taken_back": note.state is NoteState.TAKEN_BACK,
    }


def _request(application: Application, request: InformationRequest) -> Facts:
    return {
        "item": _asked(application, request),
        "reason": request.reason,
        "due_on": request.due_on.isoformat(),
        "state": WORKFLOWS["information_request"].words[request.state].public,
        "reply": request.reply,
        "answered_at": request.answered_at.isoformat() if request.answered_at else None,
    }


def _asked(application: Application, request: InformationRequest) -> str:
    key, _program = tasklist.split_key(request.item_key)
    form = tasklist.form_of(application)
    names: Mapping[RequestItem, Mapping[str, str]] = {
        RequestItem.DOCUMENT: {key: _type_name(key)},
        RequestItem.SECTION: {section.key: section.title for section in form.sections},
        RequestItem.QUESTION: {question.key: question.label for question in form.questions},
    }
    return names[request.item].get(key, key)


def _timeline(history: list[HistoryEntry]) -> list[Facts]:
    found = []
    for entry in history:
        rows = WORKFLOWS[entry.subject_type].by_name.get(entry.step, ())
        words = rows[0].public if rows else ""
        if words and (entry.subject_type, entry.step) != ("information_request", "open"):
            found.append({"what": words, "at": entry.at.isoformat()})
    return found


def _letter(session: Session, application: Application) -> Facts | None:
    decision = letters.decision_of(application)
    if application.state not in RELEASED or decision is None or decision.released_at is None:
        return None
    return letters.content(application, decision, settings.district_name(session))
