"""What steps of evidence change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vetting.models import OPEN_STATES, Application, DocumentVersion, EvidenceLink, EvidenceState
from vetting.workflows.definition import Context
from vetting.workflows.effects import custody


def receive(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    """A newer version takes the place of older ones that nobody has closed."""
    for older in version.document.versions:
        if older.number < version.number and older.state in {
            EvidenceState.RECEIVED,
            EvidenceState.ACCEPTED,
            EvidenceState.RETURNED,
        }:
            context.then("evidence", older, "replace")
    return {"type": version.document.type_key, "sha256": version.sha256, "number": version.number}


def accept(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    version.checked_at = context.now
    return {"sha256": version.sha256}


def give_back(version: DocumentVersion, context: Context) -> Mapping[str, Any]:
    version.checked_at = context.now
    version.return_reason = context.reason
    for application in _open_cases_with(version, context):
        custody.recount_missing(application)
    return {"sha256": version.sha256}


def _open_cases_with(version: DocumentVersion, context: Context) -> list[Application]:
    return list(
        context.session.scalars(
            sa.select(Application)
            .join(EvidenceLink, EvidenceLink.application_id == Application.id)
            .where(EvidenceLink.document_version_id == version.id, Application.state.in_(sorted(OPEN_STATES)))
            .order_by(Application.id)
        )
    )
