"""An organization's own copies: a page to print, a PDF, and everything in one file to keep."""

from __future__ import annotations

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.models import Application, CopyKind, CopyState, Organization, OwnCopy
from vetting.policy import Permission
from vetting.queries import copies, organizations
from vetting.refs import new_reference
from vetting.storage import Missing
from vetting.views.applicant.blueprint import bp, load_case, subject_of, title_of
from vetting.views.applicant.case import answer_groups, document_rows
from vetting.views.guard import actor, guarded
from vetting.views.steps import take
from vetting.views.stored import send_stored
from vetting.workflows.registry import WORKFLOWS

MEDIA = {CopyKind.PDF: "application/pdf", CopyKind.ZIP: "application/zip"}


def load_organization(session: Session, reference: str) -> Organization | None:
    """An organization by its public reference."""
    return organizations.find(session, reference)


def load_copy(session: Session, reference: str) -> OwnCopy | None:
    """A copy by its public reference; one that is gone has no page any more."""
    found = copies.by_reference(session, reference)
    return found if found is not None and found.state is not CopyState.REMOVED else None


@bp.get("/apply/<reference>/copy")
@guarded(Permission.APPLICATION_VIEW, load_case)
def copy(application: Application) -> str:
    """Everything that was given, on one page to print or keep."""
    return render_template(
        "applicant/copy.html",
        application=application,
        title=title_of(application),
        about=subject_of(application),
        groups=answer_groups(application, change=False),
        documents=document_rows(application),
    )


@bp.post("/apply/<reference>/copy")
@guarded(Permission.COPY_TAKE, load_case, sees=Permission.APPLICATION_VIEW)
def take_copy(application: Application) -> Response:
    """Have a file made of one application, or open the one that is there."""
    wanted = request.form.get("kind", "")
    if wanted not in set(CopyKind):
        abort(400)
    return _go_to(application.organization, application, CopyKind(wanted))


@bp.post("/apply/copies/of/<reference>")
@guarded(Permission.ORGANIZATION_MANAGE, load_organization, sees=Permission.ORGANIZATION_VIEW)
def take_all(organization: Organization) -> Response:
    """Have one file made of everything the organization ever gave."""
    return _go_to(organization, None, CopyKind.ZIP)


def _go_to(organization: Organization, application: Application | None, kind: CopyKind) -> Response:
    found = copies.good(db.session(), organization, application, kind)
    if found is None:
        found = OwnCopy(
            reference=new_reference("CPY"),
            kind=kind,
            organization=organization,
            application=application,
            fingerprint=copies.fingerprint(db.session(), organization.id),
            asked_by_id=actor().user_id,
        )
        take("own_copy", found, "ask")
    return redirect(url_for("applicant.own_copy", reference=found.reference), code=303)


@bp.get("/apply/copies/<reference>")
@guarded(Permission.COPY_TAKE, load_copy)
def own_copy(made: OwnCopy) -> str:
    """How far the copy is, and where to fetch it."""
    application = made.application
    back = url_for("applicant.copy", reference=application.reference) if application else url_for("applicant.home")
    return render_template(
        "applicant/own_copy.html",
        made=made,
        about=subject_of(application) if application is not None else made.organization.legal_name,
        words=_words(made),
        back_href=back,
        kept_days=copies.KEPT.days,
    )


@bp.get("/apply/copies/<reference>/state")
@guarded(Permission.COPY_TAKE, load_copy)
def copy_state(made: OwnCopy) -> Response:
    """For the script on the page."""
    said: Response = jsonify({"ready": made.state is not CopyState.ASKED, "text": _words(made)})
    return said


def _words(made: OwnCopy) -> str:
    return str(_(WORKFLOWS["own_copy"].words[made.state].public))


@bp.get("/apply/copies/<reference>/file")
@guarded(Permission.COPY_TAKE, load_copy)
def copy_file(made: OwnCopy) -> Response:
    """The file itself, streamed from the store."""
    page = redirect(url_for("applicant.own_copy", reference=made.reference))
    if made.state is not CopyState.READY:
        return page
    try:
        sent = send_stored(made.storage_key, mimetype=MEDIA[made.kind], name=copies.file_name(made))
    except Missing:
        flash(_("This copy is no longer kept. Make a new one."), "warning")
        return page
    sent.headers["Cache-Control"] = "private, no-store"
    return sent
