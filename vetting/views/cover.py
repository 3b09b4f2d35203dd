"""Cover for absence: who is away, who stands in. There only while the office uses it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.extensions import db
from vetting.forms.custody import CoverForm
from vetting.models import ApplicationKind, Cover, Feature, Role
from vetting.policy import Permission
from vetting.queries import cover, people_at_work
from vetting.views import previews
from vetting.views.desk_words import kind_words
from vetting.views.errors import refusal_texts
from vetting.views.features import in_use
from vetting.views.guard import actor, guarded, may
from vetting.views.steps import step_url, take
from vetting.workflows.engine import StepRefused

bp = Blueprint("cover", __name__, url_prefix="/desk/cover")


def only_while_on() -> None:
    """What is off is not shown to those who could use it."""
    if not in_use(Feature.COVER):
        abort(404)


@bp.get("")
@guarded(Permission.COVER_VIEW)
def index() -> str:
    only_while_on()
    session, today = db.session(), clock.today()
    return render_template(
        "cover/index.html",
        current=[_row(row, today) for row in cover.to_come(session, today)],
        past=[_row(row, today) for row in cover.over(session, today)],
    )


def _row(row: Cover, today: Any) -> dict[str, Any]:
    return {
        "absent": row.absent.name,
        "substitute": row.substitute.name,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "kind": kind_words(ApplicationKind(row.kind)) if row.kind else _("All cases"),
        "now": row.starts_on <= today <= row.ends_on,
        "ended": row.state.value == "ended",
        "version": row.version,
        "end": step_url("cover", row, "end") if may(Permission.COVER_MANAGE, row) else "",
    }


@bp.route("/new", methods=["GET", "POST"])
@guarded(Permission.COVER_VIEW)
def arrange() -> str | Response | tuple[str, int]:
    """One's own absence; a director arranges anybody's."""
    only_while_on()
    session = db.session()
    form, me = CoverForm(), actor()
    people = people_at_work.holding(session, Role.COORDINATOR, Role.DIRECTOR)
    named = [(user.reference, user.name or user.email) for user in people]
    own = [(user.reference, user.name or user.email) for user in people if user.id == me.user_id]
    kinds = [(kind.value, kind_words(kind)) for kind in ApplicationKind]
    form.offer(named if Role.DIRECTOR in me.roles else own, named, kinds)
    if request.method == "GET":
        form.absent.data = own[0][0] if own else ""
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        status = 422
        if form.validate():
            ids = {user.reference: user.id for user in people}
            try:
                if previews.wants_look():
                    act = rehearsal.step("cover", lambda _session: form.cover(ids, me.user_id or 0), "agree", me)
                    return _look(act)
                take("cover", form.cover(ids, me.user_id or 0), "agree")
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("Cover is arranged. The person who stands in gets mail."), "success")
                return redirect(url_for("cover.index"), code=303)
    return render_template("cover/new.html", form=form, problems=problems), status


def _look(act: rehearsal.Act) -> str:
    """Who gets which mail, before cover is arranged."""
    title = _("Arrange cover")
    return previews.page(previews.letters(act), title=title, submit=title, back_href=url_for("cover.index"))
