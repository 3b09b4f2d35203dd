"""Who reviews what: cases that need reviewers, everybody's load, and what they know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.assigning import ExpertiseForm
from vetting.models import Application, BulkAct, Feature, User
from vetting.policy import Permission
from vetting.queries import expertise, runs, workload
from vetting.queries.queue_choices import rounds
from vetting.unit_of_work import unit_of_work
from vetting.views import bulk_forms, casefile
from vetting.views.desk_words import due_words, state_words
from vetting.views.expertise_words import categories, facet_words, lanes, languages, value_words
from vetting.views.features import in_use
from vetting.views.guard import actor, guarded

bp = Blueprint("assigning", __name__, url_prefix="/desk/assigning")


@bp.get("")
@guarded(Permission.EXPERTISE_MANAGE)
def index() -> str:
    chosen = request.args.get("round", "")[:20]
    cases = workload.needing(db.session(), actor(), chosen)
    answered = workload.said(db.session(), cases)
    people = workload.workloads(db.session(), actor())
    return render_template(
        "assigning/index.html",
        rounds=rounds(db.session()),
        chosen=chosen,
        cases=[_case(case, answered.get(case.id, {})) for case in cases],
        references=" ".join(case.reference for case in cases),
        places=sum(workload.open_places(case) for case in cases),
        people=[_person(person) for person in people],
        loads=[_bar(person) for person in sorted(people, key=lambda p: (-p.owed, p.user.name))],
        automatic=in_use(Feature.AUTOMATIC_ASSIGNMENT),
        keepers=_keepers() if in_use(Feature.LANES) else [],
        act=BulkAct.ASSIGN_REVIEWERS.value,
        runs=[
            {
                "reference": run.reference,
                "href": url_for("bulk.show", reference=run.reference),
                "act": bulk_forms.act_words()[run.act],
                "state": state_words("bulk_run", run.state),
                "at": run.created_at,
            }
            for run in runs.recent(db.session(), actor())
        ],
    )


def _case(case: Application, answered: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    asked = workload.asks(case, answered, lanes=in_use(Feature.LANES))
    words, late = due_words(case.due_on)
    return {
        "reference": case.reference,
        "title": casefile.title(case),
        "href": url_for("requests.assign", reference=case.reference),
        "stage": state_words("application", case.state),
        "places": ngettext("%(num)s reviewer", "%(num)s reviewers", workload.open_places(case)),
        "asks": ", ".join(value_words(facet, value) for facet, values in asked.items() for value in sorted(values)),
        "due": words,
        "late": late and case.held_since is None,
    }


def _person(person: workload.Workload) -> dict[str, Any]:
    known = {f: v for f, v in person.knows.items() if f != workload.LANE or in_use(Feature.LANES)}
    return {
        "name": person.user.name or person.user.email,
        "href": url_for("assigning.person", reference=person.user.reference),
        "owed": person.owed,
        "submitted": person.submitted,
        "most": _("No limit") if person.most is None else person.most,
        "knows": [
            {"facet": facet_words(facet), "words": ", ".join(sorted(value_words(facet, v) for v in known[facet]))}
            for facet in workload.FACETS
            if facet in known
        ],
    }


def _keepers() -> list[dict[str, Any]]:
    """Who is in charge of cases, and which lanes they look after."""
    return [
        {
            "name": person.name or person.email,
            "href": url_for("assigning.person", reference=person.reference),
            "lanes": ", ".join(name for key, name in lanes() if key in known),
        }
        for person, known in expertise.keepers(db.session())
    ]


def _bar(person: workload.Workload) -> dict[str, Any]:
    return {"label": person.user.name or person.user.email, "value": person.owed, "text": str(person.owed)}


def load(session: Session, reference: str) -> User | None:
    """The reviewer that the address names; while lanes are in use, also somebody who is in charge of cases."""
    found = expertise.reviewer(session, reference)
    return expertise.in_charge(session, reference) if found is None and in_use(Feature.LANES) else found


@bp.route("/people/<reference>", methods=["GET", "POST"])
@guarded(Permission.EXPERTISE_MANAGE, load)
def person(user: User) -> str | Response | tuple[str, int]:
    """What somebody knows, and how much they take on."""
    known = workload.expertise(db.session(), [user.id]).get(user.id, {})
    kept: dict[str, Any] = {facet: sorted(values) for facet, values in known.items()}
    form = ExpertiseForm(data={**kept, "most": expertise.limit_of(db.session(), user.id)})
    if expertise.reviewer(db.session(), user.reference) is None:
        form.offer_lanes_alone(lanes())
    else:
        form.offer(categories(), languages(), lanes() if in_use(Feature.LANES) else None)
    if request.method == "POST" and form.validate():
        with unit_of_work(db.session) as session:
            expertise.keep(session, user.id, form.facets())
            if "most" in form:
                expertise.keep_limit(session, user.id, form.most.data)
        flash(_("Saved for %(name)s.", name=user.name or user.email), "success")
        return redirect(url_for("assigning.index"), code=303)
    page = render_template("assigning/person.html", form=form, name=user.name or user.email)
    return (page, 422) if request.method == "POST" else page
