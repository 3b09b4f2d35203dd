"""What pages say about signatures on paper."""

from __future__ import annotations

from typing import Any

from vetting.extensions import db
from vetting.models import Agreement, PaperRecord, PaperSignature, PaperState
from vetting.policy import Permission
from vetting.queries import agreements, paper
from vetting.views.desk_words import state_words
from vetting.views.guard import may

TONES = {
    PaperState.RECORDED: "warn",
    PaperState.COMPARED: "warn",
    PaperState.CONFIRMED: "good",
    PaperState.SENT_BACK: "bad",
}


def about(agreement: Agreement) -> dict[str, Any]:
    """Everything the page of an agreement says about paper, and what the reader may do about it."""
    session, keeps = db.session(), may(Permission.PAPER_KEEP, agreement)
    records = paper.of_agreement(session, agreement.id) if keeps or agreement.on_paper else []
    counted = paper.of_version(session, agreement)
    waiting = agreement.state in agreements.OUT
    return {
        "scans": [record.document_version.sha256 for record in counted],
        "contract": bool(agreement.versions) and "contract" in agreement.versions[-1].content,
        "records": [row(record) for record in records] if keeps else [],
        "records_one": keeps and (waiting or agreement.state in agreements.UNSIGNED),
        "prints": waiting,
    }


def row(record: PaperRecord) -> dict[str, Any]:
    """One record in a list."""
    return {
        "record": record,
        "state": state_words("paper_record", record.state),
        "tone": TONES[record.state],
        "names": [mark.name for mark in record.signatures],
    }


def marks(agreement: Agreement) -> list[PaperSignature]:
    """The signatures on paper that count for the newest version, in their order."""
    found = [mark for one in paper.of_version(db.session(), agreement) for mark in one.signatures]
    return sorted(found, key=lambda mark: mark.position)


def line(mark: PaperSignature, role: str, state: str) -> dict[str, Any]:
    """A signature on paper as the signature block shows it."""
    return {
        "role": role,
        "name": mark.signer.name if mark.signer is not None else mark.name,
        "title": mark.title,
        "signed_name": mark.name,
        "name_reason": mark.name_reason,
        "signed_at": None,
        "signed_on": mark.signed_on,
        "state": state,
        "tone": "good",
    }
