"""Documents of a draft: what is asked for and why, adding, replacing, using again, taking out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.data.evidence_types import EvidenceType, Format
from vetting.extensions import db
from vetting.filetypes import NAMES
from vetting.forms.evidence import MOST_FILES, UploadForm, read_facts, shortfall, upload_form
from vetting.forms.preflight import ExplainForm
from vetting.models import Application, Document, DocumentVersion
from vetting.policy import Permission
from vetting.queries import evidence, tasklist
from vetting.queries.uploads import Space, space_of
from vetting.questionnaires.form import Need
from vetting.unit_of_work import unit_of_work
from vetting.views.applicant import checks, pieces, uploads, vault
from vetting.views.applicant.blueprint import bp, is_draft, load_case, title_of
from vetting.views.applicant.case import document_rows
from vetting.views.applicant.more_time import too_late
from vetting.views.arrival import arrived
from vetting.views.chrome import localdate
from vetting.views.guard import actor, guarded
from vetting.views.steps import take
from vetting.workflows import engine
from vetting.workflows.commands import AttachEvidence
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import workflow_named

ACCEPT = {
    Format.PDF: ".pdf,application/pdf",
    Format.JPEG: ".jpg,.jpeg,image/jpeg",
    Format.PNG: ".png,image/png",
    Format.DOCX: ".docx",
    Format.XLSX: ".xlsx",
}
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class DocumentPlace:
    """A kind of document in a case."""

    application: Application
    kind: EvidenceType

    @property
    def organization_id(self) -> int:
        """Lets the policy ask which organization it belongs to."""
        return self.application.organization_id


def load_kind(session: Session, reference: str, type_key: str) -> DocumentPlace | None:
    """A kind of document that the case's form asks for."""
    application = load_case(session, reference)
    kind = evidence.kind_named(type_key)
    if application is None or kind is None or type_key not in {need for need, _word in wanted(application)}:
        return None
    return DocumentPlace(application, kind)


wanted = tasklist.documents_wanted

ADD = guarded(Permission.EVIDENCE_ADD, load_kind, sees=Permission.APPLICATION_VIEW)


@bp.get("/apply/<reference>/documents")
@guarded(Permission.EVIDENCE_ADD, load_case, sees=Permission.APPLICATION_VIEW)
def documents(application: Application) -> str | Response:
    """Every kind of document with what is there, what is missing and what does not apply."""
    if not is_draft(application):
        return redirect(url_for("applicant.case", reference=application.reference))
    rows = [_row(application, key, need) for key, need in wanted(application)]
    ready = evidence.reusable(db.session, application, clock.today())
    offered: dict[str, DocumentVersion] = {}
    for version in ready:
        offered.setdefault(version.document.type_key, version)
    instead = vault.instead_words(application)
    found = checks.lines(application)
    for row in rows:
        row["checks"] = checks.in_one_line(found[one] for one in row["references"] if one in found)
        row["reuse"] = _given_before(offered.get(row["key"])) if not row["files"] else ""
        row["instead"] = instead.get(row["key"], "")
    required = [row for row in rows if row["need"] is Need.REQUIRED]
    return render_template(
        "applicant/documents.html",
        application=application,
        title=title_of(application),
        required=required,
        given=sum(1 for row in required if row["files"] or row["instead"]),
        optional=[row for row in rows if row["need"] is Need.OPTIONAL],
        not_now=[row for row in rows if row["need"] is Need.IF_APPLIES],
    )


def _given_before(version: DocumentVersion | None) -> str:
    if version is None:
        return ""
    if version.valid_until is None:
        return str(_("You already gave us this. Use it again."))
    return str(_("You already gave us this, good until %(day)s. Use it again.", day=localdate(version.valid_until)))


def _row(application: Application, key: str, need: Need) -> dict[str, Any]:
    kind = tasklist.evidence_types().documents[key]
    links = evidence.links_of(application, key)
    return {
        "key": key,
        "need": need,
        "name": _(kind.name),
        "help": _(kind.help),
        "files": [link.document_version.filename for link in links],
        "references": [link.document_version.document.reference for link in links],
        "href": url_for("applicant.document", reference=application.reference, type_key=key),
    }


@bp.get("/apply/<reference>/documents/<type_key>")
@ADD
def document(place: DocumentPlace) -> str | Response:
    """Add a document of one kind. Limits and what a good one looks like come before the choosing."""
    if not is_draft(place.application):
        return redirect(url_for("applicant.case", reference=place.application.reference))
    return page(place, upload_form(place.kind))


def page_explaining(place: DocumentPlace, mistaken: ExplainForm) -> str:
    """The upload page with words about a finding that could not be kept."""
    return page(place, upload_form(place.kind), mistaken=mistaken)


def page(
    place: DocumentPlace,
    form: UploadForm,
    held: list[uploads.Incoming] | None = None,
    *,
    mistaken: ExplainForm | None = None,
) -> str:
    """The upload page, with what was typed and the files that are stored already."""
    application, kind = place.application, place.kind
    rows = [row for row in document_rows(application) if row["type_key"] == kind.key]
    found = checks.lines(application)
    for row in rows:
        row["checks"] = checks.with_forms(found.get(row["reference"]), mistaken)
    sent = uploads.sent(application, kind)
    begin = url_for("applicant.begin_upload", reference=application.reference, type_key=kind.key)
    return render_template(
        "applicant/document.html",
        application=application,
        kind=kind,
        form=form,
        rows=rows,
        asked=[form[asked.value] for asked in kind.asks],
        again=evidence.reusable(db.session, application, clock.today(), kind.key),
        replacing=next((row for row in rows if row["reference"] == request.values.get("replaces")), None),
        held=uploads.notes(uploads.with_ready(held or [], sent), kind, application.reference),
        max_files=MOST_FILES,
        waiver=vault.waiver_of(application.organization, kind),
        instead=vault.instead_words(application).get(kind.key, ""),
        sending=pieces.sending(application, kind, sent, begin),
        **limits(kind),
    )


def limits(kind: EvidenceType) -> dict[str, Any]:
    """What is said before choosing a file."""
    return {
        "kinds": ", ".join(_(NAMES[each]) for each in kind.formats),
        "accept": ",".join(ACCEPT[each] for each in kind.formats),
        "limit_mb": kind.max_bytes // MEGABYTE,
    }


@bp.post("/apply/<reference>/documents/<type_key>")
@ADD
def upload(place: DocumentPlace) -> str | Response | tuple[str, int]:
    """Store first, then one transaction that makes the files evidence."""
    reference, kind = place.application.reference, place.kind
    left = evidence.files_left(place.application)
    space = space_of(db.session(), place.organization_id)
    form = upload_form(kind)
    # Nothing of the database is held while a file is examined and written.
    db.session.rollback()
    files, mistakes = uploads.take_in(form, kind, reference, min(MOST_FILES, left), space)
    facts = read_facts(form, kind)
    again = load_kind(db.session, reference, kind.key)
    if again is None or facts is None or mistakes:
        if mistakes:
            form.files.errors = mistakes
        return page(again or place, form, files), 422
    note = shortfall(kind, facts)
    try:
        _attach(again, files, facts, request.form.get("replaces", ""), space)
    except uploads.NoRoom as full:
        form.files.errors = [str(full)]
        return page(again, form, files), 422
    except StepRefused:
        late = too_late(again.application)
        if late is None:
            raise
        return late
    flash(_("The document is saved.") if len(files) == 1 else _("The documents are saved."), "success")
    if note:
        flash(note, "warning")
    return redirect(url_for("applicant.documents", reference=reference), code=303)


@bp.post("/apply/<reference>/documents/<type_key>/uploads")
@ADD
def begin_upload(place: DocumentPlace) -> pieces.Answer:
    """Begin to send a document in pieces."""
    application = place.application
    if not is_draft(application):
        return pieces.closed()
    return pieces.begin(place.organization_id, application.reference, place.kind, application.id)


def _attach(place: DocumentPlace, files: list[uploads.Incoming], facts: Any, replaces: str, space: Space) -> None:
    application = place.application
    known = {link.document_version.sha256 for link in evidence.links_of(application, place.kind.key)}
    old = evidence.document_of(db.session, application.organization_id, replaces) if replaces else None
    with unit_of_work(db.session) as session:
        for incoming in files:
            # The same file sent twice, by a double click or by mistake, is one document.
            if incoming.sha256 in known:
                continue
            version = uploads.receive(session, application, place.kind, incoming, facts, replaces=_same(old, place))
            command = AttachEvidence(version, place.kind.key)
            engine.run(
                session,
                workflow_named("application"),
                application,
                "attach_evidence",
                actor(),
                data=command,
                arrived=arrived(),
            )
            known.add(incoming.sha256)
            old = None
        uploads.settle(session, application.reference, place.kind, files, space)


def _same(old: Document | None, place: DocumentPlace) -> Document | None:
    return old if old is not None and old.type_key == place.kind.key else None


@bp.post("/apply/<reference>/documents/<type_key>/reuse")
@ADD
def reuse(place: DocumentPlace) -> Response:
    """Use what the organization already gave us."""
    application = place.application
    wanted_reference = request.form.get("document", "")
    for version in evidence.reusable(db.session, application, clock.today(), place.kind.key):
        if version.document.reference == wanted_reference:
            take("application", application, "attach_evidence", data=AttachEvidence(version, place.kind.key))
            flash(_("The document is used here too."), "success")
            break
    else:
        flash(_("This document cannot be used here any more. Add a current one."), "warning")
    return redirect(url_for("applicant.documents", reference=application.reference), code=303)


@bp.post("/apply/<reference>/documents/<type_key>/take-out")
@ADD
def take_out(place: DocumentPlace) -> Response:
    """Take a document out of the draft. The organization keeps it."""
    application = place.application
    wanted_reference = request.form.get("document", "")
    links = [link for link in application.evidence if link.document_version.document.reference == wanted_reference]
    for link in links:
        take("application", application, "detach_evidence", data=link)
    if links:
        flash(_("The document is out of this application. You can use it again."), "success")
    return redirect(url_for("applicant.document", reference=application.reference, type_key=place.kind.key), code=303)
