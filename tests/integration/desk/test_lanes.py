"""Lanes: pools for special knowledge, who finds them among their own, and what sends a case there."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.desk import generated
from tests.support.client import CheckingClient
from vetting import clock
from vetting.data.lanes import load_lanes
from vetting.data.reading import DataError, content_of
from vetting.models import (
    OPEN_STATES,
    Application,
    ApplicationState,
    DeskFeature,
    Expertise,
    Feature,
    HistoryEntry,
    Role,
    User,
)
from vetting.policy import SYSTEM
from vetting.queries import piles, queue, tasklist
from vetting.queries.piles import Pile
from vetting.queries.queue_filters import FIXED, Filters
from vetting.questionnaires.loading import load_form
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import ChoosePool, SaveAnswers
from vetting.workflows.engine import NotAllowed, StepRefused

Browser = Callable[..., CheckingClient]


@pytest.fixture
def switch(make: Factory, session: Session) -> Callable[[bool], None]:
    """Lanes on, or off again."""

    def switched(on: bool) -> None:
        part = session.scalar(sa.select(DeskFeature).where(DeskFeature.feature == Feature.LANES))
        if part is None:
            make.take("desk_feature", DeskFeature(feature=Feature.LANES), "begin")
        else:
            make.take("desk_feature", part, "switch_on" if on else "switch_off")

    return switched


def knows(session: Session, person: User, *lanes: str) -> None:
    with unit_of_work(session):
        session.add_all(Expertise(user_id=person.id, facet="lane", value=lane) for lane in lanes)


def listed(make: Factory, person: User, **filters: Any) -> list[str]:
    rows = queue.page(make.session, make.actor(person), Filters(**filters), clock.today(), size=1000).rows
    return [row.reference for row in rows]


def test_a_case_in_a_lane_waits_for_those_who_know_it(
    make: Factory, session: Session, switch: Any, browser_for: Browser, read: Any, sent: Any
) -> None:
    switch(True)
    cora, dana, dora = make.coordinator("Cora Coordinator"), make.coordinator("Dana Data"), make.director()
    knows(session, dana, "data_privacy")
    case = make.submitted()
    reference = case.reference
    assert reference in listed(make, cora)
    browser = browser_for(cora)
    page = browser.get(f"/desk/cases/{reference}/pool")
    wrong = browser.post(f"/desk/cases/{reference}/pool", data={**sent(page), "pool": "astrology", "reason": "Look."})
    assert wrong.status_code == 422
    assert "Choose one of the pools in the list" in read(wrong)
    assert "Look." in wrong.get_data(as_text=True), "nothing typed is lost"
    done = browser.post(
        f"/desk/cases/{reference}/pool",
        data={**sent(page), "pool": "data_privacy", "reason": "They ask for names."},
        follow_redirects=True,
    )
    assert "This case is in the pool now: Data privacy." in read(done)
    assert "In charge: nobody. The case is in this pool: Data privacy." in read(done)
    assert reference in listed(make, dana)
    assert reference in listed(make, dora), "no lane lies where nobody looks"
    assert reference not in listed(make, cora)
    assert reference in listed(make, cora, pile=Pile.WAITING)
    assert listed(make, cora, pile=Pile.POOL, pool="data_privacy") == [reference]
    assert listed(make, cora, pile=Pile.POOL, pool="shared") == []
    tab = browser.get("/desk/queue?pile=pool&pool=data_privacy")
    assert "Pool: Data privacy" in read(tab)
    assert reference in read(tab)
    # Whoever takes it and puts it back puts it back where it came from.
    make.take("application", session.get_one(Application, case.id), "claim", make.actor(dana))
    assert listed(make, cora, pile=Pile.POOL) == []
    make.take("application", session.get_one(Application, case.id), "put_back", make.actor(dana))
    assert listed(make, dana, pile=Pile.POOL, pool="data_privacy") == [reference]
    entry = session.scalars(sa.select(HistoryEntry).where(HistoryEntry.step == "move_to_pool")).one()
    assert (entry.reason, entry.data["pool"]) == ("They ask for names.", "data_privacy")


def test_only_the_person_in_charge_or_a_director_moves_a_case_that_somebody_has(
    make: Factory, session: Session, switch: Any
) -> None:
    switch(True)
    cora, cole, dora = make.coordinator("Cora Coordinator"), make.coordinator("Cole Colleague"), make.director()
    case = make.submitted()
    make.take("application", case, "claim", make.actor(cora))
    with pytest.raises(StepRefused, match="Only the person in charge"):
        make.take("application", case, "move_to_pool", make.actor(cole), data=ChoosePool("risk"))
    make.take("application", case, "move_to_pool", make.actor(cora), data=ChoosePool("risk"))
    assert (case.coordinator_id, case.in_charge_since, case.pool_key) == (None, None, "risk")
    for pool, words in (("risk", "lies in this pool already"), ("astrology", "Choose one of the pools")):
        with pytest.raises(StepRefused, match=words):
            make.take("application", case, "move_to_pool", make.actor(dora), data=ChoosePool(pool))
    with pytest.raises(NotAllowed):
        make.take(
            "application", case, "move_to_pool", make.actor(make.person("Ada", Role.AUDITOR)), data=ChoosePool("")
        )


def test_what_is_off_is_not_shown_and_hides_no_case(
    make: Factory, session: Session, switch: Any, browser_for: Browser, read: Any
) -> None:
    switch(True)
    cora, case = make.coordinator("Cora Coordinator"), make.submitted()
    make.take("application", case, "move_to_pool", make.actor(cora), data=ChoosePool("risk"))
    switch(False)
    assert case.reference in listed(make, cora), "its lane is gone, so it is everybody's again"
    assert listed(make, cora, pile=Pile.POOL, pool="shared") == [case.reference]
    browser = browser_for(cora)
    page = browser.get(f"/desk/cases/{case.reference}")
    assert "another pool" not in read(page)
    assert "The case is in the pool." in read(page)
    assert browser.get(f"/desk/cases/{case.reference}/pool").status_code == 404
    assert "Pool: " not in read(browser.get("/desk/queue?pile=pool&pool=risk"))
    assert case.reference in read(browser.get("/desk/queue?pile=pool&pool=risk"))
    assert "Who looks after lanes" not in read(browser.get("/desk/assigning"))
    assert browser.get(f"/desk/assigning/people/{cora.reference}").status_code == 404
    with pytest.raises(NotAllowed):
        make.take("application", case, "move_to_pool", make.actor(cora), data=ChoosePool("finance"))


def test_somebody_in_charge_is_given_lanes_to_look_after(
    make: Factory, session: Session, switch: Any, browser_for: Browser, read: Any
) -> None:
    switch(True)
    cora, both = make.coordinator("Cora Coordinator"), make.person("Bo Both", Role.COORDINATOR, Role.REVIEWER)
    browser = browser_for(cora)
    page = browser.get(f"/desk/assigning/people/{cora.reference}")
    assert "Most reviews at once" not in read(page)
    browser.post(f"/desk/assigning/people/{cora.reference}", data={"lane": ["risk", "finance"]})
    session.rollback()
    kept = sa.select(Expertise.facet, Expertise.value).where(Expertise.user_id == cora.id)
    assert {(row.facet, row.value) for row in session.execute(kept)} == {("lane", "risk"), ("lane", "finance")}
    assert "Risk and insurance, Finance and purchasing" in read(browser.get("/desk/assigning"))
    assert "Most reviews at once" in read(browser.get(f"/desk/assigning/people/{both.reference}"))


@pytest.mark.parametrize(("on", "pool"), [(True, "data_privacy"), (False, "")])
def test_an_answer_sends_a_new_case_to_its_lane_while_lanes_are_in_use(
    make: Factory, session: Session, switch: Any, on: bool, pool: str
) -> None:
    if on:
        switch(True)
    case = make.registration()
    make.fill(case)
    owner = make.actor(make.owner_of(case.organization))
    needs = {"student_data_needed": "yes", "legal_basis": "consent", "transports_students": "no"}
    programs = {answer.program for answer in case.answers if answer.question_key == "student_data_needed"}
    make.take("application", case, "save_answers", owner, data=SaveAnswers(needs, programs.pop()))
    for task in tasklist.tasks(case):
        for type_key in task.state.missing_documents:
            make.attach(case, type_key)
    make.take("application", case, "submit", owner)
    assert (case.state, case.pool_key) == (ApplicationState.SUBMITTED, pool)
    make.take("application", case, "withdraw", owner)


def test_every_open_case_lies_with_one_person_or_in_one_pool_and_every_pool_is_somebodys(
    make: Factory, session: Session, switch: Any
) -> None:
    switch(True)
    many = generated.many_cases(make, 60, 5)
    chance = random.Random(5)
    with unit_of_work(session):
        for case in session.scalars(sa.select(Application).order_by(Application.id)):
            case.pool_key = chance.choice(["", "risk", "risk", *load_lanes()])
    knows(session, many.people["colleague"], "risk")
    everyone = list(session.scalars(sa.select(User)))
    for person in (many.people[name] for name in ("coordinator", "colleague", "director")):
        actor = make.actor(person)
        seen = set(
            session.scalars(
                sa.select(Application.reference).where(
                    piles.visible_cases(actor), Application.state.in_(sorted(OPEN_STATES))
                )
            )
        )
        apart = [
            reference for pile in (Pile.MINE, Pile.WAITING, Pile.HOLD) for reference in listed(make, person, pile=pile)
        ]
        assert sorted(apart) == sorted(seen), "the three piles hold every open case exactly once"
        hands = [reference for pool in FIXED["pool"] for reference in listed(make, person, pile=Pile.OPEN, pool=pool)]
        assert sorted(hands) == sorted(listed(make, person, pile=Pile.POOL)), "each pool's list is its own"
        hands += [ref for user in everyone for ref in listed(make, person, pile=Pile.OPEN, assignee=user.reference)]
        assert sorted(hands) == sorted(seen), "one person or one pool has each, on hold or not"
        for filters in (Filters(Pile.POOL, pool=pool) for pool in FIXED["pool"]):
            counted = queue.counts(session, actor, filters, clock.today())[Pile.POOL]
            assert counted == len(listed(make, person, pile=Pile.POOL, pool=filters.pool)), "the badge is the list"
    risk = [(pile, state) for pile in (Pile.MINE, Pile.WAITING) for state in ("submitted", "screening")]
    dora = many.people["director"]
    new = {ref for pile, state in risk for ref in listed(make, dora, pile=pile, state=state, pool="risk")}
    assert new, "somebody in charge has to act on some of them"
    assert new <= set(listed(make, many.people["colleague"]))
    assert not new & set(listed(make, many.people["coordinator"]))
    assert new <= set(listed(make, dora))


def test_the_routes_ask_about_questions_that_the_forms_have() -> None:
    questions = {
        question.key
        for name in ("registration", "portfolio")
        for question in load_form(f"forms/{name}-1.yaml").questions
    }
    routed = {route.question for lane in load_lanes().values() for route in lane.routes}
    assert routed
    assert routed <= questions


def test_a_lane_written_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = content_of("lanes-1.yaml")
    content["lanes"].append(content["lanes"][0])
    monkeypatch.setattr("vetting.data.lanes.content_of", lambda name: content)
    load_lanes.cache_clear()
    with pytest.raises(DataError, match="lanes"):
        load_lanes("twice")


def test_the_system_moves_a_case_out_of_anybodys_hands(make: Factory, switch: Any) -> None:
    switch(True)
    case = make.submitted()
    make.take("application", case, "claim", make.actor(make.coordinator()))
    make.take("application", case, "move_to_pool", SYSTEM, data=ChoosePool("finance"))
    assert (case.coordinator_id, case.pool_key) == (None, "finance")
