"""The queue: what needs somebody's action, and whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from vetting import clock
from vetting.data.vocabulary import load_categories
from vetting.extensions import db
from vetting.forms.base import HIDDEN
from vetting.models import CLOSED_STATES, OPEN_STATES, ApplicationKind, ApplicationState
from vetting.policy import Actor, Permission
from vetting.queries import queue
from vetting.queries.piles import Pile
from vetting.queries.queue import Filters
from vetting.views.desk_words import (
    STATE_TONES,
    category_words,
    count_words,
    days_since,
    due_words,
    kind_words,
    state_words,
)
from vetting.views.guard import actor, guarded

bp = Blueprint("queue", __name__, url_prefix="/desk")

LONGEST_SEARCH = 100
# Stands for a reference in an address that is built once for all lines.
PLACE = "VET-0000-0000"


def filters_from_request() -> Filters:
    """The view that the address names; what it does not know is left out rather than refused."""

    def text(name: str) -> str:
        return HIDDEN.sub("", request.args.get(name, ""))[:LONGEST_SEARCH].strip()

    pile = text("pile")
    return Filters(
        pile=Pile(pile) if pile in set(Pile) else Pile.MINE,
        kind=text("kind") if text("kind") in set(ApplicationKind) else "",
        state=text("state") if text("state") in set(ApplicationState) else "",
        round=text("round"),
        category=text("category"),
        assignee=text("assignee"),
        q=text("q"),
    )


def pile_labels() -> dict[Pile, str]:
    """Piles in the order of the tabs."""
    return {
        Pile.MINE: _("Needs action by me"),
        Pile.NEW: _("New"),
        Pile.REPLY: _("Reply received"),
        Pile.DECIDE: _("Ready to decide"),
        Pile.RELEASE: _("To release"),
        Pile.OVERDUE: _("Overdue"),
        Pile.WAITING: _("Waiting on others"),
        Pile.DONE: _("Done"),
    }


PILE_TONES = {Pile.OVERDUE: "bad", Pile.REPLY: "info"}


@bp.get("/queue")
@guarded(Permission.DESK_OPEN)
def index() -> str:
    person, filters, today = actor(), filters_from_request(), clock.today()
    counts = queue.counts(db.session(), person, filters, today)
    found = queue.page(
        db.session(),
        person,
        filters,
        today,
        after=request.args.get("after", "")[:20],
        before=request.args.get("before", "")[:20],
    )
    tabs = [
        {
            "label": label,
            "count": count_words(counts[pile]),
            "href": url_for("queue.index", **filters.as_args(pile=pile.value)),
            "current": pile is filters.pile,
            "tone": PILE_TONES.get(pile) if counts[pile] else None,
        }
        for pile, label in pile_labels().items()
    ]
    rounds, people = queue.round_choices(db.session()), queue.coordinators(db.session())
    choices = _choices(rounds, people)
    return render_template(
        "queue/index.html",
        tabs=tabs,
        pile_label=pile_labels()[filters.pile],
        filters=filters,
        bar=_bar(filters, choices),
        active=_active(filters, choices),
        clear_href=url_for("queue.index", pile=filters.pile.value),
        rows=_rows(found.rows, person, filters, today),
        total=count_words(counts[filters.pile]),
        summary=_summary(len(found.rows), counts[filters.pile]),
        previous_href=url_for("queue.index", **filters.as_args(before=found.before)) if found.before else None,
        next_href=url_for("queue.index", **filters.as_args(after=found.after)) if found.after else None,
    )


def _summary(shown: int, total: int) -> str:
    text = ngettext(
        "%(shown)s of %(num)s case", "%(shown)s of %(total)s cases", total, shown=shown, total=count_words(total)
    )
    return str(text)


def _choices(rounds: list[tuple[str, str]], people: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    states = [state for state in ApplicationState if state in OPEN_STATES | CLOSED_STATES]
    return {
        "kind": [(kind.value, kind_words(kind)) for kind in ApplicationKind],
        "state": [(state.value, state_words("application", state)) for state in states],
        "round": rounds,
        "category": [(category.key, category.name) for category in load_categories().categories],
        "assignee": [("me", _("You")), ("nobody", _("Nobody")), *people],
    }


def _filter_labels() -> dict[str, str]:
    return {
        "kind": _("Stage"),
        "state": _("State"),
        "round": _("Round"),
        "category": _("Category"),
        "assignee": _("Assignee"),
    }


def _bar(filters: Filters, choices: dict[str, list[tuple[str, str]]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "label": label, "value": getattr(filters, name), "options": [("", _("All")), *choices[name]]}
        for name, label in _filter_labels().items()
    ]


def _active(filters: Filters, choices: dict[str, list[tuple[str, str]]]) -> list[dict[str, str]]:
    found = []
    for name, label in {**_filter_labels(), "q": _("Search")}.items():
        value = getattr(filters, name)
        if value:
            words = dict(choices.get(name, ())).get(value, value)
            remove = url_for("queue.index", **filters.as_args(**{name: ""}))
            found.append({"label": f"{label}: {words}", "remove_href": remove})
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, in words."""

    href: str
    organization: str
    about: str
    stage: str
    category: str
    state: str
    tone: str
    note: str
    due: str
    late: bool
    assignee: str


def _rows(rows: Sequence[queue.QueueRow], person: Actor, filters: Filters, today: date) -> list[Line]:
    """The lines of a page. Words that many lines share are translated once."""
    kinds = {kind: kind_words(kind) for kind in ApplicationKind}
    states = {state: state_words("application", state) for state in {row.state for row in rows}}
    dues = {day: due_words(day, today) for day in {row.due_on for row in rows}}
    href = url_for("cases.show", reference=PLACE, **filters.as_args())
    you = _("You")
    return [
        Line(
            href=href.replace(PLACE, row.reference, 1),
            organization=row.organization,
            about=row.program or row.reference,
            stage=kinds[row.kind],
            category=category_words(row.category_key) if row.category_key else "",
            state=states[row.state],
            tone=STATE_TONES.get(row.state, "neutral"),
            note=_note(row, today),
            due=dues[row.due_on][0],
            late=dues[row.due_on][1] and row.state in OPEN_STATES,
            assignee=you if row.coordinator_id == person.user_id else row.coordinator or "",
        )
        for row in rows
    ]


def _note(row: queue.QueueRow, today: date) -> str:
    if row.state is ApplicationState.SCREENING and row.reply_received_at is not None:
        return str(_("Reply received"))
    if row.state is ApplicationState.IN_REVIEW:
        return str(_("%(done)s of %(all)s reviews in", done=row.reviews_in, all=row.reviews))
    return days_since(row.state_since, today)
