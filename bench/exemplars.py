"""One real case of each kind, brought where it is by the engine; the seed multiplies them.

So the seeded rows are what the program itself writes, whatever it comes to write, and replaying their history agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench import deskwork
from tests.factories import Factory
from vetting import clock
from vetting.models import (
    OPEN_STATES,
    Application,
    ApplicationKind,
    ApplicationState,
    Base,
    NoteKind,
    Outcome,
    RequestItem,
    RequestState,
    Role,
    Round,
    User,
)
from vetting.queries import tasklist
from vetting.workflows.commands import (
    AnswerRequest,
    AssignReviewer,
    DraftDecision,
    RequestedItem,
    RequestInformation,
)

FINDING = {
    "standard": "P2",
    "name": "Safe and supportive environment",
    "result": "meets",
    "reason": "Seen in the plan.",
}
ASKED_AND_ANSWERED = 4
COORDINATOR = "Cora Coordinator"


@dataclass(frozen=True)
class Exemplar:
    """Every row that one organization brought with it: from the first id, up to and including the last, by table.

    ``began`` and ``ended`` are the instants between which it was built.
    """

    name: str
    after: dict[str, int]
    until: dict[str, int]
    applications: int
    open_applications: int
    began: datetime
    ended: datetime


@dataclass(frozen=True)
class Staff:
    """The office people and the round that all cases share."""

    coordinator: User
    reviewers: tuple[User, User]
    director: User
    round: Round


class Cases:
    """Builds one organization with its cases at a time."""

    def __init__(self, make: Factory) -> None:
        self.make = make
        self.staff = Staff(
            make.coordinator(COORDINATOR),
            (make.reviewer("Rory Reviewer"), make.reviewer("Robin Reviewer")),
            make.director("Dora Director"),
            make.round(title="Portfolio round"),
        )
        self._releaser = make.person("Rita Releaser", Role.DIRECTOR)

    # Registrations

    def submitted(self) -> Application:
        return self.make.submitted()

    def screening(self) -> Application:
        application = self.submitted()
        self.make.take("application", application, "screen", self.make.actor(self.staff.coordinator))
        return application

    def asked(self) -> Application:
        """Waiting for one document from the applicant."""
        application = self.screening()
        item = RequestedItem(RequestItem.DOCUMENT, "safety_plan", "The plan ends in June.")
        asked = RequestInformation((item,), clock.today() + timedelta(days=10))
        coordinator = self.make.actor(self.staff.coordinator)
        self.make.take("application", application, "request_information", coordinator, data=asked)
        return application

    def held(self) -> Application:
        application = self.screening()
        deskwork.hold(self.make, application, self.staff.coordinator)
        return application

    def written(self) -> Application:
        """In screening, with a message from the applicant that nobody has answered."""
        application = self.screening()
        deskwork.write_in(self.make, application)
        return application

    def answered(self, application: Application | None = None) -> Application:
        """Asked, and answered."""
        application = application or self.asked()
        owner = self.make.actor(self.make.owner_of(application.organization))
        request = next(r for r in application.requests if r.state is RequestState.OPEN)
        document = None
        if request.item is RequestItem.DOCUMENT:
            document = self.make.document(application.organization, request.item_key)
        self.make.take(
            "information_request",
            request,
            "answer",
            owner,
            data=AnswerRequest("Here it is.", document_version=document),
        )
        return application

    def in_review(self, application: Application | None = None) -> Application:
        """Screened, with as many reviewers as it needs, who have declared that they have no conflict."""
        application = application or self.submitted()
        coordinator = self.make.actor(self.staff.coordinator)
        if application.state is not ApplicationState.SCREENING:
            self.make.take("application", application, "screen", coordinator)
        for person in self.staff.reviewers[: 2 if application.kind is ApplicationKind.PORTFOLIO else 1]:
            self.make.take("application", application, "assign_reviewer", coordinator, data=AssignReviewer(person.id))
        self.make.take("application", application, "start_review", coordinator)
        for review in application.reviews:
            self.make.take("review", review, "declare_no_conflict", self.make.actor(review.reviewer))
        return application

    def ready_to_decide(self, application: Application | None = None) -> Application:
        application = self.in_review(application)
        for review in list(application.reviews):
            self.make.rate(review)
        return application

    def drafted(self, application: Application | None = None, outcome: Outcome = Outcome.APPROVE) -> Application:
        application = self.ready_to_decide(application)
        draft = DraftDecision(outcome, "A clear decision.", (FINDING,))
        self.make.take("application", application, "draft_decision", self.make.actor(self.staff.director), data=draft)
        return application

    def approved(self, application: Application | None = None) -> Application:
        application = self.drafted(application)
        self.make.take("application", application, "release_approval", self.make.actor(self._releaser))
        deskwork.note(
            self.make, application, self.staff.coordinator, NoteKind.COMMENT, "Look again at the dates in fall."
        )
        return application

    def not_selected(self) -> Application:
        application = self.drafted(outcome=Outcome.NOT_SELECT)
        self.make.take("application", application, "release_not_selected", self.make.actor(self._releaser))
        return application

    def withdrawn(self) -> Application:
        application = self.submitted()
        owner = self.make.actor(self.make.owner_of(application.organization))
        self.make.take("application", application, "withdraw", owner)
        return application

    # The Portfolio

    def portfolio(self) -> Application:
        """A partner's application to the Portfolio, sent."""
        organization = self.approved().organization
        return self.make.submitted(self.make.portfolio(organization, self.staff.round))

    def portfolio_in_review(self) -> Application:
        """A long case: asked and answered again and again, then two reviewers, one of whom has submitted."""
        application = self.portfolio()
        coordinator = self.make.actor(self.staff.coordinator)
        self.make.take("application", application, "screen", coordinator)
        for _time in range(ASKED_AND_ANSWERED):
            item = RequestedItem(RequestItem.SECTION, tasklist.form_of(application).sections[0].key, "Say more.")
            asked = RequestInformation((item,), clock.today() + timedelta(days=10))
            self.make.take("application", application, "request_information", coordinator, data=asked)
            self.answered(application)
        self.in_review(application)
        self.make.rate(application.reviews[0])
        deskwork.talk(self.make, application, self.staff.coordinator)
        return application

    def portfolio_approved(self) -> Application:
        return self.approved(self.portfolio())


OPEN = (
    "submitted",
    "portfolio_in_review",
    "submitted",
    "asked",
    "submitted",
    "in_review",
    "screening",
    "submitted",
    "held",
    "answered",
    "drafted",
    "written",
    "ready_to_decide",
    "portfolio",
)
"""Open cases in the order in which they come, by what has been done to them; new ones come most often."""

CLOSED = (*(("approved",) * 8), "portfolio_approved", *(("approved",) * 7), "not_selected", "approved", "withdrawn")
"""Finished cases likewise."""


def exemplars(session: Session, cases: Cases) -> dict[str, Exemplar]:
    """Build one of each kind, and remember which rows each brought."""
    found = {}
    for name in dict.fromkeys((*OPEN, *CLOSED)):
        after, began = last_ids(session), clock.now()
        organization = getattr(cases, name)().organization
        states = session.scalars(
            sa.select(Application.state).where(Application.organization_id == organization.id)
        ).all()
        number_open = sum(1 for state in states if state in OPEN_STATES)
        found[name] = Exemplar(name, after, last_ids(session), len(states), number_open, began, clock.now())
    return found


def last_ids(session: Session) -> dict[str, int]:
    """The highest id of every numbered table; 0 where it is empty."""
    return {
        table.name: session.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))) or 0
        for table in Base.metadata.sorted_tables
        if "id" in table.columns
    }
