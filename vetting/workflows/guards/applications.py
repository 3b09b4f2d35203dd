"""Questions about applications, requests, reviews and decisions."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Conflict,
    InformationRequest,
    Outcome,
    Rating,
    RequestItem,
    RequestState,
    Review,
    ReviewState,
    User,
)
from vetting.queries import assignments, references, settings, tasklist
from vetting.queries.letters import decision_of
from vetting.standards.ratings import Rating as Level
from vetting.standards.ratings import problems_in
from vetting.standards.scoring import Finding, registration_outcome
from vetting.text import N_, Message, say
from vetting.workflows.commands import AnswerRequest, AssignReviewer, RatingValue, RequestInformation, SaveRatings
from vetting.workflows.definition import Context


def everything_answered(application: Application, context: Context) -> Message | None:
    """Every section and every required document is complete."""
    missing = tasklist.missing(application)
    return missing[0] if len(missing) == 1 else _count_missing(len(missing))


def _count_missing(count: int) -> Message | None:
    return say(N_("Complete the %(count)s parts that are still open before you send."), count=count) if count else None


def partner_first(application: Application, context: Context) -> Message | None:
    """Only an approved program of a School-Community Partner can apply for the Portfolio."""
    if application.kind is ApplicationKind.PORTFOLIO and not settings.may_apply_for_portfolio(application):
        return say(N_("Register as a School-Community Partner first. This program is not approved yet."))
    return None


def something_asked(application: Application, context: Context) -> Message | None:
    """A request names at least one item, each with a reason, and a date that is still to come."""
    asked = context.data
    if not isinstance(asked, RequestInformation):
        return None
    if not asked.items:
        return say(N_("Choose at least one thing to ask for."))
    if any(not item.reason.strip() for item in asked.items):
        return say(N_("Say why you ask, so that the applicant knows what is missing."))
    if asked.due_on <= context.today:
        return say(N_("Give the applicant a date after today."))
    return None


def enough_reviewers(application: Application, context: Context) -> Message | None:
    """As many live reviews as the settings of the case ask for."""
    needed = settings.reviewers_needed(application)
    have = sum(1 for review in application.reviews if review.state in LIVE_REVIEWS)
    if have < needed:
        return say(N_("Assign %(count)s more reviewers first."), count=needed - have)
    return None


LIVE_REVIEWS = frozenset({ReviewState.ASSIGNED, ReviewState.IN_PROGRESS, ReviewState.SUBMITTED})


def reviewer_is_free_to_judge(review: Review, context: Context) -> Message | None:
    """The person is a reviewer, has no declared conflict, no role at the organization, and is not assigned twice."""
    return assignments.objection(context.session, review.application, review.reviewer_id)


def assignment_is_possible(application: Application, context: Context) -> Message | None:
    """The chosen reviewer may judge this case."""
    chosen = context.data
    if not isinstance(chosen, AssignReviewer):
        return None
    return assignments.objection(context.session, application, chosen.reviewer_id)


def all_requests_closed(application: Application, context: Context) -> Message | None:
    left = sum(1 for request in application.requests if request.state is RequestState.OPEN)
    return say(N_("%(count)s requests are still open."), count=left) if left else None


def answer_is_given(request: InformationRequest, context: Context) -> Message | None:
    """A request for a document is answered by a document, others by an answer or words."""
    answer = context.data
    if not isinstance(answer, AnswerRequest):
        return None
    if request.item is RequestItem.DOCUMENT and answer.document_version is None:
        return say(N_("Choose the file we asked for."))
    if request.item is not RequestItem.DOCUMENT and not answer.answers and not answer.reply.strip():
        return say(N_("Write your answer."))
    return None


def conflict_declared(review: Review, context: Context) -> Message | None:
    if review.no_conflict_at is None:
        return say(N_("Declare that you have no conflict of interest, or step aside."))
    return None


def case_is_in_review(review: Review, context: Context) -> Message | None:
    """Ratings are only changed while the case is being reviewed."""
    if review.application.state not in settings.REVIEWABLE:
        return say(N_("This case is not in review now. Your text is kept as it was."))
    return None


def not_decided_yet(review: Review, context: Context) -> Message | None:
    """Nobody may rest a decision on a review that changes afterwards."""
    if review.application.state not in {ApplicationState.IN_REVIEW, ApplicationState.READY_TO_DECIDE}:
        return say(N_("The decision on this case is drafted. Ask for it to be returned first."))
    return None


def ratings_complete(review: Review, context: Context) -> Message | None:
    """Every indicator is rated, with a reason where one is asked for."""
    return _incomplete(review, {rating.indicator_key: rating for rating in review.ratings})


def correction_complete(review: Review, context: Context) -> Message | None:
    """As it would stand with the correction."""
    if not isinstance(context.data, SaveRatings):
        return None
    return _incomplete(review, {r.indicator_key: r for r in review.ratings} | dict(context.data.values))


def _incomplete(review: Review, ratings: Mapping[str, Rating | RatingValue]) -> Message | None:
    framework = references.framework(review.application.framework_version)
    if review.application.kind is ApplicationKind.PORTFOLIO:
        given = [Level(key, r.level, r.reason) for key, r in ratings.items() if r.level or r.not_applicable]
        problems = problems_in(framework, given)
        return problems[0].message if problems else None
    found = [Finding(key, r.met, r.reason) for key, r in ratings.items() if r.met is not None or r.not_applicable]
    outcome = registration_outcome(framework, found)
    return None if outcome.complete else outcome.reasons[0].message


def a_different_person(application: Application, context: Context) -> Message | None:
    """Four eyes: the drafter of a decision is not the one who releases it, and a sole reviewer is not either."""
    decision = decision_of(application)
    if decision is None:
        return None
    if decision.drafted_by_id == context.actor.user_id:
        return say(N_("You drafted this decision. A different person must release it."))
    if any(r.reviewer_id == context.actor.user_id and r.state is ReviewState.SUBMITTED for r in application.reviews):
        return say(N_("You reviewed this case. A different person must release the decision."))
    return None


def not_in_one_line(application: Application, context: Context) -> Message | None:
    """Where the settings of the case ask for it, drafter and releaser do not report to one another."""
    decision = decision_of(application)
    if decision is None or not application.settings_version.content["separation_by_reporting_line"]:
        return None
    person = context.session.get(User, context.actor.user_id) if context.actor.user_id else None
    if person is None:
        return None
    if person.supervisor_id == decision.drafted_by_id or decision.drafted_by.supervisor_id == person.id:
        return say(N_("One of you reports to the other. Somebody outside that line must release this decision."))
    return None


def outcome_is_approve(application: Application, context: Context) -> Message | None:
    decision = decision_of(application)
    if decision is None or decision.outcome is not Outcome.APPROVE:
        return say(N_("The drafted decision is not an approval."))
    return None


def outcome_is_not_select(application: Application, context: Context) -> Message | None:
    decision = decision_of(application)
    if decision is None or decision.outcome is not Outcome.NOT_SELECT:
        return say(N_("The drafted decision is an approval."))
    return None


def organization_in_good_standing(application: Application, context: Context) -> Message | None:
    """A suspended organization is not approved for anything."""
    if settings.is_suspended(application.organization):
        return say(N_("This organization is suspended. Settle the suspension first."))
    return None


def not_ones_own(conflict: Conflict, context: Context) -> Message | None:
    if conflict.user_id == context.actor.user_id:
        return say(N_("Nobody lifts their own conflict of interest."))
    return None
