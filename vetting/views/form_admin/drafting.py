"""A draft from its beginning to its end: started, uploaded, published after a look at what changes, or discarded."""

from __future__ import annotations

import copy

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting.data.reading import DataError, Node, content_hash, read_header
from vetting.extensions import db
from vetting.forms.desk import ReasonForm
from vetting.forms.form_editor import UploadVersionForm
from vetting.models import ReferenceVersion, RoundState
from vetting.queries import form_versions
from vetting.questionnaires.editing import Content
from vetting.questionnaires.files import MOST_BYTES, content_from
from vetting.views.errors import refusal_texts, translated
from vetting.views.form_admin.blueprint import SHELF, Shelf, bp, crumbs, load, save
from vetting.views.form_admin.listing import difference_of
from vetting.views.steps import possible, take, version_seen
from vetting.workflows.engine import StepRefused


@bp.post("/<form>/draft")
@SHELF
def start(shelf: Shelf) -> Response:
    """Begin a draft as a copy of the version in use."""
    if shelf.draft is None:
        _begin(shelf)
        flash(_("The draft is a copy of the version in use. Applicants see nothing of it."), "success")
    return redirect(url_for("form_admin.outline", form=shelf.key), code=303)


def _begin(shelf: Shelf) -> ReferenceVersion:
    base = shelf.current or shelf.versions[0]
    number = shelf.versions[0].number + 1
    content = {**copy.deepcopy(base.content), "version": number}
    header = read_header(Node(content, base.title))
    draft = ReferenceVersion(
        kind=base.kind,
        key=base.key,
        number=number,
        title=header.title,
        provenance=header.provenance,
        provenance_note=header.provenance_note,
        content=content,
        content_sha256=content_hash(content),
    )
    take("reference", draft, "draft")
    return draft


@bp.route("/<form>/upload", methods=["GET", "POST"])
@SHELF
def upload(shelf: Shelf) -> str | Response | tuple[str, int]:
    """Take a whole version from a file into the draft; a draft is begun where there is none."""
    form = UploadVersionForm()
    if request.method == "POST" and form.validate():
        faults = _uploaded(shelf)
        if not faults:
            flash(_("The draft is now what the file says. Look at what changes before you publish it."), "success")
            return redirect(url_for("form_admin.outline", form=shelf.key), code=303)
        form.file.errors = faults
    page = render_template("form_admin/upload.html", form=form, shelf=shelf, crumbs=crumbs(shelf), limit=MOST_BYTES)
    return page, 422 if request.method == "POST" else 200


def _uploaded(shelf: Shelf) -> list[str]:
    """Sentences about what is wrong with the file; none when the draft has taken it over."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return [_("Choose a file")]
    data = file.stream.read(MOST_BYTES + 1)
    try:
        content = content_from(data, file.filename[:100])
    except DataError as error:
        return [_(error.problem) if not error.where else f"{error.where}: {error.problem}"]
    if content.get("key") != shelf.key:
        return [_("This file is not a version of this form: its key must be “%(key)s”.", key=shelf.key)]
    trial = shelf.draft or shelf.current or shelf.versions[0]
    faults = form_versions.faults_of(db.session(), trial, content, located=True)
    if not faults:
        if shelf.draft is None:
            _begin(shelf)
            shelf = load(db.session(), shelf.key) or shelf
        number = shelf.writing().number
        name = file.filename[:100]

        def replaced(_before: Content) -> Content:
            return {**content, "version": number}

        faults = save(shelf, _("Uploaded %(file)s", file=name), replaced)
    return [translated(fault.message) for fault in faults]


@bp.route("/<form>/draft/publish", methods=["GET", "POST"])
@SHELF
def publish(shelf: Shelf) -> str | Response | tuple[str, int]:
    """What changes, for whom and from when; then publish."""
    draft, status = shelf.writing(), 200
    problems: list[dict[str, str]] = []
    if request.method == "POST":
        try:
            take("reference", draft, "publish", version=version_seen())
        except StepRefused as refused:
            db.session.rollback()
            problems, status = refusal_texts(refused.reasons), 409
        else:
            flash(_("Published. Whoever starts from now on gets this version."), "success")
            return redirect(url_for("form_admin.show", form=shelf.key, number=draft.number), code=303)
    step = possible("reference", draft).get("publish")
    reasons = [translated(reason) for reason in step.reasons] if step is not None else []
    page = render_template(
        "form_admin/publish.html",
        shelf=shelf,
        draft=draft,
        consequences=_consequences(shelf),
        reasons=reasons,
        problems=problems,
        crumbs=crumbs(shelf, draft=True),
        **(difference_of(shelf.current, draft) if shelf.current else {"rows": [], "figures": [], "year": ""}),
    )
    return page, status


def _consequences(shelf: Shelf) -> list[str]:
    """Who gets the new version, and who stays with the old one."""
    lines = [
        _("Whoever starts this form after you publish it gets the new version."),
        _("Applications that were started before stay on their version, sent or not."),
    ]
    for round_ in form_versions.rounds_on(db.session(), shelf.key):
        if round_.state is RoundState.OPEN:
            lines.append(_("The round “%(title)s” is open and keeps its version.", title=round_.title))
        else:
            lines.append(_("The round “%(title)s” takes the newest version when it opens.", title=round_.title))
    lines.append(_("A published version never changes. To change something again, start another draft."))
    return lines


@bp.route("/<form>/draft/discard", methods=["GET", "POST"])
@SHELF
def discard(shelf: Shelf) -> str | Response | tuple[str, int]:
    """End a draft without publishing it, with a reason."""
    draft, form = shelf.writing(), ReasonForm()
    if request.method == "POST" and form.validate():
        take("reference", draft, "discard", reason=form.reason.data or "", version=version_seen())
        flash(_("The draft is discarded. Its history is kept."), "success")
        return redirect(url_for("form_admin.index"), code=303)
    page = render_template(
        "cases/reason.html",
        form=form,
        title=_("Discard the draft"),
        consequences=[
            _("Nobody can change or publish this draft any more. It can still be read and downloaded."),
            _("The version in use stays as it is."),
        ],
        back_href=url_for("form_admin.outline", form=shelf.key),
        version=draft.version,
        problems=[],
    )
    return page, 422 if request.method == "POST" else 200
