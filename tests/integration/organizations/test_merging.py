"""Two records of one organization become one, and nothing of either is lost."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.models import (
    Base,
    Conflict,
    Designation,
    DesignationState,
    DuplicatePair,
    DuplicateState,
    HistoryEntry,
    Organization,
    OutboxMessage,
    PartnerState,
    Role,
    RoleGrant,
    User,
)
from vetting.policy import SYSTEM
from vetting.queries import tasklist
from vetting.views.merge_words import KINDS
from vetting.workflows.commands import MergeOrganizations
from vetting.workflows.effects import merging
from vetting.workflows.effects.designations import standing
from vetting.workflows.engine import NotAllowed, NotVisible, StepRefused
from vetting.workflows.verify import check

BrowserFor = Callable[[User], CheckingClient]

GROWS = {HistoryEntry.__tablename__, OutboxMessage.__tablename__}
"""What a merge adds to by design: it writes history and mail."""


def suspect(make: Factory, one: Organization, other: Organization) -> DuplicatePair:
    first, second = sorted((one, other), key=lambda each: each.id)
    pair = DuplicatePair(first_id=first.id, second_id=second.id, reasons=[{"key": "tax_id"}])
    make.take("duplicate_pair", pair, "suspect", SYSTEM)
    return pair


def merge(make: Factory, stays: Organization, goes: Organization, by: User | None = None) -> DuplicatePair:
    pair = suspect(make, stays, goes)
    director = make.actor(by or make.director())
    make.take(
        "duplicate_pair", pair, "merge", director, data=MergeOrganizations(stays.id), reason="The same tax letter."
    )
    return pair


def counts(session: Session) -> Counter[str]:
    session.commit()
    return Counter(
        {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name not in GROWS
        }
    )


def sound(session: Session) -> list[str]:
    session.commit()
    return [str(finding) for finding in check(session)]


def test_every_table_that_names_an_organization_has_its_words() -> None:
    assert {kind.__tablename__ for kind, _column in merging.places()} == set(KINDS)


def partner(make: Factory, name: str) -> Organization:
    return make.partner(name)


def newcomer(make: Factory, name: str) -> Organization:
    organization = make.organization(name=name)
    make.submitted(make.registration(organization))
    return organization


def drafting(make: Factory, name: str) -> Organization:
    organization = make.organization(name=name)
    make.registration(organization)
    return organization


def working(make: Factory, name: str) -> Organization:
    organization = make.partner(name)
    make.in_force(make.agreement(make.partnership(organization), cents=0))
    make.portfolio(organization)
    return organization


KIND_OF_LIFE = {"partner": partner, "newcomer": newcomer, "drafting": drafting, "working": working}
BOTH_REGISTER = {frozenset({"newcomer"}), frozenset({"drafting"}), frozenset({"newcomer", "drafting"})}


@pytest.mark.parametrize(("kept", "absorbed"), list(itertools.product(KIND_OF_LIFE, repeat=2)))
def test_nothing_is_lost_and_everything_still_agrees(make: Factory, session: Session, kept: str, absorbed: str) -> None:
    stays, goes = KIND_OF_LIFE[kept](make, "Harbor Strings"), KIND_OF_LIFE[absorbed](make, "Harbour Strings")
    same = make.person("Sam Both")
    for organization in (stays, goes):
        make.grant(same, Role.ORG_EDITOR, organization=organization)
    make.grant(make.person("Vera Viewer"), Role.ORG_VIEWER, organization=goes)
    pair = suspect(make, stays, goes)
    before = counts(session)
    of_both = {table: many for table, _c, many in merging.belongings(session, goes.id) if table != "role_grant"}
    there = {table: many for table, _c, many in merging.belongings(session, stays.id)}
    director = make.actor(make.director())
    before = counts(session)
    if {kept, absorbed} in BOTH_REGISTER:
        with pytest.raises(StepRefused, match="Both have a registration on its way"):
            make.take("duplicate_pair", pair, "merge", director, data=MergeOrganizations(stays.id), reason="Same.")
        session.rollback()
        assert counts(session) == before
        assert goes.state is not PartnerState.MERGED
        return
    make.take("duplicate_pair", pair, "merge", director, data=MergeOrganizations(stays.id), reason="Same.")
    assert counts(session) == before
    for table, many in of_both.items():
        now = sum(each for name, _c, each in merging.belongings(session, stays.id) if name == table)
        assert now == many + there[table], table
    assert goes.state is PartnerState.MERGED
    assert goes.merged_into_id == stays.id
    assert stays.state is standing(stays.designations, stays.suspensions, stays.exited_on)
    active = sa.select(RoleGrant.user_id, RoleGrant.role).where(RoleGrant.state == "active")
    here = session.execute(active.where(RoleGrant.organization_id == stays.id)).all()
    assert len(here) == len(set(here))
    assert not session.execute(active.where(RoleGrant.organization_id == goes.id)).all()
    assert sound(session) == []


def test_the_badge_is_the_highest_of_both(make: Factory, session: Session) -> None:
    stays, goes = make.organization(name="Mill Pond Writers"), make.partner("Millpond Writers")
    merge(make, stays, goes)
    assert stays.state is PartnerState.PARTNER
    assert stays.listed
    held = session.scalars(sa.select(Designation).where(Designation.organization_id == stays.id)).all()
    assert [designation.state for designation in held] == [DesignationState.IN_FORCE]


def test_each_case_stays_about_its_own_programs(make: Factory) -> None:
    stays, goes = make.partner("Harbor Strings"), make.partner("Harbour Strings")
    old = {case.reference: {p.reference for p in tasklist.programs_of(case)} for case in _cases(make, stays, goes)}
    merge(make, stays, goes)
    now = {case.reference: {p.reference for p in tasklist.programs_of(case)} for case in _cases(make, stays, goes)}
    assert now == old
    assert len(stays.programs) == 2


def _cases(make: Factory, *organizations: Organization) -> list[Any]:
    from vetting.models import Application

    ids = [organization.id for organization in organizations]
    return list(make.session.scalars(sa.select(Application).where(Application.organization_id.in_(ids))))


def test_what_the_survivor_never_said_comes_from_the_other(make: Factory, session: Session) -> None:
    stays, goes = make.organization(name="A Group"), make.organization(name="A Groupe")
    stays.phone, goes.phone, goes.website = "617 555 0100", "617 555 0199", "https://a.example"
    session.commit()
    merge(make, stays, goes)
    assert (stays.phone, stays.website) == ("617 555 0100", "https://a.example")


def test_old_addresses_lead_to_the_survivor(make: Factory, client: CheckingClient, browser_for: BrowserFor) -> None:
    stays, goes = make.partner("Harbor Strings"), make.partner("Harbour Strings")
    owner, office = make.owner_of(goes), make.coordinator()
    merge(make, stays, goes)
    answer = client.get(f"/directory/organizations/{goes.reference}")
    assert (answer.status_code, answer.location) == (301, f"/directory/organizations/{stays.reference}")
    answer = browser_for(office).get(f"/desk/organizations/{goes.reference}")
    assert (answer.status_code, answer.location) == (302, f"/desk/organizations/{stays.reference}")
    answer = browser_for(owner).get(f"/apply/organizations/{goes.reference}")
    assert (answer.status_code, answer.location) == (301, f"/apply/organizations/{stays.reference}")


def test_a_merged_record_leads_on_when_its_survivor_is_merged_too(make: Factory, client: CheckingClient) -> None:
    first, second, third = (make.partner(name) for name in ("One", "Uno", "Eins"))
    merge(make, second, first)
    merge(make, third, second)
    assert client.get(f"/directory/organizations/{first.reference}").location.endswith(third.reference)


def in_charge(case: Any) -> int | None:
    return cast("int | None", case.coordinator_id)


def test_an_interest_in_either_is_an_interest_in_both(make: Factory, session: Session) -> None:
    stays, goes = make.organization(name="Harbor Strings"), make.organization(name="Harbour Strings")
    case = make.submitted(make.registration(stays))
    coordinator = make.coordinator()
    make.take("application", case, "screen", make.actor(coordinator))
    assert in_charge(case) == coordinator.id
    conflict = Conflict(user_id=coordinator.id, organization_id=goes.id, reason="My sister works there.")
    make.take("conflict", conflict, "declare", make.actor(coordinator))
    merge(make, stays, goes)
    session.refresh(case)
    assert in_charge(case) is None
    assert make.actor(coordinator).conflicts == {stays.id}
    assert sound(session) == []


def test_the_same_interest_in_both_is_not_doubled(make: Factory, session: Session) -> None:
    stays, goes = make.organization(name="Harbor Strings"), make.organization(name="Harbour Strings")
    reviewer = make.reviewer()
    for organization in (stays, goes):
        conflict = Conflict(user_id=reviewer.id, organization_id=organization.id, reason="Board.")
        make.take("conflict", conflict, "declare", make.actor(reviewer))
    merge(make, stays, goes)
    assert stays.id in make.actor(reviewer).conflicts
    assert sound(session) == []


def test_refused_with_what_to_do_first(make: Factory) -> None:
    stays, goes = make.partner("Harbor Strings"), make.partner("Harbour Strings")
    make.sent(make.agreement(make.partnership(goes)))
    with pytest.raises(StepRefused, match="is being signed"):
        merge(make, stays, goes)


def test_only_a_director_apart_from_both_merges(make: Factory) -> None:
    stays, goes = make.organization(name="Harbor Strings"), make.organization(name="Harbour Strings")
    pair = suspect(make, stays, goes)
    how = {"data": MergeOrganizations(stays.id), "reason": "Same."}
    with pytest.raises(NotAllowed):
        make.take("duplicate_pair", pair, "merge", make.actor(make.coordinator()), **how)
    make.session.rollback()
    member = make.director()
    make.grant(member, Role.ORG_VIEWER, organization=goes)
    with pytest.raises(NotVisible):
        make.take("duplicate_pair", pair, "merge", make.actor(member), **how)


def test_a_third_look_alike_is_handed_on(make: Factory, session: Session) -> None:
    stays, goes, third = (make.organization(name=name) for name in ("Harbor", "Harbour", "Harbors"))
    other = suspect(make, goes, third)
    merge(make, stays, goes)
    session.refresh(other)
    assert other.state is DuplicateState.DIFFERENT
    fresh = session.scalars(sa.select(DuplicatePair).where(DuplicatePair.state == DuplicateState.SUSPECTED)).one()
    assert {fresh.first_id, fresh.second_id} == {stays.id, third.id}


def test_the_merge_is_looked_at_before_it_is_done(make: Factory, session: Session, browser_for: BrowserFor) -> None:
    stays, goes = make.partner("Harbor Strings"), make.partner("Harbour Strings")
    pair, browser = suspect(make, stays, goes), browser_for(make.director())
    session.commit()
    path = f"/desk/duplicates/{pair.reference}/merge"
    page = browser.get(path)
    assert "Programs: 1" in page.text
    assert browser.post(path, data={"look": "1"}).status_code == 422
    filled = {"stays": stays.reference, "reason": "One tax letter.", "version": str(pair.version)}
    look = browser.post(path, data={**filled, "look": "1"})
    assert look.status_code == 200
    assert make.owner_of(goes).email in look.text
    assert "Programs: 1 move" in look.text
    session.rollback()
    assert session.get_one(Organization, goes.id, populate_existing=True).state is PartnerState.PARTNER
    session.commit()
    done = browser.post(path, data=filled)
    assert (done.status_code, done.location) == (303, f"/desk/organizations/{stays.reference}")
    shown = browser.get(done.location).text
    assert f"{goes.legal_name} ({goes.reference}) was merged into this record." in shown
