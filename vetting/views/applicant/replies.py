"""Answering one thing the office asked for. Only that thing can be changed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.data.evidence_types import EvidenceType
from vetting.extensions import db
from vetting.forms.applicant import ReplyForm
from vetting.forms.evidence import read_facts, upload_form
from vetting.forms.questions import missing_in, narrowed, read_section, section_form, seen_fields, show_problems
from vetting.models import Application, Document, EvidenceState, InformationRequest, RequestItem, RequestState
from vetting.policy import Permission
from vetting.queries import evidence, tasklist
from vetting.queries.uploads import space_of
from vetting.unit_of_work import unit_of_work
from vetting.views import findings
from vetting.views.applicant import pieces, uploads, vault
from vetting.views.applicant.blueprint import Place, bp, kept_answers, load_case, sealer
from vetting.views.applicant.case import request_name
from vetting.views.applicant.documents import limits
from vetting.views.applicant.sections import lines_of, place_of
from vetting.views.applicant.told import office
from vetting.views.arrival import arrived
from vetting.views.guard import actor, guarded
from vetting.views.steps import take, version_seen
from vetting.workflows import engine
from vetting.workflows.commands import AnswerRequest
from vetting.workflows.registry import workflow_named

ADDRESS = "/apply/<reference>/requests/<int:number>"


@dataclass(frozen=True)
class Asked:
    """One request of the office, by its number in the case."""

    request: InformationRequest
    number: int

    @property
    def application(self) -> Application:
        """The case it belongs to."""
        return self.request.application

    @property
    def organization_id(self) -> int:
        """Lets the policy ask which organization it belongs to."""
        return self.request.application.organization_id

    @property
    def name(self) -> str:
        """What is asked for, by the name the applicant knows."""
        return request_name(self.application, self.request.item, self.request.item_key)

    @property
    def kind(self) -> EvidenceType | None:
        """The kind of document asked for, if it is a document."""
        return evidence.kind_named(self.request.item_key) if self.request.item is RequestItem.DOCUMENT else None

    @property
    def place(self) -> Place | None:
        """The section asked for, or the part of it with the one question."""
        bare, program_id = tasklist.split_key(self.request.item_key)
        if self.request.item is RequestItem.SECTION:
            return place_of(self.application, bare, program_id)
        for section in tasklist.form_of(self.application).sections:
            if self.request.item is RequestItem.QUESTION and bare in {q.key for q in section.questions}:
                whole = place_of(self.application, section.key, program_id)
                if whole is None:
                    return None
                return Place(whole.application, narrowed(whole.section, only={bare}), whole.program)
        return None


def load_request(session: Session, reference: str, number: int) -> Asked | None:
    """A request by the case's reference and its own number there."""
    application = load_case(session, reference)
    if application is None or not 1 <= number <= len(application.requests):
        return None
    return Asked(application.requests[number - 1], number)


ANSWER = guarded(Permission.APPLICATION_EDIT, load_request, sees=Permission.APPLICATION_VIEW)


@bp.get(ADDRESS)
@ANSWER
def reply(asked: Asked) -> str | Response:
    """What is asked, why, by when, and the place to answer."""
    if asked.request.state is not RequestState.OPEN:
        return redirect(url_for("applicant.case", reference=asked.application.reference))
    if asked.kind is not None:
        return _document_page(asked, asked.kind, upload_form(asked.kind))
    return _answer_page(asked, ReplyForm(), _section_form(asked))


def _common(asked: Asked) -> dict[str, Any]:
    return {
        "asked": asked,
        "application": asked.application,
        "request_": asked.request,
        "told": office("application", asked.application, "replies_complete"),
        "last": sum(1 for other in asked.application.requests if other.state is RequestState.OPEN) <= 1,
    }


def _document_page(asked: Asked, kind: EvidenceType, form: Any, held: list[uploads.Incoming] | None = None) -> str:
    application = asked.application
    sent = uploads.sent(application, kind)
    begin = url_for("applicant.begin_reply_upload", reference=application.reference, number=asked.number)
    return render_template(
        "applicant/reply_document.html",
        **_common(asked),
        kind=kind,
        form=form,
        again=evidence.reusable(db.session, asked.application, clock.today(), kind.key),
        checks=_noticed(application, kind),
        waiver=vault.waiver_of(asked.application.organization, kind),
        asked_fields=[form[each.value] for each in kind.asks],
        held=uploads.notes(uploads.with_ready(held or [], sent)[-1:], kind, application.reference),
        sending=pieces.sending(application, kind, sent, begin),
        **limits(kind),
    )


def _noticed(application: Application, kind: EvidenceType) -> dict[str, Any] | None:
    """What the checks found in the newest document of this kind in the case."""
    sent = [link.document_version for link in application.evidence if link.type_key == kind.key]
    waiting = [version for version in sent if version.state in findings.UNDECIDED]
    return findings.beside(waiting[-1], application) if waiting else None


def _section_form(asked: Asked) -> Any:
    place = asked.place
    if place is None or not place.section.questions:
        return None
    kept = kept_answers(place.application, place.program_id)
    return section_form(tasklist.form_of(place.application), place.section, kept, answers=place.answers)


def _answer_page(asked: Asked, words: ReplyForm, form: Any) -> str:
    place = asked.place
    kept = kept_answers(place.application, place.program_id) if place else {}
    return render_template(
        "applicant/reply.html",
        **_common(asked),
        words=words,
        form=form or words,
        place=place,
        programs=tasklist.programs_of(asked.application) if place and place.program else [],
        lines=lines_of(form, place.section) if form and place else [],
        seen=seen_fields(place.section, kept) if form and place else {},
    )


@bp.post(ADDRESS)
@ANSWER
def send_reply(asked: Asked) -> str | Response | tuple[str, int]:
    """Take the answer. When it was the last one, the case returns to the office."""
    if asked.request.state is not RequestState.OPEN:
        flash(_("This was answered already."), "info")
        return redirect(url_for("applicant.case", reference=asked.application.reference), code=303)
    return _send_document(asked, asked.kind) if asked.kind is not None else _send_answer(asked)


@bp.post(f"{ADDRESS}/uploads")
@ANSWER
def begin_reply_upload(asked: Asked) -> pieces.Answer:
    """Begin to send a document that was asked for in pieces."""
    if asked.kind is None:
        abort(404)
    if asked.request.state is not RequestState.OPEN:
        return pieces.closed()
    return pieces.begin(asked.organization_id, asked.application.reference, asked.kind, asked.application.id)


def _send_document(asked: Asked, kind: EvidenceType) -> str | Response | tuple[str, int]:
    reference, number = asked.application.reference, asked.number
    space = space_of(db.session(), asked.organization_id)
    form = upload_form(kind)
    # Nothing of the database is held while a file is examined and written.
    db.session.rollback()
    files, mistakes = uploads.take_in(form, kind, reference, 1, space)
    facts = read_facts(form, kind)
    again = load_request(db.session, reference, number)
    if again is None or facts is None or mistakes:
        if mistakes:
            form.files.errors = mistakes
        return _document_page(again or asked, kind, form, files), 422
    try:
        with unit_of_work(db.session) as session:
            returned = _returned(again.application, kind)
            version = uploads.receive(session, again.application, kind, files[-1], facts, replaces=returned)
            command = AnswerRequest(document_version=version)
            engine.run(
                session,
                workflow_named("information_request"),
                again.request,
                "answer",
                actor(),
                data=command,
                seen_version=version_seen(),
                arrived=arrived(),
            )
            uploads.settle(session, reference, kind, files, space)
    except uploads.NoRoom as full:
        form.files.errors = [str(full)]
        return _document_page(again, kind, form, files), 422
    return _thanks(reference)


def _returned(application: Application, kind: EvidenceType) -> Document | None:
    """The document of this kind that the office returned, which gets a new version."""
    for link in application.evidence:
        if link.type_key == kind.key and link.document_version.state is EvidenceState.RETURNED:
            return link.document_version.document
    return None


@bp.post(f"{ADDRESS}/reuse")
@ANSWER
def reply_again(asked: Asked) -> Response:
    """Answer with what the organization already gave us."""
    application, kind = asked.application, asked.kind
    here = url_for("applicant.reply", reference=application.reference, number=asked.number)
    if kind is None or asked.request.state is not RequestState.OPEN:
        return redirect(here, code=303)
    wanted = request.form.get("document", "")
    for version in evidence.reusable(db.session, application, clock.today(), kind.key):
        if version.document.reference == wanted:
            take(
                "information_request",
                asked.request,
                "answer",
                data=AnswerRequest(document_version=version),
                version=version_seen(),
            )
            return _thanks(application.reference)
    flash(_("This document cannot be used here any more. Add a current one."), "warning")
    return redirect(here, code=303)


def _send_answer(asked: Asked) -> str | Response | tuple[str, int]:
    words, form, place = ReplyForm(), _section_form(asked), asked.place
    valid = words.validate()
    values: dict[str, Any] = {}
    if form is not None and place is not None:
        kept = kept_answers(place.application, place.program_id)
        reading = read_section(form, place.section, request.form, kept, sealer())
        values = reading.values
        after = place.answers | values
        problems = missing_in(place.section, after) | reading.problems
        for clash in reading.clashes:
            said = _("Somebody else changed this to “%(text)s”. Check it and send again", text=clash.theirs)
            problems[clash.question.key] = said
        show_problems(form, problems)
        valid = valid and not problems
    if valid and not values and not (words.reply.data or ""):
        words.reply.errors = [_("Change your answer above, or write to us here")]
        valid = False
    if not valid:
        return _answer_page(asked, words, form), 422
    command = AnswerRequest(reply=words.reply.data or "", answers=values, program=place.program_id if place else 0)
    take("information_request", asked.request, "answer", data=command, version=version_seen())
    return _thanks(asked.application.reference)


def _thanks(reference: str) -> Response:
    flash(_("Thank you. We have your answer."), "success")
    return redirect(url_for("applicant.case", reference=reference), code=303)
