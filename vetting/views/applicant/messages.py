"""Messages between the organization and the office, as the organization reads and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.notes import MessageForm
from vetting.models import Application, HistoryEntry, MessageMark, Note, NoteKind, SeenBy
from vetting.policy import Permission
from vetting.queries import notes
from vetting.unit_of_work import unit_of_work
from vetting.views.applicant.blueprint import bp, is_draft, load_case, subject_of, title_of
from vetting.views.applicant.told import office
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import take
from vetting.workflows.engine import StepRefused


def summary(application: Application, history: Sequence[HistoryEntry]) -> dict[str, Any]:
    """What the status page says about messages: where they are, and whether the office wrote last (newest first)."""
    own = application.organization_id in actor().organizations
    newest = next((entry for entry in history if entry.subject_type == "note"), None) if own else None
    waits = newest is not None and newest.step == "send" and newest.subject_id > read_until(application)
    return {
        "own": own,
        "href": url_for("applicant.messages", reference=application.reference),
        "for_you": waits,
        "at": newest.at if newest is not None else None,
    }


def read_until(application: Application) -> int:
    """The number of the newest message that the person says they have read; 0 for none."""
    mark = db.session().get(MessageMark, (actor().user_id, application.id))
    return mark.note_id if mark is not None else 0


def load_own_case(session: Session, reference: str) -> Application | None:
    """The case behind an address, for people of the organization; the office has a page of its own."""
    application = load_case(session, reference)
    return application if application is not None and application.organization_id in actor().organizations else None


@bp.get("/apply/<reference>/messages")
@guarded(Permission.APPLICATION_VIEW, load_own_case)
def messages(application: Application) -> str | Response:
    """Read what was written, and answer."""
    if is_draft(application):
        return redirect(url_for("applicant.case", reference=application.reference))
    return _page(application, MessageForm(formdata=None))


@bp.post("/apply/<reference>/messages")
@guarded(Permission.CASE_REPLY, load_own_case, sees=Permission.APPLICATION_VIEW)
def write_message(application: Application) -> str | Response | tuple[str, int]:
    """Write to the office."""
    form = MessageForm()
    problems: list[dict[str, str]] = []
    if form.validate():
        note = Note(
            application=application,
            author_id=actor().user_id,
            kind=NoteKind.MESSAGE,
            seen_by=SeenBy.APPLICANT,
            from_applicant=True,
            body=form.body.data or "",
        )
        try:
            take("note", note, "reply")
        except StepRefused as refused:
            db.session.rollback()
            problems = [{"text": translated(reason)} for reason in refused.reasons]
        else:
            flash(_("Your message is with the partnerships office."), "success")
            return redirect(url_for("applicant.messages", reference=application.reference), code=303)
    return _page(application, form, problems), 422


@bp.post("/apply/<reference>/messages/read")
@guarded(Permission.APPLICATION_VIEW, load_own_case)
def mark_read(application: Application) -> Response:
    """Say that everything up to the newest message of the office is read; for oneself alone."""
    written = notes.messages(db.session(), application.id)
    newest = max((note.id for note in written if not note.from_applicant), default=0)
    person = actor().user_id
    if newest and person is not None:
        with unit_of_work(db.session()) as session:
            session.merge(MessageMark(user_id=person, application_id=application.id, note_id=newest))
    return redirect(url_for("applicant.case", reference=application.reference), code=303)


def _page(application: Application, form: MessageForm, problems: list[dict[str, str]] | None = None) -> str:
    written = notes.messages(db.session(), application.id)
    seen = read_until(application)
    return render_template(
        "applicant/messages.html",
        application=application,
        title=title_of(application),
        about=subject_of(application),
        form=form,
        problems=problems or [],
        messages=[_shown(note, seen) for note in written],
        unread=any(not note.from_applicant and note.id > seen for note in written),
        told=office("note", application, "reply"),
    )


def _shown(note: Note, seen: int) -> dict[str, Any]:
    """The office signs as one; people of the organization are named to each other."""
    mine = note.author_id == actor().user_id
    name = note.author.name or note.author.email
    return {
        "number": note.id,
        "from_us": not note.from_applicant,
        "unread": not note.from_applicant and note.id > seen,
        "who": _("Partnerships office") if not note.from_applicant else _("You") if mine else name,
        "at": note.created_at,
        "text": note.body,
    }
