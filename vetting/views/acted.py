"""Whose act a line of the history is, in words."""

from __future__ import annotations

from flask_babel import gettext as _

from vetting.models import HistoryEntry


def acted_by(entry: HistoryEntry) -> str:
    """Who did it; and for whom, where they acted for a leader of a school."""
    behalf = entry.data.get("on_behalf_of")
    if not behalf:
        return entry.actor_name
    return str(_("%(name)s, on behalf of %(leader)s", name=entry.actor_name, leader=behalf[1]))
