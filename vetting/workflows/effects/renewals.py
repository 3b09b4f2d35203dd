"""Taking over what was given before, certifying that nothing changed, and designations that follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from vetting.models import (
    Answer,
    Application,
    Carryover,
    Designation,
    EvidenceLink,
    Notice,
    OwnCopy,
)
from vetting.queries import lapsing, renewals, tasklist
from vetting.questionnaires.carrying import Place, applicable
from vetting.workflows.commands import BringOver, Certify, CheckAnswers, ChoosePrograms
from vetting.workflows.definition import Context
from vetting.workflows.effects import applications, designations


def bring_over(application: Application, context: Context) -> Mapping[str, Any]:
    """Every answer that still answers its question, and every document that is still good."""
    command: BringOver = context.data
    source = command.source
    found = renewals.brought(source, application)
    have = set(renewals.given(application))
    for (program, key), value in found.values.items():
        # What is there already was chosen for this case.
        if (program, key) not in have:
            application.answers.append(
                Answer(program=program, question_key=key, value=value, updated_by_id=context.actor.user_id)
            )
    programs = [program.id for program in tasklist.programs_of(application)]
    shown = set(applicable(tasklist.form_of(application), renewals.given(application), programs))
    documents = renewals.still_good(context.session, source, application, context.today)
    for version in documents:
        application.evidence.append(EvidenceLink(document_version=version, type_key=version.document.type_key))
    application.carryover = Carryover(
        source=source,
        carried=sum(1 for place in found.values if place in shown),
        to_check=_stored(found.to_check),
        asked=_stored(place for place in found.asked if place not in have),
        dropped=_stored(found.dropped),
        created_at=context.now,
    )
    return {
        "source": source.reference if source is not None else None,
        "carried": application.carryover.carried,
        "to_check": len(found.to_check),
        "asked": len(application.carryover.asked),
        "documents": [[version.document.type_key, version.sha256] for version in documents],
    }


def _stored(places: Iterable[Place]) -> list[Any]:
    return [{"program": program, "key": key} for program, key in places]


def _kept(application: Application) -> Carryover:
    if application.carryover is None:
        raise RuntimeError("this application took nothing over")
    return application.carryover


def choose_programs(application: Application, context: Context) -> Mapping[str, Any]:
    """Programs that are not renewed leave the directory when the renewal is approved, and not before."""
    command: ChoosePrograms = context.data
    _kept(application).leaving = sorted(command.leaving)
    return {"leaving": sorted(command.leaving)}


def check_answers(application: Application, context: Context) -> Mapping[str, Any]:
    """Somebody looked at these answers under the new words of their questions."""
    command: CheckAnswers = context.data
    kept = _kept(application)
    new = [place for place in _stored(command.places) if place not in kept.checked]
    kept.checked = [*kept.checked, *new]
    return {"checked": new}


def certify(application: Application, context: Context) -> Mapping[str, Any]:
    """The renewal is received with the statement of the person who certifies it."""
    command: Certify = context.data
    kept = _kept(application)
    kept.statement = command.statement
    kept.certified_by_id = context.actor.user_id
    kept.certified_at = context.now
    application.no_change = True
    return {"statement": command.statement, **applications.receive(application, context)}


def warn_draft(application: Application, context: Context) -> Mapping[str, Any]:
    due = lapsing.idle_draft(context.session, application).due(context.today)
    return _noted("application", application.id, due, context)


def warn_partner(designation: Designation, context: Context) -> Mapping[str, Any]:
    due = lapsing.idle_partner(context.session, designation).due(context.today)
    return _noted("partner", designation.id, due, context)


def _noted(kind: str, number: int, due: lapsing.Due | None, context: Context) -> Mapping[str, Any]:
    if due is None:
        raise RuntimeError("a notice was taken that is not due")
    notice = Notice(subject_type=kind, subject_id=number, days=due.days, about=due.about, created_at=context.now)
    context.session.add(notice)
    return {"days": due.days, "about": due.about.isoformat()}


def lapse_partner(designation: Designation, context: Context) -> None:
    """Nothing happened for so long that the school-facing listing would mislead. A renewal brings it back."""
    designation.ends_on = max(context.today - timedelta(days=1), designation.starts_on)
    designations.settle(designation.organization, context)


def copy_made(copy: OwnCopy, context: Context) -> Mapping[str, Any]:
    """The file is stored."""
    stored = context.data
    copy.storage_key = stored.key
    copy.sha256 = stored.sha256
    copy.size = stored.size
    copy.made_at = context.now
    return {"sha256": stored.sha256, "size": stored.size}
