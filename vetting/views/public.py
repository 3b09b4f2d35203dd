"""Pages that anybody may read: what this is, how to become a partner, the standards, the landscape."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.public import Fit, ScreeningForm
from vetting.models import ReferenceKind, ScreeningAnswer
from vetting.policy import Permission
from vetting.queries import landscape as numbers
from vetting.queries import references, settings, tasklist
from vetting.questionnaires.form import Need
from vetting.questionnaires.sections import total_minutes
from vetting.standards.framework import Family
from vetting.unit_of_work import unit_of_work
from vetting.views.guard import actor, guarded

bp = Blueprint("public", __name__)


@bp.get("/")
@guarded(Permission.PUBLIC_READ)
def home() -> str:
    """The start page: what this is for, four doors, and how far the district has come."""
    return render_template("public/home.html", numbers=numbers.headline(db.session), has=_has)


@bp.get("/become")
@guarded(Permission.PUBLIC_READ)
def become() -> str:
    """What a partner is, what to have ready, how long it takes, and the three questions."""
    return _become(ScreeningForm())


@bp.post("/become")
@guarded(Permission.PUBLIC_READ)
def screen() -> str | Response | tuple[str, int]:
    """Read the three answers. Only a fit leads on; everyone else is told kindly where to go instead."""
    form = ScreeningForm()
    if not form.validate():
        return _become(form), 422
    fit = form.fit()
    with unit_of_work(db.session) as session:
        answers = {"service": form.service.data, "people": form.people.data, "giver": form.giver.data}
        session.add(ScreeningAnswer(answers=answers, outcome=fit.value))
    return redirect(url_for("public.fits", fit=fit.value), code=303)


@bp.get("/become/<any(partner, one_time, volunteer, research, space, vendor, other_people):fit>")
@guarded(Permission.PUBLIC_READ)
def fits(fit: str) -> str:
    """Where the answers lead."""
    register = url_for("applicant.register")
    account = register if actor().signed_in else url_for("security.register", next=register)
    return render_template("public/fits.html", fit=Fit(fit), account_url=account)


@bp.get("/quality-standards")
@guarded(Permission.PUBLIC_READ)
def standards() -> str:
    """The published Quality Standards with their rubric."""
    version = references.current(db.session, ReferenceKind.STANDARDS, "quality-standards")
    framework = references.framework(version)
    families = [
        (_("Program standards"), framework.family(Family.PROGRAM)),
        (_("Organizational standards"), framework.family(Family.ORGANIZATIONAL)),
    ]
    evidence = _evidence_names(tasklist.evidence_types())
    return render_template(
        "public/standards.html", version=version, framework=framework, families=families, evidence=evidence
    )


@bp.get("/partnership-effectiveness")
@guarded(Permission.PUBLIC_READ)
def effectiveness() -> str:
    """The seven elements and their indicators, which a school and its partners use together."""
    version = references.current(db.session, ReferenceKind.EFFECTIVENESS, "partnership-effectiveness")
    return render_template("public/effectiveness.html", version=version, framework=references.effectiveness(version))


@bp.get("/landscape")
@guarded(Permission.LANDSCAPE_VIEW)
def landscape() -> str:
    """Where partners work, in counts."""
    return render_template(
        "public/landscape.html", numbers=numbers.headline(db.session), counts=numbers.landscape(db.session)
    )


@bp.get("/how-it-works")
@guarded(Permission.PUBLIC_READ)
def how() -> str:
    """Each stage, who acts, and how long it should take."""
    content = settings.process_settings(db.session).content
    return render_template("public/how.html", days=content["due_business_days"], content=content)


@bp.get("/accessibility")
@guarded(Permission.PUBLIC_READ)
def accessibility() -> str:
    """What we promise about access, and whom to tell about a barrier."""
    return render_template("public/accessibility.html")


def _become(form: ScreeningForm) -> str:
    version = references.current(db.session, ReferenceKind.FORM, "registration")
    days = settings.process_settings(db.session).content["due_business_days"]
    office_days = sum(days[stage] for stage in ("screening", "registration_review", "decision", "release"))
    asked = tasklist.form_of_version(version)
    names = _evidence_names(tasklist.evidence_types())
    papers: dict[Need, list[str]] = {need: [] for need in Need}
    for section in asked.sections:
        for wanted in section.documents:
            papers[wanted.need].append(_(names[wanted.type]))
    return render_template(
        "public/become.html",
        form=form,
        minutes=total_minutes(asked),
        office_days=office_days,
        papers=papers[Need.REQUIRED],
        papers_if=papers[Need.IF_APPLIES],
    )


def _evidence_names(types: Any) -> dict[str, str]:
    return {key: kind.name for key, kind in types.documents.items()} | dict(types.other)


def _has(endpoint: str) -> bool:
    return endpoint in current_app.view_functions
