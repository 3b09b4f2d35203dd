"""Texts of a draft in another language: side by side with the English, section by section; to a translator and back."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from vetting.data.reading import DataError
from vetting.forms.base import BaseForm
from vetting.forms.form_editor import UploadTextsForm
from vetting.forms.form_texts import ReadTexts, name_of, read_texts, seen_texts, texts_form
from vetting.policy import Permission
from vetting.queries import form_versions
from vetting.questionnaires import editing
from vetting.questionnaires.editing import Content
from vetting.questionnaires.exchange import MOST_BYTES, from_po, to_po
from vetting.questionnaires.form import Form
from vetting.questionnaires.texts import LANGUAGES, Standing, direction, standing, texts_of
from vetting.views.errors import translated
from vetting.views.form_admin.blueprint import (
    Clash,
    Place,
    Shelf,
    bp,
    crumbs,
    form_of,
    load_again,
    load_part,
    save,
)
from vetting.views.guard import guarded


def load_language(session: Session, form: str, language: str) -> Place | None:
    """A form and one of the languages it may carry."""
    return load_part(session, form, language) if language in LANGUAGES else None


LANGUAGE = guarded(Permission.REFERENCE_PUBLISH, load_language)


@bp.route("/<form>/draft/texts/<language>", methods=["GET", "POST"])
@LANGUAGE
def texts(place: Place) -> str | AnyResponse | tuple[str, int]:
    """The texts of one section beside their English; without a section, how far each is translated."""
    shelf, language = place.shelf, place.part
    made = form_of(shelf.writing())
    chosen = request.values.get("part", "")
    if not any(section.key == chosen for section in made.sections) and chosen != "about":
        return _overview(shelf, made, language, UploadTextsForm()), 422 if request.method == "POST" else 200
    english = _texts_in(made, chosen)
    form = texts_form(english, made.translations.get(language, {}))
    clashes: list[str] = []
    if request.method == "POST" and form.validate():
        kept: list[int] = []
        try:
            faults = save(
                shelf, _("Texts: %(language)s", language=LANGUAGES[language]), partial(_changed, form, place, kept)
            )
        except Clash as clash:
            clashes = list(clash.args)
        else:
            if not faults:
                number = kept[0] if kept else 0
                flash(ngettext("%(num)s text saved.", "%(num)s texts saved.", number), "success")
                address = url_for("form_admin.texts", form=shelf.key, language=language)
                return redirect(address, code=303)
            form.form_errors.extend(translated(fault.message) for fault in faults)
    status = 409 if clashes else 422 if request.method == "POST" else 200
    return _page(place, form, chosen, clashes), status


def _changed(form: BaseForm, place: Place, kept: list[int], content: Content) -> Content:
    fresh = form_versions.form_from_content(content, place.shelf.title)
    read: ReadTexts = read_texts(form, texts_of(fresh), fresh.translations.get(place.part, {}), request.form)
    if read.clashes:
        raise Clash(*read.clashes)
    kept[:] = [len(read.texts)]
    return editing.set_texts(content, place.part, read.texts)


def _texts_in(form: Form, part: str) -> dict[str, str]:
    """The English texts of a section, or of the form itself."""
    if part == "about":
        return {"title": form.header.title}
    section = form.section(part)
    own = {f"section.{part}.title", f"section.{part}.help"}
    starts = tuple(
        start for question in section.questions for start in (f"question.{question.key}.", f"option.{question.key}.")
    )
    checks = {f"check.{check.question}.{check.other}" for check in section.checks}
    return {
        path: text
        for path, text in texts_of(form).items()
        if path in own or path in checks or (starts and path.startswith(starts))
    }


def _page(place: Place, form: BaseForm, part: str, clashes: list[str]) -> str:
    shelf, language = place.shelf, place.part
    if clashes:
        shelf = load_again(shelf)
    made = form_of(shelf.writing())
    english, kept = _texts_in(made, part), made.translations.get(language, {})
    states = standing(made, language)
    rows = [
        {
            "english": text,
            "field": form[name_of(path)],
            "state": states[path].value,
            "theirs": kept[path].text if path in clashes and path in kept else "",
            "clash": path in clashes,
        }
        for path, text in english.items()
        if name_of(path) in form
    ]
    return render_template(
        "form_admin/texts.html",
        shelf=shelf,
        form=form,
        rows=rows,
        part=part,
        part_title=made.header.title if part == "about" else made.section(part).title,
        language=language,
        language_name=LANGUAGES[language],
        direction=direction(language),
        seen=seen_texts(english, kept),
        clashes=clashes,
        crumbs=_crumbs(shelf, language),
    )


def _crumbs(shelf: Shelf, language: str) -> list[dict[str, str]]:
    address = url_for("form_admin.texts", form=shelf.key, language=language)
    return [*crumbs(shelf, draft=True), {"label": LANGUAGES[language], "href": address}]


def _overview(shelf: Shelf, made: Form, language: str, upload: UploadTextsForm) -> str:
    states = standing(made, language)
    parts = [("about", _("The form itself")), *((section.key, section.title) for section in made.sections)]
    rows: list[dict[str, Any]] = []
    for key, title in parts:
        found = [states[path] for path in _texts_in(made, key)]
        rows.append(
            {
                "title": title,
                "href": url_for("form_admin.texts", form=shelf.key, language=language, part=key),
                "total": len(found),
                "missing": found.count(Standing.MISSING),
                "old": found.count(Standing.OUT_OF_DATE),
            }
        )
    return render_template(
        "form_admin/language.html",
        shelf=shelf,
        form=upload,
        rows=rows,
        language=language,
        language_name=LANGUAGES[language],
        limit=MOST_BYTES // 1024 // 1024,
        crumbs=crumbs(shelf, draft=True),
    )


@bp.get("/<form>/draft/texts/<language>.po")
@LANGUAGE
def texts_file(place: Place) -> Response:
    """Every text of the draft for a translator."""
    draft = place.shelf.writing()
    name = f"{draft.key}-{draft.number}-{place.part}.po"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(to_po(form_of(draft), place.part), mimetype="text/x-gettext-translation", headers=headers)


@bp.post("/<form>/draft/texts/<language>/import")
@LANGUAGE
def take_texts(place: Place) -> AnyResponse | tuple[str, int]:
    """Take over what came back from a translator."""
    shelf, language, form = place.shelf, place.part, UploadTextsForm()
    if not form.validate():
        abort(400)
    file = request.files.get("file")
    problems = [_("Choose a file")] if file is None or not file.filename else []
    found: dict[str, tuple[str, str]] = {}
    if file is not None and not problems:
        try:
            found = from_po(file.stream.read(MOST_BYTES + 1), texts_of(form_of(shelf.writing())))
        except DataError as error:
            problems = [f"{error.where}: {error.problem}" if error.where else _(error.problem)]
    if found:
        change = partial(editing.set_texts, language=language, texts=found)
        faults = save(shelf, _("Texts from a file: %(language)s", language=LANGUAGES[language]), change)
        problems = [translated(fault.message) for fault in faults]
    if problems:
        form.file.errors = problems
        return _overview(shelf, form_of(shelf.writing()), language, form), 422
    flash(ngettext("%(num)s text taken over.", "%(num)s texts taken over.", len(found)), "success")
    return redirect(url_for("form_admin.texts", form=shelf.key, language=language), code=303)
