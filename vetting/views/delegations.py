"""Acting for a school's leader: let somebody, see who does, end it. The office sees all of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.extensions import db
from vetting.forms.delegations import DelegationForm
from vetting.models import Delegation, DelegationState, School
from vetting.policy import Permission
from vetting.queries import delegations, schools, settings
from vetting.views import previews
from vetting.views.errors import refusal_texts
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, step_url, take
from vetting.workflows.engine import StepRefused

bp = Blueprint("delegations", __name__)


def load_school(session: Session, dese_id: str) -> School | None:
    """A school by the state's id."""
    return schools.school(session, dese_id)


def load(session: Session, reference: str) -> Delegation | None:
    """A delegation by its public reference."""
    return delegations.by_reference(session, reference)


def standing(row: Delegation, today: date) -> tuple[str, str]:
    """Where a delegation stands on a day, in words, and the tone of the words."""
    if row.state is DelegationState.ENDED:
        return _("Ended early"), "neutral"
    if row.state is DelegationState.OVER or row.ends_on < today:
        return _("Over"), "neutral"
    return (_("In force"), "good") if row.starts_on <= today else (_("To come"), "info")


def line(row: Delegation, today: date) -> dict[str, Any]:
    """A delegation in a list."""
    words, tone = standing(row, today)
    return {
        "delegation": row,
        "leader": row.leader.name or row.leader.email,
        "delegate": row.delegate.name or row.delegate.email,
        "words": words,
        "tone": tone,
    }


@bp.get("/schools/<dese_id>/delegations")
@guarded(Permission.SCHOOL_VIEW, load_school)
def of_school(subject: School) -> str:
    """Who acts for the leaders of a school, now, later and before."""
    session, today = db.session(), clock.today()
    return render_template(
        "schools/delegations.html",
        school=subject,
        current=[line(row, today) for row in delegations.of_school(session, subject.id, today)],
        past=[line(row, today) for row in delegations.past_of_school(session, subject.id, today)],
    )


@bp.get("/schools/delegations")
@guarded(Permission.DELEGATION_DESK)
def everywhere() -> str:
    """For the office: everybody who acts for a school leader, now or later."""
    today = clock.today()
    rows = [line(row, today) for row in delegations.everywhere(db.session(), today)]
    return render_template("schools/delegations_all.html", rows=rows)


@bp.get("/schools/delegations/<reference>")
@guarded(Permission.DELEGATION_VIEW, load)
def show(subject: Delegation) -> str:
    """What was agreed, in the same words for both, and how to end it."""
    return render_template(
        "schools/delegation.html",
        row=line(subject, clock.today()),
        steps=possible("delegation", subject),
        step_url=step_url,
        given=subject.state is DelegationState.GIVEN and subject.ends_on >= clock.today(),
    )


@bp.route("/schools/<dese_id>/delegations/new", methods=["GET", "POST"])
@guarded(Permission.DELEGATION_GIVE, load_school, sees=Permission.SCHOOL_VIEW)
def give(subject: School) -> str | Response | tuple[str, int]:
    """A leader lets somebody of the school act for them."""
    session, me = db.session(), actor()
    people = delegations.people_of(session, subject.id)
    form = DelegationForm()
    form.offer([(user.reference, user.name or user.email) for user in people], signing=settings.delegates_sign(session))
    problems: list[dict[str, str]] = []
    if request.method == "GET":
        form.starts_on.data = clock.today()
    if request.method == "GET" or previews.wants_edit():
        return _page(form, subject, problems, nobody=not people)
    if form.validate():
        ids, number, leader_id = {user.reference: user.id for user in people}, subject.id, me.user_id or 0

        def wanted(session: Session) -> Delegation:
            return form.delegation(ids, session.get_one(School, number), leader_id)

        try:
            if previews.wants_look():
                title = _("Let somebody act for me")
                back = url_for("delegations.of_school", dese_id=subject.dese_id)
                act = rehearsal.step("delegation", wanted, "give", me)
                return previews.page(previews.letters(act), title=title, submit=title, back_href=back)
            made = wanted(session)
            take("delegation", made, "give")
        except StepRefused as refused:
            db.session.rollback()
            subject = session.get_one(School, number)
            return _page(form, subject, refusal_texts(refused.reasons), nobody=False), 409
        flash(_("It is agreed. Both of you get mail."), "success")
        return redirect(url_for("delegations.show", reference=made.reference), code=303)
    return _page(form, subject, problems, nobody=not people), 422


def _page(form: DelegationForm, school: School, problems: list[dict[str, str]], *, nobody: bool) -> str:
    return render_template("schools/delegate.html", form=form, school=school, problems=problems, nobody=nobody)
