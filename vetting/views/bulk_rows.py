"""The lines of a run: what is planned for each case and why, what speaks against it, what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from vetting.data.evidence_types import load_evidence_types
from vetting.extensions import db
from vetting.jobs.bulk_acts import APPLICANTS
from vetting.models import BulkAct, BulkItem, BulkItemState, BulkRun, BulkRunState
from vetting.policy import Actor
from vetting.queries import runs
from vetting.text import Message
from vetting.views import casefile, interests
from vetting.views.chrome import localdate
from vetting.views.desk_words import state_words
from vetting.views.errors import translated
from vetting.views.expertise_words import value_words
from vetting.workflows.application import APPLICATION

TONES = {BulkItemState.DONE: "good", BulkItemState.REFUSED: "warn"}


def rows(run: BulkRun, items: Sequence[BulkItem]) -> list[dict[str, Any]]:
    """One line for each case."""
    chosen = {item.application: item.action.get("reviewers", ()) for item in items}
    names = runs.people(db.session(), {person for people in chosen.values() for person in people})
    planned = run.state is BulkRunState.PLANNED and any(chosen.values())
    # Once it was carried out, whoever was assigned has been asked, and answered.
    speaks = interests.told_of_many(chosen) if planned else {}
    return [
        {
            "reference": item.application.reference,
            "title": casefile.title(item.application),
            "href": url_for("cases.show", reference=item.application.reference),
            "stage": state_words("application", item.application.state),
            "who": [
                {
                    "name": names.get(person, ""),
                    "knows": _knows(item, person),
                    "speaks": " ".join(speaks.get((item.application_id, person), ())),
                }
                for person in chosen[item.application]
            ],
            "short": _sentence(item, "why") if item.action.get("reviewers") else "",
            "state": state_words("bulk_item", item.state),
            "tone": TONES.get(item.state, "neutral"),
            "outcome": translated(Message.of_data(item.outcome)) if item.outcome else "",
        }
        for item in items
    ]


def _sentence(item: BulkItem, key: str) -> str:
    kept = item.action.get(key)
    return translated(Message.of_data(kept)) if kept else ""


def _knows(item: BulkItem, person: int) -> str:
    facets = item.action.get("because", {}).get(str(person), {})
    return ", ".join(value_words(facet, value) for facet, values in facets.items() for value in values)


def troubled(run: BulkRun, actions: Mapping[int, Mapping[str, Any]], person: Actor) -> list[dict[str, Any]]:
    """Cases to which nothing happens, or whose places stay empty, under the reason they share."""
    ids = [number for number, action in actions.items() if "against" in action or "why" in action]
    found: dict[str, list[dict[str, str]]] = {}
    for item in runs.items(db.session(), run, person, ids):
        why = _sentence(item, "against") or _sentence(item, "why")
        href = url_for("cases.show", reference=item.application.reference)
        found.setdefault(why, []).append({"title": casefile.title(item.application), "href": href})
    return [{"why": why, "cases": cases} for why, cases in found.items()]


def loads(run: BulkRun, actions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Everybody's reviews before and after, the busiest first."""
    kept = run.parameters.get("loads") or {}
    names = runs.people(db.session(), {int(key) for key in kept})
    given = Counter(str(p) for action in actions if "against" not in action for p in action.get("reviewers", ()))
    found = [
        {
            "label": names.get(int(key), ""),
            "value": before + given[key],
            "text": _load(before, before + given[key], most),
        }
        for key, (before, most) in kept.items()
    ]
    return sorted(found, key=lambda row: (-row["value"], row["label"]))


def _load(before: int, after: int, most: int | None) -> str:
    if most is None:
        return str(_("%(before)s now, %(after)s then", before=before, after=after))
    return str(_("%(before)s now, %(after)s then, at most %(most)s", before=before, after=after, most=most))


def parameters_in_words(run: BulkRun) -> list[dict[str, str]]:
    """What the run was told."""
    told = run.parameters
    found: list[tuple[str, str]] = []
    if run.act is BulkAct.ASSIGN_REVIEWERS:
        found.append((_("How"), _how(told)))
    elif run.act is BulkAct.HAND_OVER:
        found.append((_("To"), runs.people(db.session(), {told["person"]}).get(told["person"], "")))
    elif run.act is BulkAct.REMIND:
        found.append((_("Whom"), _("Applicants") if told["whom"] == APPLICANTS else _("Reviewers")))
    elif run.act is BulkAct.REQUEST_DOCUMENT:
        found.append((_("Document"), load_evidence_types().documents[told["document"]].name))
        found.append((_("Reason"), told["reason"]))
    else:
        found.append((_("Step"), _(APPLICATION.by_name[told["step"]][0].label)))
    if told.get("due_on"):
        found.append((_("Due on"), localdate(date.fromisoformat(told["due_on"]))))
    return [{"key": key, "value": value} for key, value in found]


def _how(told: dict[str, Any]) -> str:
    if told["mode"] == "person":
        return str(_("One person, on every case"))
    if told["mode"] == "automatic":
        return str(_("Shared out among all reviewers"))
    facet, _colon, value = told["expertise"].partition(":")
    return str(_("Shared out among people who know: %(what)s", what=value_words(facet, value)))
