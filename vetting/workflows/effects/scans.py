"""Asking the scanner about a file, and setting a file aside in which it found something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from vetting import outbox
from vetting.events import Event
from vetting.models import DocumentVersion, ScanResult
from vetting.queries import applications
from vetting.workflows.definition import Context
from vetting.workflows.effects import custody


def want(session: Session, version: DocumentVersion, why: str = "") -> None:
    """Let the worker show it to the scanner. ``why`` keeps one occasion apart from another."""
    place = f"{version.document.reference}.{version.number}"
    outbox.record(
        session,
        key=f"{Event.SCAN_WANTED}:{place}{':' if why else ''}{why}",
        topic=Event.SCAN_WANTED,
        recipient="worker",
        payload={"subject_id": version.id},
    )


def on_arrival(version: DocumentVersion, context: Context) -> None:
    """A file came: where there is a scanner it waits for it."""
    if version.scan is ScanResult.WAITING:
        want(context.session, version)


def set_aside(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    """What cannot be read by anybody is no evidence: the item opens again wherever it serves."""
    version.return_reason = context.reason
    for application in applications.open_with_version(context.session, version.id):
        custody.recount_missing(application)
    return {"sha256": version.sha256}
