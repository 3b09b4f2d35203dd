"""The blueprint, what its addresses name, and the one way a draft is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms import Field

from vetting.canonical import digest
from vetting.extensions import db
from vetting.forms.base import BaseForm
from vetting.models import ReferenceVersion
from vetting.policy import Permission
from vetting.queries import form_versions
from vetting.questionnaires import editing
from vetting.questionnaires.editing import Content, EditRefused
from vetting.questionnaires.faults import Fault
from vetting.questionnaires.form import Form
from vetting.text import N_, say
from vetting.unit_of_work import LostRace
from vetting.views.errors import described, translated
from vetting.views.guard import guarded
from vetting.views.steps import take
from vetting.workflows.commands import SaveContent
from vetting.workflows.engine import StaleVersion, StepRefused

bp = Blueprint("form_admin", __name__, url_prefix="/admin/forms")

NOT_THERE = say(N_("This is no longer in the draft. Somebody removed it."))
GONE = say(N_("There is no draft of this form any more. Somebody published or discarded it."))


@dataclass(frozen=True)
class Shelf:
    """One form with its versions, the newest first."""

    key: str
    versions: list[ReferenceVersion]

    @property
    def draft(self) -> ReferenceVersion | None:
        """The draft, if there is one."""
        return next((v for v in self.versions if v.state.value == "draft"), None)

    @property
    def current(self) -> ReferenceVersion | None:
        """The published version, if there is one."""
        return next((v for v in self.versions if v.state.value == "published"), None)

    @property
    def title(self) -> str:
        """What the form is called now."""
        return (self.current or self.versions[0]).title

    def numbered(self, number: int) -> ReferenceVersion | None:
        """The version with this number."""
        return next((v for v in self.versions if v.number == number), None)

    def writing(self) -> ReferenceVersion:
        """The draft. Raises StepRefused, which keeps what was typed, when somebody ended it meanwhile."""
        if self.draft is None:
            raise StepRefused([GONE])
        return self.draft


def load(session: Session, form: str) -> Shelf | None:
    """The form that the address names."""
    versions = form_versions.versions_of(session, form)
    return Shelf(form, versions) if versions else None


def load_again(shelf: Shelf) -> Shelf:
    """The form as it is now, after somebody else was faster."""
    db.session.expire_all()
    return load(db.session(), shelf.key) or shelf


@dataclass(frozen=True)
class Place:
    """A part of a draft: a section or a question, by its key."""

    shelf: Shelf
    part: str


def load_part(session: Session, form: str, part: str) -> Place | None:
    """A part of a form by its key; whether the draft still has it, the page asks, so that nothing typed is lost."""
    shelf = load(session, form)
    return Place(shelf, part) if shelf is not None else None


def load_version(session: Session, form: str, number: int) -> ReferenceVersion | None:
    """The version that the address names."""
    return form_versions.version(session, form, number)


VERSION = guarded(Permission.REFERENCE_PUBLISH, load_version)
SHELF = guarded(Permission.REFERENCE_PUBLISH, load)
PART = guarded(Permission.REFERENCE_PUBLISH, load_part)


class Clash(Exception):
    """Somebody else changed the same part of the draft after the page was made."""


def seen_mark(part: Mapping[str, Any] | None) -> str:
    """A short mark of a part as a page showed it, by which a later change by somebody else is noticed."""
    return digest("form-part", dict(part))[:16] if part is not None else ""


def raw_section(content: Mapping[str, Any], key: str) -> Content | None:
    """A section of a draft as its file says it, without its questions."""
    found = next((section for section in content["sections"] if section["key"] == key), None)
    return {name: value for name, value in found.items() if name != "questions"} if found is not None else None


def raw_question(content: Mapping[str, Any], key: str) -> Content | None:
    """A question of a draft as its file says it, with the section it stands in."""
    for section, question in editing.questions_in(content):
        if question["key"] == key:
            return {**question, "section": section["key"]}
    return None


def save(shelf: Shelf, what: str, change: Callable[[Content], Content]) -> list[Fault]:
    """Change the draft and keep it, or say what is wrong with it then.

    ``change`` gets the newest content, so two people who change different parts are never in each other's way; it
    raises ``Clash`` where they changed the same. A race that was lost is run once more.
    """
    try:
        return _save(shelf, what, change)
    except (LostRace, StaleVersion):
        db.session.rollback()
        db.session.expire_all()
        fresh = load(db.session(), shelf.key)
        if fresh is None:
            raise
        return _save(fresh, what, change)


def _save(shelf: Shelf, what: str, change: Callable[[Content], Content]) -> list[Fault]:
    draft = shelf.writing()
    version = draft.version
    try:
        content = change(draft.content)
    except EditRefused as refused:
        return [Fault(refused.message)]
    found = form_versions.faults_of(db.session(), draft, content)
    if not found:
        take("reference", draft, "save", data=SaveContent(content, what[:200]), version=version)
    return found


def taken_keys(key: str) -> set[str]:
    """Keys that published versions of a form ever used for a question; a new question gets another."""
    return set(form_versions.asked_before(db.session(), key))


def show_faults(form: BaseForm, faults: list[Fault], *, question: str = "", section: str = "") -> None:
    """Put each fault beside its field where it is about this page's part, and the others above the form."""
    for fault in faults:
        name = FIELDS.get(fault.field, fault.field)
        own = fault.question == question if question else fault.section == section and not fault.question
        sentence = translated(fault.message)
        if own and name in form:
            field: Field = form[name]
            field.errors = [*field.errors, sentence]
        else:
            form.form_errors.append(sentence)


FIELDS: Mapping[str, str] = {"options": "choices", "show_if": "", "kind": ""}
"""Names of fields on the page where they differ from the form's file."""


def form_of(version: ReferenceVersion) -> Form:
    """A version as a form in English."""
    return form_versions.form(version)


def home_of(form: Form, question: str) -> str:
    """The key of the section that a question stands in; empty where it stands in none."""
    return next((s.key for s in form.sections if any(q.key == question for q in s.questions)), "")


def section_place(shelf: Shelf, key: str) -> str:
    """The place of a section in the outline of the draft, with its questions shown."""
    return url_for("form_admin.outline", form=shelf.key, open=key, _anchor=f"section-{key}")


def question_place(shelf: Shelf, key: str) -> str:
    """The place of a question in the outline of the draft."""
    home = home_of(form_of(shelf.writing()), key)
    return url_for("form_admin.outline", form=shelf.key, open=home, _anchor=f"question-{key}")


def history_of(version: ReferenceVersion) -> list[dict[str, Any]]:
    """What happened to a version, the newest first; a save says which part it changed."""
    return [
        {**described(entry), "said": entry.reason or str(entry.data.get("changed", ""))}
        for entry in form_versions.history(db.session(), version.id)
    ]


def crumbs(shelf: Shelf, *, draft: bool = False) -> list[dict[str, str]]:
    """The way to a page of a form."""
    found = [{"label": _("Forms"), "href": url_for("form_admin.index")}]
    if draft:
        label = _("Draft: %(title)s", title=shelf.title)
        found.append({"label": label, "href": url_for("form_admin.outline", form=shelf.key)})
    return found
