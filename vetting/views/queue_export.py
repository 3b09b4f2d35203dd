"""The queue as a file: exactly the rows and columns on the page, over all its pages, in its order."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from flask import Blueprint, Response, send_file
from flask_babel import gettext as _
from flask_login import current_user

from vetting import clock
from vetting.extensions import db
from vetting.jobs.spreadsheets import write_csv, write_xlsx
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


def _sent(kind: str, mimetype: str, write: Callable[[Path], object]) -> Response:
    """A file, written row by row and complete before the first byte leaves, so that no one gets half a table.

    It is gone from the disk once it is open; what is open outlives its name.
    """
    with tempfile.TemporaryDirectory(prefix="vetting-export-") as folder:
        path = Path(folder) / f"queue.{kind}"
        write(path)
        file = path.open("rb")
    name = f"queue-{clock.today().isoformat()}.{kind}"
    return send_file(file, mimetype=mimetype, as_attachment=True, download_name=name)


@bp.get("/queue.csv")
@guarded(Permission.DESK_OPEN)
def as_csv() -> Response:
    """The view as CSV."""
    head, rows = _table()
    return _sent("csv", "text/csv", lambda path: write_csv(path, head, rows))


@bp.get("/queue.xlsx")
@guarded(Permission.DESK_OPEN)
def as_xlsx() -> Response:
    """The view as a workbook."""
    head, rows = _table()
    return _sent("xlsx", XLSX, lambda path: write_xlsx(path, _("Queue"), head, rows, clock.today()))
