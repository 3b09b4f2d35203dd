"""Cases as people would have moved them: each function is one stretch of the way, taken through the engine."""

from __future__ import annotations

from dataclasses import dataclass

from vetting import clock
from vetting.jobs.demo import answers
from vetting.jobs.demo.cast import COORDINATORS, DIRECTORS, REVIEWERS
from vetting.jobs.demo.plans import OrganizationPlan, ProgramPlan, choose, dealt, texts
from vetting.jobs.demo.ratings import rated, rated_in_part, remark
from vetting.jobs.demo.scene import Pace, Scene
from vetting.models import (
    Application,
    ApplicationKind,
    EvidenceState,
    Outcome,
    RequestItem,
    RequestState,
    Review,
    ReviewState,
)
from vetting.policy import Actor
from vetting.queries import findings, settings, tasklist
from vetting.workflows.commands import (
    AnswerRequest,
    AssignReviewer,
    AttachEvidence,
    DraftDecision,
    RequestedItem,
    RequestInformation,
    SaveAnswers,
    SaveRatings,
)

REQUESTS = {
    ApplicationKind.REGISTRATION: (
        (RequestItem.DOCUMENT, "coi_general_liability"),
        (RequestItem.QUESTION, "years_in_boston"),
    ),
    ApplicationKind.PORTFOLIO: ((RequestItem.DOCUMENT, "reference_letter"), (RequestItem.QUESTION, "staffing")),
}


@dataclass
class Case:
    """One application with the people who deal with it. ``ratings`` is how its reviewers see it."""

    scene: Scene
    plan: OrganizationPlan
    program: ProgramPlan
    application: Application
    pace: Pace
    ratings: str = ""

    @property
    def seed(self) -> str:
        return self.application.reference

    @property
    def owner(self) -> Actor:
        return self.scene.acting(self.plan.owner_email)

    @property
    def coordinator(self) -> Actor:
        return self.scene.acting(choose(self.seed, COORDINATORS))


def start(case: Case) -> None:
    case.scene.take("application", case.application, "start", case.owner, case.pace.next())


def fill_some(case: Case) -> None:
    """The first sections are written, and one document is there."""
    _write(case, sections=2)
    if case.application.kind is ApplicationKind.REGISTRATION:
        _attach(case, "articles_or_charter")


def fill(case: Case) -> None:
    """Every section is written and every document that must be there is."""
    _write(case)
    for task in tasklist.tasks(case.application):
        for type_key in task.state.missing_documents:
            _attach(case, type_key)


def _write(case: Case, sections: int | None = None) -> None:
    plan, today = case.plan, case.scene.house.today
    known = (
        answers.of_round(plan, case.program)
        if case.application.kind is ApplicationKind.PORTFOLIO
        else answers.of_organization(plan, case.scene.house.sealer)
    )
    by_reference = {program.reference: program for program in tasklist.programs_of(case.application)}
    for section in tasklist.form_of(case.application).sections[:sections]:
        if not section.questions:
            continue
        if not section.per_program:
            _save(case, SaveAnswers(answers.to_section(section, known, today)))
            continue
        for own in plan.programs:
            program = by_reference[case.scene.program(own).reference]
            values = answers.to_section(section, answers.of_program(plan, own), today)
            _save(case, SaveAnswers(values, program.id))


def _save(case: Case, command: SaveAnswers) -> None:
    case.scene.take("application", case.application, "save_answers", case.owner, case.pace.next(9), data=command)


def _attach(case: Case, type_key: str) -> None:
    version = case.scene.evidence(case.plan, type_key, case.pace.next(6))
    command = AttachEvidence(version, type_key)
    case.scene.take("application", case.application, "attach_evidence", case.owner, case.pace.next(1), data=command)


def submit(case: Case) -> None:
    case.scene.take("application", case.application, "submit", case.owner, case.pace.next())


def withdraw(case: Case) -> None:
    case.scene.take("application", case.application, "withdraw", case.owner, case.pace.next())


def screen(case: Case) -> None:
    case.scene.take("application", case.application, "screen", case.coordinator, case.pace.next())


def check_documents(case: Case) -> None:
    """The coordinator accepts what nobody has looked at yet."""
    for link in case.application.evidence:
        if link.document_version.state is EvidenceState.RECEIVED:
            case.scene.take("evidence", link.document_version, "accept", case.coordinator, case.pace.next(3))


def ask(case: Case) -> None:
    """One document goes back, and one question is asked."""
    reasons = texts()["request"]
    wanted = REQUESTS[case.application.kind]
    keys = {key for item, key in wanted if item is RequestItem.DOCUMENT}
    for link in case.application.evidence:
        if link.type_key in keys:
            reason = reasons[link.type_key]
            case.scene.take(
                "evidence", link.document_version, "return", case.coordinator, case.pace.next(), reason=reason
            )
    at = case.pace.next()
    command = RequestInformation(
        tuple(RequestedItem(item, key, reasons[key]) for item, key in wanted),
        settings.due_on(case.application, "applicant_answer", clock.local_date(at)),
    )
    case.scene.take("application", case.application, "request_information", case.coordinator, at, data=command)


def answer_one(case: Case) -> None:
    _answer(case, {RequestItem.QUESTION})


def answer_all(case: Case) -> None:
    _answer(case, {RequestItem.QUESTION, RequestItem.DOCUMENT})


def _answer(case: Case, items: set[RequestItem]) -> None:
    replies = texts()["reply"]
    for request in case.application.requests:
        if request.state is not RequestState.OPEN or request.item not in items:
            continue
        if request.item is RequestItem.DOCUMENT:
            version = case.scene.evidence(case.plan, request.item_key, case.pace.next(), edition=2)
            command = AnswerRequest(replies["document"], version)
        else:
            command = AnswerRequest(replies[request.item_key])
        case.scene.take("information_request", request, "answer", case.owner, case.pace.next(), data=command)


def assign(case: Case) -> None:
    """As many reviewers as the case needs; the case goes to review."""
    first = dealt(case.seed, len(REVIEWERS))
    _assign(case, [REVIEWERS[(first + turn) % len(REVIEWERS)] for turn in range(_needed(case))])


def assign_shown(case: Case) -> None:
    """The reviewers who can be signed in as get the case, so that they find work."""
    _assign(case, list(REVIEWERS[: _needed(case)]))


def assign_with_conflict(case: Case) -> None:
    """One reviewer has an interest and steps aside, so the coordinator asks another."""
    _assign(case, [REVIEWERS[0], REVIEWERS[3]])
    review = _review_of(case, REVIEWERS[3])
    case.scene.take(
        "review",
        review,
        "step_aside",
        case.scene.acting(REVIEWERS[3]),
        case.pace.next(90),
        reason="A member of my family works there.",
    )
    _add_reviewer(case, REVIEWERS[1])


def _needed(case: Case) -> int:
    return settings.reviewers_needed(case.application)


def _assign(case: Case, emails: list[str]) -> None:
    for email in emails:
        _add_reviewer(case, email)
    case.scene.take("application", case.application, "start_review", case.coordinator, case.pace.next())


def _add_reviewer(case: Case, email: str) -> None:
    command = AssignReviewer(case.scene.user(email).id)
    case.scene.take(
        "application", case.application, "assign_reviewer", case.coordinator, case.pace.next(), data=command
    )


def _review_of(case: Case, email: str) -> Review:
    wanted = case.scene.user(email).id
    return next(review for review in case.application.reviews if review.reviewer_id == wanted)


def _live(case: Case, *states: ReviewState) -> list[Review]:
    return [review for review in case.application.reviews if review.state in states]


def declare(case: Case) -> None:
    for review in _live(case, ReviewState.ASSIGNED):
        case.scene.take("review", review, "declare_no_conflict", _reviewer(case, review), case.pace.next(40))


def _reviewer(case: Case, review: Review) -> Actor:
    return case.scene.acting(review.reviewer.email)


def rate(case: Case) -> None:
    """Everybody rates everything and submits."""
    for place, review in enumerate(_live(case, ReviewState.IN_PROGRESS)):
        _rate(case, review, place)


def rate_some(case: Case) -> None:
    """The first reviewer has begun; of two, the second is finished."""
    reviews = _live(case, ReviewState.IN_PROGRESS)
    for place, review in enumerate(reviews[1:], start=1):
        _rate(case, review, place)
    command = SaveRatings(rated_in_part(case.application, case.ratings, 0), "Notes so far.")
    case.scene.take("review", reviews[0], "save_ratings", _reviewer(case, reviews[0]), case.pace.next(30), data=command)


def _rate(case: Case, review: Review, place: int) -> None:
    reviewer = _reviewer(case, review)
    command = SaveRatings(rated(case.application, case.ratings, place), remark(case.seed, case.ratings))
    case.scene.take("review", review, "save_ratings", reviewer, case.pace.next(75), data=command)
    case.scene.take("review", review, "submit", reviewer, case.pace.next(8))


def draft(case: Case) -> None:
    """A director writes the decision that the ratings propose."""
    proposal = findings.proposal(case.application)
    if proposal is None:
        raise RuntimeError("a decision is drafted when every review is in")
    low = proposal.outcome is Outcome.NOT_SELECT
    command = DraftDecision(
        proposal.outcome,
        texts()["summary"][proposal.outcome.value],
        tuple(
            {
                "standard": line.standard.key,
                "name": line.standard.name,
                "family": line.standard.family.value,
                "result": line.result,
                "mean": line.mean,
                "reason": remark(f"{case.seed}{line.standard.key}", "low" if low and line.result == "below" else ""),
            }
            for line in proposal.standards
        ),
    )
    case.scene.take(
        "application",
        case.application,
        "draft_decision",
        case.scene.acting(DIRECTORS[0]),
        case.pace.next(),
        data=command,
    )


def release(case: Case) -> None:
    """A second director releases what the first drafted."""
    approved = case.application.decisions[-1].outcome is Outcome.APPROVE
    step = "release_approval" if approved else "release_not_selected"
    case.scene.take("application", case.application, step, case.scene.acting(DIRECTORS[1]), case.pace.next())
