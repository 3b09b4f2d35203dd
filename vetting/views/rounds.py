"""Rounds of the Opportunity Portfolio: prepared, opened, decided."""

from __future__ import annotations

import dataclasses
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from vetting import clock
from vetting.calendar_days import add_months
from vetting.data.process_settings import Reminders, reminders_from
from vetting.deadlines import comes_twice
from vetting.extensions import db
from vetting.forms.desk import ReasonForm
from vetting.forms.rounds import RoundForm, values_of
from vetting.models import Feature, ReferenceKind, Round, RoundState
from vetting.policy import Permission
from vetting.queries import deadlines, references, settings, tasklist
from vetting.queries.rounds import all_rounds, counts_by_round
from vetting.questionnaires.sections import total_minutes
from vetting.refs import new_reference
from vetting.views.desk_words import category_words, state_words
from vetting.views.errors import refusal_texts, translated
from vetting.views.features import in_use
from vetting.views.guard import guarded, may
from vetting.views.steps import possible, step_url, take, version_seen
from vetting.workflows.commands import SaveRound
from vetting.workflows.engine import StepRefused

bp = Blueprint("rounds", __name__, url_prefix="/desk/rounds")

TONES = {RoundState.OPEN: "good", RoundState.DRAFT: "info", RoundState.CLOSED: "warn"}


def load(session: Session, reference: str) -> Round | None:
    """The round that the address names."""
    return session.scalars(
        sa.select(Round).where(Round.reference == reference).options(joinedload(Round.framework_version))
    ).first()


@bp.get("")
@guarded(Permission.DESK_OPEN)
def index() -> str:
    rounds = all_rounds(db.session())
    counts = counts_by_round(db.session())
    rows = [
        {
            "title": r.title,
            "href": url_for("rounds.show", reference=r.reference),
            "state": state_words("round", r.state),
            "tone": TONES.get(r.state, "neutral"),
            "opens_at": r.opens_at,
            "closes_at": r.closes_at,
            "decision_by": r.decision_by,
            "received": counts.get(r.id, (0, 0))[0],
            "decided": counts.get(r.id, (0, 0))[1],
        }
        for r in rounds
    ]
    waiting = sum(1 for row in deadlines.asked_now(db.session()) if may(Permission.EXTENSION_VIEW, row))
    return render_template("rounds/index.html", rows=rows, waiting=waiting)


@bp.get("/<reference>")
@guarded(Permission.DESK_OPEN, load)
def show(round_: Round) -> str:
    steps = possible("round", round_)
    return render_template(
        "rounds/show.html",
        round=round_,
        state=state_words("round", round_.state),
        tone=TONES.get(round_.state, "neutral"),
        categories=[category_words(key) for key in round_.category_keys],
        counts=counts_by_round(db.session()).get(round_.id, (0, 0)),
        twice=[name for name, at in _ends(round_) if comes_twice(at)],
        rules=_rules(round_),
        form_version=_form_version(round_),
        steps={
            name: {
                "open": step.open,
                "label": _(step.step.label),
                "why": [translated(reason) for reason in step.reasons],
            }
            for name, step in steps.items()
        },
        step_url=step_url,
    )


def _ends(round_: Round) -> list[tuple[str, datetime]]:
    return [(_("Opens"), round_.opens_at), (_("Closes"), round_.closes_at)]


def _rules(round_: Round) -> Reminders:
    """The rules of the deadline: the round's own once it is open, before that what it would get now."""
    now = reminders_from(settings.process_settings(db.session()).content)
    if round_.state is RoundState.DRAFT:
        return now
    return dataclasses.replace(now, deadline_grace_minutes=round_.grace_minutes, extension_days=round_.extension_days)


def _form_version(round_: Round) -> str:
    """Which form the round is answered on, and about how long that takes."""
    draft = round_.state is RoundState.DRAFT
    key = round_.form_version.key
    version = references.current(db.session(), ReferenceKind.FORM, key) if draft else round_.form_version
    facts = {
        "title": _(version.title),
        "number": version.number,
        "minutes": total_minutes(tasklist.form_of_version(version)),
    }
    if draft:
        words = _("%(title)s, version %(number)s or a newer one when it opens. About %(minutes)s minutes.", **facts)
    else:
        words = _("%(title)s, version %(number)s. About %(minutes)s minutes.", **facts)
    return str(words)


def _fresh_values(session: Session) -> dict[str, Any]:
    """A round as the settings suggest it; every value can be changed."""
    portfolio = settings.process_settings(session).content["portfolio"]
    today = clock.today()
    return {
        "opens_time": time(9, 0),
        "closes_time": time(17, 0),
        "min_years": portfolio["min_years_operating"],
        "listing_starts_on": add_months(today, 6),
        "listing_ends_on": add_months(today, 18),
    }


@bp.route("/new", methods=["GET", "POST"])
@guarded(Permission.ROUND_MANAGE)
def new() -> str | Response | tuple[str, int]:
    form = _form(_fresh_values(db.session()))
    if request.method == "POST" and form.validate():
        round_ = _built(db.session(), form.command())
        take("round", round_, "draft")
        flash(_("The round is kept as a draft. Nobody outside sees it until you open it."), "success")
        return redirect(url_for("rounds.show", reference=round_.reference), code=303)
    return _form_page(form, None), 422 if request.method == "POST" else 200


def _form(values: dict[str, Any]) -> RoundForm:
    """The form without what is not in use; a round that is blind already can be made open again."""
    form = RoundForm(data=values)
    if not in_use(Feature.BLIND_REVIEW) and not values.get("blind"):
        del form.blind
    return form


def _built(session: Session, command: SaveRound) -> Round:
    values = {field.name: getattr(command, field.name) for field in dataclasses.fields(command)}
    values |= {"category_keys": list(command.category_keys), "criteria": dict(command.criteria)}
    return Round(
        reference=new_reference("RND"),
        framework_version_id=references.current(session, ReferenceKind.STANDARDS, "quality-standards").id,
        form_version_id=references.current(session, ReferenceKind.FORM, "portfolio").id,
        **values,
    )


@bp.route("/<reference>/edit", methods=["GET", "POST"])
@guarded(Permission.ROUND_MANAGE, load)
def edit(round_: Round) -> str | Response | tuple[str, int]:
    form = _form(values_of(round_))
    if "save" not in possible("round", round_):
        reasons = [_("This is not possible now: the round is “%(state)s”.", state=state_words("round", round_.state))]
        return render_template("errors/refused.html", reasons=reasons, kept=[]), 409
    if request.method == "POST" and form.validate():
        take("round", round_, "save", data=form.command(), version=version_seen())
        flash(_("The round is saved."), "success")
        return redirect(url_for("rounds.show", reference=round_.reference), code=303)
    return _form_page(form, round_), 422 if request.method == "POST" else 200


def _form_page(form: RoundForm, round_: Round | None) -> str:
    return render_template("rounds/edit.html", form=form, round=round_)


@bp.route("/<reference>/cancel", methods=["GET", "POST"])
@guarded(Permission.ROUND_MANAGE, load)
def cancel(round_: Round) -> str | Response | tuple[str, int]:
    form = ReasonForm()
    problems: list[dict[str, str]] = []
    status = 200
    back = url_for("rounds.show", reference=round_.reference)
    if request.method == "POST":
        if form.validate():
            try:
                take("round", round_, "cancel", reason=form.reason.data or "", version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("The round is cancelled."), "success")
                return redirect(back, code=303)
        status = 422
    page = render_template(
        "cases/reason.html",
        form=form,
        title=_("Cancel the round"),
        consequences=[_("Nobody can apply in it any more."), _("A cancelled round cannot be opened again.")],
        back_href=back,
        version=round_.version,
        problems=problems,
    )
    return page, status
