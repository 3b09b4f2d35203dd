"""Cover for absence: dated, scoped, never passed on, and never a way around four eyes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import clock
from vetting.extensions import db
from vetting.models import (
    Application,
    Conflict,
    Cover,
    CoverState,
    DeskFeature,
    Feature,
    OutboxMessage,
    Outcome,
    Role,
    User,
)
from vetting.queries import cover as read_cover
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.workflows import engine
from vetting.workflows.commands import AssignReviewer, DraftDecision, HandOver
from vetting.workflows.engine import NotAllowed, StepRefused
from vetting.workflows.registry import workflow_named

Browser = Callable[..., CheckingClient]


def switch_on(make: Factory, feature: Feature = Feature.COVER) -> DeskFeature:
    part = DeskFeature(feature=feature)
    make.take("desk_feature", part, "begin")
    return part


def covering(absent: User, substitute: User, first: int = 0, last: int = 5, kind: str = "") -> Cover:
    today = clock.today()
    return Cover(
        absent_id=absent.id,
        substitute_id=substitute.id,
        starts_on=today + timedelta(days=first),
        ends_on=today + timedelta(days=last),
        kind=kind,
        set_by_id=absent.id,
    )


def agree(make: Factory, by: User, cover: Cover) -> Cover:
    make.take("cover", cover, "agree", make.actor(by))
    return cover


@pytest.fixture
def people(make: Factory) -> tuple[User, User, User]:
    """Anna is away, Ben stands in, and there is Carl."""
    return make.coordinator("Anna Away"), make.coordinator("Ben Beside"), make.coordinator("Carl Calm")


def told(session: Session, topic: str) -> set[str]:
    return set(session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == topic)))


def test_what_is_off_is_not_shown(make: Factory, browser_for: Browser, people: Any, read: Any) -> None:
    anna = browser_for(people[0])
    assert anna.get("/desk/cover").status_code == 404
    assert "Cover for absence" not in read(anna.get("/account/"))
    switch_on(make)
    assert anna.get("/desk/cover").status_code == 200
    assert "Cover for absence" in read(anna.get("/account/"))


def test_a_coordinator_arranges_their_own_absence_and_ends_it(
    make: Factory, session: Session, browser_for: Browser, people: Any, read: Any
) -> None:
    switch_on(make)
    anna, ben, _carl = people
    browser, today = browser_for(anna), clock.today()
    form = {
        "absent": anna.reference,
        "substitute": ben.reference,
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=4)).isoformat(),
        "kind": "portfolio",
    }
    preview = browser.post("/desk/cover/new", data={**form, "look": "1"})
    assert ben.email in read(preview)
    assert browser.post("/desk/cover/new", data=form).status_code == 303
    page = read(browser.get("/desk/cover"))
    assert "Anna Away Ben Beside" in page
    assert "Portfolio" in page
    session.rollback()
    assert told(session, "cover.agreed") == {f"user:{ben.id}"}
    cover = session.scalars(sa.select(Cover)).one()
    # Nobody else but a director ends it.
    assert browser_for(ben).post(f"/steps/cover/{cover.id}/end").status_code == 403
    assert browser.post(f"/steps/cover/{cover.id}/end", data={"version": str(cover.version)}).status_code == 303
    session.refresh(cover)
    assert cover.state is CoverState.ENDED


def test_nobody_sends_somebody_else_away_but_a_director(
    make: Factory, session: Session, browser_for: Browser, people: Any, read: Any
) -> None:
    switch_on(make)
    anna, ben, carl = people
    day = (clock.today() + timedelta(days=1)).isoformat()
    form = {"absent": anna.reference, "substitute": carl.reference, "starts_on": day, "ends_on": day}
    refused = browser_for(ben).post("/desk/cover/new", data=form)
    assert refused.status_code == 422
    assert "Choose one of the people in the list" in read(refused)
    with pytest.raises(NotAllowed):
        agree(make, ben, covering(anna, carl))
    assert browser_for(make.director()).post("/desk/cover/new", data=form).status_code == 303


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"substitute": ""}, "Choose who stands in"),
        ({"substitute": "{anna}"}, "Somebody else has to stand in"),
        ({"starts_on": ""}, "Give the first day away"),
        ({"starts_on": "Monday"}, "Enter a day as year-month-day"),
        ({"starts_on": "{later}", "ends_on": "{today}"}, "The last day cannot be before the first"),
        ({"starts_on": "{past}", "ends_on": "{past}"}, "Give a last day that is not before today"),
        ({"ends_on": "{far}"}, "Arrange cover for a year at most"),
        ({"kind": "nonsense"}, "Choose one of the kinds in the list"),
    ],
)
def test_cover_that_cannot_be_is_refused_in_words(
    make: Factory, browser_for: Browser, people: Any, read: Any, changed: dict[str, str], sentence: str
) -> None:
    switch_on(make)
    anna, ben, _carl = people
    today = clock.today()
    places = {
        "anna": anna.reference,
        "today": today,
        "later": today + timedelta(days=3),
        "past": today - timedelta(days=3),
        "far": today + timedelta(days=800),
    }
    form = {
        "absent": anna.reference,
        "substitute": ben.reference,
        "starts_on": str(today),
        "ends_on": str(today),
        **{name: value.format(**places) for name, value in changed.items()},
    }
    answer = browser_for(anna).post("/desk/cover/new", data=form)
    assert answer.status_code == 422
    assert sentence in read(answer)


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (lambda a, b, c: covering(b, c, 2, 3), "stands in for somebody else"),
        (lambda a, b, c: covering(c, a, 2, 3), "is away on some of these days"),
        (lambda a, b, c: covering(b, a, 5, 9), "is away on some of these days"),
        (lambda a, b, c: covering(a, c, 5, 9), "arranged already"),
        (lambda a, b, c: covering(a, c, 0, 0, "portfolio"), "arranged already"),
    ],
    ids=["substitute leaves", "absent stands in", "each for the other", "twice", "twice for a kind"],
)
def test_cover_is_neither_doubled_nor_passed_on(
    make: Factory, people: Any, second: Callable[..., Cover], sentence: str
) -> None:
    anna, ben, _carl = people
    agree(make, anna, covering(anna, ben))
    with pytest.raises(StepRefused, match=sentence):
        agree(make, make.director(), second(*people))


def test_cover_may_be_split_by_kind_and_follow_one_another(make: Factory, people: Any) -> None:
    anna, ben, carl = people
    agree(make, anna, covering(anna, ben, 0, 5, "registration"))
    agree(make, anna, covering(anna, carl, 0, 5, "portfolio"))
    agree(make, anna, covering(anna, ben, 6, 9))
    # The chain is refused only while both would be away.
    agree(make, ben, covering(ben, carl, 10, 12))


def test_two_who_arrange_at_once_are_not_both_away(app: Flask, make: Factory, session: Session, people: Any) -> None:
    anna, ben, _carl = people
    actors = [make.actor(anna), make.actor(ben)]
    wanted = [covering(anna, ben), covering(ben, anna)]
    session.commit()
    gate, ends = threading.Barrier(2), []
    with app.app_context():
        bind = db.engine

    def run(number: int) -> None:
        with Session(bind, expire_on_commit=False) as own:
            gate.wait(timeout=30)
            try:
                with unit_of_work(own):
                    engine.run(own, workflow_named("cover"), wanted[number], "agree", actors[number])
                ends.append(None)
            except (StepRefused, LostRace) as error:
                ends.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert ends.count(None) == 1
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Cover)) == 1


def ids(people: Iterable[User]) -> set[str]:
    """People of the office as recipients; the applicants are told as well."""
    return {f"user:{person.id}" for person in people}


def in_hands_of(make: Factory, person: User) -> Application:
    case = make.submitted()
    make.take("application", case, "hand_over", make.actor(make.director("Dora Director")), data=HandOver(person.id))
    return case


def test_mail_about_a_case_reaches_the_substitute_while_cover_is_in_force(
    make: Factory, session: Session, people: Any
) -> None:
    anna, ben, _carl = people
    part = switch_on(make)
    agree(make, anna, covering(anna, ben, 0, 5, "registration"))
    case, other = in_hands_of(make, carl_case := people[2]), make.submitted()
    assert carl_case.name == "Carl Calm"
    make.take("application", other, "claim", make.actor(anna))
    for one in (case, other):
        make.take("application", one, "withdraw", make.actor(make.owner_of(one.organization)))
    assert told(session, "application.withdrawn") & ids(people) == ids(people)
    # Off again: as if nobody were away.
    make.take("desk_feature", part, "switch_off")
    assert read_cover.away(session, clock.today()) == {}


def test_a_substitute_with_an_interest_hears_nothing_of_the_case(make: Factory, session: Session, people: Any) -> None:
    anna, ben, _carl = people
    switch_on(make)
    agree(make, anna, covering(anna, ben))
    case = make.submitted()
    make.take("application", case, "claim", make.actor(anna))
    conflict = Conflict(user_id=ben.id, organization_id=case.organization_id)
    make.take("conflict", conflict, "declare", make.actor(ben))
    make.take("application", case, "withdraw", make.actor(make.owner_of(case.organization)))
    assert told(session, "application.withdrawn") & ids(people) == ids([anna])


def test_no_case_is_given_to_somebody_who_is_away(make: Factory, browser_for: Browser, people: Any, read: Any) -> None:
    anna, ben, carl = people
    switch_on(make)
    agree(make, anna, covering(anna, ben))
    case = make.submitted()
    page = read(browser_for(carl).get(f"/desk/cases/{case.reference}/hand-over"))
    assert "Anna Away: Is away. Ben Beside stands in." in page
    with pytest.raises(StepRefused, match="Is away"):
        make.take("application", case, "hand_over", make.actor(carl), data=HandOver(anna.id))


def test_cover_is_no_way_around_four_eyes(make: Factory, session: Session) -> None:
    """The director who would release is away; the one who drafted stands in, and still cannot release."""
    switch_on(make)
    boss = make.director("Dora Director")
    case = make.decision_drafted(outcome=Outcome.NOT_SELECT)
    drafter = session.get(User, case.decisions[-1].drafted_by_id)
    assert drafter is not None
    agree(make, boss, covering(boss, drafter))
    with pytest.raises(StepRefused, match="You drafted this decision"):
        make.take("application", case, "release_not_selected", make.actor(drafter))
    # And the person who is away keeps their own hands: they drafted nothing.
    make.take("application", case, "release_not_selected", make.actor(boss))


def test_a_substitute_who_reviews_a_covered_case_does_not_release_it(make: Factory, session: Session) -> None:
    switch_on(make)
    anna = make.coordinator("Anna Away")
    ben = make.person("Ben Beside", Role.COORDINATOR, Role.REVIEWER)
    agree(make, anna, covering(anna, ben))
    case = make.submitted()
    make.take("application", case, "screen", make.actor(anna))
    make.take("application", case, "assign_reviewer", make.actor(ben), data=AssignReviewer(ben.id))
    make.take("application", case, "start_review", make.actor(ben))
    review = case.reviews[0]
    make.take("review", review, "declare_no_conflict", make.actor(ben))
    make.rate(review)
    draft = DraftDecision(Outcome.NOT_SELECT, "A clear decision.", ())
    make.take("application", case, "draft_decision", make.actor(anna), data=draft)
    with pytest.raises(StepRefused, match="You reviewed this case"):
        make.take("application", case, "release_not_selected", make.actor(ben))
