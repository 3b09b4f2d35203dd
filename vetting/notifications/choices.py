"""How a person wants mail about an organization they belong to: each one by itself, or one mail a day.

Kept in the account's preferences, by the organization's number. Only what is in ``COLLECTED`` may wait for the daily
mail, and only what reminds of a date can be switched off. What somebody has to know or act on (a decision, a request,
a receipt, a signature, anything about sign-in) always leaves at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vetting.events import Event
from vetting.queries.milestones import REMINDERS

KEY = "mail"
"""Where the choices lie among the preferences."""

COLLECTED: frozenset[Event] = REMINDERS - {Event.INVITATION_WAITING} | {Event.MESSAGE_SENT, Event.PARTNERSHIP_PROPOSED}
"""Events whose mail may wait for the daily one."""


@dataclass(frozen=True)
class Choice:
    """One person's choice for one organization."""

    daily: bool = False
    reminders: bool = True


def choice_of(preferences: Mapping[str, Any], organization_id: int) -> Choice:
    """What the person chose, or how it is for everybody: each mail at once, with reminders."""
    kept = preferences.get(KEY)
    found = kept.get(str(organization_id)) if isinstance(kept, dict) else None
    if not isinstance(found, dict):
        return Choice()
    return Choice(daily=bool(found.get("daily")), reminders=bool(found.get("reminders", True)))


def with_choice(preferences: Mapping[str, Any], organization_id: int, choice: Choice) -> dict[str, Any]:
    """The preferences with a choice put in."""
    kept = preferences.get(KEY)
    others = kept if isinstance(kept, dict) else {}
    mine = {"daily": choice.daily, "reminders": choice.reminders}
    return {**preferences, KEY: {**others, str(organization_id): mine}}
