"""The tables of the lead's page as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, abort, stream_with_context
from flask_babel import gettext as _

from vetting import clock
from vetting.extensions import db
from vetting.jobs.spreadsheets import csv_pieces
from vetting.policy import Permission
from vetting.queries import lead as figures
from vetting.queries import waiting
from vetting.queries.lead import Scope
from vetting.views import lead
from vetting.views.desk_words import state_words
from vetting.views.guard import actor, guarded

bp = Blueprint("lead_tables", __name__, url_prefix="/desk")


@bp.get("/lead/<table>.csv")
@guarded(Permission.LEAD_VIEW)
def as_csv(table: str) -> Response:
    """One table of the page as a file."""
    make = TABLES.get(table)
    if make is None:
        abort(404)
    head, rows = make(lead.scope_from_request())
    response = Response(stream_with_context(csv_pieces(head, rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{table}-{clock.today().isoformat()}.csv"'
    return response


Table = tuple[list[str], list[list[Any]]]


def _workload_table(scope: Scope) -> Table:
    head = [_("Person"), _("In charge of"), _("Overdue"), _("On hold"), _("Reviews owed"), _("Late reviews"), _("Most")]
    today, session = clock.today(), db.session()
    loads = figures.workload(session, actor(), today, figures.open_cases(session, actor(), today))
    return head, [
        [
            row.person or _("The pool: nobody yet"),
            row.cases,
            row.late,
            row.held,
            row.reviews,
            row.reviews_late,
            row.most,
        ]
        for row in loads
    ]


def _funnel_table(scope: Scope) -> Table:
    found = figures.funnel(db.session(), actor(), scope)
    rows = [*lead.funnel_rows(found, scope), *lead.ending_rows(found, scope)]
    return [_("Step"), _("Cases")], [[row["label"], row["value"]] for row in rows]


def _times_table(scope: Scope) -> Table:
    head = [_("State"), _("Cases"), _("Half within"), _("Nine in ten within"), _("Target")]
    targets = lead.targets_of()
    found = waiting.times_in_state(lead.figures_of(scope))
    rows = [lead.time_row(row, scope, targets) for row in found]
    return head, [[row["state"], row["cases"], row["median"], row["nine"], row["target"]] for row in rows]


def _lateness_table(scope: Scope) -> Table:
    found = figures.lateness(figures.open_cases(db.session(), actor(), clock.today()))
    return [_("State"), _("Open"), _("Overdue")], [
        [state_words("application", row.state), row.open, row.late] for row in found
    ]


TABLES: Mapping[str, Callable[[Scope], Table]] = {
    "workload": _workload_table,
    "funnel": _funnel_table,
    "times": _times_table,
    "lateness": _lateness_table,
}
