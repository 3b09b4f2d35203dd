"""The draft at a glance: sections and questions in their order, with the buttons that move and remove them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting.forms.form_editor import KIND_WORDS, AboutForm
from vetting.questionnaires import editing
from vetting.questionnaires.editing import Content
from vetting.questionnaires.faults import Fault
from vetting.questionnaires.form import Form
from vetting.questionnaires.texts import LANGUAGES, Standing, standing
from vetting.text import Message
from vetting.views.form_admin.blueprint import (
    SHELF,
    Shelf,
    bp,
    crumbs,
    form_of,
    history_of,
    home_of,
    question_place,
    save,
    section_place,
    show_faults,
)
from vetting.views.form_admin.listing import difference_of, length_words
from vetting.views.form_admin.words import condition_words
from vetting.views.steps import possible
from vetting.workflows.engine import StepRefused


@bp.get("/<form>/draft")
@SHELF
def outline(shelf: Shelf) -> str | Response:
    """Every section and question of the draft."""
    draft = shelf.draft
    if draft is None:
        return redirect(url_for("form_admin.index"))
    form = form_of(draft)
    known = {q.key for q in form_of(shelf.current).questions} if shelf.current else set()
    steps = possible("reference", draft)
    return render_template(
        "form_admin/outline.html",
        shelf=shelf,
        draft=draft,
        form_made=form,
        sections=_sections(form, known),
        opened=request.args.get("open", ""),
        unfinished=[s.title for s in form.sections if not s.questions and not s.documents],
        length=length_words(form),
        changed=bool(difference_of(shelf.current, draft)["rows"]) if shelf.current else True,
        languages=_languages(form),
        may_publish="publish" in steps,
        history=history_of(draft),
        crumbs=crumbs(shelf),
    )


def _sections(form: Form, known: set[str]) -> list[dict[str, Any]]:
    titles = {section.key: section.title for section in form.sections}
    return [
        {
            "section": section,
            "after": [titles[key] for key in section.after],
            "questions": [
                {
                    "question": question,
                    "kind": KIND_WORDS[question.kind][0],
                    "only_if": condition_words(question.show_if, form) if question.show_if else "",
                    "new": question.key not in known,
                }
                for question in section.questions
            ],
        }
        for section in form.sections
    ]


def _languages(form: Form) -> list[dict[str, Any]]:
    rows = []
    for key, name in LANGUAGES.items():
        found = list(standing(form, key).values())
        rows.append(
            {
                "key": key,
                "name": name,
                "total": len(found),
                "good": found.count(Standing.GOOD),
                "old": found.count(Standing.OUT_OF_DATE),
            }
        )
    return rows


UP, DOWN = -1, 1

ACTS: Mapping[str, Callable[[str], Callable[[Content], Content]]] = {
    "section_up": lambda part: partial(editing.move_section, key=part, places=UP),
    "section_down": lambda part: partial(editing.move_section, key=part, places=DOWN),
    "remove_section": lambda part: partial(editing.remove_section, key=part),
    "question_up": lambda part: partial(editing.move_question, key=part, places=UP),
    "question_down": lambda part: partial(editing.move_question, key=part, places=DOWN),
    "remove_question": lambda part: partial(editing.remove_question, key=part),
    "ask_always": lambda part: partial(editing.set_condition, key=part, condition=None),
}
"""What the buttons do. ``remove_check`` is beside its section, because it needs three names."""

OF_QUESTIONS = frozenset({"question_up", "question_down", "remove_question", "ask_always"})


@bp.post("/<form>/draft/act")
@SHELF
def act(shelf: Shelf) -> Response:
    """Move or remove a part, as the button said."""
    name, part = request.form.get("act", ""), request.form.get("part", "")[:80]
    draft = shelf.writing()
    label, home = label_of(form_of(draft), part), home_of(form_of(draft), part)
    change: Callable[[Content], Content]
    if name == "remove_check":
        question, other = request.form.get("question", "")[:80], request.form.get("other", "")[:80]
        change = partial(editing.remove_check, section=part, question=question, other=other)
    elif name in ACTS:
        change = ACTS[name](part)
    else:
        abort(400)
    faults = save(shelf, f"{name.replace('_', ' ').capitalize()}: {label}", change)
    if faults:
        raise StepRefused(_said(faults))
    if name.startswith("remove"):
        flash(_("Removed: %(name)s", name=label), "success")
    if name in OF_QUESTIONS:
        return redirect(
            question_place(shelf, part) if name != "remove_question" else section_place(shelf, home), code=303
        )
    return redirect(section_place(shelf, part), code=303)


def _said(faults: list[Fault]) -> list[Message]:
    return [fault.message for fault in faults]


def label_of(form: Form, key: str) -> str:
    """What a part is called, by its key."""
    titles = {section.key: section.title for section in form.sections}
    return {**titles, **{question.key: question.label for question in form.questions}}.get(key, key)


@bp.route("/<form>/draft/about", methods=["GET", "POST"])
@SHELF
def about(shelf: Shelf) -> str | Response | tuple[str, int]:
    """The title of the form, and whose words it carries."""
    draft = shelf.writing()
    header = form_of(draft).header
    form = AboutForm(
        data={"title": header.title, "provenance": header.provenance.value, "note": header.provenance_note}
    )
    if request.method == "POST" and form.validate():
        change = partial(
            editing.change_about,
            title=form.title.data or "",
            provenance=form.provenance.data or "",
            note=form.note.data or "",
        )
        faults = save(shelf, _("The form itself"), change)
        if not faults:
            flash(_("Saved."), "success")
            return redirect(url_for("form_admin.outline", form=shelf.key), code=303)
        show_faults(form, faults)
    page = render_template("form_admin/about.html", form=form, shelf=shelf, crumbs=crumbs(shelf, draft=True))
    return page, 422 if request.method == "POST" else 200
