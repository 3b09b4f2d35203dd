"""The one way evidence leaves: through the policy, as a download that no browser will run."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, send_file
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.models import ScanResult
from vetting.policy import Permission, sees_original
from vetting.queries import evidence
from vetting.storage import Missing
from vetting.views.guard import actor, guarded

bp = Blueprint("evidence", __name__)


def load_version(session: Session, reference: str, number: int) -> evidence.VersionInUse | None:
    """A document version by its public reference and number."""
    return evidence.version_in_use(session, reference, number) if number < 10**9 else None


@bp.get("/evidence/<reference>/<int:number>")
@guarded(Permission.EVIDENCE_VIEW, load_version)
def download(found: evidence.VersionInUse) -> Response:
    """The bytes as they were given. The bytes of a version never change, so its hash is its validator."""
    version = found.version
    if version.scan is ScanResult.INFECTED or not sees_original(actor(), found.reviews):
        abort(404)
    try:
        path = current_app.extensions["store"].path(version.storage_key)
    except Missing:
        abort(410)
    response = send_file(
        path,
        mimetype=version.media_type,
        as_attachment=True,
        download_name=version.filename,
        conditional=True,
        etag=version.sha256,
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
