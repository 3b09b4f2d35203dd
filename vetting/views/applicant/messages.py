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
from vetting.models import Application, HistoryEntry, Note, NoteKind, SeenBy
from vetting.policy import Permission
from vetting.queries import notes
from vetting.views.applicant.blueprint import bp, is_draft, load_case, subject_of, title_of
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import take
from vetting.workflows.engine import StepRefused


def summary(application: Application, history: Sequence[HistoryEntry]) -> dict[str, Any]:
    """What the status page says about messages: where they are, and whether the office wrote last (newest first)."""
    own = application.organization_id in actor().organizations
    newest = next((entry for entry in history if entry.subject_type == "note"), None) if own else None
    return {
        "own": own,
        "href": url_for("applicant.messages", reference=application.reference),
        "for_you": newest is not None and newest.step == "send",
        "at": newest.at if newest is not None else None,
    }


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


def _page(application: Application, form: MessageForm, problems: list[dict[str, str]] | None = None) -> str:
    return render_template(
        "applicant/messages.html",
        application=application,
        title=title_of(application),
        about=subject_of(application),
        form=form,
        problems=problems or [],
        messages=[_shown(note) for note in notes.messages(db.session(), application.id)],
    )


def _shown(note: Note) -> dict[str, Any]:
    """The office signs as one; people of the organization are named to each other."""
    mine = note.author_id == actor().user_id
    name = note.author.name or note.author.email
    return {
        "number": note.id,
        "from_us": not note.from_applicant,
        "who": _("Partnerships office") if not note.from_applicant else _("You") if mine else name,
        "at": note.created_at,
        "text": note.body,
    }
