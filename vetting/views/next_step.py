"""The one thing a case asks of the reader now, or who it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from vetting.models import Application, ApplicationState, Review, ReviewState
from vetting.queries import settings
from vetting.views.chrome import localdate
from vetting.views.errors import translated
from vetting.views.steps import step_url
from vetting.workflows.engine import Possible
from vetting.workflows.guards.applications import LIVE_REVIEWS


@dataclass(frozen=True)
class NextStep:
    """A title, a sentence, and a link (``href``) or a step to post (``action``). ``done`` means nothing is asked."""

    title: str
    text: str
    label: str = ""
    href: str = ""
    action: str = ""
    done: bool = False


def next_step_for(application: Application, steps: Mapping[str, Possible], review: Review | None) -> NextStep:
    """What the reader does next with the case."""
    if review is not None and review.state in {ReviewState.ASSIGNED, ReviewState.IN_PROGRESS}:
        return _own_review(application, review)
    state = application.state
    if state is ApplicationState.SUBMITTED and "screen" in steps:
        return NextStep(
            _("Check that it is complete"),
            _("Starting puts the case in your name, so that two people do not do the same work."),
            _("Start screening"),
            action=step_url("application", application, "screen"),
        )
    if state is ApplicationState.SCREENING and "start_review" in steps:
        return _screening(application, steps["start_review"])
    if state is ApplicationState.READY_TO_DECIDE and "draft_decision" in steps:
        href = url_for("decisions.draft", reference=application.reference)
        return NextStep(
            _("Draft the decision"),
            _("All reviews are in. The draft is filled from the ratings; another person releases it."),
            _("Draft the decision"),
            href=href,
        )
    if state is ApplicationState.DECISION_DRAFTED:
        return _release(application, steps)
    return _waiting(application)


def _own_review(application: Application, review: Review) -> NextStep:
    href = url_for("reviews.show", reference=application.reference)
    if review.state is ReviewState.ASSIGNED:
        text = _("First say whether you have an interest in this organization.")
        return NextStep(_("You review this case"), text, _("Start your review"), href=href)
    if application.state is not ApplicationState.IN_REVIEW:
        return NextStep(
            _("You review this case"), _("It opens for rating when the coordinator sends it to review."), done=True
        )
    text = _("Your review is due on %(day)s.", day=localdate(review.due_on)) if review.due_on else ""
    return NextStep(_("Write your review"), text, _("Go on with your review"), href=href)


def _screening(application: Application, step: Possible) -> NextStep:
    if step.open:
        return NextStep(
            _("Ready for review"),
            _("Enough reviewers are assigned and nothing is outstanding."),
            _("Send to review"),
            action=step_url("application", application, "start_review"),
        )
    have = sum(1 for review in application.reviews if review.state in LIVE_REVIEWS)
    if have < settings.reviewers_needed(application):
        text = _(
            "%(have)s of %(needed)s reviewers are assigned. If something is missing, ask the applicant for it first.",
            have=have,
            needed=settings.reviewers_needed(application),
        )
        href = url_for("requests.assign", reference=application.reference)
        return NextStep(_("Choose who reviews it"), text, _("Assign reviewers"), href=href)
    return NextStep(_("Not ready for review yet"), translated(step.reasons[0]), done=True)


def _release(application: Application, steps: Mapping[str, Possible]) -> NextStep:
    releases = [steps[name] for name in ("release_approval", "release_not_selected") if name in steps]
    if not releases:
        return _waiting(application)
    if not any(step.open for step in releases):
        return NextStep(
            _("Waiting for a second person"), _("Somebody other than the drafter releases the decision."), done=True
        )
    href = url_for("decisions.release", reference=application.reference)
    text = _("Read exactly what the applicant will get, then release it or return it to the drafter.")
    return NextStep(_("Release the decision"), text, _("Look at the decision"), href=href)


def _waiting(application: Application) -> NextStep:
    day = localdate(application.due_on)
    done = sum(1 for review in application.reviews if review.state is ReviewState.SUBMITTED)
    live = sum(1 for review in application.reviews if review.state in LIVE_REVIEWS)
    words = {
        ApplicationState.SUBMITTED: (_("Waiting for a coordinator"), _("Nobody has started to check it yet.")),
        ApplicationState.SCREENING: (_("A coordinator is checking it"), ""),
        ApplicationState.INFORMATION_REQUESTED: (
            _("Waiting for the applicant"),
            _("We asked for an answer by %(day)s. The case returns to the queue when everything is answered.", day=day),
        ),
        ApplicationState.IN_REVIEW: (
            _("Waiting for the reviewers"),
            _("%(done)s of %(all)s reviews are in.", done=done, all=live),
        ),
        ApplicationState.READY_TO_DECIDE: (_("Waiting for the draft of a decision"), ""),
        ApplicationState.DECISION_DRAFTED: (_("Waiting for the release of the decision"), ""),
    }
    title, text = words.get(application.state, (_("This case is closed"), ""))
    return NextStep(title, text, done=True)
