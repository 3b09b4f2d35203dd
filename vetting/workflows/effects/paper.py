"""What happens when an agreement that was signed on paper is compared and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.models import AgreementVersion, PaperKind, PaperRecord, Signer, SignerState
from vetting.models.agreements import Agreement
from vetting.workflows.definition import Context
from vetting.workflows.effects import agreement_course as course
from vetting.workflows.effects import agreements
from vetting.workflows.paper_text import contract_content
from vetting.workflows.scope_of_service import content_hash

OPEN_PLACES = frozenset({SignerState.WAITING, SignerState.INVITED})


def record(paper: PaperRecord, context: Context) -> Mapping[str, Any]:
    """The facts of the paper stand in the history from the beginning."""
    reasons = {mark.role.value: mark.name_reason for mark in paper.signatures if mark.name_reason}
    return {
        "kind": paper.kind.value,
        "number": paper.number,
        "scan_sha256": paper.document_version.sha256,
        "words_sha256": paper.words_sha256,
        "signed": [[mark.role.value, mark.name, mark.title, mark.signed_on.isoformat()] for mark in paper.signatures],
        **({"why_names_differ": reasons} if reasons else {}),
    }


def compare(paper: PaperRecord, context: Context) -> Mapping[str, Any]:
    paper.compared_by_id = context.actor.user_id
    paper.compared_at = context.now
    return _names(paper)


def send_back(paper: PaperRecord, context: Context) -> None:
    paper.return_reason = context.reason


def confirm(paper: PaperRecord, context: Context) -> Mapping[str, Any]:
    """From now on the signatures on the paper count like any other."""
    paper.confirmed_by_id = context.actor.user_id
    paper.confirmed_at = context.now
    paper.agreement.on_paper = True
    if paper.kind is PaperKind.CONTRACT:
        context.then("agreement", paper.agreement, "enter_contract", data=paper)
    else:
        _fill_places(paper, context)
    return _names(paper)


def _names(paper: PaperRecord) -> dict[str, Any]:
    return {"scan_sha256": paper.document_version.sha256, "words_sha256": paper.words_sha256}


def _fill_places(paper: PaperRecord, context: Context) -> None:
    """The places on the paper are signed; the next person is asked, or everybody has signed."""
    agreement = paper.agreement
    places = agreement.versions[-1].signers
    first = not any(place.state is SignerState.SIGNED for place in places)
    for mark in paper.signatures:
        context.then("signer", mark.signer, "sign_on_paper", data=paper)
    left = [place for place in places if place.state in OPEN_PLACES]
    if not left:
        context.then("agreement", agreement, "all_signed")
        return
    if first:
        context.then("agreement", agreement, "first_signature")
    if left[0].state is SignerState.WAITING:
        context.then("signer", left[0], "invite")


def sign_on_paper(signer: Signer, context: Context) -> Mapping[str, Any]:
    """The place is signed; what is known of the signature stands in the record of the paper."""
    paper: PaperRecord = context.data
    return {"paper": paper.reference, "scan_sha256": paper.document_version.sha256}


def enter_contract(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Our record of a contract written elsewhere is fixed as a version, and its money is set aside."""
    paper: PaperRecord = context.data
    course.drop_approvals(agreement, context)
    course.close_remarks(agreement, context)
    number = agreement.current_number + 1
    content = contract_content(context.session, agreement, number, paper.signatures)
    agreement.current_number = number
    version = AgreementVersion(
        agreement=agreement,
        number=number,
        content=content,
        content_sha256=content_hash(content),
        frozen_at=context.now,
    )
    context.session.add(version)
    context.session.flush()
    told = agreements.commit_money(agreement, context)
    return {"version": number, "content_sha256": version.content_sha256, **told}
