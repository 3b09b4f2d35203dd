"""What steps of an application, its requests, reviews and decisions change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vetting.models import (
    CLOSED_STATES,
    Answer,
    Application,
    ApplicationKind,
    Decision,
    EvidenceLink,
    InformationRequest,
    ProgramState,
    RequestItem,
    Review,
    ReviewState,
)
from vetting.queries import search, settings, tasklist
from vetting.queries.letters import decision_of
from vetting.workflows.commands import (
    AnswerRequest,
    AssignReviewer,
    AttachEvidence,
    DraftDecision,
    RequestInformation,
    SaveAnswers,
)
from vetting.workflows.definition import Context
from vetting.workflows.effects import (
    answerable,
    custody,
    designations,
    duplicates,
    lapses,
    preflight,
    profiles,
    renewing,
)
from vetting.workflows.guards.applications import LIVE_REVIEWS


def _now_in(application: Application, context: Context, stage: str | None) -> None:
    custody.enter(application, context, settings.due_on(application, stage, context.today) if stage else None)


def begin(application: Application, context: Context) -> Mapping[str, Any] | None:
    """A case of the same kind about the same program is remembered as the one before, once it is closed; in the same
    category first."""
    custody.enter(application, context, None)
    previous = _case_before(application, context)
    if previous is None:
        return None
    application.previous_id = previous
    return {"previous": previous}


def begin_for_somebody(application: Application, context: Context) -> Mapping[str, Any]:
    """A case that the office enters for somebody on the phone or at the desk."""
    return {**(begin(application, context) or {}), **answerable.entered(application, context)}


def _case_before(application: Application, context: Context) -> int | None:
    kinds = {application.kind}
    if application.kind is ApplicationKind.RENEWAL:
        kinds.add(ApplicationKind.REGISTRATION)
    return context.session.scalar(
        sa.select(Application.id)
        .where(
            Application.organization_id == application.organization_id,
            Application.program_id == application.program_id
            if application.program_id is not None
            else Application.program_id.is_(None),
            Application.kind.in_(kinds),
            Application.state.in_(CLOSED_STATES),
            Application.received_at.is_not(None),
            Application.id != application.id,
        )
        .order_by(
            sa.case((Application.category_key == application.category_key, 0), else_=1),
            Application.received_at.desc(),
            Application.id.desc(),
        )
        .limit(1)
    )


def save_answers(application: Application, context: Context) -> Mapping[str, Any]:
    """Store the answers that differ from what is kept."""
    command: SaveAnswers = context.data
    stored = _store(application, command.program, command.values, context, command.page)
    preflight.answers_changed(application, stored, context)
    return {"questions": stored, "program": command.program, **(answerable.changed(application) if stored else {})}


def _store(
    application: Application, program: int, values: Mapping[str, Any], context: Context, page: str = ""
) -> list[str]:
    kept = {answer.question_key: answer for answer in application.answers if answer.program == program}
    changed = []
    for key, value in values.items():
        answer = kept.get(key)
        if answer is None:
            application.answers.append(
                Answer(program=program, question_key=key, value=value, page=page, updated_by_id=context.actor.user_id)
            )
        elif answer.value != value:
            answer.value = value
            answer.page = page
            answer.updated_by_id = context.actor.user_id
        else:
            continue
        changed.append(key)
    return sorted(changed)


def attach_evidence(application: Application, context: Context) -> Mapping[str, Any]:
    """Use a document version in the application. An earlier one of the same document stays on record, replaced."""
    command: AttachEvidence = context.data
    kept = _attach(application, command.document_version, command.type_key, context)
    return {**kept, **answerable.changed(application)}


def _attach(application: Application, version: Any, type_key: str, context: Context) -> Mapping[str, Any]:
    # A new version of a returned document joined its open case already.
    if not any(link.document_version is version for link in application.evidence):
        application.evidence.append(EvidenceLink(document_version=version, type_key=type_key))
    preflight.used(application, version, context)
    return {"type": type_key, "sha256": version.sha256, "number": version.number}


def detach_evidence(application: Application, context: Context) -> Mapping[str, Any]:
    """Take a document out of a draft. The document itself stays with the organization."""
    link: EvidenceLink = context.data
    application.evidence.remove(link)
    context.session.delete(link)
    told = {"type": link.type_key, "sha256": link.document_version.sha256}
    return {**told, **answerable.changed(application)}


def receive(application: Application, context: Context) -> Mapping[str, Any]:
    """The server's receipt: its time is what counts for a deadline. Programs in the case go to review with it."""
    application.received_at = context.arrived
    _now_in(application, context, "screening")
    custody.keep_submission(application, context)
    routed = custody.route(application, context)
    search.refresh_cases(context.session, [application])
    pins = [[link.type_key, link.document_version.sha256] for link in application.evidence]
    if application.kind is not ApplicationKind.PORTFOLIO:
        for program in tasklist.programs_of(application):
            if program.state is ProgramState.DRAFT:
                context.then("program", program, "send_to_review")
        routed = {**routed, **answerable.sponsor_from_answers(application, context)}
    duplicates.seek(application, context)
    return {"documents": pins, **routed}


def take_in_hand(application: Application, context: Context) -> None:
    custody.put_in_charge(application, context.actor.user_id, context)
    _now_in(application, context, "screening")


def ask(application: Application, context: Context) -> Mapping[str, Any]:
    """One request per item, so that each can be answered, and only that item reopens."""
    command: RequestInformation = context.data
    custody.enter(application, context, command.due_on)
    application.reply_received_at = None
    for wanted in command.items:
        request = InformationRequest(
            application=application,
            item=wanted.item,
            item_key=wanted.key,
            reason=wanted.reason.strip(),
            due_on=command.due_on,
            asked_by_id=context.actor.user_id,
        )
        context.then("information_request", request, "open")
    return {"items": [f"{item.item.value}:{item.key}" for item in command.items], "due_on": command.due_on.isoformat()}


def answer_request(request: InformationRequest, context: Context) -> Mapping[str, Any]:
    """Keep the answer; when it was the last open request the case returns to the office."""
    command: AnswerRequest = context.data
    application = request.application
    request.reply = command.reply.strip()
    request.answered_by_id = context.actor.user_id
    request.answered_at = context.arrived
    kept: dict[str, Any] = {"item": f"{request.item.value}:{request.item_key}"}
    if request.item is RequestItem.DOCUMENT and command.document_version is not None:
        kept |= _attach(application, command.document_version, request.item_key, context)
    if command.answers:
        kept["questions"] = _store(application, command.program, command.answers, context)
    if not any(other.state.value == "open" for other in application.requests if other is not request):
        context.then("application", application, "replies_complete")
    return kept


def goes_on(application: Application, context: Context) -> None:
    """What was asked for is not needed any more; answers that came meanwhile are with the office."""
    _now_in(application, context, "screening")
    if any(request.answered_at is not None for request in application.requests):
        custody.keep_submission(application, context)


def reply_arrived(application: Application, context: Context) -> None:
    application.reply_received_at = context.now
    _now_in(application, context, "screening")
    custody.keep_submission(application, context)


def assign(application: Application, context: Context) -> Mapping[str, Any]:
    """Add a reviewer. Their review starts with a declaration, not with the case."""
    command: AssignReviewer = context.data
    review = Review(
        application=application,
        reviewer_id=command.reviewer_id,
        assigned_by_id=context.actor.user_id,
        due_on=command.due_on,
    )
    context.then("review", review, "assign", data=command)
    return {"reviewer": command.reviewer_id}


def start_review(application: Application, context: Context) -> None:
    stage = "portfolio_review" if application.kind is ApplicationKind.PORTFOLIO else "registration_review"
    _now_in(application, context, stage)
    for review in application.reviews:
        if review.state in LIVE_REVIEWS and review.due_on is None:
            review.due_on = application.due_on


def review_again(application: Application, context: Context) -> None:
    """Submitted reviews open again, so that their writers can correct them."""
    start_review(application, context)
    for review in application.reviews:
        if review.state is ReviewState.SUBMITTED:
            context.then("review", review, "reopen", reason=context.reason)


def now_deciding(application: Application, context: Context) -> None:
    _now_in(application, context, "decision")


def draft_decision(application: Application, context: Context) -> Mapping[str, Any]:
    """Write the outcome with a finding per standard, pinned to the evidence it rests on."""
    command: DraftDecision = context.data
    _now_in(application, context, "release")
    decision = Decision(
        application=application,
        outcome=command.outcome,
        summary=command.summary,
        findings=[dict(finding) for finding in command.findings],
        drafted_by_id=context.actor.user_id,
        evidence_pins=[
            {"type": link.type_key, "version": link.document_version_id, "sha256": link.document_version.sha256}
            for link in application.evidence
        ],
    )
    context.then("decision", decision, "draft")
    return {"outcome": command.outcome.value}


def return_decision(application: Application, context: Context) -> None:
    _now_in(application, context, "decision")
    decision = decision_of(application)
    if decision is not None:
        context.then("decision", decision, "return_draft", reason=context.reason)


def _release(application: Application, context: Context) -> Decision:
    _now_in(application, context, None)
    decision = decision_of(application)
    if decision is None:
        raise RuntimeError("a case without a drafted decision cannot be released")
    context.then("decision", decision, "release", data=context.actor.user_id)
    return decision


def record_release(decision: Decision, context: Context) -> None:
    """Who released it, and when. The person comes with the case's own step."""
    decision.released_by_id = context.data
    decision.released_at = context.now


def release_approval(application: Application, context: Context) -> Mapping[str, Any]:
    """The decision takes effect: programs are published and the designation begins."""
    decision = _release(application, context)
    if application.kind is ApplicationKind.PORTFOLIO:
        lapses.pin_listing(application, context)
        designations.grant_portfolio(application, context)
    elif application.kind is ApplicationKind.RENEWAL:
        lapses.pin(application, context)
        renewing.grant(application, context)
    else:
        lapses.pin(application, context)
        profiles.publish(application, context)
        designations.grant_partner(application, context)
    return {"decision": decision.id, "outcome": decision.outcome.value}


def release_not_selected(application: Application, context: Context) -> Mapping[str, Any]:
    decision = _release(application, context)
    if application.kind is not ApplicationKind.PORTFOLIO:
        for program in tasklist.programs_of(application):
            if program.state is ProgramState.IN_REVIEW:
                context.then("program", program, "return_to_draft")
        renewing.settle_overdue(application, context)
    return {"decision": decision.id, "outcome": decision.outcome.value}


def close(application: Application, context: Context) -> None:
    """A case that ends without a decision: nothing waits on anybody any more."""
    _now_in(application, context, None)
    for review in application.reviews:
        if review.state in LIVE_REVIEWS and review.state is not ReviewState.SUBMITTED:
            context.then("review", review, "release")
    for request in application.requests:
        if request.state.value == "open":
            context.then("information_request", request, "cancel")
    if application.kind is not ApplicationKind.PORTFOLIO:
        for program in tasklist.programs_of(application):
            if program.state is ProgramState.IN_REVIEW:
                context.then("program", program, "return_to_draft")
        renewing.settle_overdue(application, context)
