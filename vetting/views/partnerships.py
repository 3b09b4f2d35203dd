"""Partnerships: a school proposes one from the directory, its leader confirms it, and agreements grow out of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, refs, rehearsal
from vetting.calendar_days import fiscal_year_of, next_school_year, school_year_bounds, school_year_of
from vetting.extensions import db
from vetting.forms.agreements import ProposeForm
from vetting.forms.fields import options
from vetting.models import Partnership, PartnershipState, Program, School
from vetting.policy import Permission, allows
from vetting.queries import fund, schools
from vetting.views import previews
from vetting.views.acted import acted_by
from vetting.views.directory import load_program
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, step_url, take
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import WORKFLOWS

bp = Blueprint("partnerships", __name__)

TONES = {
    PartnershipState.PROPOSED: "warn",
    PartnershipState.CONFIRMED: "info",
    PartnershipState.ACTIVE: "good",
}


def load(session: Session, reference: str) -> Partnership | None:
    """A partnership by its reference."""
    return schools.partnership(session, reference)


def years_to_choose() -> list[str]:
    """The school year we are in, and the next one."""
    this = school_year_of(clock.today())
    return [this, next_school_year(this)]


@bp.route("/directory/programs/<reference>/propose", methods=["GET", "POST"])
@guarded(Permission.ACCOUNT_OWN, load_program)
def propose(subject: Program) -> str | Response | tuple[str, int]:
    """A school asks to work with a program."""
    own = schools.led_by(db.session(), actor())
    if not own:
        abort(403)
    form = ProposeForm()
    form.school.choices = options([("", _("Choose a school")), *((item.dese_id, item.name) for item in own)])
    form.school_year.choices = options((year, year) for year in years_to_choose())
    if previews.wants_edit():
        return _propose_page(form, subject)
    if request.method == "GET":
        form.school.data = own[0].dese_id if len(own) == 1 else ""
        form.school_year.data = years_to_choose()[0]
        return _propose_page(form, subject)
    if not form.validate():
        return _propose_page(form, subject), 422
    chosen = next(item for item in own if item.dese_id == form.school.data)
    return _propose(form, subject, chosen)


def _propose(form: ProposeForm, program: Program, school: School) -> str | Response | tuple[str, int]:
    there = schools.live_partnership(db.session(), program.id, school.id, form.school_year.data)
    if there is not None:
        flash(_("This partnership exists already. Here it is."), "info")
        return redirect(url_for("partnerships.show", reference=there.reference), code=303)
    try:
        if previews.wants_look():
            return _look_at_proposal(form, program, school)
        made = _proposed(form, program, school)
    except StepRefused as refused:
        db.session.rollback()
        form.school.errors = [translated(reason) for reason in refused.reasons]
        return _propose_page(form, program), 409
    return redirect(url_for("partnerships.show", reference=made), code=303)


def _drafted(form: ProposeForm, program: Program, school: School) -> Partnership:
    return Partnership(
        reference=refs.new_reference("PSH"),
        program_id=program.id,
        program=program,
        school_id=school.id,
        school=school,
        school_year=form.school_year.data,
        proposed_by_id=actor().user_id,
        note=form.note.data or "",
    )


def _proposed(form: ProposeForm, program: Program, school: School) -> str:
    partnership = _drafted(form, program, school)
    take("partnership", partnership, "propose")
    return partnership.reference


def _look_at_proposal(form: ProposeForm, program: Program, school: School) -> str:
    """Who gets which mail, before anything is proposed."""
    numbers = program.id, school.id

    def made(session: Session) -> Partnership:
        return _drafted(form, session.get_one(Program, numbers[0]), session.get_one(School, numbers[1]))

    title, back = _("Propose a partnership"), url_for("partnerships.propose", reference=program.reference)
    caption = f"{program.name} · {school.name}"
    found = previews.letters(rehearsal.step("partnership", made, "propose", actor()))
    return previews.page(found, title=title, caption=caption, submit=_("Propose it"), back_href=back)


def _propose_page(form: ProposeForm, program: Program) -> str:
    return render_template("agreements/propose.html", form=form, program=program)


@bp.get("/partnerships/<reference>")
@guarded(Permission.PARTNERSHIP_VIEW, load)
def show(subject: Partnership) -> str:
    """Where a partnership stands and what comes next."""
    return render_template(
        "agreements/partnership.html",
        partnership=subject,
        state=WORKFLOWS["partnership"].words[subject.state],
        tone=TONES.get(subject.state, "neutral"),
        steps=possible("partnership", subject),
        step_url=step_url,
        agreement_words=WORKFLOWS["agreement"].words,
        confirmed=subject.state in {PartnershipState.CONFIRMED, PartnershipState.ACTIVE},
        figures=_figures(subject),
        timeline=_timeline(subject),
    )


def _figures(partnership: Partnership) -> fund.Figures | None:
    """The school's money of the year, for whoever decides there; None where the reader may not see it."""
    if not allows(Permission.FUND_VIEW, actor(), partnership.school):
        return None
    year = fiscal_year_of(school_year_bounds(partnership.school_year)[0])
    return fund.figures(db.session(), partnership.school_id, year)


def _timeline(partnership: Partnership) -> list[dict[str, Any]]:
    """What happened, newest first; who did it is for the people of the school and the office."""
    named = allows(Permission.SCHOOL_VIEW, actor(), partnership.school)
    entries = []
    for entry in schools.partnership_history(db.session(), partnership.id):
        rows = WORKFLOWS["partnership"].by_name.get(entry.step, ())
        if rows and rows[0].public:
            who = acted_by(entry) if named and entry.actor_id is not None else ""
            said = entry.reason if named else ""
            entries.append({"what": _(rows[0].public), "who": who, "at": entry.at, "said": said})
    return entries
