"""The pile “To release” holds the decisions that its reader may release, no more and no less."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import clock
from vetting.models import Application, ApplicationState, Outcome, Role, User
from vetting.queries import queue
from vetting.queries.piles import Pile
from vetting.queries.queue_filters import Filters
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.commands import DraftDecision
from vetting.workflows.registry import workflow_named

RELEASES = ("release_approval", "release_not_selected")


@pytest.fixture
def people(make: Factory, session: Session) -> list[User]:
    """An office in which one drafts, one is the drafter's superior, one reviews and releases, and one only looks."""
    dan, rita = make.director("Dan Drafter"), make.director("Rita Superior")
    with unit_of_work(session):
        dan.supervisor_id = rita.id
    both = make.person("Bea Both", Role.COORDINATOR, Role.REVIEWER)
    return [dan, rita, both, make.coordinator("Carl Coordinator"), make.person("Ada Auditor", Role.AUDITOR)]


def test_it_holds_what_the_guards_let_through(make: Factory, session: Session, people: list[User]) -> None:
    dan, _rita, both, carl, _ada = people
    cases = [make.decision_drafted(by=dan), make.decision_drafted(by=carl)]
    reviewed = make.ready_to_decide(reviewers=[both], coordinator=carl)
    draft = DraftDecision(Outcome.NOT_SELECT, "Not clear enough.", ())
    make.take("application", reviewed, "draft_decision", make.actor(dan), data=draft)
    cases.append(reviewed)
    make.settings(separation_by_reporting_line=True)
    cases.append(make.decision_drafted(by=dan))
    assert {case.state for case in cases} == {ApplicationState.DECISION_DRAFTED}
    sizes = set()
    for person in people:
        actor, view = make.actor(person), Filters(Pile.RELEASE)
        listed = {row.reference for row in queue.page(session, actor, view, clock.today()).rows}
        able = {case.reference for case in session.scalars(sa.select(Application)) if releasable(session, case, actor)}
        assert listed == able, person.name
        assert queue.counts(session, actor, view, clock.today())[Pile.RELEASE] == len(able)
        mine = {row.reference for row in queue.page(session, actor, Filters(), clock.today()).rows}
        assert able <= mine, "what only they can do needs action by them"
        sizes.add(len(able))
    assert len(sizes) >= 3, "the office is one in which it matters who asks"


def releasable(session: Session, case: Application, actor: engine.Actor) -> bool:
    table = workflow_named("application")
    return any(not engine.obstacles(session, table, case, step, actor) for step in RELEASES)


def test_who_releases_nothing_has_no_such_pile(
    make: Factory, people: list[User], browser_for: Callable[..., CheckingClient], read: Callable[..., str]
) -> None:
    make.decision_drafted(by=people[0])
    assert "To release" in read(browser_for(people[3]).get("/desk/queue"))
    assert "To release" not in read(browser_for(people[4]).get("/desk/queue"))
