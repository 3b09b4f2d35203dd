"""Agreements signed on paper: print them, record the scan, compare it, confirm it by a second person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.data.evidence_types import EvidenceType
from vetting.documents.agreement import agreement_body
from vetting.extensions import db
from vetting.forms.evidence import DocumentFacts
from vetting.forms.paper import CompareForm, CompareNamesForm, PaperForm, Place, paper_form
from vetting.models import Agreement, PaperKind, PaperRecord, SignerState
from vetting.policy import Permission
from vetting.queries import agreements, evidence, paper
from vetting.queries.paper import SCAN_KIND
from vetting.queries.uploads import of_page, space_of
from vetting.unit_of_work import unit_of_work
from vetting.views import casefile, paper_words
from vetting.views.agreements import ROLES
from vetting.views.applicant import pieces, uploads
from vetting.views.applicant.documents import limits
from vetting.views.desk_words import state_words
from vetting.views.errors import refusal_texts
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, take, version_seen
from vetting.workflows import engine
from vetting.workflows.engine import StepRefused
from vetting.workflows.paper_text import ORDER, begun, contract_content, named_otherwise
from vetting.workflows.registry import workflow_named

bp = Blueprint("paper", __name__)

Answer = str | Response | tuple[str, int]


def load(session: Session, reference: str) -> Agreement | None:
    """An agreement by its public reference."""
    return agreements.by_reference(session, reference)


def load_open(session: Session, reference: str) -> Agreement | None:
    """An agreement that a signed paper can still be added to: before it is signed by all."""
    agreement = load(session, reference)
    still = agreement is not None and agreement.state in agreements.OUT | agreements.UNSIGNED
    return agreement if still else None


def load_out(session: Session, reference: str) -> Agreement | None:
    """An agreement whose text is fixed and waits for signatures."""
    agreement = load(session, reference)
    return agreement if agreement is not None and agreement.state in agreements.OUT else None


def load_record(session: Session, paper_record: str) -> PaperRecord | None:
    """One record of a signed paper by its public reference."""
    return paper.by_reference(session, paper_record)


KEEP = guarded(Permission.PAPER_KEEP, load_open, sees=Permission.AGREEMENT_VIEW)
RECORD = guarded(Permission.PAPER_KEEP, load_record, sees=Permission.AGREEMENT_VIEW)


@bp.get("/agreements/papers")
@guarded(Permission.PAPER_DESK)
def index() -> str:
    """What the office has to compare and to confirm, and what it did."""
    found = paper.piles(db.session(), actor())
    rows = {
        name: [paper_words.row(record) for record in getattr(found, name)]
        for name in ("to_compare", "to_confirm", "done")
    }
    return render_template("agreements/papers.html", piles=rows)


@bp.get("/agreements/<reference>/print")
@guarded(Permission.AGREEMENT_VIEW, load_out)
def to_print(subject: Agreement) -> str:
    """The text that is out for signature, with lines to sign on."""
    version = subject.versions[-1]
    return render_template(
        "agreements/print.html",
        agreement=subject,
        version=version,
        body=agreement_body(version.content),
        signers=[
            {"role": _(ROLES[signer.role.value]), "name": signer.name, "title": signer.title}
            for signer in version.signers
            if signer.state in {SignerState.WAITING, SignerState.INVITED}
        ],
    )


def _kind() -> EvidenceType:
    kind = evidence.kind_named(SCAN_KIND)
    if kind is None:
        abort(404)
    return kind


def _form(agreement: Agreement, *, known: bool) -> PaperForm:
    if agreement.state in agreements.OUT:
        places = [
            Place(signer.role, _(ROLES[signer.role.value]), signer.name, signer.title)
            for signer in agreement.versions[-1].signers
            if signer.state in {SignerState.WAITING, SignerState.INVITED}
        ]
        return paper_form(PaperKind.OUR_TEXT, places, known=known)
    return paper_form(PaperKind.CONTRACT, [Place(role, _(ROLES[role.value])) for role in ORDER], known=known)


@bp.get("/agreements/<reference>/paper")
@KEEP
def record(subject: Agreement) -> str:
    """Record a scan and what stands on it."""
    return _page(subject, _form(subject, known=True))


@bp.post("/agreements/<reference>/paper/uploads")
@KEEP
def begin(subject: Agreement) -> pieces.Answer:
    """Begin to send the scan in pieces."""
    return pieces.begin(subject.organization_id, subject.reference, _kind())


def _page(
    agreement: Agreement,
    form: PaperForm,
    held: list[uploads.Incoming] | None = None,
    problems: list[dict[str, str]] | None = None,
) -> str:
    kind, scope = _kind(), agreement.reference
    sent = of_page(db.session(), actor().user_id, scope, kind.key)
    return render_template(
        "agreements/paper_record.html",
        agreement=agreement,
        form=form,
        problems=problems or [],
        contract=form.kind is PaperKind.CONTRACT,
        held=uploads.notes(uploads.with_ready(held or [], sent), kind, scope),
        sending=pieces.sending_of(agreement.organization_id, sent, url_for("paper.begin", reference=scope)),
        **limits(kind),
    )


@bp.post("/agreements/<reference>/paper")
@KEEP
def keep(subject: Agreement) -> Answer:
    """Store the scan first, then one transaction that makes it a record to be compared."""
    scope, kind = subject.reference, _kind()
    space = space_of(db.session(), subject.organization_id)
    form = _form(subject, known=False)
    # Nothing of the database is held while a file is examined and written.
    db.session.rollback()
    files, mistakes = uploads.take_in(form, kind, scope, 1, space)
    valid = form.validate()
    session = db.session()
    again = load_open(session, scope)
    if again is None:
        abort(404)
    if mistakes or not valid:
        form.files.errors = mistakes
        return _page(again, form, files), 422
    try:
        with unit_of_work(session):
            scan = uploads.receive(session, again, kind, files[-1], _facts(form))
            command = form.command(scan)
            made = begun(session, again, command, actor().user_id or 0, clock.now())
            engine.run(session, workflow_named("paper_record"), made, "record", actor(), data=command)
            uploads.settle(session, scope, kind, files, space)
            reference = made.reference
    except uploads.NoRoom as full:
        form.files.errors = [str(full)]
        return _page(_again(scope), form, files), 422
    except StepRefused as refused:
        db.session.rollback()
        return _page(_again(scope), form, files, refusal_texts(refused.reasons)), 409
    flash(_("Recorded. Now compare the scan with the text, word for word."), "success")
    return redirect(url_for("paper.show", paper_record=reference), code=303)


def _again(reference: str) -> Agreement:
    found = load_open(db.session(), reference)
    if found is None:
        abort(404)
    return found


def _facts(form: PaperForm) -> DocumentFacts:
    last = max(row["on"].data for row in form.rows() if row["signed"].data)
    return DocumentFacts("", None, None, None, {"issued_on": last.isoformat()})


@bp.get("/agreements/papers/<paper_record>")
@RECORD
def show(subject: PaperRecord) -> str:
    """The scan beside the text, what was typed about it, and what is to be done."""
    return _compare_page(subject, _compare_form(subject)(formdata=None, data={"words": subject.words_sha256}))


def _compare_form(record: PaperRecord) -> type[CompareForm]:
    return CompareNamesForm if named_otherwise(record) else CompareForm


def _compare_page(record: PaperRecord, form: CompareForm, problems: list[dict[str, str]] | None = None) -> str:
    version, here = record.document_version, url_for("paper.show", paper_record=record.reference)
    return render_template(
        "agreements/paper.html",
        record=record,
        agreement=record.agreement,
        form=form,
        problems=problems or [],
        row=paper_words.row(record),
        differing=named_otherwise(record),
        roles={mark.role: _(ROLES[mark.role.value]) for mark in record.signatures},
        public=state_words("agreement", record.agreement.state),
        steps=possible("paper_record", record),
        viewer=casefile.viewer_of(version, version.document.type_key, here, hidden=False),
        body=_text(record),
        here=here,
    )


def _text(record: PaperRecord) -> Any:
    """The words that the scan is compared with; None where the agreement has no days any more."""
    agreement = record.agreement
    if record.kind is PaperKind.OUR_TEXT:
        numbered = [version for version in agreement.versions if version.number == record.number]
        return agreement_body(numbered[0].content) if numbered else None
    if agreement.starts_on is None or agreement.ends_on is None:
        return None
    return agreement_body(contract_content(db.session(), agreement, agreement.current_number, record.signatures))


@bp.post("/agreements/papers/<paper_record>/compare")
@RECORD
def compare(subject: PaperRecord) -> Answer:
    """The first person says that it is the same."""
    return _said(subject, "compare", _("Compared. Somebody else in the office confirms it."))


@bp.post("/agreements/papers/<paper_record>/confirm")
@RECORD
def confirm(subject: PaperRecord) -> Answer:
    """The second person says that it is the same; from then on the signatures count."""
    return _said(subject, "confirm", _("Confirmed. The signatures on the paper count."))


def _said(record: PaperRecord, step: str, done: str) -> Answer:
    form, reference = _compare_form(record)(), record.reference
    if not form.validate():
        return _compare_page(record, form), 422
    try:
        take("paper_record", record, step, data=form.command(), version=version_seen())
    except StepRefused as refused:
        db.session.rollback()
        again = load_record(db.session(), reference) or record
        return _compare_page(again, form, refusal_texts(refused.reasons)), 409
    flash(done, "success")
    return redirect(url_for("paper.show", paper_record=reference), code=303)
