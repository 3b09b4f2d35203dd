"""Adding to the vault outside any case: a document of a kind, or a new version of one that is there."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.data.evidence_types import Uploader
from vetting.extensions import db
from vetting.forms.evidence import UploadForm, read_facts, shortfall, upload_form
from vetting.models import Organization
from vetting.policy import Permission
from vetting.queries import evidence, vault
from vetting.queries.uploads import of_page, space_of
from vetting.unit_of_work import unit_of_work
from vetting.views import vault_words
from vetting.views.applicant import pieces, uploads
from vetting.views.applicant.blueprint import bp
from vetting.views.applicant.documents import limits
from vetting.views.applicant.organization import load_own
from vetting.views.applicant.vault import ADDRESS, Shelf, kinds_to_add, load_shelf, waiver_of
from vetting.views.guard import actor, guarded

Answer = str | Response | tuple[str, int]


def load_kind(session: Session, reference: str, type_key: str) -> Shelf | None:
    """A kind of document that the organization may add by itself."""
    organization = load_own(session, reference)
    kind = evidence.kind_named(type_key)
    if organization is None or kind is None or kind.uploaded_by is not Uploader.APPLICANT:
        return None
    return Shelf(organization, kind)


def load_renewable(session: Session, reference: str, document: str) -> Shelf | None:
    """A document that the organization may send a new version of; what the office brought is not."""
    shelf = load_shelf(session, reference, document)
    return shelf if shelf is not None and shelf.kind.uploaded_by is Uploader.APPLICANT else None


ADD = guarded(Permission.EVIDENCE_ADD, load_kind, sees=Permission.ORGANIZATION_OWN)
RENEW = guarded(Permission.EVIDENCE_ADD, load_renewable, sees=Permission.ORGANIZATION_OWN)


@bp.get(f"{ADDRESS}/add")
@guarded(Permission.EVIDENCE_ADD, load_own, sees=Permission.ORGANIZATION_OWN)
def vault_add(organization: Organization) -> str:
    """Which kind of document?"""
    kinds = vault.by_group([kind.key for kind in kinds_to_add()])
    return render_template(
        "applicant/vault_add.html",
        organization=organization,
        groups={
            str(vault_words.GROUPS[group]): [
                {
                    "name": _(kind.name),
                    "help": _(kind.help),
                    "href": url_for("applicant.vault_kind", reference=organization.reference, type_key=kind.key),
                }
                for kind in found
            ]
            for group, found in kinds.items()
        },
    )


@bp.get(f"{ADDRESS}/add/<type_key>")
@ADD
def vault_kind(shelf: Shelf) -> str:
    """The upload page of one kind."""
    return _page(shelf, upload_form(shelf.kind))


@bp.post(f"{ADDRESS}/add/<type_key>")
@ADD
def vault_keep(shelf: Shelf) -> Answer:
    """Keep a new document."""
    return _keep(shelf)


@bp.get(f"{ADDRESS}/<document>/new")
@RENEW
def vault_new(shelf: Shelf) -> str:
    """The upload page for a new version; why the last one came back stands beside it."""
    return _page(shelf, upload_form(shelf.kind))


@bp.post(f"{ADDRESS}/<document>/new")
@RENEW
def vault_renew(shelf: Shelf) -> Answer:
    """Keep a new version. It takes the place of the last one, also in an open case that it was returned in."""
    return _keep(shelf)


@bp.post(f"{ADDRESS}/add/<type_key>/uploads")
@ADD
def vault_begin(shelf: Shelf) -> pieces.Answer:
    """Begin to send a document of the vault in pieces."""
    return pieces.begin(shelf.organization_id, shelf.organization.reference, shelf.kind)


def _page(shelf: Shelf, form: UploadForm, held: list[uploads.Incoming] | None = None) -> str:
    organization, kind, document = shelf.organization, shelf.kind, shelf.document
    scope = organization.reference
    sent = of_page(db.session(), actor().user_id, scope, kind.key)
    begin = url_for("applicant.vault_begin", reference=scope, type_key=kind.key)
    return render_template(
        "applicant/vault_upload.html",
        organization=organization,
        kind=kind,
        document=document,
        last=vault.newest(document) if document is not None else None,
        form=form,
        asked=[form[asked.value] for asked in kind.asks],
        held=uploads.notes(uploads.with_ready(held or [], sent), kind, scope),
        sending=pieces.sending_of(organization.id, sent, begin),
        waiver=waiver_of(organization, kind),
        **limits(kind),
    )


def _keep(shelf: Shelf) -> Answer:
    """Store first, then one transaction that makes the file evidence."""
    scope, kind = shelf.organization.reference, shelf.kind
    name = shelf.document.reference if shelf.document is not None else ""
    space = space_of(db.session(), shelf.organization_id)
    form = upload_form(kind)
    # Nothing of the database is held while a file is examined and written.
    db.session.rollback()
    files, mistakes = uploads.take_in(form, kind, scope, 1, space)
    facts = read_facts(form, kind)
    session = db.session()
    again = load_renewable(session, scope, name) if name else load_kind(session, scope, kind.key)
    if again is None or facts is None or mistakes:
        if mistakes:
            form.files.errors = mistakes
        return _page(again or shelf, form, files), 422
    note = shortfall(kind, facts)
    try:
        with unit_of_work(session):
            version = uploads.receive(session, again, kind, files[-1], facts, replaces=again.document)
            uploads.settle(session, scope, kind, files, space)
            kept = version.document.reference
    except uploads.NoRoom as full:
        form.files.errors = [str(full)]
        return _page(again, form, files), 422
    flash(_("The document is saved."), "success")
    if note:
        flash(note, "warning")
    home = url_for("applicant.vault_document", reference=scope, document=kept)
    return redirect(home, code=303)
