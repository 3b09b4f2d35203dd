"""Pages of a draft's questions, and of when a question is asked."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting.data.conditions import Compare
from vetting.extensions import db
from vetting.forms.fields import options
from vetting.forms.form_editor import (
    KIND_WORDS,
    AtLeastForm,
    ConditionForm,
    EditQuestionForm,
    question_data,
    question_edit_form,
)
from vetting.models import ReferenceKind
from vetting.queries import references
from vetting.questionnaires import editing
from vetting.questionnaires.editing import Content
from vetting.questionnaires.faults import CHOSEN, NUMBERS
from vetting.questionnaires.form import Form, Kind, Question, Section
from vetting.views.form_admin.blueprint import (
    NOT_THERE,
    PART,
    Clash,
    Place,
    Shelf,
    bp,
    crumbs,
    form_of,
    load_again,
    question_place,
    raw_question,
    save,
    seen_mark,
    show_faults,
    taken_keys,
)
from vetting.views.form_admin.both import both_texts
from vetting.views.form_admin.words import answers_of, condition_words
from vetting.workflows.engine import StepRefused


def _indicators() -> list[str]:
    version = references.current(db.session(), ReferenceKind.STANDARDS, "quality-standards")
    return [indicator.key for indicator in references.framework(version).indicators]


def _kind_asked() -> Kind | None:
    wanted = request.values.get("kind", "")
    return Kind(wanted) if wanted in set(Kind) else None


@bp.route("/<form>/draft/sections/<part>/question", methods=["GET", "POST"])
@PART
def new_question(place: Place) -> str | Response | tuple[str, int]:
    """Add a question to a section: first its kind of answer, then everything that fits the kind."""
    shelf, kind = place.shelf, _kind_asked()
    made = form_of(shelf.writing())
    home = next((section for section in made.sections if section.key == place.part), None)
    if home is None:
        raise StepRefused([NOT_THERE])
    if kind is None:
        return _kinds(shelf, home.title, None), 422 if request.method == "POST" else 200
    form = question_edit_form(made, home, None, kind, _indicators())
    if request.method == "POST" and form.validate():
        keys: list[str] = []
        taken = taken_keys(shelf.key)

        def change(content: Content) -> Content:
            fresh, key = editing.add_question(content, form.section.data, form.fields(kind), taken)
            keys[:] = [key]
            return fresh

        faults = save(shelf, _("Question added: %(label)s", label=form.label.data), change)
        if not faults:
            flash(_("The question is added at the end of its section."), "success")
            return redirect(question_place(shelf, keys[0]), code=303)
        show_faults(form, faults, question=keys[0] if keys else "")
    return _page(shelf, form, kind, home.title), 422 if request.method == "POST" else 200


def _kinds(shelf: Shelf, caption: str, current: Kind | None) -> str:
    return render_template(
        "form_admin/kinds.html",
        shelf=shelf,
        caption=caption,
        current=current,
        kinds=[(kind.value, *words) for kind, words in KIND_WORDS.items()],
        crumbs=crumbs(shelf, draft=True),
    )


@bp.route("/<form>/draft/questions/<part>", methods=["GET", "POST"])
@PART
def question(place: Place) -> str | Response | tuple[str, int]:
    """Change a question, its kind of answer or the section it stands in."""
    shelf = place.shelf
    made, home, found = _found(shelf, place.part)
    if request.args.get("change") == "kind":
        return _kinds(shelf, found.label, found.kind)
    kind = _kind_asked() or found.kind
    form = question_edit_form(made, home, found, kind, _indicators())
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            change = partial(_changed, form, place.part, kind)
            try:
                faults = save(shelf, _("Question: %(label)s", label=form.label.data), change)
            except Clash:
                return _both(shelf, place.part, form, kind), 409
            if not faults:
                flash(_("Saved."), "success")
                return redirect(question_place(shelf, place.part), code=303)
            show_faults(form, faults, question=place.part)
    return _page(shelf, form, kind, home.title, found=found, made=made), status


def _found(shelf: Shelf, key: str) -> tuple[Form, Section, Question]:
    made = form_of(shelf.writing())
    for section in made.sections:
        for candidate in section.questions:
            if candidate.key == key:
                return made, section, candidate
    raise StepRefused([NOT_THERE])


def _changed(form: EditQuestionForm, key: str, kind: Kind, content: Content) -> Content:
    if seen_mark(raw_question(content, key)) != request.form.get("seen", ""):
        raise Clash
    return editing.change_question(content, key, form.fields(kind), form.section.data)


def _both(shelf: Shelf, key: str, form: EditQuestionForm, kind: Kind) -> str:
    """The page again with what was typed, beside what the other person made of the question."""
    fresh = load_again(shelf)
    made, home, theirs = _found(fresh, key)
    clashes = both_texts(form, question_data(theirs, home, kind), fresh.writing())
    return _page(fresh, form, kind, home.title, found=theirs, made=made, clashes=clashes)


def _page(
    shelf: Shelf,
    form: EditQuestionForm,
    kind: Kind,
    caption: str,
    *,
    found: Question | None = None,
    made: Form | None = None,
    clashes: list[dict[str, Any]] | None = None,
) -> str:
    raw = raw_question(shelf.writing().content, found.key) if found else None
    return render_template(
        "form_admin/question.html",
        shelf=shelf,
        form=form,
        kind=kind,
        kind_words=KIND_WORDS[kind][0],
        money=kind is Kind.MONEY,
        found=found,
        caption=caption,
        seen=seen_mark(raw),
        only_if=condition_words(found.show_if, made) if found and made and found.show_if else "",
        clashes=clashes,
        crumbs=crumbs(shelf, draft=True),
    )


@bp.route("/<form>/draft/questions/<part>/condition", methods=["GET", "POST"])
@PART
def condition(place: Place) -> str | Response | tuple[str, int]:
    """Say when a question is asked: first which earlier answer decides, then which answers lead to it."""
    shelf = place.shelf
    made, home, found = _found(shelf, place.part)
    above = _deciding(made, home, found)
    deciding = next((other for other in above if other.key == request.values.get("on", "")), None)
    form: ConditionForm | AtLeastForm | None = None
    if deciding is not None:
        form = _condition_form(found, deciding)
    if request.method == "POST" and form is not None and deciding is not None and form.validate():
        change = partial(editing.set_condition, key=place.part, condition=form.condition(deciding.key))
        faults = save(shelf, _("When asked: %(label)s", label=found.label), change)
        if not faults:
            flash(_("Saved."), "success")
            return redirect(question_place(shelf, place.part), code=303)
        show_faults(form, faults)
    page = render_template(
        "form_admin/condition.html",
        shelf=shelf,
        found=found,
        form=form,
        above=above,
        deciding=deciding,
        now=condition_words(found.show_if, made) if found.show_if else "",
        crumbs=crumbs(shelf, draft=True),
    )
    return page, 422 if request.method == "POST" else 200


def _deciding(made: Form, home: Section, question: Question) -> list[Question]:
    """Questions whose answers can decide about this one: above it, of a choice or number, and answered by then."""
    above: list[Question] = []
    for section in made.sections:
        for other in section.questions:
            if other.key == question.key:
                return above
            if other.kind in CHOSEN | NUMBERS and (home.per_program or not section.per_program):
                above.append(other)
    return above


def _condition_form(question: Question, deciding: Question) -> ConditionForm | AtLeastForm:
    now = (
        question.show_if
        if isinstance(question.show_if, Compare) and question.show_if.question == deciding.key
        else None
    )
    if deciding.kind in NUMBERS:
        return AtLeastForm(data={"number": now.operand[0] if now else None})
    operator = "is_not" if now is not None and now.operator == "is_not" else "is_any"
    form = ConditionForm(data={"operator": operator, "answers": list(now.operand) if now else []})
    form.answers.choices = options((word.key, _(word.name)) for word in answers_of(deciding))
    return form
