"""A simulated year of the district, day by day, against counting by hand.

Partners bring papers early, in time, late and never; some are returned, some waived, some get days of grace. On every
day the program must agree with a list of covered days kept beside it: nobody is listed on whom something is out beyond
its grace, everything that is covered keeps its partner listed, and what is out is named. A list of cleared people and a
vendor number stand in for documents of their own and come and go like them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.integration.lapses.conftest import ATTESTATION, FILING, GENERAL, TAX_FORM, noon
from tests.support.soak import FULL, SEED, amount
from vetting import refs
from vetting.models import Clearance, DocumentVersion, Lapse, LapseState, Organization, Role, Waiver
from vetting.queries import directory, lapses
from vetting.workflows.lapse_commands import GiveGrace, GiveWaiver, HoldLapse
from vetting.workflows.vault_commands import Checked, VendorNumber

DAY = timedelta(days=1)
# The leap day lies in the short run, both changes of clocks and 430 days in the whole one.
BEGIN = date(2028, 1, 24)
DAYS = amount(45, 430)
PARTNERS = amount(6, 30)
HIDE_GRACE, NEAR = 14, 14


@dataclass
class Item:
    """One required document of one partner, as this file keeps it: which days are covered, and what was put off."""

    papers: list[tuple[date, date]] = field(default_factory=list)
    waivers: list[tuple[date, date]] = field(default_factory=list)
    newest: DocumentVersion | None = None
    newest_days: tuple[date, date] | None = None
    seen: date | None = None
    floor: date | None = None
    held_until: date | None = None
    came_too_late: bool = False
    """A paper came that was over by then: it shortens the gap behind, but gives nothing back while the item is out."""

    def covered(self, day: date) -> bool:
        return any(first <= day <= last for first, last in (*self.papers, *self.waivers))

    def out_since(self, day: date) -> date:
        while day > BEGIN and not self.covered(day - DAY):
            day -= DAY
        return day

    def near(self, day: date) -> bool:
        return not all(self.covered(day + timedelta(days=n)) for n in range(NEAR + 1))

    def morning(self, day: date) -> None:
        """What the worker saw on this day."""
        if not self.near(day):
            self.seen = self.floor = self.held_until = None
            self.came_too_late = False
        elif self.covered(day) and not self.covered(day - DAY):
            self.seen = None
        if self.near(day) and self.seen is None:
            self.seen = day

    def mended(self, day: date) -> None:
        """Good again at noon; what a person put off stays put off while another end is near."""
        if self.covered(day):
            self.seen = None

    def hidden_from(self, day: date) -> date | None:
        """The latest day on which the listing must be gone, as long as nothing changes; None while it is covered."""
        if self.covered(day) or self.seen is None:
            return None
        known = [self.out_since(day) + timedelta(days=HIDE_GRACE), self.seen + 2 * DAY]
        known += [self.floor] if self.floor else []
        known += [self.held_until + DAY] if self.held_until else []
        return max(known)


@dataclass
class Kept:
    """What stands in for documents, as this file keeps it: people by when their next check is due, and a number."""

    people: dict[str, tuple[Clearance, date]] = field(default_factory=dict)
    number: bool = True

    def out(self, day: date) -> set[str]:
        listed = self.people and all(due >= day for _, due in self.people.values())
        return ({ATTESTATION} if not listed else set()) | ({TAX_FORM} if not self.number else set())


@dataclass
class Partner:
    organization: Organization
    items: dict[str, Item]
    kept: Kept
    owner: Any


def test_a_year_of_papers_agrees_with_counting_by_hand(world: Any, make: Any, record_property: Any) -> None:
    chance = random.Random(SEED)
    risk = make.actor(make.person("Rita Risk", Role.RISK))
    office = make.actor(make.person("Cora Coordinator", Role.COORDINATOR))
    partners = [_partner(world, make, chance) for _ in range(PARTNERS)]
    done = {"hidden": 0, "waived": 0, "renewed early": 0, "list out": 0, "number out": 0}
    for number in range(DAYS):
        today = BEGIN + timedelta(days=number)
        world.night(today)
        for partner in partners:
            for item in partner.items.values():
                item.morning(today)
            _check(world, partner, today, done)
        for partner in partners:
            for type_key, item in partner.items.items():
                if chance.random() < 0.05:
                    _act(world, make, chance, partner, (type_key, item), today, risk, office, done)
            if chance.random() < 0.08:
                _keep(make, chance, partner, today, done)
    closed = world.session.query(Lapse).filter(Lapse.state == LapseState.MENDED).count()
    assert closed > 0
    assert done["hidden"] > 0
    assert done["renewed early"] > 0
    assert done["list out"] > 0
    assert done["number out"] > 0
    if FULL:
        assert done["waived"] > 0
    record_property("simulated", f"{DAYS} days of {PARTNERS} partners: {done}")


def _partner(world: Any, make: Any, chance: random.Random) -> Partner:
    organization = world.partner(BEGIN, GENERAL, FILING, ATTESTATION, TAX_FORM)
    items = {GENERAL: Item(), FILING: Item()}
    for type_key, item in items.items():
        _bring(world, organization, (type_key, item), BEGIN, BEGIN, BEGIN + timedelta(days=chance.randint(5, 60)))
    partner = Partner(organization, items, Kept(), make.actor(make.owner_of(organization)))
    _list(make, partner, BEGIN, BEGIN + timedelta(days=chance.randint(10, 40)))
    make.take("partner", organization, "save_vendor_number", partner.owner, data=VendorNumber("V1234"), at=noon(BEGIN))
    return partner


def _list(make: Any, partner: Partner, today: date, due: date) -> None:
    person = make.cleared(partner.organization, due, at=noon(today))
    partner.kept.people[person.reference] = (person, due)


def _keep(make: Any, chance: random.Random, partner: Partner, today: date, done: dict[str, int]) -> None:
    """Somebody is listed, checked anew or taken off; the vendor number goes or comes back."""
    kept, due = partner.kept, today + timedelta(days=chance.randint(1, 60))
    what = chance.choice(("list", "renew", "renew", "leave", "number"))
    if what == "list":
        _list(make, partner, today, due)
    elif what == "number":
        kept.number = not kept.number
        number = VendorNumber("V1234" if kept.number else "")
        make.take("partner", partner.organization, "save_vendor_number", partner.owner, data=number, at=noon(today))
    elif kept.people:
        reference = chance.choice(sorted(kept.people))
        person, _ = kept.people[reference]
        if what == "leave":
            make.take("clearance", person, "take_off", partner.owner, at=noon(today))
            del kept.people[reference]
        elif person.checked_on < today:
            checked = Checked("Harbor Arts", today, due, "test", "0" * 64)
            make.take("clearance", person, "renew", partner.owner, data=checked, at=noon(today))
            kept.people[reference] = (person, due)


def _bring(world: Any, organization: Organization, one: tuple[str, Item], on: date, first: date, last: date) -> None:
    type_key, item = one
    item.newest = world.paper(organization, type_key, first, last, on)
    item.newest_days = (first, last)
    item.papers.append((first, last))
    item.came_too_late |= last < on
    item.mended(on)


def _check(world: Any, partner: Partner, today: date, done: dict[str, int]) -> None:
    reference = partner.organization.reference
    listed = directory.organization(world.session, reference) is not None
    found = {i.type_key for i in lapses.lapsed_items(world.session, partner.organization.id, None, today)}
    instead = partner.kept.out(today)
    out = {type_key for type_key, item in partner.items.items() if not item.covered(today)} | instead
    assert found == out, f"{today} {reference}"
    done["list out"] += ATTESTATION in instead
    done["number out"] += TAX_FORM in instead
    if not out:
        assert listed, f"{today} {reference}: hidden although everything is good"
    item = partner.items[GENERAL]
    last = item.hidden_from(today)
    if last is not None and last <= today:
        done["hidden"] += 1
        assert not listed, f"{today} {reference}: listed although {last} is over, {item}, {_lapses(world, partner)}"
    elif (
        GENERAL in out
        and ATTESTATION not in out
        and not item.came_too_late
        and item.out_since(today) + timedelta(days=HIDE_GRACE) > today
    ):
        assert listed, f"{today} {reference}: hidden within its grace"


def _lapses(world: Any, partner: Partner) -> list[str]:
    found = world.session.query(Lapse).filter_by(organization_id=partner.organization.id).order_by(Lapse.id)
    return [f"{one.type_key} {one.state} {one.foreseen_on} {one.out_from} {one.hides_on}" for one in found]


def _act(  # noqa: PLR0917 - who does what to which paper, and when
    world: Any,
    make: Any,
    chance: random.Random,
    partner: Partner,
    one: tuple[str, Item],
    today: date,
    risk: Any,
    office: Any,
    done: dict[str, int],
) -> None:
    """One of the things that people do, at noon."""
    type_key, item = one
    organization = partner.organization
    what = chance.choice(("renew", "renew", "early", "late", "return", "waive", "grace", "hold"))
    open_lapse = lapses.open_lapses(world.session, organization.id).get(type_key)
    if what in {"renew", "early", "late"}:
        last = max((last for _, last in item.papers), default=today)
        first = {"renew": today, "early": last + DAY, "late": last + timedelta(days=chance.randint(3, 20))}[what]
        done["renewed early"] += what == "early" and last >= today
        _bring(world, organization, one, today, first, first + timedelta(days=chance.randint(20, 120)))
    elif what == "return" and item.newest is not None and item.newest_days is not None:
        make.take("evidence", item.newest, "return", office, reason="Not readable.", at=noon(today))
        item.papers.remove(item.newest_days)
        item.newest = item.newest_days = None
        # It may have been out for longer than it seemed, and the office sees that from tomorrow.
        item.seen = None
    elif what == "waive" and type_key == GENERAL:
        last = min(today + timedelta(days=chance.randint(3, 30)), date(today.year + (today.month > 6), 6, 30))
        waiver = Waiver(
            reference=refs.new_reference("WVR"),
            organization=organization,
            type_key=type_key,
            reason="School staff are always there.",
            starts_on=today,
            ends_on=last,
            asked_by_id=office.user_id,
        )
        make.take("waiver", waiver, "open", office, at=noon(today))
        given = GiveWaiver("Supervised by school staff at all times.", today, last)
        make.take("waiver", waiver, "give", risk, data=given, at=noon(today))
        item.waivers.append((today, last))
        item.mended(today)
        done["waived"] += 1
    elif what == "grace" and open_lapse is not None and open_lapse.hides_on is not None:
        days = chance.randint(1, 10)
        planned = open_lapse.hides_on
        make.take("lapse", open_lapse, "give_grace", risk, data=GiveGrace(days), reason="They wait.", at=noon(today))
        item.floor = max(planned, today) + timedelta(days=days)
    elif what == "hold" and open_lapse is not None and open_lapse.hides_on is not None:
        until = today + timedelta(days=chance.randint(1, 12))
        make.take("lapse", open_lapse, "hold", risk, data=HoldLapse(until), reason="We talk.", at=noon(today))
        item.held_until = until
