"""All documents of a school year in one file: ask for it, wait for it, fetch it. Each file is for one reader."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.calendar_days import school_year_bounds
from vetting.extensions import db
from vetting.models import School, YearFile, YearFileState
from vetting.policy import Permission
from vetting.queries import schools, year_files
from vetting.refs import new_reference
from vetting.storage import Missing
from vetting.views.guard import actor, guarded
from vetting.views.steps import take
from vetting.views.stored import send_stored
from vetting.workflows.registry import WORKFLOWS

bp = Blueprint("year_files", __name__)


def load_school(session: Session, dese_id: str) -> School | None:
    """A school by the state's id."""
    return schools.school(session, dese_id)


def load(session: Session, reference: str) -> YearFile | None:
    """A file by its public reference; one that is gone has no page any more."""
    found = year_files.by_reference(session, reference)
    return found if found is not None and found.state is not YearFileState.REMOVED else None


@bp.post("/schools/<dese_id>/documents")
@guarded(Permission.SCHOOL_VIEW, load_school)
def ask(subject: School) -> Response:
    """Have the documents of a year put together, or open the file that is there."""
    year = request.form.get("of", "")
    try:
        school_year_bounds(year)
    except ValueError:
        abort(400)
    session, person = db.session(), actor()
    listed = year_files.entries(session, person, subject.id, year)
    if not listed:
        flash(_("There is no sealed document of this school year."), "info")
        return redirect(url_for("schools.show", dese_id=subject.dese_id, of=year), code=303)
    name = year_files.fingerprint(listed)
    found = year_files.good(session, person, subject.id, year, name)
    if found is None:
        found = YearFile(
            reference=new_reference("YRF"),
            school_id=subject.id,
            school=subject,
            school_year=year,
            asked_by_id=person.user_id,
            fingerprint=name,
            total=len(listed),
        )
        take("year_file", found, "ask")
    return redirect(url_for("year_files.show", reference=found.reference), code=303)


@bp.get("/schools/documents/<reference>")
@guarded(Permission.YEAR_FILE_TAKE, load)
def show(subject: YearFile) -> str:
    """How far the file is, and where to fetch it."""
    return render_template(
        "schools/year_file.html",
        made=subject,
        words=_words(subject),
        kept_days=year_files.KEPT.days,
        current=_is_current(subject),
    )


@bp.get("/schools/documents/<reference>/state")
@guarded(Permission.YEAR_FILE_TAKE, load)
def state(subject: YearFile) -> Response:
    """For the script on the page."""
    said: Response = jsonify({"ready": subject.state is not YearFileState.ASKED, "text": _words(subject)})
    return said


def _words(made: YearFile) -> str:
    words = _(WORKFLOWS["year_file"].words[made.state].public)
    if made.state is YearFileState.ASKED:
        words = f"{words} {_('%(done)s of %(all)s are in.', done=made.done, all=made.total)}"
    return str(words)


def _is_current(made: YearFile) -> bool:
    """Whether the reader may still see exactly what is in the file; what they may see is asked anew each time."""
    listed = year_files.entries(db.session(), actor(), made.school_id, made.school_year)
    return year_files.fingerprint(listed) == made.fingerprint


@bp.get("/schools/documents/<reference>/file")
@guarded(Permission.YEAR_FILE_TAKE, load)
def file(subject: YearFile) -> Response:
    """The file itself, streamed from the store."""
    page = redirect(url_for("year_files.show", reference=subject.reference))
    if subject.state is not YearFileState.READY or not _is_current(subject):
        return page
    name = f"agreements-{subject.school.dese_id}-{subject.school_year}.zip"
    try:
        sent = send_stored(subject.storage_key, mimetype="application/zip", name=name)
    except Missing:
        flash(_("This file is no longer kept. Make a new one."), "warning")
        return page
    sent.headers["Cache-Control"] = "private, no-store"
    return sent
