"""Which forms there are: their versions, how a version looks to applicants, what two differ in, and files."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from vetting import clock
from vetting.extensions import db
from vetting.forms.questions import NAME, section_form
from vetting.models import ReferenceState, ReferenceVersion
from vetting.policy import Permission
from vetting.queries import form_versions, tasklist
from vetting.questionnaires.burden import burden, whole_minutes
from vetting.questionnaires.comparing import Difference, compare
from vetting.questionnaires.files import to_json, to_yaml
from vetting.questionnaires.form import Form
from vetting.questionnaires.sections import total_minutes
from vetting.questionnaires.texts import ENGLISH, LANGUAGES, direction, in_language, languages_of
from vetting.views.applicant.sections import lines_of
from vetting.views.desk_words import state_words
from vetting.views.form_admin.blueprint import SHELF, VERSION, Shelf, bp, crumbs, form_of, history_of
from vetting.views.form_admin.words import hours_words, minutes_words, told
from vetting.views.guard import guarded

TONES = {ReferenceState.PUBLISHED: "good", ReferenceState.DRAFT: "info"}
MIMETYPES = {"yaml": "application/yaml", "json": "application/json"}


@bp.get("")
@guarded(Permission.REFERENCE_PUBLISH)
def index() -> str:
    """Every form with its versions, how long each takes, and how many applications are on it."""
    use = form_versions.use_by_version(db.session())
    shelves: dict[str, list[ReferenceVersion]] = {}
    for version in form_versions.all_versions(db.session()):
        shelves.setdefault(version.key, []).append(version)
    forms = [
        {
            "shelf": shelf,
            "rows": [
                {
                    "version": version,
                    "state": state_words("reference", version.state),
                    "tone": TONES.get(version.state, "neutral"),
                    "minutes": total_minutes(form_of(version)),
                    "use": use.get(version.id, form_versions.Use()),
                    "compare": _former(shelf, version),
                }
                for version in shelf.versions
            ],
        }
        for shelf in (Shelf(key, versions) for key, versions in shelves.items())
    ]
    return render_template("form_admin/index.html", forms=forms)


def _former(shelf: Shelf, version: ReferenceVersion) -> int | None:
    """The number of the version that was in use before, to compare with."""
    earlier = (v for v in shelf.versions if v.number < version.number and v.state in form_versions.IN_USE)
    return next((v.number for v in earlier), None)


@bp.get("/<form>/<int:number>")
@VERSION
def show(version: ReferenceVersion) -> str:
    """A version exactly as applicants see it, in any of its languages."""
    made = form_of(version)
    spoken = [(ENGLISH, _("English")), *((key, LANGUAGES[key]) for key in languages_of(made))]
    language = request.args.get("in", ENGLISH)
    if language not in dict(spoken):
        abort(404)
    shelf = Shelf(version.key, form_versions.versions_of(db.session(), version.key))
    return render_template(
        "form_admin/show.html",
        shelf=shelf,
        version=version,
        state=state_words("reference", version.state),
        tone=TONES.get(version.state, "neutral"),
        parts=preview(in_language(made, language)),
        about=in_language(made, language).header,
        spoken=spoken,
        language=language,
        direction=direction(language),
        length=length_words(made),
        use=form_versions.use_by_version(db.session()).get(version.id, form_versions.Use()),
        history=history_of(version),
        others=[v for v in shelf.versions if v.id != version.id],
        crumbs=crumbs(shelf),
    )


def preview(form: Form) -> list[dict[str, Any]]:
    """Each section with its fields, as the applicant's page builds them."""
    parts = []
    types = tasklist.evidence_types().documents
    titles = {section.key: section.title for section in form.sections}
    for section in form.sections:
        built = section_form(form, section, {}, answers={})
        for question in section.questions:
            # Here it is read what must be answered once it applies; the applicant's page asks whether it applies.
            built[NAME + question.key].flags.required = question.required
        parts.append(
            {
                "section": section,
                "lines": lines_of(built, section),
                "documents": [(_(types[need.type].name), need.need.value) for need in section.documents],
                "after": [titles[key] for key in section.after],
            }
        )
    return parts


def length_words(form: Form) -> str:
    """About how long a version takes, and how much of it comes again for each program."""
    found = burden(form)
    text = ngettext("About %(num)s minute", "About %(num)s minutes", found.minutes)
    if not found.each_program:
        return str(text)
    more = whole_minutes(found.each_program)
    return str(_("%(text)s with one program, %(more)s more for each other program", text=text, more=more))


def _file(session: Any, form: str, number: int, kind: str) -> tuple[ReferenceVersion, str] | None:
    version = form_versions.version(session, form, number)
    return (version, kind) if version is not None else None


@bp.get("/<form>/<int:number>/file.<any(yaml, json):kind>")
@guarded(Permission.REFERENCE_PUBLISH, _file)
def download(found: tuple[ReferenceVersion, str]) -> Response:
    """A version as a file that can be uploaded again."""
    version, kind = found
    text = to_yaml(version.content) if kind == "yaml" else to_json(version.content)
    name = f"{version.key}-{version.number}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, mimetype=MIMETYPES[kind], headers=headers)


@bp.get("/<form>/compare")
@SHELF
def compare_versions(shelf: Shelf) -> str:
    """What two versions differ in, question by question, and how much longer the later one takes."""
    pair = [_chosen(shelf, name) for name in ("from", "to")]
    if None in pair:
        abort(404)
    old, new = (version for version in pair if version is not None)
    return render_template(
        "form_admin/compare.html",
        shelf=shelf,
        old=old,
        new=new,
        choices=[(v.number, f"{v.number} ({state_words('reference', v.state)})") for v in shelf.versions],
        crumbs=crumbs(shelf),
        **difference_of(old, new),
    )


def _chosen(shelf: Shelf, name: str) -> ReferenceVersion | None:
    text = request.args.get(name, "")
    return shelf.numbered(int(text)) if text.isdecimal() and len(text) < 9 else None


def difference_of(old: ReferenceVersion, new: ReferenceVersion) -> dict[str, Any]:
    """What a page needs to tell a difference and its burden."""
    forms = (form_of(old), form_of(new))
    difference = compare(*forms)
    return {
        "rows": told(difference, *forms),
        "figures": burden_figures(difference),
        "year": year_words(old.key, difference),
    }


def burden_figures(difference: Difference) -> list[dict[str, str]]:
    """The two lengths, and what is added, with one program and for each other one."""
    added = difference.added
    found = [
        {"label": _("Before"), "value": _("%(n)s minutes", n=difference.before.minutes)},
        {"label": _("After"), "value": _("%(n)s minutes", n=difference.after.minutes)},
        {
            "label": _("With one program"),
            "value": minutes_words(difference.added_minutes, added.once + added.each_program),
        },
    ]
    if added.each_program:
        minutes = whole_minutes(difference.after.each_program) - whole_minutes(difference.before.each_program)
        more = minutes_words(minutes, added.each_program)
        found.append({"label": _("For each other program"), "value": more})
    return found


def year_words(key: str, difference: Difference) -> str:
    """What the added time comes to for all applicants of a year together."""
    if not (difference.added.once + difference.added.each_program):
        return ""
    applicants = form_versions.applicants_last_year(db.session(), key, clock.now())
    if not applicants:
        return str(_("Nobody sent this form in the last 12 months, so there is no figure for a year."))
    hours = hours_words(difference.added.hours_for(applicants))
    return str(
        ngettext(
            "With the %(num)s application of the last 12 months, that is %(hours)s a year.",
            "With the %(num)s applications of the last 12 months, that is %(hours)s a year for all of them together.",
            applicants,
            hours=hours,
        )
    )
