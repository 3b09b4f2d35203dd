"""More time for one application: who asks for it, the office's answer, and time given on its own."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.deadlines import Deadline, comes_twice
from vetting.extensions import db
from vetting.forms.deadlines import AnswerExtensionForm, GrantExtensionForm
from vetting.models import Application, Extension, ExtensionState
from vetting.policy import Permission
from vetting.queries import deadlines
from vetting.refs import new_reference
from vetting.views import previews
from vetting.views.desk_words import state_words
from vetting.views.errors import refusal_texts
from vetting.views.guard import actor, guarded, may
from vetting.views.steps import take, version_seen
from vetting.workflows.engine import StepRefused

bp = Blueprint("extensions", __name__, url_prefix="/desk/extensions")

TONES = {ExtensionState.ASKED: "warn", ExtensionState.GIVEN: "good", ExtensionState.NOT_GIVEN: "neutral"}


def load(session: Session, reference: str) -> Extension | None:
    """The extension that the address names."""
    return deadlines.extension_named(session, reference)


@bp.get("")
@guarded(Permission.EXTENSION_GIVE)
def index() -> str:
    """Who waits for an answer, and what was answered before."""
    waiting = [_row(row) for row in deadlines.asked_now(db.session()) if may(Permission.EXTENSION_VIEW, row)]
    before = [_row(row) for row in deadlines.answered_lately(db.session()) if may(Permission.EXTENSION_VIEW, row)]
    return render_template("extensions/index.html", waiting=waiting, before=before)


def _row(row: Extension) -> dict[str, Any]:
    application = row.application
    return {
        "organization": application.organization.legal_name,
        "program": application.program.name if application.program else "",
        "round": application.round.title if application.round else "",
        "reference": application.reference,
        "href": url_for("extensions.show", reference=row.reference),
        "at": row.created_at,
        "state": state_words("extension", row.state),
        "tone": TONES[row.state],
        "ends_at": row.ends_at,
        "reason": row.reason,
        "by": row.answered_by.name if row.answered_by is not None else "",
    }


@bp.route("/<reference>", methods=["GET", "POST"])
@guarded(Permission.EXTENSION_GIVE, load, sees=Permission.EXTENSION_VIEW)
def show(extension: Extension) -> str | Response | tuple[str, int]:
    """What is asked, by whom and why; and the answer."""
    deadline = deadlines.deadline_of(db.session(), extension.application)
    form = AnswerExtensionForm(data=_later(deadline))
    problems: list[dict[str, str]] = []
    status = 200
    waits = extension.state is ExtensionState.ASKED
    if request.method == "POST" and waits and not previews.wants_edit():
        if form.validate():
            try:
                return _answer(extension, form)
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
        status = 422
    page = render_template(
        "extensions/show.html",
        extension=extension,
        application=extension.application,
        row=_row(extension),
        deadline=deadline,
        form=form,
        problems=problems,
        waits=waits,
        twice=form.ends_at is not None and comes_twice(form.ends_at),
    )
    return page, status


def _later(deadline: Deadline | None) -> dict[str, Any]:
    """A first proposal: the same time of day, two days later."""
    if deadline is None:
        return {}
    local = deadline.shown.astimezone(clock.DISTRICT_ZONE)
    return {"ends_on": local.date() + timedelta(days=2), "ends_time": time(local.hour, local.minute)}


def _answer(extension: Extension, form: AnswerExtensionForm) -> str | Response:
    step = str(form.answer.data)
    data = form.command() if step == "give" else None
    reason = form.reason.data or ""
    if previews.wants_look():
        act = rehearsal.step(
            "extension", extension.id, step, actor(), data=data, reason=reason, seen_version=version_seen()
        )
        return previews.page(
            previews.letters(act),
            title=_("Answer the request for more time"),
            caption=extension.application.reference,
            submit=_("Give more time") if step == "give" else _("Do not give more time"),
            back_href=url_for("extensions.show", reference=extension.reference),
        )
    take("extension", extension, step, data=data, reason=reason, version=version_seen())
    flash(_("Answered. The mail leaves in a moment."), "success")
    return redirect(url_for("extensions.index"), code=303)


@bp.route("/new", methods=["GET", "POST"])
@guarded(Permission.EXTENSION_GIVE)
def new() -> str | Response | tuple[str, int]:
    """Give more time to somebody who asked by phone or mail: they know the reference of their application."""
    form = GrantExtensionForm()
    problems: list[dict[str, str]] = []
    if request.method != "POST" or previews.wants_edit():
        return render_template("extensions/new.html", form=form, problems=problems)
    if form.validate():
        application = _named(db.session(), form.reference.data or "")
        if application is None:
            form.reference.errors = [_("There is no unsent application with this reference. Check it with the caller")]
        else:
            try:
                return _grant(application, form)
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
    return render_template("extensions/new.html", form=form, problems=problems), 422


def _named(session: Session, reference: str) -> Application | None:
    """An unsent application that the person may give more time; no other is known here."""
    application = session.scalars(
        sa.select(Application)
        .where(Application.reference == reference.upper().strip(), Application.received_at.is_(None))
        .options(joinedload(Application.round), joinedload(Application.organization))
    ).first()
    return application if application is not None and may(Permission.EXTENSION_GIVE, application) else None


def _grant(application: Application, form: GrantExtensionForm) -> str | Response:
    number, data, reason = application.id, form.command(), form.reason.data or ""

    def fresh(session: Session) -> Extension:
        return Extension(reference=new_reference("EXT"), application=session.get_one(Application, number))

    if previews.wants_look():
        act = rehearsal.step("extension", fresh, "grant", actor(), data=data, reason=reason)
        return previews.page(
            previews.letters(act),
            title=_("Give more time"),
            caption=application.reference,
            submit=_("Give more time"),
            back_href=url_for("extensions.index"),
        )
    take("extension", fresh(db.session()), "grant", data=data, reason=reason)
    flash(_("Given. The mail leaves in a moment."), "success")
    return redirect(url_for("extensions.index"), code=303)
