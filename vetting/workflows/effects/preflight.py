"""Asking for the checks of documents, and keeping what their senders say about findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from vetting import outbox
from vetting.events import Event
from vetting.models import (
    Application,
    Document,
    DocumentCheck,
    DocumentVersion,
    EvidenceState,
    FindingNote,
    Organization,
)
from vetting.preflight.places import VENDOR_NUMBERED
from vetting.queries.preflight import ABOUT_ANSWERS
from vetting.workflows.definition import Context
from vetting.workflows.preflight_commands import ExplainFinding


def want(version: DocumentVersion, context: Context, why: str = "") -> None:
    """Let the worker read it. ``why`` keeps one occasion apart from another; a check of the same facts costs nothing."""
    place = f"{version.document.reference}.{version.number}"
    outbox.record(
        context.session,
        key=f"{Event.DOCUMENT_CHECK_WANTED}:{place}{':' if why else ''}{why}",
        topic=Event.DOCUMENT_CHECK_WANTED,
        recipient="worker",
        payload={"reference": version.document.reference, "number": version.number},
    )


def used(application: Application, version: DocumentVersion, context: Context) -> None:
    """A document begins to serve in an application, which may say other names than those it was checked against."""
    want(version, context, f"{application.reference}.{application.version}")


def answers_changed(application: Application, changed: Collection[str], context: Context) -> None:
    """Answers that documents are compared with are not what they were."""
    if not ABOUT_ANSWERS.intersection(changed):
        return
    # Each saving is an occasion of its own; the version that tells them apart counts when the step is written.
    context.session.flush()
    for version in {link.document_version for link in application.evidence}:
        want(version, context, f"{application.reference}.{application.version}")


def vendor_number_changed(organization: Organization, context: Context) -> None:
    """The number that papers are compared with is not what it was."""
    context.session.flush()
    usable = (EvidenceState.RECEIVED, EvidenceState.ACCEPTED)
    for version in context.session.scalars(
        sa.select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.organization_id == organization.id, Document.type_key.in_(VENDOR_NUMBERED))
        .where(DocumentVersion.state.in_(usable))
        .order_by(DocumentVersion.id)
    ):
        want(version, context, f"{organization.reference}.{organization.version}")


def explain(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    """Keep why the sender thinks that a finding is fine, instead of what was said before."""
    command: ExplainFinding = context.data
    note = context.session.scalars(
        sa.select(FindingNote).where(
            FindingNote.document_version_id == version.id, FindingNote.finding_key == command.finding
        )
    ).first()
    if note is None:
        note = FindingNote(document_version_id=version.id, finding_key=command.finding)
        context.session.add(note)
    note.text = command.text
    note.author_id = context.actor.user_id
    return {"finding": command.finding}


def forget(version: DocumentVersion, context: Context) -> None:
    """What was read in a file goes with the file; findings carry words of it."""
    for kept in (DocumentCheck, FindingNote):
        context.session.execute(sa.delete(kept).where(kept.document_version_id == version.id))
