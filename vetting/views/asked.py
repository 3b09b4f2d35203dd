"""What the office asked an applicant for: one request at a time, its day moved or the request taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.extensions import db
from vetting.forms.deadlines import ExtendRequestForm
from vetting.forms.desk import ReasonForm
from vetting.models import Application, InformationRequest, RequestState
from vetting.policy import Permission
from vetting.views import casefile, previews
from vetting.views.errors import refusal_texts
from vetting.views.guard import actor, guarded
from vetting.views.steps import take, version_seen
from vetting.workflows.engine import StepRefused

bp = Blueprint("asked", __name__, url_prefix="/desk/cases/<reference>/requests/<int:number>")


@dataclass(frozen=True)
class Asked:
    """One request, by its number in the case. Whoever may read the case may know of it."""

    request: InformationRequest
    number: int

    @property
    def application(self) -> Application:
        return self.request.application

    @property
    def organization_id(self) -> int:
        return self.request.application.organization_id

    @property
    def received_at(self) -> Any:
        return self.request.application.received_at

    @property
    def name(self) -> str:
        """What was asked for, in words."""
        return casefile.request_name(self.request.item, self.request.item_key, self.request.application)


def load(session: Session, reference: str, number: int) -> Asked | None:
    """The request behind an address."""
    application = casefile.load(session, reference)
    if application is None or not 1 <= number <= len(application.requests):
        return None
    return Asked(application.requests[number - 1], number)


SCREENS = guarded(Permission.APPLICATION_SCREEN, load, sees=Permission.CASE_VIEW)


@bp.route("/extend", methods=["GET", "POST"])
@SCREENS
def extend(asked: Asked) -> str | Response | tuple[str, int]:
    """Give more time for one thing."""
    form = ExtendRequestForm(data={"due_on": asked.request.due_on})
    title = _("More time for “%(name)s”", name=asked.name)
    data = form.command if request.method == "POST" else None
    return _change(asked, form, "extend", title, data)


@bp.route("/take-back", methods=["GET", "POST"])
@SCREENS
def take_back(asked: Asked) -> str | Response | tuple[str, int]:
    """Say that one thing is not needed any more."""
    title = _("We no longer need “%(name)s”", name=asked.name)
    return _change(asked, ReasonForm(), "take_back", title, None)


def _change(asked: Asked, form: Any, step: str, title: str, command: Any) -> str | Response | tuple[str, int]:
    back = url_for("cases.show", reference=asked.application.reference)
    if asked.request.state is not RequestState.OPEN:
        flash(_("This request is not open any more."), "info")
        return redirect(back, code=303)
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            data = command() if command is not None else None
            reason = form.reason.data or ""
            try:
                if previews.wants_look():
                    return _look(asked, step, title, data, reason)
                take("information_request", asked.request, step, data=data, reason=reason, version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("Done. The mail leaves in a moment."), "success")
                return redirect(back, code=303)
        status = 422
    page = render_template(
        "cases/asked.html",
        form=form,
        title=title,
        asked=asked,
        head=casefile.heading(asked.application),
        problems=problems,
        last=sum(1 for other in asked.application.requests if other.state is RequestState.OPEN) == 1,
    )
    return page, status


def _look(asked: Asked, step: str, title: str, data: Any, reason: str) -> str:
    act = rehearsal.step(
        "information_request",
        asked.request.id,
        step,
        actor(),
        data=data,
        reason=reason,
        seen_version=version_seen(),
    )
    return previews.page(
        previews.letters(act),
        title=title,
        caption=asked.application.reference,
        submit=_("Send"),
        back_href=url_for("cases.show", reference=asked.application.reference),
    )
