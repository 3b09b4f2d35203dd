"""What the form of each act on many cases offers, and what the run is then told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from vetting.data.evidence_types import load_evidence_types
from vetting.extensions import db
from vetting.forms.bulk import (
    EXPERTISE,
    PERSON,
    AssignManyForm,
    DocumentManyForm,
    HandOverManyForm,
    ManyForm,
    MoveManyForm,
)
from vetting.jobs.bulk import Actions
from vetting.jobs.bulk_acts import MOVES
from vetting.jobs.bulk_plan import one_person, share_out
from vetting.models import Application, BulkAct, Feature, Role
from vetting.queries import people_at_work, tasklist, workload
from vetting.views.expertise_words import facet_words, value_words
from vetting.views.features import in_use
from vetting.views.guard import actor
from vetting.workflows.application import APPLICATION


def act_words() -> Mapping[BulkAct, str]:
    """The acts as choices, in the order they are needed."""
    return {
        BulkAct.ASSIGN_REVIEWERS: _("Assign reviewers"),
        BulkAct.HAND_OVER: _("Give them to a colleague"),
        BulkAct.REMIND: _("Send reminders"),
        BulkAct.REQUEST_DOCUMENT: _("Ask for a document"),
        BulkAct.MOVE: _("Take a step"),
    }


def act_hints() -> Mapping[str, str]:
    """What each act is good for."""
    return {
        BulkAct.ASSIGN_REVIEWERS.value: _("By person, by what people know, or shared out evenly."),
        BulkAct.HAND_OVER.value: _("Somebody else is in charge of these cases."),
        BulkAct.REMIND.value: _("To applicants who owe an answer, or to reviewers who owe a review."),
        BulkAct.REQUEST_DOCUMENT.value: _("The same document, for the same reason, from every applicant."),
        BulkAct.MOVE.value: _("Such as start screening, or send to review."),
    }


@dataclass(frozen=True)
class Planned:
    """What a run is told, and what it does to which case."""

    parameters: Mapping[str, Any]
    actions: Actions


def offer(form: ManyForm, cases: Sequence[Application]) -> None:
    """Set what can be chosen."""
    if isinstance(form, AssignManyForm):
        people = workload.workloads(db.session(), actor())
        form.offer(
            [(p.user.reference, f"{p.user.name or p.user.email} ({_load(p)})") for p in people],
            _known_things(people),
            automatic=in_use(Feature.AUTOMATIC_ASSIGNMENT),
        )
    elif isinstance(form, HandOverManyForm):
        colleagues = people_at_work.holding(db.session(), Role.COORDINATOR, Role.DIRECTOR)
        form.offer([(person.reference, person.name or person.email) for person in colleagues])
    elif isinstance(form, DocumentManyForm):
        form.offer(_documents(cases))
    elif isinstance(form, MoveManyForm):
        form.offer([(name, _(APPLICATION.by_name[name][0].label)) for name in MOVES])


def _load(person: workload.Workload) -> str:
    if person.most is None:
        return str(_("owes %(count)s", count=person.owed))
    return str(_("owes %(count)s of %(most)s", count=person.owed, most=person.most))


def _known_things(people: Sequence[workload.Workload]) -> dict[str, list[tuple[str, str]]]:
    """What at least one reviewer knows, by facet."""
    found: dict[str, list[tuple[str, str]]] = {}
    for facet in workload.FACETS:
        if facet == workload.LANE and not in_use(Feature.LANES):
            continue
        values = sorted({value for person in people for value in person.knows.get(facet, ())})
        if values:
            found[facet_words(facet)] = [(f"{facet}:{value}", value_words(facet, value)) for value in values]
    return found


def _documents(cases: Sequence[Application]) -> list[tuple[str, str]]:
    """Documents that the form of at least one of the cases asks for."""
    forms = {case.form_version_id: tasklist.form_of(case) for case in cases}
    sections = [section for form in forms.values() for section in form.sections]
    keys = dict.fromkeys(need.type for section in sections for need in section.documents)
    known = load_evidence_types().documents
    return [(key, known[key].name) for key in keys if key in known]


def planned(form: ManyForm, cases: Sequence[Application]) -> Planned:
    """The plan for a form that was filled in well."""
    if isinstance(form, AssignManyForm):
        return _assignment(form, cases)
    parameters = form.parameters()
    if isinstance(form, HandOverManyForm):
        colleagues = people_at_work.holding(db.session(), Role.COORDINATOR, Role.DIRECTOR)
        parameters["person"] = next(p.id for p in colleagues if p.reference == form.person.data)
    return Planned(parameters, [(case, {}) for case in cases])


def _assignment(form: AssignManyForm, cases: Sequence[Application]) -> Planned:
    parameters = form.parameters()
    people = workload.workloads(db.session(), actor())
    if parameters["mode"] == PERSON:
        shares = one_person(cases, next(p for p in people if p.user.reference == form.reviewer.data))
    else:
        if parameters["mode"] == EXPERTISE:
            facet, _colon, value = parameters["expertise"].partition(":")
            people = [person for person in people if value in person.knows.get(facet, frozenset())]
        lanes = in_use(Feature.LANES)
        shares = share_out(db.session(), cases, people, lanes=lanes, most=parameters["most"])
    return Planned({**parameters, "loads": dict(shares.loads)}, shares.actions)
