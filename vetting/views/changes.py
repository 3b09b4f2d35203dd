"""What changed since the applicant last sent something, and since their last case."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from vetting.extensions import db
from vetting.models import Application, Submission
from vetting.policy import Permission
from vetting.queries import cases, changes
from vetting.queries.changes import ADDED, CHANGED, REMOVED, REPLACED, UNCHANGED, Marks
from vetting.views import casefile
from vetting.views.chrome import localdate, localtime
from vetting.views.guard import guarded

bp = Blueprint("changes", __name__, url_prefix="/desk/cases/<reference>")

LAST_CASE = "last-case"


def marks_for(application: Application) -> Marks:
    """What the page of the case marks as changed: nothing, and no read, before there is something to compare with."""
    if application.previous_id is None and not any(asked.answered_at for asked in application.requests):
        return Marks()
    after, before = changes.newest(db.session(), application)
    return changes.marks(before, after)


def _words() -> dict[str, str]:
    return {
        ADDED: _("Added"),
        REMOVED: _("Removed"),
        REPLACED: _("Replaced"),
        CHANGED: _("Changed"),
        UNCHANGED: _("Unchanged"),
    }


TONES = {ADDED: "info", REMOVED: "bad", REPLACED: "warn", CHANGED: "warn", UNCHANGED: "neutral"}


@bp.get("/changes")
@guarded(Permission.CASE_VIEW, casefile.load)
def index(application: Application) -> str:
    sent = changes.submissions(db.session(), application.id)
    previous = changes.last_of(db.session(), application.previous_id) if application.previous_id else None
    after = sent[-1] if sent else None
    choices = _choices(sent, previous)
    wanted = request.args.get("since", "")
    before = choices.get(wanted) or next(iter(choices.values()), None)
    chosen = next((key for key, found in choices.items() if found is before), "")
    compared = before is not None and after is not None
    found = changes.answers(application, before, after) if before and after else []
    if casefile.unnamed(application):
        found = [change for change in found if not change.question.identifies]
    papers = changes.documents(before, after) if before and after else []
    return render_template(
        "cases/changes.html",
        application=application,
        head=casefile.heading(application),
        here=url_for("changes.index", reference=application.reference),
        compared=compared,
        options=[(key, _named(key, found_)) for key, found_ in choices.items()],
        chosen=chosen,
        before_words=_named(chosen, before) if before else "",
        after_at=after.at if after else None,
        answers=[_answer(change, hidden=casefile.unnamed(application)) for change in found],
        documents=[_document(change) for change in papers],
    )


def _choices(sent: list[Submission], previous: Submission | None) -> dict[str, Submission]:
    """What the newest submission can be compared with, the nearest first."""
    found = {str(submission.number): submission for submission in reversed(sent[:-1])}
    return found | ({LAST_CASE: previous} if previous is not None and sent else {})


def _named(key: str, submission: Submission) -> str:
    at = localtime(submission.at)
    if key == LAST_CASE:
        return str(_("their last application, sent %(at)s", at=at))
    return str(_("what they sent first, %(at)s", at=at) if key == "1" else _("what they sent %(at)s", at=at))


def _answer(change: changes.AnswerChange, *, hidden: bool) -> dict[str, Any]:
    title = _(change.section.title)
    return {
        "section": f"{title}: {change.program.name}" if change.program and not hidden else title,
        "question": _(change.question.label),
        "kind": _words()[change.kind],
        "tone": TONES[change.kind],
        "before": _text(change.before),
        "after": _text(change.after),
        "old": change.old,
        "new": change.new,
    }


def _text(value: Any) -> str:
    if isinstance(value, date):
        return str(localdate(value))
    return ", ".join(str(_(item)) for item in value) if isinstance(value, list) else value or ""


def _document(change: changes.DocumentChange) -> dict[str, Any]:
    now = change.after
    return {
        "name": cases.document_name(change.type_key),
        "kind": _words()[change.kind],
        "tone": TONES[change.kind],
        "was": change.before["number"] if change.before and change.kind == REPLACED else None,
        "now": now["number"] if now else None,
        "code": f"{now['document']}.{now['number']}" if now else "",
    }
