"""The filters of the queue in words: what can be chosen, what is in use, and how each is taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vetting.data.vocabulary import load_categories
from vetting.models import ApplicationKind, ApplicationState, Feature
from vetting.queries import queue_choices
from vetting.queries.queue_choices import Choices
from vetting.queries.queue_filters import FIXED, SHARED, Filters
from vetting.views.desk_words import kind_words, state_words
from vetting.views.expertise_words import lanes
from vetting.views.features import in_use

FURTHER = ("round", "category", "school", "received", "missing", "flag")
"""Filters that are shown when somebody asks for more, or uses one of them."""


def labels() -> dict[str, str]:
    """The filters by their names in the address."""
    return {
        "kind": _("Stage"),
        "state": _("State"),
        "assignee": _("Assignee"),
        "due": _("Due"),
        "round": _("Round"),
        "category": _("Category"),
        "school": _("School served"),
        "received": _("Age"),
        "missing": _("Documents"),
        "flag": _("Flags"),
        "pool": _("Pool"),
        "q": _("Search"),
    }


def choices(session: Session, *, further: bool) -> dict[str, Choices]:
    """What each filter offers; the further ones only when they are shown."""
    found: dict[str, Choices] = {
        "kind": [(kind.value, kind_words(kind)) for kind in ApplicationKind],
        "state": [(name, state_words("application", ApplicationState(name))) for name in FIXED["state"]],
        "assignee": [("me", _("You")), ("nobody", _("Nobody")), *queue_choices.coordinators(session)],
        "due": [
            ("overdue", _("Overdue")),
            ("week", _("This week")),
            ("next_week", _("Next week")),
            ("later", _("Later")),
        ],
    }
    if in_use(Feature.LANES):
        found["pool"] = [(SHARED, _("Shared pool")), *lanes()]
    if further:
        found |= {
            "round": queue_choices.rounds(session),
            "category": [(category.key, category.name) for category in load_categories().categories],
            "school": queue_choices.schools(session),
            "received": [
                ("7", _("Received over a week ago")),
                ("14", _("Received over 2 weeks ago")),
                ("30", _("Received over 30 days ago")),
                ("90", _("Received over 90 days ago")),
            ],
            "missing": [("yes", _("Some are missing")), ("no", _("None is missing"))],
            "flag": [("any", _("Has an open flag")), ("mine", _("Has a flag for you")), ("none", _("Has no flag"))],
        }
    return found


def shows_further(filters: Filters, asked: bool) -> bool:
    """Whether the further filters are on the page."""
    return asked or any(name in FURTHER for name in filters.used)


def bar(filters: Filters, offered: Mapping[str, Choices]) -> list[dict[str, Any]]:
    """The filters as the filter bar takes them."""
    names = labels()
    return [
        {"name": name, "label": names[name], "value": getattr(filters, name), "options": [("", _("All")), *options]}
        for name, options in offered.items()
    ]


def active(filters: Filters, offered: Mapping[str, Choices], endpoint: str = "queue.index") -> list[dict[str, str]]:
    """The filters in use, each with the address of the view without it."""
    names = labels()
    found = []
    for name in filters.used:
        if name == "pool" and name not in offered:
            continue  # a view that was kept while lanes were in use
        value = getattr(filters, name)
        words = dict(offered.get(name, ())).get(value, value)
        href = url_for(endpoint, **filters.as_args(**{name: ""}))
        found.append({"label": f"{names[name]}: {words}", "remove_href": href})
    return found
