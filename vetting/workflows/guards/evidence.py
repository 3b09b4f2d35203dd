"""Questions before a document is accepted."""

from __future__ import annotations

from vetting.models import DocumentVersion, ScanResult
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context


def no_virus_found(version: DocumentVersion, context: Context) -> Message | None:
    if version.scan is ScanResult.INFECTED:
        return say(N_("The scanner found a virus in this file. Return it and ask for a clean one."))
    return None


def dates_in_order(version: DocumentVersion, context: Context) -> Message | None:
    """The office's reading must make sense beside what was typed."""
    if context.data is None:
        return None
    start = context.data.valid_from or version.typed_valid_from
    end = context.data.valid_until or version.typed_valid_until
    if start is not None and end is not None and end < start:
        return say(N_("The last day must not be before the first day."))
    return None
