"""What the checks before sending found in a document, in words: for its sender, and for the reviewer beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, jsonify, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import object_session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.documents.kinds import SHOWN
from vetting.extensions import db
from vetting.models import Application, DocumentVersion, EvidenceState, ScanResult
from vetting.policy import Permission
from vetting.preflight.finding import CHECKS, Finding, is_warning
from vetting.queries import evidence, preflight
from vetting.queries.preflight import Checked
from vetting.text import dollars
from vetting.views.chrome import localdate
from vetting.views.evidence import load_version
from vetting.views.guard import guarded

bp = Blueprint("findings", __name__)

SOON = timedelta(minutes=2)
"""How long a check that nobody has made may still be on its way; later the page says that it is not made yet."""

UNDECIDED = frozenset({EvidenceState.RECEIVED, EvidenceState.RETURNED})
"""States in which a finding may still help its sender, or whoever looks at the document."""

IN_READERS_WORDS = frozenset({"another_kind", "same_file_twice"})
"""Findings whose ``read`` is a name of ours, so it is shown in the reader's language."""


@bp.get("/evidence/<reference>/<int:number>/check")
@guarded(Permission.EVIDENCE_OPEN, load_version, sees=Permission.EVIDENCE_VIEW)
def progress(found: evidence.VersionInUse) -> Response:
    """Whether a document has been checked by now, for the script of a page that waits for it."""
    version = found.version
    checked = preflight.found_alone(db.session(), [version.id])[version.id]
    return jsonify(ready=state_of(version, checked) != "waiting", text=_("We are checking this document."))


def of_case(application: Application) -> dict[int, Checked]:
    """What was found in the documents that a case uses now, by the id of the version."""
    usable = (EvidenceState.RECEIVED, EvidenceState.ACCEPTED)
    numbers = [link.document_version_id for link in application.evidence if link.document_version.state in usable]
    return preflight.found_in(db.session(), application, dict.fromkeys(numbers))


def beside(version: DocumentVersion, application: Application) -> dict[str, Any] | None:
    """The findings of one document, for who reads it in this case."""
    session = object_session(version) or db.session()
    return shown(version, preflight.found_in(session, application, [version.id])[version.id])


def alone(versions: Iterable[DocumentVersion]) -> dict[int, dict[str, Any]]:
    """The findings of documents outside any case, by the id of the version, while the office has not accepted them.

    One statement, however many there are.
    """
    waiting = {version.id: version for version in versions if version.state in UNDECIDED}
    found = preflight.found_alone(db.session(), waiting)
    told = {number: shown(version, found[number]) for number, version in waiting.items()}
    return {number: each for number, each in told.items() if each is not None}


def state_of(version: DocumentVersion, checked: Checked) -> str:
    """``done``, ``waiting`` while it is on its way, ``late`` when nobody came, ``off`` where nothing can be checked."""
    if checked.check is not None:
        return "done"
    if version.scan is ScanResult.INFECTED or version.media_type not in SHOWN:
        return "off"
    return "waiting" if clock.now() - version.created_at < SOON else "late"


def shown(version: DocumentVersion, checked: Checked | None) -> dict[str, Any] | None:
    """The findings of one document as pages show them; None where there is nothing to say."""
    if checked is None:
        return None
    state = state_of(version, checked)
    if state == "off" and not checked.findings:
        return None
    rows = [_row(finding, checked) for finding in checked.findings]
    place: dict[str, Any] = {"reference": version.document.reference, "number": version.number}
    return {
        "state": state,
        "rows": sorted(rows, key=lambda row: not row["warning"]),
        "open": sum(1 for row in rows if not row["note"]),
        "summary": summary(state, rows),
        "poll_href": url_for("findings.progress", **place) if state == "waiting" else "",
        "document": version.document.reference,
    }


def summary(state: str, rows: list[dict[str, Any]]) -> str:
    """The findings in one line."""
    left = sum(1 for row in rows if not row["note"])
    if left:
        return str(ngettext("%(num)s thing to look at", "%(num)s things to look at", left))
    if state == "waiting":
        return str(_("We are checking it"))
    if state == "late":
        return str(_("Not checked yet"))
    return str(_("Explained by the sender")) if rows else str(_("Checked, nothing found"))


def _row(finding: Finding, checked: Checked) -> dict[str, Any]:
    check, values = CHECKS[finding.key], _in_words(finding)
    note = checked.notes.get(finding.key)
    return {
        "key": finding.key,
        "warning": is_warning(finding),
        "says": _(check.says) % values if values else _(check.says),
        "fix": _(check.fix) % values if values else _(check.fix),
        "page": finding.page,
        "note": note.text if note is not None else "",
        "note_by": note.author.name if note is not None and note.author is not None else "",
    }


def _in_words(finding: Finding) -> Mapping[str, str]:
    words = {}
    for name, value in finding.values.items():
        if name.endswith("_on"):
            words[name] = localdate(date.fromisoformat(str(value)))
        elif name.endswith("_cents"):
            words[name] = dollars(int(value), short=True)
        else:
            words[name] = _(str(value)) if finding.key in IN_READERS_WORDS and value else str(value)
    return words
