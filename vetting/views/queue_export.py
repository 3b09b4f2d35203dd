"""The queue as a file: exactly the rows and columns on the page, over all its pages, in its order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from flask import Blueprint, Response, send_file, stream_with_context
from flask_babel import gettext as _
from flask_login import current_user

from vetting import clock
from vetting.extensions import db
from vetting.jobs.spreadsheets import csv_pieces, write_xlsx
from vetting.policy import Permission
from vetting.queries import queue
from vetting.views import queue_rows
from vetting.views.guard import actor, guarded
from vetting.views.queue import filters_from_request
from vetting.views.queue_rows import Said, Value

bp = Blueprint("queue_export", __name__, url_prefix="/desk")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _table() -> tuple[list[str], Iterable[Sequence[Value]]]:
    """The headings, and the rows as they are read."""
    person, today = actor(), clock.today()
    columns = queue_rows.columns_of(current_user.preferences)
    found = queue.every_row(db.session(), person, filters_from_request(), today)
    return queue_rows.export_head(columns), queue_rows.export_rows(found, columns, Said(person, today))


def _name(kind: str) -> str:
    return f"queue-{clock.today().isoformat()}.{kind}"


@bp.get("/queue.csv")
@guarded(Permission.DESK_OPEN)
def as_csv() -> Response:
    """The view as CSV, sent while it is read."""
    head, rows = _table()
    response = Response(stream_with_context(csv_pieces(head, rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{_name("csv")}"'
    return response


@bp.get("/queue.xlsx")
@guarded(Permission.DESK_OPEN)
def as_xlsx() -> Response:
    """The view as a workbook, written to a file that is gone once it was sent."""
    head, rows = _table()
    with tempfile.TemporaryDirectory(prefix="vetting-export-") as folder:
        path = Path(folder) / "queue.xlsx"
        write_xlsx(path, _("Queue"), head, rows)
        # The open file outlives its name.
        file = path.open("rb")
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=_name("xlsx"))
