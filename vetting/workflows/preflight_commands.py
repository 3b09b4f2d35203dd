"""What a sender hands over about a finding."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExplainFinding:
    """Why a finding (by its key) is fine, in the sender's words."""

    finding: str
    text: str
