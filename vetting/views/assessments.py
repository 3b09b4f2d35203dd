"""A school and its partners look at their work together: seven elements, levels with evidence, and an action plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.calendar_days import school_year_bounds, school_year_of
from vetting.extensions import db
from vetting.forms.schools import (
    MOST_ACTIONS,
    ActionPlanForm,
    RatingsRefused,
    action_values,
    read_ratings,
    save_command,
)
from vetting.models import Assessment, AssessmentState, ReferenceKind, ReferenceVersion, School
from vetting.policy import Permission, allows
from vetting.queries import references, schools
from vetting.standards.effectiveness import EffectivenessFramework, SourceMark
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import take, version_seen
from vetting.workflows.engine import StepRefused

bp = Blueprint("assessments", __name__)


@dataclass(frozen=True)
class Look:
    """A school in a school year, with its assessment once it has begun one."""

    school: School
    year: str
    assessment: Assessment | None

    @property
    def school_id(self) -> int:
        return self.school.id


def load(session: Session, dese_id: str) -> Look | None:
    """A school with its assessment of the year in the address; the running year when none is named."""
    school = schools.school(session, dese_id)
    year = request.args.get("year") or school_year_of(clock.today())
    try:
        school_year_bounds(year)
    except ValueError:
        return None
    return Look(school, year, schools.assessment(session, school.id, year)) if school else None


@bp.get("/schools/<dese_id>/assessment")
@guarded(Permission.ASSESSMENT_VIEW, load)
def show(subject: Look) -> str:
    """The form while it is being written, the picture once it is complete."""
    return _page(subject)


@bp.post("/schools/<dese_id>/assessment")
@guarded(Permission.ASSESSMENT_EDIT, load, sees=Permission.ASSESSMENT_VIEW)
def save(subject: Look) -> str | Response | tuple[str, int]:
    """Begin, save, or save and mark as complete."""
    here = url_for("assessments.show", dese_id=subject.school.dese_id, year=subject.year)
    if subject.assessment is None:
        take("assessment", _new(subject), "start")
        return redirect(here, code=303)
    form = ActionPlanForm()
    if request.form.get("add") == "actions":
        if len(form.actions.entries) < MOST_ACTIONS:
            form.actions.append_entry()
        return _page(subject, form=form)
    framework = references.effectiveness(subject.assessment.framework_version)
    errors: dict[str, str] = {}
    ratings: dict[str, tuple[int, str]] = {}
    try:
        ratings = read_ratings(framework, request.form)
    except RatingsRefused as refused:
        errors = dict(refused.errors)
    if not form.validate() or errors:
        return _page(subject, form=form, errors=errors), 422
    take("assessment", subject.assessment, "save", data=save_command(ratings, form.planned()), version=version_seen())
    if request.form.get("then") != "submit":
        flash(_("Saved."), "success")
        return redirect(here, code=303)
    try:
        take("assessment", subject.assessment, "submit")
    except StepRefused as refused:
        problems = [translated(reason) for reason in refused.reasons]
        db.session.rollback()
        return _page(subject, form=form, problems=problems), 409
    flash(_("The assessment is complete."), "success")
    return redirect(here, code=303)


def _new(look: Look) -> Assessment:
    framework = references.current(db.session(), ReferenceKind.EFFECTIVENESS, "partnership-effectiveness")
    return Assessment(
        school_id=look.school.id,
        school=look.school,
        school_year=look.year,
        framework_version_id=framework.id,
        started_by_id=actor().user_id,
    )


def _page(
    look: Look,
    *,
    form: ActionPlanForm | None = None,
    errors: dict[str, str] | None = None,
    problems: list[str] | None = None,
) -> str:
    assessment = look.assessment
    version: ReferenceVersion = (
        assessment.framework_version
        if assessment
        else references.current(db.session(), ReferenceKind.EFFECTIVENESS, "partnership-effectiveness")
    )
    framework = references.effectiveness(version)
    rated = {item.indicator_key: item for item in assessment.ratings} if assessment else {}
    writing = (
        assessment is not None
        and assessment.state is AssessmentState.DRAFT
        and allows(Permission.ASSESSMENT_EDIT, actor(), look)
    )
    if writing and form is None and assessment is not None:
        form = ActionPlanForm(formdata=None, data={"actions": action_values(assessment.actions)})
    return render_template(
        "assessments/show.html",
        school=look.school,
        year=look.year,
        assessment=assessment,
        framework=framework,
        version=version,
        elements=[_element(element, framework, rated, errors or {}) for element in framework.elements],
        rated=len(rated),
        all=sum(1 for _indicator in framework.indicators),
        writing=writing,
        form=form,
        most=MOST_ACTIONS,
        problems=[*(problems or []), *(errors or {}).values()],
        may_start=assessment is None and allows(Permission.ASSESSMENT_EDIT, actor(), look),
    )


def _element(
    element: Any, framework: EffectivenessFramework, rated: dict[str, Any], errors: dict[str, str]
) -> dict[str, Any]:
    """One element with its indicators as the checklist shows them, and its mean level in hundredths."""
    posted = request.form if request.method == "POST" else {}
    items = []
    for indicator in element.indicators:
        kept = rated.get(indicator.key)
        items.append(
            {
                "id": indicator.key,
                "code": indicator.key,
                "text": _(indicator.text),
                "name": _(indicator.name),
                "inferred": indicator.source is SourceMark.INFERRED,
                "levels": [
                    {"value": item.value, "name": f"{item.value} {_(item.name)}"} for item in framework.scale.levels
                ],
                "chosen": posted.get(f"rating-{indicator.key}", kept.level if kept else ""),
                "reason": posted.get(f"reason-{indicator.key}", kept.note if kept else ""),
                "reason_hint": _("(what you saw)"),
                "errors": [errors[indicator.key]] if indicator.key in errors else [],
                "level": kept.level if kept else None,
                "level_name": _(framework.scale.name(kept.level)) if kept else "",
                "note": kept.note if kept else "",
            }
        )
    levels = [item["level"] for item in items if item["level"]]
    return {
        "key": element.key,
        "name": _(element.name),
        "items": items,
        "mean": round(100 * sum(levels) / len(levels)) if levels else 0,
        "rated": len(levels),
    }
