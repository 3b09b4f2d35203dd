"""What steps of evidence change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.models import DocumentVersion, EvidenceState
from vetting.queries import applications
from vetting.workflows.definition import Context
from vetting.workflows.effects import custody, lapses, preflight, scans, vault


def receive(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    """A newer version takes the place of older ones that nobody has closed, in open cases too where one was returned."""
    live = {EvidenceState.RECEIVED, EvidenceState.ACCEPTED, EvidenceState.RETURNED}
    replaced = [v for v in version.document.versions if v.number < version.number and v.state in live]
    vault.stand_in(version, replaced, context)
    for older in replaced:
        context.then("evidence", older, "replace")
    preflight.want(version, context)
    scans.on_arrival(version, context)
    lapses.look_again(version, context)
    return {"type": version.document.type_key, "sha256": version.sha256, "number": version.number}


def accept(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    version.checked_at = context.now
    version.checked_by_id = context.actor.user_id
    version.return_reason = ""
    reading = vault.note_reading(version, context)
    lapses.look_again(version, context)
    return {"sha256": version.sha256, **({"reading": reading} if reading else {})}


def give_back(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    version.checked_at = context.now
    version.checked_by_id = context.actor.user_id
    version.return_reason = context.reason
    for application in applications.open_with_version(context.session, version.id):
        custody.recount_missing(application)
    return {"sha256": version.sha256}
