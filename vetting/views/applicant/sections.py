"""Pages of a section: save, save by itself while a person types, and show both texts when two people wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import format_datetime, format_time
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock
from vetting.extensions import db
from vetting.forms.questions import (
    NAME,
    PAGE,
    Reading,
    SectionForm,
    agreed_fields,
    missing_in,
    narrowed,
    page_mark,
    read_section,
    section_form,
    seen_fields,
    show_problems,
)
from vetting.models import Application
from vetting.policy import Permission
from vetting.queries import tasklist
from vetting.questionnaires.form import Kind, Section
from vetting.questionnaires.sections import Progress
from vetting.tokens import new_nonce
from vetting.unit_of_work import LostRace
from vetting.views.applicant import renewal
from vetting.views.applicant.blueprint import (
    Place,
    bp,
    is_draft,
    kept_answers,
    load_section,
    place_in,
    sealer,
    section_url,
    title_of,
)
from vetting.views.guard import guarded
from vetting.views.steps import take
from vetting.workflows.commands import SaveAnswers

SECTION = "/apply/<reference>/sections/<key>"
PROGRAM_SECTION = "/apply/<reference>/programs/<program>/<key>"
EDIT = guarded(Permission.APPLICATION_EDIT, load_section, sees=Permission.APPLICATION_VIEW)


@bp.get(SECTION)
@EDIT
def section(place: Place) -> str | Response:
    """A section about the organization."""
    return _open(place)


@bp.get(PROGRAM_SECTION)
@EDIT
def program_section(place: Place) -> str | Response:
    """A section about one program."""
    return _open(place)


@bp.post(SECTION)
@EDIT
def save_section(place: Place) -> str | Response | tuple[str, int]:
    """Save a section about the organization."""
    return _save(place)


@bp.post(PROGRAM_SECTION)
@EDIT
def save_program_section(place: Place) -> str | Response | tuple[str, int]:
    """Save a section about one program."""
    return _save(place)


@bp.post(f"{SECTION}/autosave")
@EDIT
def autosave_section(place: Place) -> Response | tuple[Response, int]:
    """Save what is readable while a person types."""
    return _autosave(place)


@bp.post(f"{PROGRAM_SECTION}/autosave")
@EDIT
def autosave_program_section(place: Place) -> Response | tuple[Response, int]:
    """Save what is readable while a person types."""
    return _autosave(place)


def build(place: Place) -> SectionForm:
    """The form of a place with what is stored, or with what was just submitted."""
    kept = kept_answers(place.application, place.program_id)
    return section_form(tasklist.form_of(place.application), place.section, kept, answers=place.answers)


def _open(place: Place) -> str | Response:
    if not is_draft(place.application):
        return redirect(url_for("applicant.case", reference=place.application.reference))
    if _cannot_start(place):
        return redirect(url_for("applicant.case", reference=place.application.reference))
    return _page(place, build(place))


def _cannot_start(place: Place) -> bool:
    return any(
        task.section.key == place.section.key and task.state.progress is Progress.CANNOT_START
        for task in tasklist.tasks(place.application)
    )


def _page(place: Place, form: SectionForm, *, saved: bool = False) -> str:
    kept = kept_answers(place.application, place.program_id)
    return render_template(
        "applicant/section.html",
        place=place,
        application=place.application,
        title=title_of(place.application),
        form=form,
        lines=lines_of(form, place.section),
        changed=renewal.changed_in(place),
        seen={PAGE: page_mark(request.form) or new_nonce()[:20], **seen_fields(place.section, kept)},
        saved=saved,
        saved_at=_saved_at(place),
        autosave_url=f"{place.url}/autosave",
    )


def _saved_at(place: Place) -> str:
    """When an answer of this section was last saved, by whomever; empty when none was."""
    own = {question.key for question in place.section.questions}
    times = [a.updated_at for a in place.application.answers if a.program == place.program_id and a.question_key in own]
    return saved_time(max(times)) if times else ""


def saved_time(at: datetime) -> str:
    """A time of day in the district's zone, with the zone named; with its date unless that is today."""
    local = at.astimezone(clock.DISTRICT_ZONE)
    if local.date() == clock.today():
        return f"{format_time(local, 'short', rebase=False)} {local.tzname()}"
    return f"{format_datetime(local, 'medium', rebase=False)} {local.tzname()}"


def lines_of(form: SectionForm, section: Section) -> list[dict[str, Any]]:
    """How each field is shown: its size, its unit and its limit."""
    found = []
    for question in section.questions:
        found.append({"field": form[NAME + question.key], **LOOKS.get(question.kind, {})})
        if question.kind is Kind.LONGTEXT:
            found[-1] |= {"max": question.max_length, "rows": 8 if (question.max_length or 0) > 1000 else 5}
        if question.kind is Kind.EIN:
            found.append({"field": form[f"{NAME}{question.key}_again"], "size": "code"})
    return found


LOOKS: dict[Kind, dict[str, Any]] = {
    Kind.MONEY: {"prefix": "$", "size": "money"},
    Kind.NUMBER: {"size": "number"},
    Kind.YEAR: {"size": "number"},
    Kind.DATE: {"size": "date"},
    Kind.EIN: {"size": "code"},
    Kind.YESNO: {"inline": True},
}


def store(place: Place, form: SectionForm) -> tuple[Place, Reading]:
    """Save what can be read and clashes with nobody. A lost race is read again once, against the winner's answers."""
    try:
        return place, _store(place, form)
    except LostRace:
        reference, key = place.application.reference, place.section.key
        program = place.program.reference if place.program else None
        db.session.expire_all()
        again = load_section(db.session, reference, key, program)
        if again is None:
            raise
        return again, _store(again, form)


def _store(place: Place, form: SectionForm) -> Reading:
    kept = kept_answers(place.application, place.program_id, named=True)
    reading = read_section(form, place.section, request.form, kept, sealer())
    if reading.values:
        command = SaveAnswers(reading.values, place.program_id, page_mark(request.form))
        take("application", place.application, "save_answers", data=command)
    return reading


def _save(place: Place) -> str | Response | tuple[str, int]:
    form = build(place)
    place, reading = store(place, form)
    if reading.clashes:
        return _clash(place, form, reading), 409
    later = request.form.get("then") == "later"
    problems = reading.problems if later else missing_in(place.section, place.answers) | reading.problems
    if problems:
        show_problems(form, problems)
        return _page(place, form, saved=bool(reading.values)), 422
    if later:
        flash(_("Saved. You can come back at any time."), "success")
        return redirect(url_for("applicant.case", reference=place.application.reference), code=303)
    renewal.section_checked(place)
    return redirect(_next(place), code=303)


def _next(place: Place) -> str:
    """The next part that is open and not complete; the task list when there is none."""
    tasks = tasklist.tasks(place.application)
    here = next(
        i for i, task in enumerate(tasks) if task.section.key == place.section.key and task.program is place.program
    )
    for task in tasks[here + 1 :]:
        if task.state.progress in {Progress.NOT_STARTED, Progress.IN_PROGRESS}:
            return section_url(place.application, task.section, task.program)
    return url_for("applicant.case", reference=place.application.reference)


def _clash(place: Place, form: SectionForm, reading: Reading) -> str:
    keys = [clash.question.key for clash in reading.clashes]
    part = narrowed(place.section, only=keys)
    kept = kept_answers(place.application, place.program_id)
    show_problems(form, reading.problems)
    return render_template(
        "applicant/clash.html",
        place=place,
        application=place.application,
        clashes=reading.clashes,
        lines=lines_of(form, part),
        seen=seen_fields(part, kept),
        problems=reading.problems,
    )


def _autosave(place: Place) -> Response | tuple[Response, int]:
    form = build(place)
    place, reading = store(place, form)
    kept = kept_answers(place.application, place.program_id)
    said: dict[str, Any] = {"fields": agreed_fields(reading, kept)}
    if reading.clashes:
        name = _(reading.clashes[0].question.label)
        said["message"] = _("Somebody else changed “%(name)s”. Use the save button to see both texts.", name=name)
        return jsonify(said), 409
    if reading.problems:
        said["message"] = _problem_line(place.section, reading)
        return jsonify(said), 422
    said["saved_at"] = saved_time(clock.now())
    return jsonify(said)


def _problem_line(section: Section, reading: Reading) -> str:
    key, text = next(iter(reading.problems.items()))
    question = next((q for q in section.questions if key in {q.key, f"{q.key}_again"}), None)
    name = _(question.label) if question else key
    return str(_("Not saved yet: “%(name)s”. %(text)s.", name=name, text=text))


def place_of(application: Application, key: str, program_id: int) -> Place | None:
    """A section of a case where the office named a program by its number, or none: then the page chooses, first one
    first."""
    programs = tasklist.programs_of(application)
    chosen = request.values.get("program", "")
    fitting = [p for p in programs if p.id == program_id] or [p for p in programs if p.reference == chosen] or programs
    program = fitting[0] if fitting else None
    section = next((s for s in tasklist.form_of(application).sections if s.key == key), None)
    if section is None:
        return None
    return place_in(application, key, program.reference if section.per_program and program else None)
