"""Approvals that rest on a list of cleared people or on a vendor number instead of a document."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.factories import Factory
from tests.integration.lapses.conftest import ATTESTATION, TAX_FORM, noon
from vetting import clock
from vetting.models import Lapse, LapseState, Requirement
from vetting.queries import directory, lapses
from vetting.unit_of_work import unit_of_work
from vetting.workflows.vault_commands import Checked, VendorNumber

DAY = timedelta(days=1)


def out(world: Any, organization: Any, day: date) -> dict[str, date]:
    return {one.type_key: one.since for one in lapses.lapsed_items(world.session, organization.id, None, day)}


@pytest.mark.parametrize(
    "due",
    [date(2028, 2, 29), date(2028, 3, 12), date(2028, 11, 5), date(2028, 12, 31)],
    ids=["leap day", "clocks go forward", "clocks go back", "end of the year"],
)
def test_a_list_counts_through_the_day_on_which_a_check_is_due(world: Any, make: Factory, due: date) -> None:
    began = due - timedelta(days=20)
    partner = world.partner(began, ATTESTATION)
    make.cleared(partner, due, at=noon(began))
    make.cleared(partner, due + timedelta(days=400), at=noon(began))
    assert out(world, partner, due) == {}
    assert out(world, partner, due + DAY) == {ATTESTATION: due + DAY}


def test_a_check_that_is_due_goes_the_way_of_a_paper_and_a_new_one_mends_it(world: Any, make: Factory) -> None:
    began = date(2028, 1, 3)
    due = began + timedelta(days=20)
    partner = world.partner(began, ATTESTATION)
    person = make.cleared(partner, due, at=noon(began))
    world.night(due - timedelta(days=10))
    lapse = world.session.query(Lapse).one()
    assert (lapse.state, lapse.out_from) == (LapseState.FORESEEN, due + DAY)
    hidden = due + DAY + timedelta(days=14)
    for day in (due + DAY, hidden - DAY):
        world.night(day)
    assert directory.organization(world.session, partner.reference) is not None, "it has days of grace"
    world.night(hidden)
    assert directory.organization(world.session, partner.reference) is None
    owner = make.actor(make.owner_of(partner))
    checked = Checked("Harbor Arts", hidden, hidden + timedelta(days=1000), "test", "0" * 64)
    make.take("clearance", person, "renew", owner, data=checked, at=noon(hidden))
    assert lapse.state is LapseState.MENDED
    assert directory.organization(world.session, partner.reference) is not None, "back in the same transaction"


def test_taking_the_overdue_person_off_leaves_a_good_list_and_an_empty_one_is_out(world: Any, make: Factory) -> None:
    began = date(2028, 1, 3)
    partner = world.partner(began, ATTESTATION)
    owner = make.actor(make.owner_of(partner))
    first = make.cleared(partner, began + timedelta(days=5), at=noon(began))
    second = make.cleared(partner, began + timedelta(days=500), at=noon(began))
    later = began + timedelta(days=9)
    assert out(world, partner, later) == {ATTESTATION: began + timedelta(days=6)}
    make.take("clearance", first, "take_off", owner, at=noon(later))
    assert out(world, partner, later) == {}
    gone = later + timedelta(days=10)
    make.take("clearance", second, "take_off", owner, at=noon(gone))
    assert out(world, partner, gone + DAY) == {ATTESTATION: gone}


def test_the_only_person_on_a_list_may_be_taken_off_when_the_check_is_overdue(world: Any, make: Factory) -> None:
    """What follows is looked at before the step itself stands in the history."""
    began = date(2028, 1, 3)
    partner = world.partner(began, ATTESTATION)
    owner = make.actor(make.owner_of(partner))
    only = make.cleared(partner, began + timedelta(days=5), at=noon(began))
    gone = began + timedelta(days=9)
    assert out(world, partner, gone) == {ATTESTATION: began + timedelta(days=6)}
    world.night(gone)
    make.take("clearance", only, "take_off", owner, at=noon(gone))
    assert world.session.query(Lapse).one().state is not LapseState.MENDED


def test_what_happens_later_to_an_empty_list_does_not_change_since_when_it_is_empty(world: Any, make: Factory) -> None:
    """Two organizations may become one long after; the entry moves, and its people left when they left."""
    began = date(2028, 1, 3)
    partner = world.partner(began, ATTESTATION)
    owner = make.actor(make.owner_of(partner))
    people = [make.cleared(partner, began + timedelta(days=500), at=noon(began)) for _time in range(2)]
    gone = began + timedelta(days=10)
    make.take("clearance", people[0], "take_off", owner, at=noon(gone - DAY))
    make.take("clearance", people[1], "take_off", owner, at=noon(gone))
    with unit_of_work(world.session):
        people[0].updated_at = noon(gone + timedelta(days=90))
    assert out(world, partner, gone + timedelta(days=91)) == {ATTESTATION: gone}


def test_a_vendor_number_that_is_taken_away_leaves_the_tax_form_missing(world: Any, make: Factory) -> None:
    began = date(2028, 1, 3)
    partner = world.partner(began, TAX_FORM)
    owner = make.actor(make.owner_of(partner))
    make.take("partner", partner, "save_vendor_number", owner, data=VendorNumber("V1234"), at=noon(began))
    world.night(began + DAY)
    assert world.session.query(Lapse).count() == 0
    gone = began + timedelta(days=30)
    make.take("partner", partner, "save_vendor_number", owner, data=VendorNumber(""), at=noon(gone))
    world.night(gone + DAY)
    assert out(world, partner, gone + DAY) == {TAX_FORM: gone}
    lapse = world.session.query(Lapse).one()
    assert lapse.state is LapseState.IN_GRACE
    make.take("partner", partner, "save_vendor_number", owner, data=VendorNumber("V99887"), at=noon(gone + DAY))
    assert lapse.state is LapseState.MENDED


def test_a_paper_stands_in_for_the_list_as_well(world: Any, make: Factory) -> None:
    began = date(2028, 1, 3)
    partner = world.partner(began, ATTESTATION)
    make.cleared(partner, began + timedelta(days=5), at=noon(began))
    world.paper(partner, ATTESTATION, began, began + timedelta(days=100), began)
    assert out(world, partner, began + timedelta(days=50)) == {}


def test_a_listing_rests_on_the_list_of_cleared_people_as_long_as_it_lasts(world: Any, make: Factory) -> None:
    listed = make.portfolio()
    make.cleared(listed.organization, clock.today() + timedelta(days=40))
    make.approved(listed)
    kinds = {row.type_key for row in world.session.query(Requirement).filter_by(application_id=listed.id)}
    assert kinds == {ATTESTATION}, "papers of the round are read once"
    later = clock.today() + timedelta(days=41)
    assert ATTESTATION in out(world, listed.organization, later)
    designation = next(one for one in listed.organization.designations if one.application_id == listed.id)
    make.take("designation", designation, "revoke")
    assert ATTESTATION not in out(world, listed.organization, later)
