"""Notes of the office and messages to the applicant: two things that no page lets anybody mistake for each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.canonical import LARGEST_INTEGER
from vetting.extensions import db
from vetting.forms.notes import HAPPENED, MessageForm, NoteForm, TakeBackForm
from vetting.models import Application, Note, NoteKind, NoteState, SeenBy
from vetting.policy import Permission, hides_names
from vetting.queries import cases, notes
from vetting.views import casefile, previews
from vetting.views.errors import refusal_texts
from vetting.views.guard import actor, guarded, may
from vetting.views.steps import take, version_seen
from vetting.workflows.engine import StepRefused

bp = Blueprint("notes", __name__, url_prefix="/desk/cases/<reference>")


def kind_words(kind: NoteKind) -> str:
    """What a note is."""
    words = {
        NoteKind.COMMENT: _("Comment"),
        NoteKind.MESSAGE: _("Message"),
        NoteKind.CALL: _("Call"),
        NoteKind.VISIT: _("Visit"),
        NoteKind.MEETING: _("Meeting"),
    }
    return str(words[kind])


def block(application: Application) -> dict[str, Any]:
    """What the page of the case shows: the newest threads, in one read."""
    found, more = notes.threads(db.session(), application, actor(), most=notes.RECENT)
    return {
        "threads": shown(application, found),
        "more": more,
        "waiting": application.message_received_at,
        "all_href": url_for("notes.index", reference=application.reference),
        "note_href": url_for("notes.index", reference=application.reference, _anchor="write")
        if may(Permission.CASE_NOTE, application)
        else "",
        "message_href": url_for("notes.message", reference=application.reference)
        if may(Permission.CASE_MESSAGE, application)
        else "",
    }


def shown(
    application: Application, found: Sequence[notes.Thread], reasons: dict[int, str] | None = None
) -> list[dict[str, Any]]:
    """Threads as the template takes them."""
    return [
        {
            **_shown(application, thread.first, reasons),
            "replies": [_shown(application, n, reasons) for n in thread.replies],
        }
        for thread in found
    ]


def _shown(application: Application, note: Note, reasons: dict[int, str] | None) -> dict[str, Any]:
    mine = note.author_id == actor().user_id
    gone = note.state is NoteState.TAKEN_BACK
    to_applicant = note.seen_by is SeenBy.APPLICANT
    answers = may(Permission.CASE_MESSAGE if to_applicant else Permission.CASE_NOTE, application)
    page = "notes.message" if to_applicant else "notes.index"
    reply = url_for(page, reference=application.reference, reply=note.parent_id or note.id, _anchor="write")
    return {
        "number": note.id,
        "who": note.author.name or note.author.email,
        "side": _("for the applicant") if note.from_applicant else "",
        "from_applicant": note.from_applicant,
        "kind": kind_words(note.kind),
        "happened_on": note.happened_on,
        "with_whom": note.with_whom,
        "at": note.created_at,
        "text": note.body,
        "nameless": note.nameless and hides_names(application),
        "applicant_sees": to_applicant,
        "gone": gone,
        "why": (reasons or {}).get(note.id, ""),
        "reply_href": reply if answers and note.parent_id is None and not gone else "",
        "take_back_href": url_for("notes.take_back", reference=application.reference, number=note.id)
        if mine and not gone and not to_applicant
        else "",
    }


@bp.get("/notes")
@guarded(Permission.CASE_VIEW, casefile.load)
def index(application: Application) -> str:
    form = _note_form(application, formdata=None)
    return _page(application, form, _answered(application, request.args.get("reply", 0, type=int)))


@bp.post("/notes")
@guarded(Permission.CASE_NOTE, casefile.load, sees=Permission.CASE_VIEW)
def write(application: Application) -> str | Response | tuple[str, int]:
    form = _note_form(application)
    parent = _answered(application, form.reply_to.data or 0)
    problems: list[dict[str, str]] = []
    if form.validate():
        kind = NoteKind(form.kind.data)
        note = Note(
            application=application,
            author_id=actor().user_id,
            parent=parent,
            kind=kind,
            seen_by=SeenBy.OFFICE,
            body=form.body.data or "",
            happened_on=form.happened_on.data if kind in HAPPENED else None,
            with_whom=(form.with_whom.data or "") if kind in HAPPENED else "",
            # Who does not know who applies names nobody.
            nameless=kind is NoteKind.COMMENT and (casefile.unnamed(application) or bool(_marked(form))),
        )
        try:
            take("note", note, "write")
        except StepRefused as refused:
            db.session.rollback()
            problems = refusal_texts(refused.reasons)
        else:
            flash(_("The note is kept in the office."), "success")
            return redirect(url_for("notes.index", reference=application.reference), code=303)
    return _page(application, form, parent, problems), 422


def _note_form(application: Application, **more: Any) -> NoteForm:
    form = NoteForm(**more)
    form.for_reader(marks=hides_names(application) and not casefile.unnamed(application))
    return form


def _marked(form: NoteForm) -> bool:
    return "nameless" in form and bool(form.nameless.data)


def _answered(application: Application, number: int) -> Note | None:
    """The note of the case that is answered, if the person may read it."""
    if not number:
        return None
    note = notes.find(db.session(), application, number, actor())
    if note is None or note.parent_id is not None:
        abort(404)
    return note


def _page(
    application: Application, form: NoteForm, parent: Note | None, problems: Sequence[dict[str, str]] = ()
) -> str:
    if parent is not None:
        form.reply_to.data = parent.id
    before = max(0, min(request.args.get("before", 0, type=int), LARGEST_INTEGER))
    found, older = notes.threads(db.session(), application, actor(), before=before)
    reasons = notes.why_taken_back(db.session(), [n for thread in found for n in (thread.first, *thread.replies)])
    here = url_for("notes.index", reference=application.reference)
    return render_template(
        "cases/notes.html",
        application=application,
        head=casefile.heading(application),
        form=form,
        problems=problems,
        parent=parent,
        threads=shown(application, found, reasons),
        writes=may(Permission.CASE_NOTE, application),
        message_href=url_for("notes.message", reference=application.reference)
        if may(Permission.CASE_MESSAGE, application)
        else "",
        here=here,
        newer_href=here if before else None,
        older_href=f"{here}?before={found[-1].first.id}" if older else None,
    )


@bp.route("/message", methods=["GET", "POST"])
@guarded(Permission.CASE_MESSAGE, casefile.load, sees=Permission.CASE_VIEW)
def message(application: Application) -> str | Response | tuple[str, int]:
    form = MessageForm()
    number = form.reply_to.data if request.method == "POST" else request.args.get("reply", 0, type=int)
    parent = _answered(application, number or 0)
    if parent is not None:
        if parent.seen_by is not SeenBy.APPLICANT:
            abort(404)
        form.reply_to.data = parent.id
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            text = form.body.data or ""
            draft = MessageDraft(application.id, actor().user_id or 0, text, parent.id if parent else 0)
            try:
                if previews.wants_look():
                    return _look_at_message(application, draft)
                take("note", draft.note(db.session()), "send")
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("The message is sent to the applicant. The mail leaves in a moment."), "success")
                return redirect(url_for("notes.index", reference=application.reference), code=303)
        status = 422
    page = render_template(
        "cases/message.html",
        application=application,
        head=casefile.heading(application),
        form=form,
        parent=parent,
        problems=problems,
    )
    return page, status


class MessageDraft:
    """A message about to be sent, made anew for each session that needs it."""

    def __init__(self, application_id: int, author_id: int, text: str, parent_id: int, *, reply: bool = False) -> None:
        self.application_id = application_id
        self.author_id = author_id
        self.text = text
        self.parent_id = parent_id
        self.reply = reply

    def note(self, session: Session) -> Note:
        """The message as a row that is not stored yet."""
        return Note(
            application=session.get_one(Application, self.application_id),
            parent=session.get_one(Note, self.parent_id) if self.parent_id else None,
            author_id=self.author_id,
            kind=NoteKind.MESSAGE,
            seen_by=SeenBy.APPLICANT,
            from_applicant=self.reply,
            body=self.text,
        )


def _look_at_message(application: Application, draft: MessageDraft) -> str:
    found = previews.letters(rehearsal.step("note", draft.note, "send", actor()))
    return previews.page(
        found,
        title=_("Send a message to the applicant"),
        caption=application.reference,
        submit=_("Send to the applicant"),
        back_href=url_for("cases.show", reference=application.reference),
        said=draft.text,
        consequences=[
            _("Everybody at the organization who can see this application reads your words on its page."),
            _("It is signed “Partnerships office”. It cannot be taken back."),
        ],
    )


def load_note(session: Session, reference: str, number: int) -> Note | None:
    """A note of the case that the address names, if the person may read it."""
    application = cases.find(session, reference)
    return notes.find(session, application, number, actor()) if application is not None else None


@bp.route("/notes/<int:number>/take-back", methods=["GET", "POST"])
@guarded(Permission.NOTE_TAKE_BACK, load_note)
def take_back(note: Note) -> str | Response | tuple[str, int]:
    if note.seen_by is SeenBy.APPLICANT or note.state is NoteState.TAKEN_BACK:
        abort(404)
    form = TakeBackForm()
    reference = note.application.reference
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        if form.validate():
            try:
                take("note", note, "take_back", reason=form.reason.data or "", version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("The note is taken back."), "success")
                return redirect(url_for("notes.index", reference=reference), code=303)
        status = 422
    page = render_template(
        "cases/reason.html",
        form=form,
        title=_("Take back your note"),
        consequences=[
            _("The text stays readable for those who could read it, marked as taken back with your reason."),
            _("Nobody gets mail for this."),
        ],
        back_href=url_for("notes.index", reference=reference),
        version=note.version,
        problems=problems,
        tells=False,
    )
    return page, status
