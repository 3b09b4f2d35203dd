"""The office's present world: upload a list of partners, look at what it would do, load it, read the receipt."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from vetting import clock
from vetting.canonical import LARGEST_INTEGER
from vetting.extensions import db
from vetting.forms.imports import ListForm, LoadForm
from vetting.imports.partner_file import MOST_FILES, MOST_ROWS
from vetting.imports.table import MAX_BYTES
from vetting.jobs import partner_imports, partner_template
from vetting.jobs.spreadsheets import write_csv
from vetting.models import PartnerImport, PartnerImportState, RowPlan, RowResult, Sheet
from vetting.policy import Permission
from vetting.queries import imports as found_imports
from vetting.unit_of_work import unit_of_work
from vetting.views import import_words
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, step_url, take, version_seen

bp = Blueprint("imports", __name__, url_prefix="/desk/imports")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WAITING = frozenset({PartnerImportState.CHECKING, PartnerImportState.LOADING})


def load(session: Session, reference: str) -> PartnerImport | None:
    """The import that the address names."""
    return found_imports.find(session, reference)


@bp.route("", methods=["GET", "POST"])
@guarded(Permission.PARTNER_IMPORT)
def index() -> str | AnyResponse | tuple[str, int]:
    """What was brought along so far, the template, and the upload."""
    form = ListForm()
    if request.method == "POST" and form.validate():
        files = form.read()
        if files is not None:
            with unit_of_work(db.session) as session:
                made = partner_imports.upload(session, current_app.extensions["sealer"], actor(), files)
            return redirect(url_for("imports.show", reference=made.reference), code=303)
    page = render_template(
        "imports/index.html",
        form=form,
        limit_mb=MAX_BYTES // 1024 // 1024,
        most_rows=MOST_ROWS,
        most_files=MOST_FILES,
        csv=[{"name": partner_template.TITLES[sheet], "sheet": sheet.value} for sheet in Sheet],
        earlier=[
            {
                "reference": each.reference,
                "href": url_for(".show", reference=each.reference),
                "file": each.filename,
                "who": each.made_by.name if each.made_by is not None else _("Command line"),
                "at": each.created_at,
                "state": import_words.state(each),
                "tone": import_words.STATE_TONES.get(each.state, "neutral"),
            }
            for each in found_imports.recent(db.session())
        ],
    )
    return page, 422 if request.method == "POST" else 200


def _sent(name: str, mimetype: str, path: Path) -> Response:
    return send_file(path.open("rb"), mimetype=mimetype, as_attachment=True, download_name=name)


@bp.get("/template.xlsx")
@guarded(Permission.PARTNER_IMPORT)
def template() -> Response:
    """The empty workbook, with one made-up row on each sheet."""
    with tempfile.TemporaryDirectory(prefix="vetting-template-") as folder:
        path = Path(folder) / "partners.xlsx"
        partner_template.write_workbook(path, partner_template.examples(), _)
        return _sent("partners-template.xlsx", XLSX, path)


@bp.get("/template/<sheet>.csv")
@guarded(Permission.PARTNER_IMPORT)
def template_csv(sheet: str) -> Response:
    """One sheet of the template as CSV."""
    if sheet not in set(Sheet):
        abort(404)
    chosen = Sheet(sheet)
    return _table(f"{sheet}.csv", partner_template.heads(chosen), [partner_template.example(chosen)])


def _table(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    with tempfile.TemporaryDirectory(prefix="vetting-import-") as folder:
        path = Path(folder) / "table.csv"
        write_csv(path, head, rows)
        return _sent(name, "text/csv", path)


@bp.get("/<reference>")
@guarded(Permission.PARTNER_IMPORT, load)
def show(upload: PartnerImport) -> str:
    """How far it is, what it would do, or what came of it."""
    return _page(upload, LoadForm(formdata=None))


def _page(upload: PartnerImport, form: LoadForm) -> str:
    session = db.session()
    loaded = upload.state is PartnerImportState.LOADED
    counts: Any = found_imports.results(session, upload) if loaded else found_imports.plans(upload)
    kinds = import_words.RESULTS if loaded else import_words.PLANS
    shown = _chosen(kinds, counts)
    after = min(request.args.get("after", -1, type=int), LARGEST_INTEGER)
    chosen = {"result": RowResult(shown)} if loaded and shown else {"plan": RowPlan(shown)} if shown else None
    page = found_imports.rows(session, upload, actor(), after, **chosen) if chosen is not None else None
    steps = possible("partner_import", upload)
    return render_template(
        "imports/show.html",
        upload=upload,
        title=import_words.title(upload),
        waiting=upload.state in WAITING,
        loaded=loaded,
        progress=_progress(upload),
        problems=[import_words.file_problem(problem) for problem in upload.problems],
        tabs=[
            {
                "label": words,
                "count": counts[kind],
                "tone": tone,
                "href": url_for(".show", reference=upload.reference, rows=kind.value),
                "current": kind.value == shown,
            }
            for kind, (words, tone) in kinds.items()
            if counts[kind]
        ],
        shown=shown,
        sheets=import_words.sheets(upload),
        rows=[import_words.row(item) for item in page.items] if page is not None else [],
        next_href=None
        if page is None or page.next_after is None
        else url_for(".show", reference=upload.reference, rows=shown, after=page.next_after),
        first_href=url_for(".show", reference=upload.reference, rows=shown) if after >= 0 else None,
        pairs=found_imports.open_pairs(session, upload),
        closed=found_imports.closed(session, upload, actor()),
        bad=not loaded and counts[RowPlan.BAD],
        something=not loaded and counts[RowPlan.CREATE] + counts[RowPlan.UPDATE],
        form=form,
        batches=[
            {
                "href": url_for("import_invitations.show", reference=each.reference),
                "reference": each.reference,
                "state": import_words.batch_state(each),
            }
            for each in (found_imports.batches(session, upload) if loaded else ())
        ],
        steps={name: step_url("partner_import", upload, name) for name, step in steps.items() if step.open},
        refused=[import_words.sentence(reason) for reason in (steps["load"].reasons if "load" in steps else ())],
    )


def _chosen(kinds: Any, counts: Any) -> str:
    """Which rows are shown: those asked for, else the first that there are."""
    asked = request.args.get("rows", "")
    there = [kind.value for kind in kinds if counts[kind]]
    return asked if asked in there else next(iter(there), "")


def _progress(upload: PartnerImport) -> str:
    if upload.state is PartnerImportState.CHECKING:
        return str(_("We are checking the list. You may close this page and come back."))
    plans = found_imports.plans(upload)
    total = plans[RowPlan.CREATE] + plans[RowPlan.UPDATE]
    return str(_("%(done)s of %(total)s rows are loaded.", done=min(upload.done, total), total=total))


@bp.get("/<reference>/progress")
@guarded(Permission.PARTNER_IMPORT, load)
def progress(upload: PartnerImport) -> Response:
    """How far it is, for the page that waits."""
    return jsonify(ready=upload.state not in WAITING, text=_progress(upload))


@bp.post("/<reference>/load")
@guarded(Permission.PARTNER_IMPORT, load)
def start(upload: PartnerImport) -> str | AnyResponse | tuple[str, int]:
    """Load what was shown, after the person has said that they know it cannot be undone."""
    form = LoadForm()
    if not form.validate():
        return _page(upload, form), 422
    take("partner_import", upload, "load", version=version_seen())
    return redirect(url_for("imports.show", reference=upload.reference), code=303)


@bp.get("/<reference>/rows.csv")
@guarded(Permission.PARTNER_IMPORT, load)
def rows_csv(upload: PartnerImport) -> Response:
    """Every row with what is wrong with it, what would happen, or what came of it."""
    if upload.state in WAITING:
        abort(404)
    only_bad = request.args.get("rows") == "bad"
    items = found_imports.every_row(db.session(), upload, actor())
    rows = (line for item in items if not only_bad or item.plan is RowPlan.BAD for line in import_words.lines(item))
    name = f"{upload.reference}-{'problems' if only_bad else clock.today().isoformat()}.csv"
    return _table(name, import_words.heads(), rows)


@bp.post("/<reference>/check-again")
@guarded(Permission.PARTNER_IMPORT, load)
def check_again(upload: PartnerImport) -> AnyResponse:
    """Look at the same rows once more."""
    take("partner_import", upload, "check_again", version=version_seen())
    flash(_("We are checking the list again."), "info")
    return redirect(url_for("imports.show", reference=upload.reference), code=303)
