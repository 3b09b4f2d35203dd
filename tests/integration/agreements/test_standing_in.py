"""Somebody acts for a school's leader for some days: what they can do then, in whose name, and what they cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.agreements.conftest import Place, looking
from tests.support.client import CheckingClient
from vetting import clock, refs
from vetting.jobs import calendar_day
from vetting.models import (
    Delegation,
    DelegationState,
    HistoryEntry,
    OutboxMessage,
    Partnership,
    PartnershipState,
    Role,
    School,
    User,
)
from vetting.policy import Permission, allows
from vetting.queries import settings
from vetting.queries.actors import actor_for
from vetting.workflows.engine import NotAllowed, StepRefused
from vetting.workflows.scope_of_service import signers_of

Browser = Callable[[User], CheckingClient]
DAY = timedelta(days=1)


@pytest.fixture
def assistant(make: Factory, place: Place, session: Session) -> User:
    """The assistant principal: belongs to the school, and leads nothing."""
    person = make.person("Ana Assistant", title="Assistant principal")
    make.grant(person, Role.SCHOOL_LIAISON, school=place.school)
    session.commit()
    return person


def agreed(
    make: Factory, place: Place, assistant: User, first: date, last: date, *, may_sign: bool = False
) -> Delegation:
    delegation = Delegation(
        reference=refs.new_reference("DEL"),
        school_id=place.school.id,
        school=place.school,
        leader_id=place.leader.id,
        delegate_id=assistant.id,
        starts_on=first,
        ends_on=last,
        may_sign=may_sign,
    )
    make.take("delegation", delegation, "give", make.actor(place.leader))
    return delegation


def proposed(make: Factory, place: Place) -> Partnership:
    partnership = Partnership(
        reference=refs.new_reference("PSH"),
        program=place.organization.programs[0],
        school=place.school,
        school_year="2026-27",
    )
    make.take("partnership", partnership, "propose", make.actor(place.leader))
    return partnership


def test_a_leader_agrees_on_it_and_both_are_told_once(
    make: Factory, place: Place, assistant: User, browser_for: Browser, session: Session
) -> None:
    stranger = make.person("Stan Stranger")
    session.commit()
    leader, today = browser_for(place.leader), clock.today()
    at = f"/schools/{place.school.dese_id}/delegations/new"
    page = leader.get(at).get_data(as_text=True)
    assert "Ana Assistant" in page
    assert "Stan Stranger" not in page
    assert "may_sign" not in page
    form = {"person": assistant.reference, "starts_on": str(today), "ends_on": str(today + 6 * DAY)}
    for name, value, words in (
        ("ends_on", str(today - DAY), "not before today"),
        ("starts_on", str(today + 9 * DAY), "cannot be before the first"),
        ("ends_on", str(today + 400 * DAY), "a year at most"),
        ("ends_on", "soon", "day"),
        ("person", "", "Choose who acts for you"),
        ("person", stranger.reference, "the list"),
        ("person", place.leader.reference, "the list"),
    ):
        answer = leader.post(at, data={**form, name: value})
        assert answer.status_code == 422, (name, value)
        text = answer.get_data(as_text=True)
        assert words in text, (name, value)
        assert str(today + 6 * DAY) in text or name == "ends_on"
    look = leader.post(at, data={**form, "look": "1"}).get_data(as_text=True)
    assert "Ana Assistant acts for Lee Leader" in look
    with looking(session):
        assert session.scalar(sa.select(sa.func.count()).select_from(Delegation)) == 0
    # Signing is not offered in this district, so whoever sends it all the same gets the rest and no more.
    sent = leader.post(at, data={**form, "may_sign": "y"})
    assert sent.status_code == 303
    with looking(session):
        made = session.scalars(sa.select(Delegation)).one()
        assert not made.may_sign
        told = session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "delegation.given"))
        assert sorted(told) == sorted([f"user:{assistant.id}", f"user:{place.leader.id}"])
    again = leader.post(at, data=form)
    assert again.status_code == 409
    assert "already" in again.get_data(as_text=True)
    for person in (place.leader, assistant):
        assert "Ana Assistant acts for Lee Leader" in browser_for(person).get(sent.location).get_data(as_text=True)
    assert browser_for(stranger).get(sent.location).status_code == 404


def test_who_stands_in_confirms_on_behalf_of_the_leader_and_no_more(
    make: Factory, place: Place, assistant: User, browser_for: Browser, session: Session
) -> None:
    partnership = proposed(make, place)
    with pytest.raises(NotAllowed):
        make.take("partnership", partnership, "confirm", make.actor(assistant))
    delegation = agreed(make, place, assistant, clock.today(), clock.today() + 3 * DAY)
    number, version, agreed_on = partnership.id, str(partnership.version), delegation.reference
    reference, at = partnership.reference, f"/schools/{place.school.dese_id}"
    session.commit()
    browser = browser_for(assistant)
    page = browser.get(at).get_data(as_text=True)
    assert "You act for Lee Leader here" in page
    assert "Confirm the partnership on" in page
    assert browser.post(f"/steps/partnership/{reference}/confirm", data={"version": version}).status_code == 303
    with looking(session):
        session.expire_all()
        assert session.get_one(Partnership, number).state is PartnershipState.CONFIRMED
        entry = session.scalars(
            sa.select(HistoryEntry).where(HistoryEntry.subject_type == "partnership", HistoryEntry.step == "confirm")
        ).one()
        assert (entry.actor_id, entry.data["on_behalf_of"]) == (assistant.id, [place.leader.id, "Lee Leader"])
    assert "Ana Assistant, on behalf of Lee Leader" in browser.get(f"/partnerships/{reference}").get_data(as_text=True)
    # It is not passed on, and what works is ended by the leader alone.
    assert browser.get(f"{at}/delegations/new").status_code == 403
    assert browser.post(f"/steps/delegation/{agreed_on}/end", data={}).status_code == 403
    actor = make.actor(assistant)
    assert not allows(Permission.PARTNERSHIP_END, actor, partnership)
    assert not allows(Permission.AGREEMENT_MANAGE, actor, make.agreement(partnership))


def test_what_a_leader_does_in_person_names_nobody_else(make: Factory, place: Place, assistant: User) -> None:
    agreed(make, place, assistant, clock.today(), clock.today())
    entry = make.take("partnership", proposed(make, place), "confirm", make.actor(place.leader))
    assert "on_behalf_of" not in entry.data


@pytest.mark.parametrize(("first", "last"), [(1, 4), (-5, -1)])
def test_it_holds_on_its_days_only(
    make: Factory, place: Place, assistant: User, session: Session, first: int, last: int
) -> None:
    today = clock.today()
    delegation = agreed(make, place, assistant, today, today + 9 * DAY)
    assert place.school.id in make.actor(assistant).stands_in
    session.execute(
        sa.update(Delegation)
        .where(Delegation.id == delegation.id)
        .values(starts_on=today + first * DAY, ends_on=today + last * DAY)
    )
    session.commit()
    assert not make.actor(assistant).stands_in


@pytest.mark.parametrize("who", ["leader", "assistant"])
def test_it_ends_when_either_of_them_leaves_the_school(
    make: Factory, place: Place, assistant: User, session: Session, who: str
) -> None:
    agreed(make, place, assistant, clock.today(), clock.today() + 9 * DAY)
    person = place.leader if who == "leader" else assistant
    grant = next(grant for grant in person.grants if grant.school_id == place.school.id)
    make.end_grant(grant)
    session.commit()
    assert not make.actor(assistant).stands_in


def test_it_is_over_after_its_last_day_and_either_of_them_can_end_it_before(
    make: Factory, place: Place, assistant: User, app: Flask, browser_for: Browser, session: Session
) -> None:
    today = clock.today()
    first = agreed(make, place, assistant, today, today)
    session.commit()
    browser = browser_for(assistant)
    assert browser.post(f"/steps/delegation/{first.reference}/hand_back", data={}).status_code == 303
    second = agreed(make, place, assistant, today, today + DAY)
    ids = first.id, second.id
    session.commit()
    from vetting.extensions import db

    with app.app_context():
        sessions = sessionmaker(db.engine, expire_on_commit=False)
    for later in (1, 2):
        calendar_day.settle(sessions, clock.now() + later * DAY)
        with looking(session):
            session.expire_all()
            states = [session.get_one(Delegation, number).state for number in ids]
            wanted = DelegationState.GIVEN if later == 1 else DelegationState.OVER
            assert states == [DelegationState.ENDED, wanted]


def test_signing_is_left_to_somebody_only_where_the_district_lets_leaders(
    make: Factory, place: Place, assistant: User, session: Session
) -> None:
    today = clock.today()
    with pytest.raises(StepRefused, match="signs in person"):
        agreed(make, place, assistant, today, today, may_sign=True)
    agreement = make.agreement(make.partnership(place.organization, place.school))
    agreeing = settings.process_settings(session).content["agreement"]
    make.settings(agreement={**agreeing, "delegates_sign": True})
    delegation = agreed(make, place, assistant, today, today + DAY, may_sign=True)
    leading = next(one for one in signers_of(session, agreement) if one.role.value == "school_leader")
    assert [user.name for user in leading.able] == ["Lee Leader", "Ana Assistant"]
    # The leader stays the one who is asked; the place is handed on with a reason that everybody reads.
    assert leading.user is not None
    assert leading.user.name == "Lee Leader"
    assert actor_for(session, assistant).stands_in[place.school.id].may_sign
    make.settings(agreement={**agreeing, "delegates_sign": False})
    assert not actor_for(session, assistant).stands_in[place.school.id].may_sign, "the district changed its mind"
    assert [user.name for user in signers_of(session, agreement)[1].able] == ["Lee Leader"]
    make.settings(agreement={**agreeing, "delegates_sign": True})
    make.take("delegation", delegation, "end", make.actor(place.leader))
    assert [user.name for user in signers_of(session, agreement)[1].able] == ["Lee Leader"]


def test_the_office_sees_all_of_them_and_a_school_its_own(
    make: Factory, place: Place, assistant: User, browser_for: Browser, session: Session
) -> None:
    agreed(make, place, assistant, clock.today(), clock.today() + DAY)
    coordinator = make.person("Cora Coordinator", Role.COORDINATOR)
    other: School = make.school("Another School")
    elsewhere = make.leader(other)
    session.commit()
    page = browser_for(coordinator).get("/schools/delegations").get_data(as_text=True)
    assert "Ana Assistant" in page
    assert "Mather Elementary" in page
    assert "/schools/delegations" in browser_for(coordinator).get("/schools").get_data(as_text=True)
    assert browser_for(elsewhere).get("/schools/delegations").status_code == 403
    assert browser_for(elsewhere).get(f"/schools/{place.school.dese_id}/delegations").status_code == 404
    assert "Ana Assistant" in browser_for(place.leader).get(f"/schools/{place.school.dese_id}").get_data(as_text=True)
