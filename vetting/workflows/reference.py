"""Everything else that has a state: reference data, rounds, fund years, assessments."""

from __future__ import annotations

from vetting.models import AssessmentState, FundYearState, ReferenceState, RoundState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import reference as do
from vetting.workflows.guards import reference as ask

R = ReferenceState

REFERENCE = Workflow(
    name="reference",
    title=N_("Reference data"),
    about=N_("A version of standards, forms, document types, categories or settings. A published version never changes."),
    states=R,
    initial=R.DRAFT,
    final=frozenset({R.RETIRED, R.DISCARDED}),
    words={
        R.DRAFT: StateWords(N_("Draft"), N_("Draft")),
        R.PUBLISHED: StateWords(N_("Published"), N_("Published")),
        R.RETIRED: StateWords(N_("Retired"), N_("Retired")),
        R.DISCARDED: StateWords(N_("Discarded"), N_("Discarded")),
    },
    steps=(
        Step("draft", START, R.DRAFT, P.REFERENCE_PUBLISH, N_("Start a version"), N_("Draft"),
             guards=(ask.no_other_draft,)),
        Step("save", (R.DRAFT,), STAY, P.REFERENCE_PUBLISH, N_("Save the draft"), "",
             guards=(ask.draft_holds_together,), effect=do.save_content, command="form_draft"),
        Step("publish", (R.DRAFT,), R.PUBLISHED, P.REFERENCE_PUBLISH, N_("Publish"), N_("Published"),
             guards=(ask.ready_to_publish, ask.something_changed, ask.published_by_another_person), effect=do.publish),
        Step("discard", (R.DRAFT,), R.DISCARDED, P.REFERENCE_PUBLISH, N_("Discard the draft"), "",
             reason=Reason.REQUIRED),
        Step("retire", (R.PUBLISHED,), R.RETIRED, P.SYSTEM_ACT, N_("Retire"), N_("Retired")),
    ),
)  # fmt: skip

O = RoundState  # noqa: E741 - reads as the other tables' short names do

ROUND = Workflow(
    name="round",
    title=N_("Round"),
    about=N_("An invitation to apply for the Opportunity Portfolio."),
    states=O,
    initial=O.DRAFT,
    final=frozenset({O.DECIDED, O.CANCELLED}),
    words={
        O.DRAFT: StateWords(N_("Draft"), N_("In preparation")),
        O.OPEN: StateWords(N_("Open"), N_("Open for applications")),
        O.CLOSED: StateWords(N_("Closed"), N_("Closed. Decisions are being made.")),
        O.DECIDED: StateWords(N_("Decided"), N_("Decided")),
        O.CANCELLED: StateWords(N_("Cancelled"), N_("Cancelled")),
    },
    steps=(
        Step("draft", START, O.DRAFT, P.ROUND_MANAGE, N_("Prepare a round"), N_("In preparation")),
        Step("save", (O.DRAFT,), STAY, P.ROUND_MANAGE, N_("Save the round"), "", effect=do.save_round, command="round"),
        Step("open", (O.DRAFT,), O.OPEN, P.ROUND_MANAGE, N_("Open the round"), N_("Open for applications"),
             guards=(ask.has_categories, ask.window_is_ahead), effect=do.open_round),
        Step("close", (O.OPEN,), O.CLOSED, P.SYSTEM_ACT, N_("Close the round"), N_("Closed")),
        Step("decide", (O.CLOSED,), O.DECIDED, P.ROUND_MANAGE, N_("Mark as decided"), N_("Decided"),
             guards=(ask.nothing_undecided,)),
        Step("cancel", (O.DRAFT, O.OPEN), O.CANCELLED, P.ROUND_MANAGE, N_("Cancel the round"), N_("Cancelled"),
             reason=Reason.REQUIRED),
    ),
)  # fmt: skip

F = FundYearState

FUND_YEAR = Workflow(
    name="fund_year",
    title=N_("Fund year"),
    about=N_("One fiscal year of the Partnership Fund. Publishing it posts each school's allocation."),
    states=F,
    initial=F.DRAFT,
    final=frozenset({F.CLOSED}),
    words={
        F.DRAFT: StateWords(N_("Draft"), N_("In preparation")),
        F.PUBLISHED: StateWords(N_("Published"), N_("Published")),
        F.CLOSED: StateWords(N_("Closed"), N_("Closed")),
    },
    steps=(
        Step("draft", START, F.DRAFT, P.FUND_MANAGE, N_("Prepare a fund year"), N_("In preparation")),
        Step("calculate", (F.DRAFT,), STAY, P.FUND_MANAGE, N_("Calculate allocations"), "", effect=do.calculate),
        Step("publish", (F.DRAFT,), F.PUBLISHED, P.FUND_MANAGE, N_("Publish allocations"), N_("Published"),
             guards=(ask.allocations_add_up,), effect=do.publish_fund_year),
        Step("close", (F.PUBLISHED,), F.CLOSED, P.FUND_MANAGE, N_("Close the year"), N_("Closed"), reason=Reason.REQUIRED),
    ),
)  # fmt: skip

A = AssessmentState

ASSESSMENT = Workflow(
    name="assessment",
    title=N_("Partnership effectiveness assessment"),
    about=N_("A school looks at its partnerships against the seven elements. It never rates one partner alone."),
    states=A,
    initial=A.DRAFT,
    final=frozenset({A.SUBMITTED}),
    words={
        A.DRAFT: StateWords(N_("Draft"), N_("Being written")),
        A.SUBMITTED: StateWords(N_("Complete"), N_("Complete")),
    },
    steps=(
        Step("start", START, A.DRAFT, P.ASSESSMENT_EDIT, N_("Start"), N_("Started")),
        Step("save", (A.DRAFT,), STAY, P.ASSESSMENT_EDIT, N_("Save"), "", effect=do.save_assessment, command="assessment"),
        Step("submit", (A.DRAFT,), A.SUBMITTED, P.ASSESSMENT_EDIT, N_("Mark as complete"), N_("Complete"),
             guards=(ask.every_indicator_rated,), effect=do.submit_assessment),
    ),
)  # fmt: skip
