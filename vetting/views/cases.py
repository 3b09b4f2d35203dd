"""The case desk: one application with its answers, documents, requests, reviews and history."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock
from vetting.clock import local_date
from vetting.extensions import db
from vetting.models import Application, ApplicationState, DocumentVersion, EvidenceState, ReviewState
from vetting.policy import Permission
from vetting.queries import cases, evidence, readable, settings, tasklist
from vetting.queries.changes import Marks
from vetting.queries.letters import decision_of
from vetting.queries.piles import OWED_REVIEWS
from vetting.views import casefile, changes, custody, flags, interests, notes, renewed
from vetting.views import duplicates as look_alikes
from vetting.views.desk_words import REVIEW_TONES, document_href, due_words, state_words
from vetting.views.guard import actor, guarded, may
from vetting.views.next_step import next_step_for
from vetting.views.steps import possible, step_url

bp = Blueprint("cases", __name__, url_prefix="/desk/cases")


@bp.get("/<reference>")
@guarded(Permission.CASE_VIEW, casefile.load)
def show(application: Application) -> str | Response:
    review = cases.review_of(application, actor().user_id)
    if (
        review is not None
        and review.state is ReviewState.ASSIGNED
        and not may(Permission.APPLICATION_SCREEN, application)
    ):
        # A reviewer declares first; the case opens after that.
        return redirect(url_for("reviews.show", reference=application.reference))
    elsewhere = interests.before_opening(application)
    if elsewhere is not None:
        return elsewhere
    steps = possible("application", application)
    head = casefile.heading(application)
    chosen = casefile.chosen_document(application)
    marks = changes.marks_for(application)
    hidden = casefile.unnamed(application)
    here = head["href"]
    return render_template(
        "cases/show.html",
        application=application,
        head=head,
        place=casefile.place_in_queue(application),
        custody=custody.block(application, steps, head),
        renewed=renewed.summary(application),
        task=next_step_for(application, steps, review),
        steps=steps,
        more_steps=_more_steps(application, steps),
        sections=[_section(section, marks, hidden=hidden) for section in readable.sections(application)],
        documents=casefile.documents(application, here),
        missing=_missing(application),
        chosen=chosen,
        viewer=casefile.viewer(chosen, here) if chosen else None,
        sha256=chosen.document_version.sha256 if chosen and not hidden and casefile.may_open(chosen) else "",
        evidence_steps=evidence_steps(application, chosen.document_version) if chosen else [],
        requests=[_request(item, application) for item in reversed(application.requests)],
        reviews=_reviews(application),
        reviews_needed=settings.reviewers_needed(application),
        reads_reviews=may(Permission.REVIEW_SEE_OTHERS, application),
        sees_decision=decision_of(application) is not None and may(Permission.DECISION_VIEW, application),
        decision=decision_of(application),
        pins=_pins(application),
        notes=notes.block(application),
        flags=flags.block(application),
        changed=marks,
        look_alikes=[] if hidden else look_alikes.of(application.organization_id),
    )


def _pins(application: Application) -> list[dict[str, Any]]:
    """What the decision was made on: each document with the version and the SHA-256 that were looked at."""
    decision = decision_of(application)
    if decision is None or casefile.unnamed(application) or not may(Permission.DECISION_VIEW, application):
        return []
    versions = evidence.versions(db.session(), [int(pin["version"]) for pin in decision.evidence_pins])
    return [
        {
            "name": _(cases.document_name(pin["type"])),
            "number": version.number,
            "sha256": pin["sha256"],
            "href": document_href(version) if _opens(application, version) else "",
            "replaced": version.state is EvidenceState.REPLACED,
        }
        for pin in decision.evidence_pins
        if (version := versions.get(int(pin["version"]))) is not None
    ]


def _opens(application: Application, version: DocumentVersion) -> bool:
    in_case = evidence.VersionInUse(version, application.organization_id, tuple(application.reviews))
    return may(Permission.EVIDENCE_OPEN, in_case)


def _more_steps(application: Application, steps: Any) -> list[dict[str, Any]]:
    """Steps beside the main one, as links to their forms."""
    found = []
    if "request_information" in steps:
        href = url_for("requests.ask", reference=application.reference)
        found.append({"label": _("Ask for something"), "href": href})
    if "assign_reviewer" in steps:
        href = url_for("requests.assign", reference=application.reference)
        found.append({"label": _("Assign reviewers"), "href": href})
    if "review_again" in steps:
        href = url_for("requests.review_again", reference=application.reference)
        found.append({"label": _("Send back to review"), "href": href})
    if may(Permission.CONFLICT_DECLARE):
        href = url_for("interests.answer", reference=application.reference)
        found.append({"label": _("I have an interest here"), "href": href})
    return found


def _section(section: readable.ReadSection, marks: Marks, *, hidden: bool) -> dict[str, Any]:
    title = _(section.section.title)
    program = section.program.id if section.program else 0
    instead = _("Not shown to reviewers of this round")
    return {
        "key": section.key,
        "title": f"{title}: {section.program.name}" if section.program and not hidden else title,
        "missing": section.unanswered,
        "changed": sum(1 for answer in section.answers if (program, answer.question.key) in marks.answers),
        "rows": [
            {
                "key": _(answer.question.label),
                "value": instead if hidden and answer.question.identifies else answer.value,
                "changed": (program, answer.question.key) in marks.answers,
            }
            for answer in section.answers
        ],
    }


def _missing(application: Application) -> list[dict[str, str]]:
    """Documents that the form asks for and the case has no usable version of."""
    keys = dict.fromkeys(key for task in tasklist.tasks(application) for key in task.state.missing_documents)
    return [
        {
            "name": cases.document_name(key),
            "href": url_for("requests.ask", reference=application.reference, item=f"document:{key}"),
        }
        for key in keys
    ]


def evidence_steps(application: Application, version: DocumentVersion) -> list[dict[str, Any]]:
    """What may be done with a document now."""
    if application.state in {ApplicationState.APPROVED, ApplicationState.NOT_SELECTED, ApplicationState.WITHDRAWN}:
        return []
    found = []
    for name, step in possible("evidence", version).items():
        if name == "accept":
            found.append({"label": _(step.step.label), "action": step_url("evidence", version, name)})
        elif name == "return":
            code = f"{version.document.reference}.{version.number}"
            href = url_for(
                "evidence_desk.give_back",
                reference=version.document.reference,
                number=version.number,
                next=url_for("cases.show", reference=application.reference, doc=code),
            )
            found.append({"label": _(step.step.label), "href": href})
            checks = url_for("evidence_desk.show", reference=version.document.reference, number=version.number)
            found.append({"label": _("Correct its dates"), "href": checks})
    return found


def _request(item: Any, application: Application) -> dict[str, Any]:
    words, late = due_words(item.due_on)
    number = application.requests.index(item) + 1
    change = item.state == "open" and may(Permission.APPLICATION_SCREEN, application)
    return {
        "late_by": max(0, (local_date(item.answered_at) - item.due_on).days) if item.answered_at else 0,
        "links": [
            (_("Give more time"), url_for("asked.extend", reference=application.reference, number=number)),
            (_("Take back"), url_for("asked.take_back", reference=application.reference, number=number)),
        ]
        if change
        else [],
        "what": casefile.request_name(item.item, item.item_key, application),
        "reason": casefile.colleagues_words(application, item.reason, item.asked_by_id),
        "state": state_words("information_request", item.state),
        "tone": "good" if item.state == "answered" else "warn" if item.state == "open" else "neutral",
        "due": words,
        "late": late,
        "open": item.state == "open",
        "reply": "" if casefile.unnamed(application) else item.reply,
        "answered_at": item.answered_at,
    }


def _reviews(application: Application) -> list[dict[str, Any]]:
    """Who reviews and how far they are; never what they wrote."""
    found = []
    sees = may(Permission.REVIEW_SEE_OTHERS, application)
    reminds, today = sees and may(Permission.APPLICATION_ASSIGN, application), clock.today()
    for review in application.reviews:
        if review.state is not ReviewState.RELEASED:
            words, late = due_words(review.due_on)
            owed, me = review.state in OWED_REVIEWS, review.reviewer_id == actor().user_id
            found.append(
                {
                    "who": review.reviewer.name or review.reviewer.email,
                    "me": me,
                    "state": state_words("review", review.state),
                    "tone": REVIEW_TONES.get(review.state, "neutral"),
                    "due": words if owed else "",
                    "late": late and owed,
                    "at": review.submitted_at,
                    "why": casefile.colleagues_words(
                        application, review.left_reason if sees else "", review.reviewer_id
                    ),
                    "version": review.version,
                    "reminded": reminds and owed and review.reminded_on == today,
                    "remind": step_url("review", review, "remind")
                    if reminds and owed and not me and review.reminded_on != today
                    else "",
                }
            )
    return found
