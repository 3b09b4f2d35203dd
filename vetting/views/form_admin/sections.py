"""Pages of a draft's sections, and of the checks between two answers of a section."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from vetting.forms.fields import options
from vetting.forms.form_editor import COMPARISON_WORDS, DOCUMENT, CheckForm, EditSectionForm, section_edit_form
from vetting.queries import tasklist
from vetting.questionnaires import editing
from vetting.questionnaires.editing import Content
from vetting.questionnaires.faults import COMPARABLE
from vetting.questionnaires.form import Comparison, Section
from vetting.views.form_admin.blueprint import (
    NOT_THERE,
    PART,
    SHELF,
    Clash,
    Place,
    Shelf,
    bp,
    crumbs,
    form_of,
    load_again,
    raw_section,
    save,
    section_place,
    seen_mark,
    show_faults,
)
from vetting.views.form_admin.both import both_texts
from vetting.workflows.engine import StepRefused


@bp.route("/<form>/draft/section", methods=["GET", "POST"])
@SHELF
def new_section(shelf: Shelf) -> str | Response | tuple[str, int]:
    """Add a section at the end of the draft."""
    made = form_of(shelf.writing())
    form = section_edit_form(made, None, tasklist.evidence_types())
    if request.method == "POST" and form.validate():
        keys: list[str] = []

        def change(content: Content) -> Content:
            fresh, key = editing.add_section(content, form.fields(), ())
            keys[:] = [key]
            return fresh

        faults = save(shelf, _("Section added: %(title)s", title=form.title.data), change)
        if not faults:
            flash(_("The section is added. Now add its questions."), "success")
            return redirect(section_place(shelf, keys[0]), code=303)
        show_faults(form, faults, section=keys[0] if keys else "")
    return _page(shelf, form, None, None), 422 if request.method == "POST" else 200


@bp.route("/<form>/draft/sections/<part>", methods=["GET", "POST"])
@PART
def section(place: Place) -> str | Response | tuple[str, int]:
    """Change a section."""
    shelf = place.shelf
    found, form = _build(shelf, place.part)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                faults = save(
                    shelf, _("Section: %(title)s", title=form.title.data), partial(_changed, form, place.part)
                )
            except Clash:
                return _both(shelf, place.part, form), 409
            if not faults:
                flash(_("Saved."), "success")
                return redirect(section_place(shelf, place.part), code=303)
            show_faults(form, faults, section=place.part)
    return _page(shelf, form, found, raw_section(shelf.writing().content, place.part)), status


def _build(shelf: Shelf, key: str) -> tuple[Section, EditSectionForm]:
    made = form_of(shelf.writing())
    found = next((section for section in made.sections if section.key == key), None)
    if found is None:
        raise StepRefused([NOT_THERE])
    return found, section_edit_form(made, found, tasklist.evidence_types())


def _changed(form: EditSectionForm, key: str, content: Content) -> Content:
    if seen_mark(raw_section(content, key)) != request.form.get("seen", ""):
        raise Clash
    return editing.change_section(content, key, form.fields())


def _both(shelf: Shelf, key: str, form: EditSectionForm) -> str:
    """The page again with what was typed, beside what the other person made of the section."""
    fresh = load_again(shelf)
    made = form_of(fresh.writing())
    theirs = next((section for section in made.sections if section.key == key), None)
    raw = raw_section(fresh.writing().content, key)
    if theirs is None or raw is None:
        raise StepRefused([NOT_THERE])
    data: dict[str, Any] = {"title": theirs.title, "help": theirs.help, "per_program": theirs.per_program}
    data["after"] = list(theirs.after)
    data |= {DOCUMENT + need.type: need.need.value for need in theirs.documents}
    return _page(fresh, form, theirs, raw, both_texts(form, data, fresh.writing()))


def _page(shelf: Shelf, form: EditSectionForm, found: Section | None, raw: Content | None, clashes: Any = None) -> str:
    rows = [field for name, field in form._fields.items() if name.startswith(DOCUMENT)]
    labels = {question.key: question.label for question in found.questions} if found else {}
    return render_template(
        "form_admin/section.html",
        shelf=shelf,
        form=form,
        found=found,
        seen=seen_mark(raw),
        asked=[field for field in rows if field.data],
        unasked=[field for field in rows if not field.data],
        checks=[
            {
                "check": check,
                "text": f"“{labels[check.question]}” {COMPARISON_WORDS[check.comparison]} “{labels[check.other]}”",
            }
            for check in (found.checks if found else ())
        ],
        clashes=clashes,
        crumbs=crumbs(shelf, draft=True),
    )


@bp.route("/<form>/draft/sections/<part>/check", methods=["GET", "POST"])
@PART
def check(place: Place) -> str | Response | tuple[str, int]:
    """Say how two answers of a section must fit together."""
    shelf = place.shelf
    found = _build(shelf, place.part)[0]
    form = CheckForm()
    fitting = {kind for kinds in COMPARABLE.values() for kind in kinds}
    pairs = [(question.key, question.label) for question in found.questions if question.kind in fitting]
    for field in (form.question, form.other):
        field.choices = [SelectChoice("", _("Choose one")), *options(pairs)]
    if request.method == "POST" and form.validate():
        change = partial(
            editing.add_check,
            section=place.part,
            question=form.question.data,
            comparison=Comparison(form.comparison.data),
            other=form.other.data,
            message=form.message.data or "",
        )
        faults = save(shelf, _("Check added: %(title)s", title=found.title), change)
        if not faults:
            flash(_("The check is added."), "success")
            return redirect(url_for("form_admin.section", form=shelf.key, part=place.part), code=303)
        form.form_errors.extend(str(fault.message) for fault in faults)
    page = render_template(
        "form_admin/check.html",
        form=form,
        shelf=shelf,
        found=found,
        enough=len(pairs) > 1,
        crumbs=crumbs(shelf, draft=True),
    )
    return page, 422 if request.method == "POST" else 200
