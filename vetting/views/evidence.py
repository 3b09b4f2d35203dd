"""The one way evidence leaves: through the policy, as a download that no browser will run."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, send_file
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.documents.renditions import DRAWN_AS, Renditions, Source
from vetting.models import ScanResult
from vetting.policy import Permission, sees_original
from vetting.queries import evidence
from vetting.storage import Missing
from vetting.views import scans
from vetting.views.guard import actor, guarded
from vetting.views.stored import send_stored
from vetting.workflows.engine import StepRefused

bp = Blueprint("evidence", __name__)


def load_version(session: Session, reference: str, number: int) -> evidence.VersionInUse | None:
    """A document version by its public reference and number."""
    return evidence.version_in_use(session, reference, number) if number < 10**9 else None


@bp.get("/evidence/<reference>/<int:number>")
@guarded(Permission.EVIDENCE_OPEN, load_version, sees=Permission.EVIDENCE_VIEW)
def download(found: evidence.VersionInUse) -> Response:
    """The bytes as they were given. The bytes of a version never change, so its hash is its validator."""
    version = found.version
    if version.scan is ScanResult.INFECTED or not sees_original(actor(), found.reviews):
        abort(404)
    hindrance = scans.hindrance(version)
    if hindrance is not None:
        raise StepRefused([hindrance])
    try:
        response = send_stored(
            version.storage_key, mimetype=version.media_type, name=version.filename, etag=version.sha256
        )
    except Missing:
        abort(410)
    return _inert(response)


@bp.get("/evidence/<reference>/<int:number>/copy")
@guarded(Permission.EVIDENCE_OPEN, load_version, sees=Permission.EVIDENCE_VIEW)
def copy(found: evidence.VersionInUse) -> Response:
    """The copy that the pages are drawn from: no scripts, no attachments, nothing that starts or fetches."""
    version = found.version
    if not sees_original(actor(), found.reviews) or not scans.readable(version):
        abort(404)
    renditions: Renditions = current_app.extensions["renditions"]
    path = renditions.copy(Source(version.sha256, version.storage_key, version.media_type))
    if path is None:
        abort(404)
    stem, dot, extension = version.filename.rpartition(".")
    name = _("%(name)s, safe copy", name=stem if dot else version.filename)
    return _inert(
        send_file(
            path,
            mimetype=version.media_type,
            as_attachment=True,
            download_name=f"{name}.{extension}" if dot else name,
            conditional=True,
            etag=f"copy-{DRAWN_AS}-{version.sha256}",
        )
    )


def _inert(response: Response) -> Response:
    """Something from outside, which no browser is to run or to take for anything else."""
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
