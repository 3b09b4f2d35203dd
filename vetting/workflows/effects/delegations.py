"""What steps of delegations and of a year's file change, and what the history keeps of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.models import Delegation, YearFile
from vetting.workflows.definition import Context


def kept(delegation: Delegation, context: Context) -> Mapping[str, Any]:
    """Who acted for whom and when, so that the history answers it by itself."""
    return {
        "leader": delegation.leader_id,
        "delegate": delegation.delegate_id,
        "starts_on": delegation.starts_on.isoformat(),
        "ends_on": delegation.ends_on.isoformat(),
        "may_sign": delegation.may_sign,
    }


def file_made(made: YearFile, context: Context) -> Mapping[str, Any]:
    """The file is stored."""
    stored = context.data
    made.storage_key = stored.key
    made.sha256 = stored.sha256
    made.size = stored.size
    made.made_at = context.now
    return {"sha256": stored.sha256, "size": stored.size}
