"""For administrators: which files the virus scanner has seen, what it said, and showing it those it has not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import sessionmaker
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.jobs import scanning
from vetting.models import DocumentVersion, ScanResult
from vetting.policy import Permission
from vetting.queries import scans as read
from vetting.queries.cases import document_name
from vetting.scanning import Scanner, ScannerUnreachable
from vetting.text import N_, say
from vetting.views.chrome import localtime
from vetting.views.guard import actor, guarded
from vetting.workflows.engine import StepRefused

bp = Blueprint("scanned_files", __name__, url_prefix="/admin/files")

NO_SCANNER = N_("There is no virus scanner to show files to. Set SCANNER_URL first.")

TABS: Mapping[ScanResult, tuple[Any, str]] = {
    ScanResult.WAITING: (_l("Waiting"), "warn"),
    ScanResult.INFECTED: (_l("A virus was found"), "bad"),
    ScanResult.UNSCANNABLE: (_l("Could not be checked"), "warn"),
    ScanResult.UNSCANNED: (_l("Not checked"), "warn"),
    ScanResult.CLEAN: (_l("No virus found"), ""),
}
"""The piles of the page, most pressing first."""

AGAIN: Mapping[ScanResult, Any] = {
    ScanResult.UNSCANNED: _l("Check these now"),
    ScanResult.UNSCANNABLE: _l("Try these again"),
    ScanResult.CLEAN: _l("Check these again"),
}
"""What can be done about a pile."""


@dataclass(frozen=True)
class Standing:
    """The scanner in words, with a kind for the alert it is shown in."""

    kind: str
    title: str
    text: str


@bp.get("")
@guarded(Permission.FILES_CHECK)
def index() -> str:
    """How the scanner does, and the files of one result."""
    asked = request.args.get("result", "")
    session = db.session()
    counts = read.counts(session, actor())
    result = ScanResult(asked) if asked in set(ScanResult) else next((r for r in TABS if counts[r]), ScanResult.CLEAN)
    after = request.args.get("after", "")
    page = read.listed(session, actor(), result, int(after) if after.isdecimal() and len(after) < 16 else 0)
    rows = [_row(version) for version in page.rows]
    since = read.waiting_since(session, actor())
    # A scanner that is slow to answer holds no transaction.
    session.rollback()
    scanner: Scanner = current_app.extensions["scanner"]
    return render_template(
        "admin/scanned_files.html",
        standing=_standing(scanner),
        since=localtime(since) if since and scanner.active else "",
        tabs=[
            {
                "label": label,
                "count": counts[each],
                "tone": tone,
                "current": each is result,
                "href": url_for("scanned_files.index", result=each.value),
            }
            for each, (label, tone) in TABS.items()
        ],
        rows=rows,
        next_href=url_for("scanned_files.index", result=result.value, after=page.after) if page.after else "",
        again=AGAIN.get(result) if scanner.active and rows else None,
        result=result.value,
    )


@bp.post("/check")
@guarded(Permission.FILES_CHECK)
def check() -> Response:
    """Let the worker show all files of one result to the scanner."""
    asked = request.form.get("result", "")
    result = ScanResult(asked) if asked in set(ScanResult) else ScanResult.UNSCANNED
    if not current_app.extensions["scanner"].active:
        raise StepRefused([say(NO_SCANNER)])
    # It writes in portions, each a transaction of its own.
    db.session.rollback()
    # Of all of them, also those the reader may not know of; so no number is said.
    count = scanning.ask_for_all(sessionmaker(db.engine), frozenset({result})) if result in AGAIN else 0
    flash(_("The files wait for the check.") if count else _("There is no such file."), "success")
    return redirect(url_for("scanned_files.index"), code=303)


def _standing(scanner: Scanner) -> Standing:
    if not scanner.active:
        return Standing(
            "warning",
            _("There is no virus scanner"),
            _("Files are kept and shown without a check. Whoever runs this server can name one in SCANNER_URL."),
        )
    try:
        version = scanner.version()
    except ScannerUnreachable:
        return Standing(
            "error",
            _("The virus scanner does not answer"),
            _("New files wait, and nobody can open them, until it answers again. Nothing is lost."),
        )
    return Standing("success", _("The virus scanner answers"), version)


def _row(version: DocumentVersion) -> dict[str, Any]:
    return {
        "name": _("%(document)s, version %(number)s", document=version.document.reference, number=version.number),
        "type": document_name(version.document.type_key),
        "came": localtime(version.created_at),
        "checked": localtime(version.scanned_at) if version.scanned_at else "",
        "finding": version.scan_finding,
    }
