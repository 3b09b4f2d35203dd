"""What steps of a cleared person change. No history row holds a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.data.evidence_types import Instead
from vetting.models import Clearance
from vetting.workflows.definition import Context
from vetting.workflows.effects import lapses
from vetting.workflows.vault_commands import Checked


def answer_for(clearance: Clearance, context: Context) -> Mapping[str, Any]:
    """Who answers for the entry, when, and with which words."""
    clearance.attested_by_id = context.actor.user_id
    clearance.attested_at = context.now
    lapses.look_again_at(clearance.organization_id, Instead.CLEARED_PEOPLE, context)
    return {"text": clearance.text_version, "statement_sha256": clearance.statement_sha256}


def renew(clearance: Clearance, context: Context) -> Mapping[str, Any]:
    command: Checked = context.data
    clearance.checked_by = command.checked_by
    clearance.checked_on = command.checked_on
    clearance.next_due_on = command.next_due_on
    clearance.text_version = command.text_version
    clearance.statement_sha256 = command.statement_sha256
    return answer_for(clearance, context)


def forget(clearance: Clearance, context: Context) -> None:
    """The person leaves with everything that names them; that somebody left, and when, is all that stays."""
    clearance.name = clearance.role = clearance.checked_by = ""
    # Without the one whose check was due, the rest of the list may be good again.
    lapses.look_again_at(clearance.organization_id, Instead.CLEARED_PEOPLE, context)
