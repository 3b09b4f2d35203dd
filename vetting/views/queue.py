"""The queue: what needs somebody's action, and whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting import clock
from vetting.extensions import db
from vetting.models import Application, Feature
from vetting.policy import Actor, Permission
from vetting.queries import cases, deadlines, queue, saved_views
from vetting.queries.piles import Pile, Reader
from vetting.queries.queue import Place, QueuePage
from vetting.queries.queue_filters import Filters, Sort
from vetting.unit_of_work import unit_of_work
from vetting.views import queue_filters, queue_rows
from vetting.views.chrome import localdate
from vetting.views.desk_words import count_words, state_words
from vetting.views.features import in_use
from vetting.views.guard import actor, guarded, may
from vetting.views.queue_rows import BY_KEY, COLUMNS, PREFERENCE, Column, Said

bp = Blueprint("queue", __name__, url_prefix="/desk")


def filters_from_request() -> Filters:
    """The view that the address names; what it does not know is left out rather than refused."""
    found = Filters.from_args(request.args)
    return found if in_use(Feature.LANES) else replace(found, pool="")


def pile_labels() -> dict[Pile, str]:
    """Piles in the order of the tabs."""
    return {
        Pile.MINE: _("Needs action by me"),
        Pile.OVERDUE: _("Overdue"),
        Pile.POOL: _("In the pool, unassigned"),
        Pile.NEW: _("New"),
        Pile.REPLY: _("Reply received"),
        Pile.DECIDE: _("Ready to decide"),
        Pile.RELEASE: _("To release"),
        Pile.WAITING: _("Waiting on others"),
        Pile.HOLD: _("On hold"),
        Pile.OPEN: _("All open"),
        Pile.DONE: _("Done"),
    }


FIRST = frozenset({Pile.MINE, Pile.OVERDUE, Pile.POOL})
"""Yours, late, and nobody's: what people look for before anything else."""

PILE_TONES = {Pile.OVERDUE: "bad", Pile.REPLY: "info"}
OF_REVIEWERS = frozenset({Pile.MINE, Pile.OVERDUE, Pile.WAITING, Pile.HOLD, Pile.OPEN, Pile.DONE})
"""The piles of somebody who sees only the cases they review; the others are the coordinators' work."""


@bp.get("/queue")
@guarded(Permission.DESK_OPEN)
def index() -> str:
    person, filters, today, session = actor(), filters_from_request(), clock.today(), db.session()
    counts = queue.counts(session, person, filters, today)
    found = _page(person, filters, today, common=counts[Pile.DONE] > queue.EXACT_UP_TO)
    further = queue_filters.shows_further(filters, "more" in request.args)
    offered = queue_filters.choices(session, further=further)
    columns = queue_rows.columns_of(current_user.preferences)
    args, total = filters.as_args(), counts[filters.pile]
    return render_template(
        "queue/index.html",
        tabs=_tabs(filters, counts, person),
        pile_label=pile_labels()[filters.pile],
        filters=filters,
        args=args,
        keep={name: value for name, value in args.items() if name in {"pile", "sort", "dir"}},
        bar=queue_filters.bar(filters, offered),
        active=queue_filters.active(filters, offered),
        further=further,
        more_href=url_for("queue.index", **args, more="1"),
        clear_href=url_for("queue.index", pile=filters.pile.value),
        headers=_headers(columns, filters),
        rows=queue_rows.lines(found.rows, columns, Said(person, today), filters),
        columns=[(column.key, _(column.label), column in columns) for column in COLUMNS],
        views=_views(saved_views.offered_to(session, person.user_id), filters),
        here=url_for("queue.index", **args),
        query=urlencode(args),
        bulk_href=url_for("bulk.new") if filters.pile is not Pile.DONE and may(Permission.BULK_RUN) else "",
        all_words=_all_words(total),
        summary=_summary(len(found.rows), total),
        order_words=order_words(filters),
        more_time=_more_time(person),
        previous_href=url_for("queue.index", **filters.as_args(before=found.before)) if found.before else None,
        next_href=url_for("queue.index", **filters.as_args(after=found.after)) if found.after else None,
    )


def _more_time(person: Actor) -> int:
    """How many applicants ask for more time, for who may give it."""
    if not may(Permission.EXTENSION_GIVE):
        return 0
    return deadlines.waiting(db.session(), person.conflicts | frozenset(person.organizations))


def _page(person: Actor, filters: Filters, today: date, *, common: bool) -> QueuePage:
    """The page the address names; the first one when the case beside it is gone."""
    after, before = (request.args.get(name, "").replace("\0", "")[:20] for name in ("after", "before"))
    found = queue.page(db.session(), person, filters, today, after=after, before=before, common=common)
    if (after or before) and not found.rows:
        return queue.page(db.session(), person, filters, today, common=common)
    return found


def _all_words(total: int) -> str:
    text = ngettext(
        "Act on the %(num)s case of this view",
        "Act on all %(count)s cases of this view",
        total,
        count=count_words(total),
    )
    return str(text)


def _tabs(filters: Filters, counts: Any, person: Actor) -> list[dict[str, Any]]:
    reader = Reader.of(person)
    shown = set(Pile) if reader.reads_all else OF_REVIEWERS
    if not reader.in_charge:
        shown = shown - {Pile.RELEASE}
    return [
        {
            "label": label,
            "count": count_words(counts[pile]),
            "href": url_for("queue.index", **filters.on(pile).as_args()),
            "current": pile is filters.pile,
            "tone": PILE_TONES.get(pile) if counts[pile] else None,
            "first": pile in FIRST,
        }
        for pile, label in pile_labels().items()
        if pile in shown or pile is filters.pile
    ]


def _headers(columns: Sequence[Column], filters: Filters) -> list[dict[str, Any]]:
    """The headings; those that can be sorted by link to the other order, or to their own."""
    sort, down = filters.order

    def header(label: str, by: Sort | None) -> dict[str, Any]:
        if by is None or (by is Sort.DUE and filters.pile is Pile.DONE):
            return {"label": label}
        current = by is sort
        turned = filters.ordered(by, down=current and not down)
        words = ("descending" if down else "ascending") if current else None
        return {"label": label, "sort_href": url_for("queue.index", **turned.as_args()), "sorted": words}

    named = [header(str(_(column.label)), column.sort) for column in columns]
    return [header(_("Organization and program"), Sort.ORGANIZATION), *named]


def _views(found: Sequence[saved_views.Offered], filters: Filters) -> dict[str, Any]:
    """The views kept by name, as the menu takes them."""
    here = filters.as_args()
    items = [
        {
            "label": view.name if view.own else _("%(view)s (%(name)s)", view=view.name, name=view.owner),
            "href": url_for("queue.index", **view.filters.as_args()),
        }
        for view in found
    ]
    current = next((view.name for view in found if view.filters.as_args() == here), "")
    manage = {"label": _("Keep this view, or change one"), "href": url_for("saved_views.index", **here)}
    return {"items": [*items, manage], "current": current}


def _summary(shown: int, total: int) -> str:
    text = ngettext(
        "%(shown)s of %(num)s case", "%(shown)s of %(total)s cases", total, shown=shown, total=count_words(total)
    )
    return str(text)


def order_words(filters: Filters) -> str:
    """The rule by which the list is ordered."""
    sort, down = filters.order
    rules = {
        (Sort.DUE, False): _(
            "The case whose due date comes first stands first, so everything overdue is on top. "
            "Due dates count business days from the day a case entered its state; time on hold does not count."
        ),
        (Sort.DUE, True): _("The case whose due date comes last stands first."),
        (Sort.RECEIVED, False): _("The case that was received first stands first."),
        (Sort.RECEIVED, True): _("The case that was received last stands first."),
        (Sort.SINCE, False): _("The case that has been in its state the longest stands first."),
        (Sort.SINCE, True): _("The case that entered its state last stands first."),
        (Sort.ORGANIZATION, False): _("Cases stand in the order of the organizations' names."),
        (Sort.ORGANIZATION, True): _("Cases stand in the reverse order of the organizations' names."),
    }
    ties = (
        _("Cases that are equal in this stand with the newest application first.")
        if down
        else _("Cases that are equal in this stand in the order in which they were started.")
    )
    return f"{rules[sort, down]} {ties}"


@bp.get("/queue/why/<reference>")
@guarded(Permission.CASE_VIEW, cases.find)
def why(application: Application) -> str:
    """Why a case stands where it stands in a view."""
    person, filters, today = actor(), filters_from_request(), clock.today()
    place = queue.place(db.session(), person, filters, today, application.reference)
    args = filters.as_args()
    return render_template(
        "queue/why.html",
        application=application,
        place=place,
        before_words=count_words(place.before),
        sentences=_reasons(application, filters, place),
        pile_label=pile_labels()[filters.pile],
        order_words=order_words(filters),
        case_href=url_for("cases.show", reference=application.reference, **args),
        queue_href=url_for("queue.index", **args),
    )


def _reasons(application: Application, filters: Filters, place: Place) -> list[str]:
    """What the rule says about this case, in sentences."""
    sort, _down = filters.order
    found = []
    if application.wakes_on is not None:
        day = localdate(application.wakes_on)
        found.append(_("It is on hold until %(day)s. The clock stands still until then.", day=day))
    since = localdate(application.state_since)
    state = state_words("application", application.state)
    if sort is Sort.DUE:
        due = localdate(application.due_on)
        found.append(
            _("It is due on %(due)s. It has been “%(state)s” since %(since)s.", due=due, state=state, since=since)
            if due
            else _("It has no due date, so it stands after every case that has one.")
        )
    elif sort is Sort.RECEIVED:
        found.append(_("It was received on %(day)s.", day=localdate(application.received_at)))
    elif sort is Sort.SINCE:
        found.append(_("It has been “%(state)s” since %(since)s.", state=state, since=since))
    if place.tied:
        found.append(
            ngettext(
                "%(num)s case before it is equal in this, and settled by when each was started.",
                "%(count)s cases before it are equal in this, and settled by when each was started.",
                place.tied,
                count=count_words(place.tied),
            )
        )
    return found


@bp.post("/queue/columns")
@guarded(Permission.DESK_OPEN)
def choose_columns() -> Response:
    """Keep which columns this person wants to see. Columns that do not exist are passed over."""
    chosen = [key for key in request.form.getlist("column") if key in BY_KEY]
    with unit_of_work(db.session):
        kept = {name: value for name, value in current_user.preferences.items() if name != PREFERENCE}
        usual = "usual" in request.form
        current_user.preferences = kept if usual else {**kept, PREFERENCE: chosen}
    filters = Filters.from_args(request.form)
    return redirect(url_for("queue.index", **filters.as_args()), code=303)
