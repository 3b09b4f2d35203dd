"""The deadline of an application as its people see it: before, just missed, and asking for more time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from vetting import clock
from vetting.deadlines import Deadline, comes_twice
from vetting.extensions import db
from vetting.forms.deadlines import MoreTimeForm
from vetting.models import Application, ApplicationState, Extension, ExtensionState
from vetting.policy import Permission
from vetting.queries import deadlines
from vetting.refs import new_reference
from vetting.views.applicant.blueprint import bp, load_case, subject_of, title_of
from vetting.views.applicant.told import office
from vetting.views.arrival import arrived
from vetting.views.errors import refusal_texts
from vetting.views.guard import guarded, may
from vetting.views.steps import take
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import WORKFLOWS


def shown(application: Application) -> dict[str, Any] | None:
    """What the pages of a draft say about its deadline; None where it has none."""
    deadline = deadlines.deadline_of(db.session(), application)
    if deadline is None or application.state is not ApplicationState.DRAFT:
        return None
    asked = deadlines.extensions_of(db.session(), application)
    given = next((row for row in asked if row.ends_at == deadline.shown), None)
    now = arrived()
    return {
        "ends_at": deadline.shown,
        "published": deadline.closes_at if deadline.extended else None,
        "why": given.reason if given is not None else "",
        "twice": comes_twice(deadline.shown),
        "over": not deadlines.takes(db.session(), application, now) and now >= deadline.closes_at,
        "asked": [_asked(row) for row in asked if row.state is not ExtensionState.GIVEN],
        "waits": any(row.state is ExtensionState.ASKED for row in asked),
        "more": deadlines.may_have_more_time(db.session(), application, now),
        "may_ask": may(Permission.EXTENSION_ASK, application),
        "href": url_for("applicant.more_time", reference=application.reference),
    }


def _asked(row: Extension) -> dict[str, Any]:
    return {
        "words": _(WORKFLOWS["extension"].words[row.state].public),
        "at": row.answered_at or row.created_at,
        "reason": row.reason,
    }


def too_late(application: Application) -> tuple[str, int] | None:
    """The page for what came after the deadline; None when that is not what speaks against it.

    Nothing that was typed is lost: the draft stays, and can be read and kept.
    """
    deadline = deadlines.deadline_of(db.session(), application)
    now = arrived()
    if deadline is None or now < deadline.closes_at or deadlines.takes(db.session(), application, now):
        return None
    page = render_template(
        "applicant/too_late.html",
        application=application,
        title=title_of(application),
        about=subject_of(application),
        arrived=now,
        closed=deadline.shown,
        grace=deadline.grace_minutes,
        late=how_long(deadline.late_by(now)),
        deadline=shown(application),
    )
    return page, 409


def how_long(span: timedelta) -> str:
    """A span in words, to the second below an hour and to the minute above."""
    seconds = int(span.total_seconds())
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [
        ngettext("%(num)s day", "%(num)s days", days) if days else "",
        ngettext("%(num)s hour", "%(num)s hours", hours) if hours else "",
        ngettext("%(num)s minute", "%(num)s minutes", minutes) if minutes else "",
        ngettext("%(num)s second", "%(num)s seconds", seconds % 60) if seconds % 60 and seconds < 3600 else "",
    ]
    return " ".join(part for part in parts if part) or str(_("less than a second"))


ASK = guarded(Permission.EXTENSION_ASK, load_case, sees=Permission.APPLICATION_VIEW)


@bp.get("/apply/<reference>/more-time")
@ASK
def more_time(application: Application) -> str | Response:
    """Ask the office for more time, while that is possible."""
    if shown(application) is None:
        return redirect(url_for("applicant.case", reference=application.reference))
    return _page(application, MoreTimeForm(formdata=None), [])


@bp.post("/apply/<reference>/more-time")
@ASK
def ask_more_time(application: Application) -> str | Response | tuple[str, int]:
    """Send the wish to the office."""
    form = MoreTimeForm()
    problems: list[dict[str, str]] = []
    if form.validate():
        extension = Extension(reference=new_reference("EXT"), application=application, wish=form.wish.data or "")
        try:
            take("extension", extension, "ask")
        except StepRefused as refused:
            db.session.rollback()
            problems = refusal_texts(refused.reasons)
        else:
            flash(_("The office has your request and answers by mail."), "success")
            return redirect(url_for("applicant.case", reference=application.reference), code=303)
    return _page(application, form, problems), 422


def _page(application: Application, form: MoreTimeForm, problems: list[dict[str, str]]) -> str:
    return render_template(
        "applicant/more_time.html",
        application=application,
        title=title_of(application),
        about=subject_of(application),
        form=form,
        problems=problems,
        deadline=shown(application),
        told=office("extension", application, "ask"),
    )


def in_grace(application: Application, received: datetime) -> int:
    """How many minutes of grace let this in; 0 where it needed none."""
    deadline = deadlines.deadline_of(db.session(), application)
    if deadline is None:
        return 0
    without = Deadline(deadline.closes_at, 0, deadline.extended_to)
    return 0 if without.takes(received) else deadline.grace_minutes


@bp.context_processor
def _words() -> dict[str, Any]:
    """What the applicant's templates ask about deadlines."""
    return {"deadline_shown": shown, "in_grace": in_grace, "today": clock.today}
