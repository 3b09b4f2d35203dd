"""Waivers: asked for, decided by somebody else, counted while they hold, and never called insurance."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from tests.integration.lapses.conftest import GENERAL
from vetting import clock
from vetting.calendar_days import add_business_days
from vetting.models import Lapse, LapseState, OutboxMessage, Role, Waiver, WaiverState
from vetting.queries import directory, lapses
from vetting.queries.settings import closures_from
from vetting.workflows.engine import NotAllowed, StepRefused
from vetting.workflows.lapse_commands import GiveWaiver

DAY = timedelta(days=1)


def form_of(kind: str = GENERAL, **changed: str) -> dict[str, str]:
    today = clock.today()
    return {
        "kind": kind,
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=5)).isoformat(),
        "reason": "School staff are always there.",
        **changed,
    }


def asked(world: Any) -> Any:
    return world.session.query(Waiver).order_by(Waiver.id.desc()).first()


def test_an_owner_asks_and_a_risk_officer_gives_it_with_conditions(world: Any, make: Any, browser_for: Any) -> None:
    today = clock.today()
    partner = world.partner(today - timedelta(days=60), GENERAL)
    for back in (2, 1):
        world.night(today - timedelta(days=back))
    lapse: Any = world.session.query(Lapse).one()
    assert lapse.state is LapseState.BITING
    owner, risk = make.owner_of(partner), make.person("Rita Risk", Role.RISK)
    page = browser_for(owner).get(f"/apply/organizations/{partner.reference}/waivers/new?kind={GENERAL}")
    assert "never the person who asks" in page.text
    assert "5 business days" in page.text
    sent = browser_for(owner).post(f"/apply/organizations/{partner.reference}/waivers/new", data=form_of())
    assert sent.status_code == 303
    waiver = asked(world)
    told = world.session.query(OutboxMessage).filter_by(topic="waiver.asked").all()
    assert [message.recipient for message in told] == [f"user:{risk.id}"]
    last = add_business_days(today, 5, closures_from(today.year))
    by = f"{last:%B} {last.day}, {last.year}"
    for reader, page in ((owner, f"/apply/waivers/{waiver.reference}"), (risk, f"/desk/waivers/{waiver.reference}")):
        assert by in browser_for(reader).get(page).text
    assert by in browser_for(risk).get("/desk/waivers").text
    answer = {
        "version": str(waiver.version),
        "conditions": "Supervised by school staff at all times.",
        "starts_on": waiver.starts_on.isoformat(),
        "ends_on": waiver.ends_on.isoformat(),
    }
    given = browser_for(risk).post(f"/desk/waivers/{waiver.reference}/give", data=answer)
    assert given.status_code == 303
    world.session.expire_all()
    assert waiver.state is WaiverState.GIVEN
    assert lapse.state is LapseState.WAIVED
    assert not lapse.blocking
    assert lapses.in_force(world.session, partner.id, today)[GENERAL].waived
    assert lapses.lapsed_items(world.session, partner.id, None, today) == []
    page = browser_for(owner).get(f"/apply/waivers/{waiver.reference}").text
    assert "Supervised by school staff at all times." in page
    assert not re.search(r"\binsured\b", page)


def test_it_ends_by_itself_and_what_it_waived_is_missing_again(world: Any, make: Any) -> None:
    today = clock.today()
    partner = world.partner(today - timedelta(days=60), GENERAL)
    waiver = _given(world, make, partner, today, today + timedelta(days=3))
    world.night(today + timedelta(days=1))
    assert world.session.query(Lapse).one().state is LapseState.FORESEEN
    world.night(waiver.ends_on)
    assert waiver.state is WaiverState.GIVEN
    world.night(waiver.ends_on + DAY)
    assert waiver.state is WaiverState.ENDED
    assert world.session.query(Lapse).one().state is LapseState.BITING


def test_one_that_is_taken_back_stops_counting_the_same_day(world: Any, make: Any) -> None:
    today = clock.today()
    partner = world.partner(today - timedelta(days=60), GENERAL)
    waiver = _given(world, make, partner, today - timedelta(days=2), today + timedelta(days=30))
    boss = make.actor(make.director())
    make.take("waiver", waiver, "take_back", boss, reason="Nobody was there.")
    assert lapses.in_force(world.session, partner.id, today) == {}
    assert GENERAL in lapses.in_force(world.session, partner.id, today - DAY)


def _given(world: Any, make: Any, partner: Any, first: date, last: date) -> Any:
    asker = make.person("Cora Asks", Role.COORDINATOR)
    waiver = Waiver(
        reference=f"WVR-{partner.id}",
        organization=partner,
        type_key=GENERAL,
        reason="Fully supervised.",
        starts_on=first,
        ends_on=last,
        by_office=True,
        asked_by_id=asker.id,
    )
    make.take("waiver", waiver, "open", make.actor(asker))
    given = GiveWaiver("Supervised by school staff at all times.", first, last)
    make.take("waiver", waiver, "give", make.actor(make.director("Dina Decides")), data=given)
    return waiver


def test_whoever_asks_does_not_decide(world: Any, make: Any) -> None:
    today = clock.today()
    partner = world.partner(today - timedelta(days=60), GENERAL)
    director = make.director()
    waiver = Waiver(
        reference="WVR-1",
        organization=partner,
        type_key=GENERAL,
        reason="Fully supervised.",
        starts_on=today,
        ends_on=today,
        asked_by_id=director.id,
    )
    make.take("waiver", waiver, "open", make.actor(director))
    given = GiveWaiver("Supervised.", today, today)
    with pytest.raises(StepRefused, match="Somebody else decides"):
        make.take("waiver", waiver, "give", make.actor(director), data=given)
    with pytest.raises(NotAllowed):
        make.take("waiver", waiver, "give", make.actor(make.coordinator()), data=given)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "board_roster"}, "Not a valid choice"),
        ({"reason": "  "}, "Say why"),
        ({"ends_on": "2020-01-01"}, "cannot be before the first"),
        ({"ends_on": "2099-01-01"}, "ends with the school year"),
    ],
)
def test_a_request_that_makes_no_sense_is_answered_in_words(
    world: Any, make: Any, browser_for: Any, changed: dict[str, str], words: str
) -> None:
    partner = world.partner(clock.today() - timedelta(days=60), GENERAL)
    browser = browser_for(make.owner_of(partner))
    sent = browser.post(f"/apply/organizations/{partner.reference}/waivers/new", data=form_of(**changed))
    assert sent.status_code == 422
    assert words in sent.text
    assert "School staff are always there." in sent.text or "reason" in changed
    assert asked(world) is None


def test_a_partner_with_a_waiver_stays_listed(world: Any, make: Any) -> None:
    today = clock.today()
    partner = world.partner(today - timedelta(days=60), GENERAL)
    _given(world, make, partner, today - timedelta(days=60), today + timedelta(days=2))
    for offset in range(-3, 3):
        world.night(today + timedelta(days=offset))
        assert directory.organization(world.session, partner.reference) is not None


def test_one_that_is_not_given_is_answered_in_the_words_of_the_page(world: Any, make: Any, browser_for: Any) -> None:
    partner = world.partner(clock.today() - timedelta(days=60), GENERAL)
    owner, risk = browser_for(make.owner_of(partner)), browser_for(make.person("Rita Risk", Role.RISK))
    owner.post(f"/apply/organizations/{partner.reference}/waivers/new", data=form_of())
    waiver = asked(world)
    page, no = f"/desk/waivers/{waiver.reference}", "no-reason"
    assert f'name="{no}"' in risk.get(page).text
    empty = risk.post(f"{page}/decline", data={"version": str(waiver.version), no: ""})
    assert empty.status_code == 422
    words = "The policy costs little. Call us, we know an insurer."
    assert risk.post(f"{page}/decline", data={"version": str(waiver.version), no: words}).status_code == 303
    world.session.expire_all()
    assert waiver.state is WaiverState.DECLINED
    told = owner.get(f"/apply/waivers/{waiver.reference}").text
    assert words in told
    assert "We answer by" not in told
