"""A document that runs out: seen coming, out, with consequences, and good again at once."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import sqlalchemy as sa

from tests.integration.lapses.conftest import FILING, GENERAL, ROSTER, noon
from vetting import refs
from vetting.data.evidence_types import Risk
from vetting.models import Lapse, LapseState, OutboxMessage, Partnership, PartnershipState, Role
from vetting.queries import directory, lapses
from vetting.unit_of_work import unit_of_work
from vetting.workflows.lapse_commands import GiveGrace, HoldLapse

START = date(2028, 1, 10)
LAST = date(2028, 2, 29)
DAY = timedelta(days=1)


def the_lapse(world: Any) -> Any:
    return world.session.scalars(sa.select(Lapse).order_by(Lapse.id.desc())).first()


def told(world: Any, topic: str) -> list[str]:
    query = sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == topic)
    return list(world.session.scalars(query.order_by(OutboxMessage.id)))


def listed(world: Any, organization: Any) -> bool:
    return directory.organization(world.session, organization.reference) is not None


def test_it_is_seen_coming_runs_out_at_midnight_blocks_and_then_hides(world: Any) -> None:
    partner = world.partner(START, GENERAL)
    world.paper(partner, GENERAL, START, LAST, START)
    world.night(LAST - timedelta(days=15))
    assert the_lapse(world) is None
    world.night(LAST - timedelta(days=13))
    lapse = the_lapse(world)
    assert lapse.state is LapseState.FORESEEN
    assert (lapse.out_from, lapse.blocks_on, lapse.hides_on) == (LAST + DAY, LAST + DAY, LAST + timedelta(days=15))
    assert lapses.lapsed_items(world.session, partner.id, None, LAST) == []
    world.night(LAST, time(23, 59))
    assert lapse.state is LapseState.FORESEEN
    world.night(LAST + DAY)
    assert lapse.state is LapseState.BITING
    assert lapse.blocking
    assert not lapse.hiding
    (item,) = lapses.lapsed_items(world.session, partner.id, None, LAST + DAY)
    assert (item.type_key, item.risk, item.since, item.blocks) == (GENERAL, Risk.HIGH, LAST + DAY, True)
    assert listed(world, partner)
    world.night(LAST + timedelta(days=14))
    assert listed(world, partner)
    world.night(LAST + timedelta(days=15))
    assert not listed(world, partner)
    assert len(told(world, "lapse.began")) == 1
    assert len(told(world, "lapse.bites")) == 2

    world.paper(partner, GENERAL, LAST + DAY, LAST + timedelta(days=365), LAST + timedelta(days=20))
    world.session.expire_all()
    assert lapse.state is LapseState.MENDED
    assert listed(world, partner)
    assert lapses.lapsed_items(world.session, partner.id, None, LAST + timedelta(days=20)) == []


def test_one_who_renews_early_or_in_time_has_no_gap(world: Any) -> None:
    partner = world.partner(START, GENERAL)
    world.paper(partner, GENERAL, START, LAST, START)
    world.paper(partner, GENERAL, LAST + DAY, LAST + timedelta(days=365), START + DAY)
    for offset in range(-16, 20):
        world.night(LAST + timedelta(days=offset))
    assert the_lapse(world) is None
    assert listed(world, partner)


def test_a_renewal_that_starts_later_leaves_exactly_its_days_open(world: Any) -> None:
    partner = world.partner(START, GENERAL)
    world.paper(partner, GENERAL, START, LAST, START)
    world.paper(partner, GENERAL, LAST + timedelta(days=3), None, START + DAY)
    for offset in (0, 1, 2):
        world.night(LAST + timedelta(days=offset))
    assert the_lapse(world).state is LapseState.BITING
    world.night(LAST + timedelta(days=3))
    assert the_lapse(world).state is LapseState.MENDED


def test_what_is_noticed_late_still_stands_on_the_page_for_a_day(world: Any) -> None:
    partner = world.partner(START, GENERAL)
    world.paper(partner, GENERAL, START, LAST, START)
    world.night(LAST + timedelta(days=60))
    lapse = the_lapse(world)
    assert lapse.state is LapseState.IN_GRACE
    assert listed(world, partner)
    world.night(LAST + timedelta(days=60), time(20))
    assert lapse.state is LapseState.IN_GRACE
    world.night(LAST + timedelta(days=61))
    assert lapse.state is LapseState.BITING
    assert not listed(world, partner)


def test_little_risk_only_shows_and_some_blocks_later(world: Any) -> None:
    partner = world.partner(START, FILING, ROSTER)
    for type_key in (FILING, ROSTER):
        world.paper(partner, type_key, START, LAST, START)
    for offset in (-3, 1, 30, 31, 90):
        world.night(LAST + timedelta(days=offset))
        items = lapses.lapsed_items(world.session, partner.id, None, LAST + timedelta(days=offset))
        assert {i.type_key: i.blocks for i in items} == ({} if offset < 0 else {ROSTER: False, FILING: offset > 30})
    assert listed(world, partner)


def test_grace_and_a_hold_take_back_what_bites_and_it_comes_again(world: Any, make: Any) -> None:
    partner = world.partner(START, GENERAL)
    world.paper(partner, GENERAL, START, LAST, START)
    risk = make.actor(make.person("Rita Risk", Role.RISK))
    for offset in (-5, 1, 20):
        world.night(LAST + timedelta(days=offset))
    lapse, today = the_lapse(world), LAST + timedelta(days=20)
    assert not listed(world, partner)
    make.take("lapse", lapse, "give_grace", risk, data=GiveGrace(5), reason="The agent is slow.", at=noon(today))
    assert listed(world, partner)
    world.night(today + timedelta(days=4))
    assert listed(world, partner)
    world.night(today + timedelta(days=5))
    assert not listed(world, partner)
    hold = HoldLapse(today + timedelta(days=10))
    make.take("lapse", lapse, "hold", risk, data=hold, reason="We talk.", at=noon(today + timedelta(days=6)))
    assert listed(world, partner)
    world.night(today + timedelta(days=10))
    assert listed(world, partner)
    world.night(today + timedelta(days=11))
    assert not listed(world, partner)


def test_a_partner_that_is_suspended_comes_back_only_as_far_as_its_documents_do(world: Any, make: Any) -> None:
    partner = world.partner(START, GENERAL)
    world.paper(partner, GENERAL, START, LAST, START)
    for offset in (-5, 1, 20):
        world.night(LAST + timedelta(days=offset))
    program = partner.programs[0]
    owner = make.actor(make.owner_of(partner))
    make.take("program", program, "hide", owner)
    make.take("program", program, "show", owner)
    assert not listed(world, partner)
    world.paper(partner, GENERAL, None, LAST + timedelta(days=400), LAST + timedelta(days=21))
    assert listed(world, partner)


def test_a_returned_or_infected_paper_does_not_count(world: Any, make: Any) -> None:
    partner = world.partner(START, GENERAL)
    version = world.paper(partner, GENERAL, START, LAST, START)
    assert GENERAL in lapses.in_force(world.session, partner.id, START)
    checker = make.actor(make.coordinator())
    make.take("evidence", version, "return", checker, reason="The limit is missing.", at=noon(START))
    assert lapses.in_force(world.session, partner.id, START) == {}
    world.night(START + DAY)
    assert the_lapse(world).state is LapseState.IN_GRACE
    make.take("evidence", version, "accept", checker, at=noon(START + DAY))
    world.session.expire_all()
    assert the_lapse(world).state is LapseState.MENDED


def test_leaders_of_schools_where_it_works_are_told_when_it_bites(world: Any, make: Any) -> None:
    partner = world.partner(START, GENERAL)
    world.paper(partner, GENERAL, START, LAST, START)
    school, other = make.school(), make.school()
    leader, _stranger = make.leader(school), make.leader(other)

    with unit_of_work(world.session) as session:
        session.add(
            Partnership(
                reference=refs.new_reference("PSH"),
                program=partner.programs[0],
                school=school,
                school_year="2027-28",
                state=PartnershipState.ACTIVE,
                proposed_by_id=leader.id,
            )
        )
    for offset in (-5, 1):
        world.night(LAST + timedelta(days=offset))
    assert told(world, "lapse.at_school") == [f"user:{leader.id}"]


def test_a_partner_that_leaves_is_asked_for_nothing(world: Any, make: Any) -> None:
    partner = world.partner(START, GENERAL)
    world.paper(partner, GENERAL, START, LAST, START)
    world.night(LAST - DAY)
    make.take("partner", partner, "exit", make.actor(make.owner_of(partner)), reason="We close.", at=noon(LAST))
    world.night(LAST + DAY)
    assert the_lapse(world).state is LapseState.DROPPED
    assert told(world, "lapse.began") == []


def test_an_approval_rests_on_what_its_application_asked_for(world: Any, make: Any) -> None:
    application = make.approved()
    kinds = {type_key for (_, type_key) in lapses.required(world.session, [application.organization_id])}
    asked = {link.type_key for link in application.evidence}
    assert kinds
    assert kinds <= asked
    assert lapses.lapsed_items(world.session, application.organization_id, None, application.created_at.date()) == []
