"""The last good day counts until local midnight, on a leap day and on the days when clocks change too."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from tests.integration.lapses.conftest import GENERAL
from tests.support.pages import text_of
from vetting import clock
from vetting.models import Lapse, LapseState, Role
from vetting.workflows.lapse_commands import HoldLapse

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "last",
    [date(2028, 2, 29), date(2028, 3, 11), date(2028, 3, 12), date(2028, 11, 5), date(2028, 12, 31)],
    ids=["leap day", "before 23 hours", "23 hours", "25 hours", "new year"],
)
def test_it_is_good_until_midnight_and_out_a_minute_later(world: Any, last: date) -> None:
    began = last - timedelta(days=300)
    partner = world.partner(began, GENERAL)
    world.paper(partner, GENERAL, began, last, began)
    world.night(last - timedelta(days=3))
    lapse = world.session.query(Lapse).filter_by(organization_id=partner.id).one()
    for moment in (time(0, 1), time(12), time(23, 59)):
        world.night(last, moment)
        assert (lapse.state, lapse.blocking) == (LapseState.FORESEEN, False), moment
    world.night(last + DAY, time(0, 1))
    assert (lapse.state, lapse.out_from, lapse.blocking) == (LapseState.BITING, last + DAY, True)


@pytest.mark.parametrize("last", [date(2028, 2, 28), date(2028, 3, 11), date(2028, 11, 4)])
def test_what_goes_on_the_next_day_leaves_no_gap(world: Any, last: date) -> None:
    began = last - timedelta(days=300)
    partner = world.partner(began, GENERAL)
    world.paper(partner, GENERAL, began, last, began)
    world.paper(partner, GENERAL, last + DAY, last + timedelta(days=366), last - timedelta(days=5))
    for day in (last, last + DAY, last + 2 * DAY):
        world.night(day, time(0, 1))
    assert world.session.query(Lapse).filter_by(organization_id=partner.id).count() == 0


def test_what_bites_tomorrow_is_seen_today_and_can_be_held_off(world: Any, make: Any, browser_for: Any) -> None:
    today = clock.today()
    partner = world.partner(today - timedelta(days=200), GENERAL)
    world.paper(partner, GENERAL, today - timedelta(days=200), today, today - timedelta(days=200))
    name = partner.legal_name
    world.night(today)
    risk = make.person("Rita Risk", Role.RISK)
    desk, actor = browser_for(risk), make.actor(risk)
    world.session.rollback()
    assert name in text_of(desk.get("/desk/lapses/tomorrow").text)
    lapse = world.session.query(Lapse).one()
    hold = HoldLapse(today + timedelta(days=5))
    make.take("lapse", lapse, "hold", actor, data=hold, reason="The new paper is on its way.")
    world.night(today + DAY)
    assert (lapse.blocking, lapse.hiding) == (False, False)
    world.night(today + timedelta(days=6))
    assert lapse.blocking, "what was put off comes again"
