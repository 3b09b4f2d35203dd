"""Scope-of-service agreements: read, write, send for signature, wait for the document, download it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.documents.agreement import agreement_body
from vetting.documents.errors import DocumentError
from vetting.extensions import db
from vetting.models import Agreement, AgreementState, Approval, ApprovalState, SignerState
from vetting.policy import Permission, allows
from vetting.queries import agreement_days, agreements, approvals, countersigning, negotiation, paper, sealing
from vetting.queries.agreement_types import type_of
from vetting.storage import Missing
from vetting.text import N_
from vetting.views import paper_words, previews, signing_words
from vetting.views.acted import acted_by
from vetting.views.drafting import BUYING_RULES, brought_words, buying_words
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.schools import TONES
from vetting.views.steps import possible, step_url, take, version_seen
from vetting.views.stored import send_stored
from vetting.workflows import terms_told
from vetting.workflows.commands import SendAgreement
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import WORKFLOWS
from vetting.workflows.scope_of_service import CONFIRMING, draft_content, signers_of, words_hash

bp = Blueprint("agreements", __name__)

SIGNER_TONES = {
    SignerState.WAITING: "neutral",
    SignerState.INVITED: "warn",
    SignerState.SIGNED: "good",
    SignerState.DECLINED: "bad",
    SignerState.VOIDED: "neutral",
}

ROLES = {
    "partner_signer": N_("For the partner"),
    "school_leader": N_("For the school"),
    "district_signatory": N_("For the district"),
}


def load(session: Session, reference: str) -> Agreement | None:
    """An agreement by its public reference."""
    return agreements.by_reference(session, reference)


@bp.get("/agreements/to-sign")
@guarded(Permission.ACCOUNT_OWN)
def to_sign() -> str:
    """What waits for a person's signature, what will, and what they have signed."""
    piles: dict[str, list[Any]] = {"now": [], "later": [], "done": []}
    for signer in agreements.to_sign(db.session(), actor()):
        agreement = signer.agreement_version.agreement
        if signer.state is SignerState.SIGNED:
            piles["done"].append(signer)
        elif agreement.state in agreements.OUT:
            piles["now" if signer.state is SignerState.INVITED else "later"].append(signer)
    return render_template(
        "agreements/to_sign.html", piles=piles, words=WORKFLOWS["agreement"].words, tones=TONES, roles=ROLES
    )


@bp.get("/agreements/<reference>")
@guarded(Permission.AGREEMENT_VIEW, load)
def show(subject: Agreement) -> str:
    """Where an agreement stands, who signs, what it says in short, and what can be done."""
    session = db.session()
    person = actor()
    document = agreements.executed(session, subject)
    return render_template(
        "agreements/show.html",
        agreement=subject,
        words=WORKFLOWS["agreement"].words[subject.state],
        tone=TONES.get(subject.state.value, "neutral"),
        before_force=subject.state in agreements.BEFORE_FORCE,
        unsigned=subject.state in agreements.UNSIGNED,
        signatures=signature_lines(subject),
        yours=agreements.waits_for(subject, person.user_id),
        executing=subject.state is AgreementState.EXECUTING,
        progress=progress_words(subject),
        trouble=trouble_words(subject),
        document=document,
        steps=possible("agreement", subject),
        step_url=step_url,
        course=_course(subject),
        signing=signing_words.about(subject),
        hold=countersigning.hold_on(session, subject),
        paper=paper_words.about(subject),
        timeline=_timeline(subject, named=allows(Permission.SCHOOL_VIEW, person, subject)),
        development=document is not None and document.development_seal,
        told=terms_told.told(session, subject),
        side=negotiation.side_of(person, subject.organization_id, subject.school_id) or "district",
    )


def _course(agreement: Agreement) -> dict[str, Any]:
    """What an agreement's page says besides its signatures: kind, approvals, talk, what came before and after."""
    session, person = db.session(), actor()
    asked = approvals.standing_ones(session, agreement) if agreement.state in agreements.UNSIGNED else []
    lines = [_approval_line(one) for one in asked]
    sees = allows(Permission.SCHOOL_VIEW, person, agreement)
    kind = type_of(session, agreement)
    return {
        "kind": kind,
        "brought": brought_words(agreement) if agreement.state in agreements.UNSIGNED else "",
        "approvals": lines,
        "asked": any("approve" in line["steps"] and line["steps"]["approve"].open for line in lines),
        "buying": buying_words(agreement) if sees else [],
        "earlier": agreements.earlier(session, agreement),
        "later": agreement_days.successors(session, agreement) if agreement.executed_at else [],
        "talked": bool(negotiation.remarks(session, agreement.id)),
        "renews": bool(agreement.draft.get("renews")) and kind.renews_by_itself,
        "goes_on": agreement.state in {AgreementState.IN_FORCE, AgreementState.SUSPENDED},
    }


def _approval_line(approval: Approval) -> dict[str, Any]:
    words = WORKFLOWS["agreement_approval"].words[approval.state]
    because = approval.because
    return {
        "approval": approval,
        "role": _(CONFIRMING[approval.role.value]),
        "why": _("confirms and does not sign") if because == approvals.CONFIRMS else _(BUYING_RULES[because]),
        "state": _(words.public),
        "tone": "good" if approval.state is ApprovalState.APPROVED else "warn",
        "steps": possible("agreement_approval", approval),
    }


def signature_lines(agreement: Agreement) -> list[dict[str, Any]]:
    """Everybody who signs or signed, in their order; of a contract written elsewhere, those on the paper."""
    signers = agreements.signers(agreement)
    if signers or not agreement.on_paper:
        return [signature_line(signer) for signer in signers]
    return [
        paper_words.line(mark, _(ROLES[mark.role.value]), _("Signed on paper")) for mark in paper_words.marks(agreement)
    ]


def signature_line(signer: Any) -> dict[str, Any]:
    """A signer as the signature block shows them."""
    signature = signer.signature if signer.state is SignerState.SIGNED else None
    mark = paper.mark_of(db.session(), signer)
    if mark is not None:
        return paper_words.line(mark, _(ROLES[signer.role.value]), _("Signed on paper"))
    words = WORKFLOWS["signer"].words[signer.state].public
    return {
        "role": _(ROLES[signer.role.value]),
        "name": signer.name,
        "title": (signature.title if signature else "") or signer.title,
        "signed_name": signature.typed_name if signature else "",
        "signed_at": signature.signed_at if signature else None,
        "state": _(words),
        "tone": SIGNER_TONES[signer.state],
    }


def _timeline(agreement: Agreement, *, named: bool) -> list[dict[str, Any]]:
    """What happened, in the words that both sides may read; names of school and office people only for their own."""
    entries = []
    signers = {signer.id: signer for version in agreement.versions for signer in version.signers}
    for entry in agreements.history(db.session(), agreement):
        rows = WORKFLOWS[entry.subject_type].by_name.get(entry.step, ())
        if not rows or not rows[0].public:
            continue
        who = acted_by(entry) if entry.actor_id is not None else ""
        if entry.subject_type == "signer":
            signer = signers.get(entry.subject_id)
            who = signing_words.name_at(signer, entry.at) if signer else ""
        elif not named:
            who = ""
        follows = "because_of" in entry.data
        entries.append(
            {
                "follows": follows,
                "what": _(rows[0].public),
                "who": who,
                "at": entry.at,
                "said": entry.reason if named else "",
            }
        )
    # What followed from an act was written down before it; people read it after.
    return sorted(entries, key=lambda item: (item["at"], item["follows"]), reverse=True)


@bp.get("/agreements/<reference>/text")
@guarded(Permission.AGREEMENT_VIEW, load)
def text(subject: Agreement) -> str:
    """The text as it will stand, or stands, in the document."""
    unsigned = subject.state in agreements.UNSIGNED
    body = None
    if not unsigned and subject.versions:
        body = agreement_body(subject.versions[-1].content)
    elif subject.starts_on and subject.ends_on:
        body = agreement_body(draft_content(db.session(), subject))
    return render_template(
        "agreements/text.html",
        agreement=subject,
        body=body,
        unsigned=unsigned,
        before_force=subject.state in agreements.BEFORE_FORCE,
        sha256=None if unsigned or not subject.versions else subject.versions[-1].content_sha256,
        steps=possible("agreement", subject),
    )


@bp.get("/agreements/<reference>/send")
@guarded(Permission.AGREEMENT_MANAGE, load, sees=Permission.AGREEMENT_VIEW)
def sending(subject: Agreement) -> str | Response:
    """What sending means, before it is done; and everything that still speaks against it."""
    step = possible("agreement", subject).get("send")
    if step is None:
        return redirect(url_for("agreements.show", reference=subject.reference), code=303)
    reasons = [translated(reason) for reason in step.reasons]
    words = words_hash(draft_content(db.session(), subject))
    act = rehearsal.step("agreement", subject.id, "send", actor())
    return _sending_page(subject, reasons, () if reasons else previews.letters(act), words)


def _sending_page(
    agreement: Agreement, reasons: list[str], letters: Sequence[rehearsal.Letter] = (), words: str = ""
) -> str:
    session = db.session()
    check = possible("agreement", agreement).get("request_review") if reasons and words else None
    return render_template(
        "agreements/send.html",
        agreement=agreement,
        reasons=reasons,
        check=check and check.open and approvals.to_ask_for(session, agreement, clock.today(), words),
        step_url=step_url,
        places=signers_of(session, agreement),
        roles=ROLES,
        letters=letters,
        words=words,
        body=agreement_body(draft_content(session, agreement)) if words and not reasons else None,
    )


@bp.post("/agreements/<reference>/send")
@guarded(Permission.AGREEMENT_MANAGE, load, sees=Permission.AGREEMENT_VIEW)
def send(subject: Agreement) -> Response | tuple[str, int]:
    """Freeze the text and ask the first signer."""
    try:
        shown = SendAgreement(request.form.get("words", ""))
        take("agreement", subject, "send", data=shown, version=version_seen())
    except StepRefused as refused:
        db.session.rollback()
        return _sending_page(subject, [translated(reason) for reason in refused.reasons]), 409
    flash(_("Sent. The first signer has been asked."), "success")
    return redirect(url_for("agreements.show", reference=subject.reference), code=303)


def progress_words(agreement: Agreement) -> str:
    """What the worker is doing, as far as we know it."""
    if agreement.state is AgreementState.EXECUTING:
        return str(_("Everyone has signed. The document is being drawn up, sealed and checked, in seconds."))
    return str(_(WORKFLOWS["agreement"].words[agreement.state].public))


def trouble_words(agreement: Agreement) -> str:
    """Why the document could not be made so far; empty when nothing went wrong."""
    found = sealing.trouble(db.session(), agreement) if agreement.state is AgreementState.EXECUTING else None
    if found is None:
        return ""
    kind, _colon, words = found.problem.partition(": ")
    if kind in DocumentError.kinds():
        return words
    return str(_("Something went wrong that has no plain words. The log has the details."))


@bp.get("/agreements/<reference>/progress")
@guarded(Permission.AGREEMENT_VIEW, load)
def progress(subject: Agreement) -> Response:
    """Whether the document is there, for the page that waits."""
    waits = subject.state is AgreementState.EXECUTING and not trouble_words(subject)
    answer: Response = jsonify({"ready": not waits, "text": progress_words(subject)})
    return answer


@bp.get("/agreements/<reference>/document.pdf")
@guarded(Permission.AGREEMENT_VIEW, agreements.sealed)
def document(found: agreements.Sealed) -> Response:
    """The sealed document: always the same bytes."""
    try:
        response = send_stored(
            found.storage_key,
            mimetype="application/pdf",
            name=f"{found.reference}.pdf",
            etag=found.sha256,
            last_modified=found.sealed_at,
        )
    except Missing:
        # The register has the document and the store does not: an incident, not a wrong address.
        raise RuntimeError(f"the document {found.sha256} is missing from the store") from None
    response.headers["Cache-Control"] = "private, no-cache"
    return response
