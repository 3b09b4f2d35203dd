"""One address for a case: the task list before it is sent, and afterwards where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from babel.dates import format_skeleton
from flask import render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from vetting import clock
from vetting.clock import local_date
from vetting.extensions import db
from vetting.forms.questions import in_words
from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    EvidenceLink,
    EvidenceState,
    HistoryEntry,
    Program,
    RequestItem,
)
from vetting.policy import Permission
from vetting.queries import applications, evidence, renewals, tasklist
from vetting.queries import standing as facts
from vetting.questionnaires.form import Section
from vetting.questionnaires.sections import PROGRESS_LABELS, Progress, visible_questions
from vetting.views import scans
from vetting.views.applicant import messages, renewal, standing
from vetting.views.applicant.blueprint import (
    TONES,
    bp,
    is_draft,
    load_to_show,
    section_url,
    subject_of,
    title_of,
)
from vetting.views.applicant.given import standing_words
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded, may
from vetting.workflows.registry import WORKFLOWS

S = ApplicationState
WITH_US = frozenset({S.SUBMITTED, S.SCREENING, S.IN_REVIEW, S.READY_TO_DECIDE, S.DECISION_DRAFTED})
DECIDED = frozenset({S.APPROVED, S.NOT_SELECTED})


@bp.get("/apply/<reference>")
@guarded(Permission.APPLICATION_VIEW, load_to_show)
def case(application: Application) -> str:
    """The task list of a draft; the status page of a case that was sent."""
    common = {"application": application, "title": title_of(application), "about": subject_of(application)}
    if is_draft(application):
        today = clock.today()
        where = standing.card(facts.read_standing(db.session(), application, today), today)
        brought = renewal.numbers(renewals.left(application)) if application.carryover is not None else []
        tasks = task_sections(application)
        return render_template(
            "applicant/tasks.html", **common, where=where, brought=brought, word=standing_words(application), **tasks
        )
    return render_template("applicant/status.html", **common, **_status(application))


def task_sections(application: Application) -> dict[str, Any]:
    """The task list in groups: the organization, each program, the documents; and how many parts are complete."""
    tasks = tasklist.tasks(application)
    groups: dict[str, list[dict[str, Any]]] = {}
    for task in tasks:
        # A Portfolio application is about one program from beginning to end, so it needs no groups.
        if task.program is not None:
            group = task.program.name
        elif application.kind is ApplicationKind.PORTFOLIO:
            group = _("Your application")
        elif task.section.documents and not task.section.questions:
            group = _("Documents and promises")
        else:
            group = _("Documents and promises") if task.section.key == "promises" else _("Your organization")
        groups.setdefault(group, []).append(_task(application, task))
    done = sum(1 for task in tasks if task.state.progress is Progress.COMPLETE)
    sections = [{"title": title, "tasks": items} for title, items in groups.items()]
    return {"sections": sections, "done": done, "total": len(tasks), "missing": tasklist.missing(application)}


def _task(application: Application, task: tasklist.Task) -> dict[str, Any]:
    blocked = task.state.progress is Progress.CANNOT_START
    return {
        "name": _(task.section.title),
        "href": "" if blocked else section_url(application, task.section, task.program),
        "state": _(PROGRESS_LABELS[task.state.progress]),
        "tone": TONES[task.state.progress],
        "note": translated(task.state.reason) if task.state.reason else "",
    }


def _status(application: Application) -> dict[str, Any]:
    requests = [
        {
            "name": request_name(application, request.item, request.item_key),
            "reason": request.reason,
            "due_on": request.due_on,
            "href": url_for(
                "applicant.reply",
                reference=application.reference,
                number=applications.request_number(application, request),
            ),
        }
        for request in applications.open_requests(application)
    ]
    history = applications.public_history(db.session(), application)
    own = application.organization_id in actor().organizations
    return {
        **standing.shown(application),
        "requests": requests,
        "stages": _stages(application),
        "entries": _timeline(history),
        "documents": document_rows(application),
        "on_its_way": application.state in WITH_US or application.state in DECIDED or bool(requests),
        "messages": messages.summary(application, history),
        "told_people": applications.people_told(db.session(), application.organization_id) if own else [],
        "can_withdraw": any(row.name == "withdraw" for row in WORKFLOWS["application"].steps_from(application.state)),
    }


def _stages(application: Application) -> list[dict[str, Any]]:
    """Sent, checked, (we need something,) review, decision. States that the applicant may not tell apart look alike."""
    state = application.state
    order = {S.SUBMITTED: 1, S.SCREENING: 1, S.INFORMATION_REQUESTED: 2, S.IN_REVIEW: 3, S.READY_TO_DECIDE: 3}
    now = order.get(state, 3 if state is S.DECISION_DRAFTED else 5 if state in DECIDED else 0)
    received = application.received_at
    sent = format_skeleton("MMMd", local_date(received), locale=get_locale()) if received else ""
    names = [(0, _("Sent")), (1, _("Check"))]
    if state is S.INFORMATION_REQUESTED:
        names.append((2, _("We need something")))
    names += [(3, _("Review")), (4, _("Decision"))]
    return [
        {
            "name": name,
            "state": "done" if place < now else "now" if place == now else "later",
            "when": sent if place == 0 else "",
        }
        for place, name in names
    ]


def _timeline(history: Sequence[HistoryEntry]) -> list[dict[str, Any]]:
    """What both sides did, in public words only, without names of office people."""
    found = []
    for entry in history:
        rows = WORKFLOWS[entry.subject_type].by_name.get(entry.step, ())
        words = rows[0].public if rows else ""
        # Asking is one step of the case, however many things are asked.
        if words and (entry.subject_type, entry.step) != ("information_request", "open"):
            found.append({"what": _(words), "at": entry.at})
    return found


def request_name(application: Application, item: RequestItem, key: str) -> str:
    """What the office asks for, by the name the applicant knows."""
    bare, _program = tasklist.split_key(key)
    if item is RequestItem.DOCUMENT:
        kind = evidence.kind_named(bare)
        return str(_(kind.name)) if kind else bare
    for section in tasklist.form_of(application).sections:
        if item is RequestItem.SECTION and section.key == bare:
            return str(_(section.title))
        for question in section.questions:
            if item is RequestItem.QUESTION and question.key == bare:
                return str(_(question.label))
    return bare


def document_rows(application: Application) -> list[dict[str, Any]]:
    """The documents of a case, in the order they came."""
    return [_document_row(link) for link in application.evidence]


def _document_row(link: EvidenceLink) -> dict[str, Any]:
    version = link.document_version
    kind = evidence.kind_named(link.type_key)
    return {
        "type": _(kind.name) if kind else link.type_key,
        "type_key": link.type_key,
        "filename": version.filename,
        "size": version.size,
        "sha256": version.sha256,
        "valid_until": version.valid_until,
        "state": WORKFLOWS["evidence"].words[version.state].public,
        "said": version.return_reason,
        "good": _(kind.good_example) if kind and version.state is EvidenceState.RETURNED else "",
        "again_href": url_for(
            "applicant.vault_new",
            reference=link.application.organization.reference,
            document=version.document.reference,
        )
        if version.state is EvidenceState.RETURNED and may(Permission.EVIDENCE_ADD, link.application)
        else "",
        "reference": version.document.reference,
        "number": version.number,
        "href": url_for("evidence.download", reference=version.document.reference, number=version.number),
        "hindrance": scans.hindrance(version),
    }


def answer_groups(application: Application, *, change: bool) -> list[dict[str, Any]]:
    """Every answer that applies, by section, as people read it; with links to change it while that is possible."""
    groups = []
    programs: list[Program | None]
    for section in tasklist.form_of(application).sections:
        if not section.questions:
            continue
        programs = [*tasklist.programs_of(application)] if section.per_program else [None]
        for program in programs:
            title = f"{program.name}: {_(section.title)}" if program else _(section.title)
            groups.append({"title": title, "rows": _rows(application, section, program, change=change)})
    return groups


def _rows(application: Application, section: Section, program: Program | None, *, change: bool) -> list[dict[str, Any]]:
    answers = tasklist.answers_of(application, program.id if program else 0)
    href = section_url(application, section, program)
    rows = []
    for question in visible_questions(section, answers):
        row = {"key": _(question.label), "value": in_words(question, answers.get(question.key))}
        rows.append({**row, "href": f"{href}#q_{question.key}"} if change else row)
    return rows
