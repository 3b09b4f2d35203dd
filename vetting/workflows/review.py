"""Independent reviews and conflicts of interest."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import AttestationState
from vetting.models import ConflictState as C
from vetting.models import ReviewState as S
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import coordinators, the_reviewer_alone
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import reviews as do
from vetting.workflows.effects import together
from vetting.workflows.guards import applications as ask
from vetting.workflows.guards import reminders as remind

REVIEW = Workflow(
    name="review",
    title=N_("Review"),
    about=N_("One reviewer's independent look. Nobody sees another's before submitting their own."),
    states=S,
    initial=S.ASSIGNED,
    final=frozenset({S.STEPPED_ASIDE, S.DECLINED, S.ABSTAINED, S.RELEASED}),
    words={
        S.ASSIGNED: StateWords(N_("Assigned"), N_("In review")),
        S.IN_PROGRESS: StateWords(N_("In progress"), N_("In review")),
        S.SUBMITTED: StateWords(N_("Submitted"), N_("In review")),
        S.STEPPED_ASIDE: StateWords(N_("Stepped aside"), N_("In review")),
        S.DECLINED: StateWords(N_("Declined"), N_("In review")),
        S.ABSTAINED: StateWords(N_("Abstained"), N_("In review")),
        S.RELEASED: StateWords(N_("No longer needed"), N_("In review")),
    },
    steps=(
        Step("assign", START, S.ASSIGNED, P.SYSTEM_ACT, N_("Assign"), "", effect=together.assigned,
             event=Event.REVIEW_ASSIGNED, tells=(the_reviewer_alone,)),
        Step("remind", (S.ASSIGNED, S.IN_PROGRESS), STAY, P.APPLICATION_ASSIGN, N_("Remind the reviewer"), "",
             guards=(remind.not_reminded_today,), effect=together.reminded,
             event=Event.REVIEW_REMINDED, tells=(the_reviewer_alone,)),
        Step("declare_no_conflict", (S.ASSIGNED,), S.IN_PROGRESS, P.REVIEW_WRITE, N_("I have no conflict of interest"), "",
             effect=do.declare_no_conflict),
        Step("step_aside", (S.ASSIGNED, S.IN_PROGRESS), S.STEPPED_ASIDE, P.REVIEW_WRITE, N_("Step aside"), "",
             effect=do.step_aside, reason=Reason.OPTIONAL,
             event=Event.REVIEWER_STEPPED_ASIDE, tells=(coordinators,)),
        Step("decline", (S.ASSIGNED,), S.DECLINED, P.REVIEW_WRITE, N_("Decline this review"), "",
             effect=do.leave, reason=Reason.REQUIRED,
             event=Event.REVIEWER_STEPPED_ASIDE, tells=(coordinators,)),
        Step("abstain", (S.IN_PROGRESS,), S.ABSTAINED, P.REVIEW_WRITE, N_("Abstain"), "",
             effect=do.leave, reason=Reason.REQUIRED,
             event=Event.REVIEWER_STEPPED_ASIDE, tells=(coordinators,)),
        Step("save_ratings", (S.IN_PROGRESS,), STAY, P.REVIEW_WRITE, N_("Save"), "",
             guards=(ask.case_is_in_review,), effect=do.save_ratings, command="ratings"),
        Step("submit", (S.IN_PROGRESS,), S.SUBMITTED, P.REVIEW_WRITE, N_("Submit review"), "",
             guards=(ask.conflict_declared, ask.case_is_in_review, ask.ratings_complete), effect=do.submit_review),
        Step("correct", (S.SUBMITTED,), STAY, P.REVIEW_WRITE, N_("Correct this review"), "",
             guards=(ask.not_decided_yet, ask.correction_complete), effect=do.correct, command="correct_review",
             reason=Reason.REQUIRED),
        Step("reopen", (S.SUBMITTED,), S.IN_PROGRESS, P.SYSTEM_ACT, N_("Open again"), "", effect=do.reopen_review),
        Step("release", (S.ASSIGNED, S.IN_PROGRESS, S.SUBMITTED), S.RELEASED, P.SYSTEM_ACT, N_("Release the reviewer"), "",
             effect=do.release_reviewer),
    ),
)  # fmt: skip

A = AttestationState

ATTESTATION = Workflow(
    name="attestation",
    title=N_("Yearly word on interests"),
    about=N_("Once a school year everybody who works on cases says which interests they have."),
    states=A,
    initial=A.MADE,
    final=frozenset({A.SUPERSEDED}),
    words={
        A.MADE: StateWords(N_("Made"), N_("Made")),
        A.SUPERSEDED: StateWords(N_("Replaced by a newer one"), N_("Replaced by a newer one")),
    },
    steps=(
        Step("make", START, A.MADE, P.CONFLICT_DECLARE, N_("Give your word"), "", effect=do.attest),
        Step("supersede", (A.MADE,), A.SUPERSEDED, P.SYSTEM_ACT, N_("Replace"), ""),
    ),
)  # fmt: skip

CONFLICT = Workflow(
    name="conflict",
    title=N_("Conflict of interest"),
    about=N_("A declared interest keeps a person away from every case of an organization. Nobody lifts their own."),
    states=C,
    initial=C.DECLARED,
    final=frozenset({C.LIFTED, C.DENIED}),
    words={
        C.DECLARED: StateWords(N_("Declared"), N_("Declared")),
        C.LIFTED: StateWords(N_("Lifted"), N_("Lifted")),
        C.DENIED: StateWords(N_("Said to have none"), N_("Said to have none")),
    },
    steps=(
        Step("declare", START, C.DECLARED, P.CONFLICT_DECLARE, N_("Declare a conflict of interest"), "",
             effect=do.declare_interest),
        Step("deny", START, C.DENIED, P.CONFLICT_DECLARE, N_("Say that there is no interest"), "", effect=do.deny_interest),
        Step("lift", (C.DECLARED,), C.LIFTED, P.CONFLICT_LIFT, N_("Lift"), "", reason=Reason.REQUIRED,
             guards=(ask.not_ones_own,)),
    ),
)  # fmt: skip
