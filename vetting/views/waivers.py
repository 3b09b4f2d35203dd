"""Waivers: asked for by an organization or opened by the office, and decided by somebody who did not ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.extensions import db
from vetting.forms.lapses import ReasonForm, WaiverAnswerForm, WaiverForm
from vetting.models import Organization, Waiver, WaiverState
from vetting.policy import Permission
from vetting.queries import organizations, waivers
from vetting.refs import new_reference
from vetting.views import previews
from vetting.views.desk_words import state_words
from vetting.views.errors import refusal_texts, translated
from vetting.views.guard import actor, guarded, may
from vetting.views.lapses import kind_name
from vetting.views.steps import possible, step_url, take, version_seen
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import WORKFLOWS

bp = Blueprint("waivers", __name__)

TONES: Mapping[WaiverState, str] = {
    WaiverState.ASKED: "warn",
    WaiverState.GIVEN: "good",
    WaiverState.TAKEN_BACK: "bad",
}


def row_of(waiver: Waiver, days: int) -> dict[str, Any]:
    """A waiver as lists and pages show it; never called insured. ``days`` is how long an answer takes."""
    by = waivers.answer_by(waiver, days) if waiver.state is WaiverState.ASKED else None
    return {
        "waiver": waiver,
        "document": kind_name(waiver.type_key),
        "organization": waiver.organization.legal_name,
        "state": state_words("waiver", waiver.state),
        "tone": TONES.get(waiver.state, "neutral"),
        "asked_by": _("The office") if waiver.by_office else waiver.asked_by.name,
        "asked_on": clock.local_date(waiver.created_at),
        "answer_by": by,
        "late": by is not None and by < clock.today(),
    }


def rows_of(found: Sequence[Waiver]) -> list[dict[str, Any]]:
    """Waivers as a list shows them. How long an answer takes is only read when one waits for it."""
    waiting = any(waiver.state is WaiverState.ASKED for waiver in found)
    days = waivers.days_to_answer(db.session()) if waiting else 0
    return [row_of(waiver, days) for waiver in found]


def load_organization(session: Session, reference: str) -> Organization | None:
    return organizations.find(session, reference)


def load(session: Session, reference: str) -> Waiver | None:
    return waivers.find(session, reference)


@bp.get("/apply/organizations/<reference>/waivers")
@guarded(Permission.ORGANIZATION_OWN, load_organization)
def own(organization: Organization) -> str:
    """The organization's own waivers, and the way to ask for one."""
    session = db.session()
    return render_template(
        "waivers/own.html",
        organization=organization,
        rows=rows_of(waivers.of_organization(session, organization.id)),
        kinds=waivers.kinds(),
        days=waivers.days_to_answer(session),
    )


@bp.route("/apply/organizations/<reference>/waivers/new", methods=["GET", "POST"])
@guarded(Permission.WAIVER_ASK, load_organization, sees=Permission.ORGANIZATION_OWN)
def ask(organization: Organization) -> str | Response | tuple[str, int]:
    return _asking(organization, "ask")


@bp.route("/desk/waivers/new/<reference>", methods=["GET", "POST"])
@guarded(Permission.WAIVER_OPEN, load_organization, sees=Permission.ORGANIZATION_FILE)
def open_for(organization: Organization) -> str | Response | tuple[str, int]:
    return _asking(organization, "open")


def _asking(organization: Organization, step: str) -> str | Response | tuple[str, int]:
    form = WaiverForm()
    form.offer([(kind.key, kind.name) for kind in waivers.kinds()])
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "GET":
        _fill(form, organization)
    elif form.validate():
        waiver = Waiver(
            reference=new_reference("WVR"),
            organization=organization,
            type_key=form.kind.data,
            reason=form.reason.data or "",
            starts_on=form.starts_on.data,
            ends_on=form.ends_on.data,
            by_office=step == "open",
            asked_by_id=actor().user_id,
            renews_id=_renewed(organization),
        )
        try:
            take("waiver", waiver, step)
        except StepRefused as refused:
            db.session.rollback()
            problems, status = refusal_texts(refused.reasons), 422
        else:
            flash(_("The waiver is asked for. Somebody else decides about it."), "success")
            where = "waivers.show" if step == "open" else "waivers.own_waiver"
            return redirect(url_for(where, reference=waiver.reference), code=303)
    else:
        status = 422
    page = render_template(
        "waivers/ask.html",
        organization=organization,
        form=form,
        problems=problems,
        by_office=step == "open",
        days=waivers.days_to_answer(db.session()),
    )
    return page, status


def _renewed(organization: Organization) -> int | None:
    """The waiver that this one goes on from, where the address names one of this organization's."""
    before = waivers.find(db.session(), request.args.get("after", "")[:20])
    return before.id if before is not None and before.organization_id == organization.id else None


def _fill(form: WaiverForm, organization: Organization) -> None:
    """Days that fit: from today, or from the day after the waiver it goes on from, to the end of the school year."""
    today = clock.today()
    before = waivers.find(db.session(), request.args.get("after", "")[:20])
    form.kind.data = request.args.get("kind", "")
    form.starts_on.data = today
    if before is not None and before.organization_id == organization.id:
        form.kind.data = before.type_key
        form.starts_on.data = max(today, before.ends_on + timedelta(days=1))
        form.reason.data = before.reason
    form.ends_on.data = waivers.latest_end(form.starts_on.data)


@bp.get("/apply/waivers/<reference>")
@guarded(Permission.WAIVER_VIEW, load)
def own_waiver(waiver: Waiver) -> str:
    """One waiver as the organization reads it."""
    acts = possible("waiver", waiver)
    return render_template(
        "waivers/own_waiver.html",
        row=row_of(waiver, waivers.days_to_answer(db.session())),
        waiver=waiver,
        withdraw=step_url("waiver", waiver, "withdraw") if "withdraw" in acts else "",
        again=waiver.state is WaiverState.GIVEN and may(Permission.WAIVER_ASK, waiver),
    )


@bp.get("/desk/waivers")
@guarded(Permission.WAIVER_DESK)
def index() -> str:
    """Every waiver the reader may know of, those that wait first."""
    return render_template("waivers/index.html", rows=rows_of(waivers.for_desk(db.session(), actor())))


@bp.get("/desk/waivers/<reference>")
@guarded(Permission.WAIVER_DESK, load)
def show(waiver: Waiver) -> str:
    return _page(waiver, _answer_form(waiver), ReasonForm(formdata=None, prefix="no"), [])


def _answer_form(waiver: Waiver) -> WaiverAnswerForm:
    form = WaiverAnswerForm()
    if request.method == "GET":
        form.starts_on.data, form.ends_on.data = waiver.starts_on, waiver.ends_on
    return form


def _page(waiver: Waiver, form: WaiverAnswerForm, against: ReasonForm, problems: list[dict[str, str]]) -> str:
    acts = possible("waiver", waiver)
    refused = [translated(reason) for name in ("give", "take_back") if name in acts for reason in acts[name].reasons]
    return render_template(
        "waivers/show.html",
        row=row_of(waiver, waivers.days_to_answer(db.session())),
        waiver=waiver,
        form=form,
        against=against,
        problems=problems,
        decides="give" in acts and acts["give"].open,
        takes_back="take_back" in acts and acts["take_back"].open,
        why_not=refused[:1],
    )


@bp.post("/desk/waivers/<reference>/give")
@guarded(Permission.WAIVER_DECIDE, load, sees=Permission.WAIVER_DESK)
def give(waiver: Waiver) -> str | Response | tuple[str, int]:
    """Give it under conditions, after a look at the mail where that is wanted."""
    form, problems = WaiverAnswerForm(), []
    if not previews.wants_edit() and form.validate():
        command, reason = form.command(), form.reason.data or ""
        try:
            if previews.wants_look():
                return _look(waiver, "give", data=command, reason=reason)
            take("waiver", waiver, "give", data=command, reason=reason, version=version_seen())
        except StepRefused as refused:
            db.session.rollback()
            problems = refusal_texts(refused.reasons)
        else:
            flash(_("The waiver is given. It counts from its first day."), "success")
            return redirect(url_for("waivers.show", reference=waiver.reference), code=303)
    return _page(waiver, form, ReasonForm(formdata=None, prefix="no"), problems), 422


@bp.post("/desk/waivers/<reference>/decline")
@guarded(Permission.WAIVER_DECIDE, load, sees=Permission.WAIVER_DESK)
def decline(waiver: Waiver) -> str | Response | tuple[str, int]:
    return _with_reason(waiver, "decline", _("The waiver is not given. The organization gets mail."))


@bp.post("/desk/waivers/<reference>/take-back")
@guarded(Permission.WAIVER_DECIDE, load, sees=Permission.WAIVER_DESK)
def take_back(waiver: Waiver) -> str | Response | tuple[str, int]:
    return _with_reason(waiver, "take_back", _("The waiver is taken back. It no longer counts from today."))


def _with_reason(waiver: Waiver, step: str, done: str) -> str | Response | tuple[str, int]:
    form, problems = ReasonForm(prefix="no"), []
    if not previews.wants_edit() and form.validate():
        reason = form.reason.data or ""
        try:
            if previews.wants_look():
                return _look(waiver, step, reason=reason)
            take("waiver", waiver, step, reason=reason, version=version_seen())
        except StepRefused as refused:
            db.session.rollback()
            problems = refusal_texts(refused.reasons)
        else:
            flash(done, "success")
            return redirect(url_for("waivers.show", reference=waiver.reference), code=303)
    answer = WaiverAnswerForm(formdata=None, starts_on=waiver.starts_on, ends_on=waiver.ends_on)
    return _page(waiver, answer, form, problems), 422


def _look(waiver: Waiver, step: str, **given: Any) -> str:
    """Who gets which mail, before it is decided."""
    act = rehearsal.step("waiver", waiver.id, step, actor(), **given, seen_version=version_seen())
    letters = previews.letters(act)
    title = _(WORKFLOWS["waiver"].by_name[step][0].label)
    back = url_for("waivers.show", reference=waiver.reference)
    return previews.page(letters, title=title, caption=waiver.reference, submit=title, back_href=back)
