"""The worker's look for other records of an organization whose application was received."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from vetting.models import Application, DuplicatePair, DuplicateState, Organization
from vetting.policy import SYSTEM
from vetting.queries import duplicates
from vetting.text import N_
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.registry import workflow_named

NEWLY_ALIKE = N_("Something else is the same now.")


def look(sessions: Callable[[], Session], application_id: int) -> int:
    """Put down each look-alike that is not known yet. Returns how many; a second time there are none."""
    with sessions() as session, unit_of_work(session):
        application = session.get(Application, application_id)
        return 0 if application is None else put_down(session, application.organization)


def put_down(session: Session, organization: Organization) -> int:
    """The same for one organization, in the caller's unit of work."""
    known = duplicates.known_with(session, organization.id)
    found = 0
    for other in duplicates.look_alikes(session, organization.id):
        pair = known.get(other.id)
        if pair is not None:
            _once_more(session, pair, other)
            continue
        first, second = sorted((organization.id, other.id))
        fresh = DuplicatePair(first_id=first, second_id=second, reasons=list(other.reasons))
        engine.run(session, workflow_named("duplicate_pair"), fresh, "suspect", SYSTEM)
        found += 1
    return found


def _once_more(session: Session, pair: DuplicatePair, other: duplicates.LookAlike) -> None:
    """What the office said about the two stands, until a reason appears that it had not seen."""
    if pair.state is DuplicateState.MERGED:
        return
    fresh = {reason["key"] for reason in other.reasons} - {reason["key"] for reason in pair.reasons}
    if pair.state is DuplicateState.DIFFERENT and fresh:
        step = workflow_named("duplicate_pair")
        engine.run(session, step, pair, "look_again", SYSTEM, reason=NEWLY_ALIKE)
    if pair.state is DuplicateState.SUSPECTED:
        pair.reasons = list(other.reasons)
