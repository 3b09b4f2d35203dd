"""Who opens which kind of document: the sensitivity of a kind is a rule, not a label."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vetting.data.evidence_types import load_evidence_types
from vetting.models import Feature, ReviewState, Role
from vetting.permissions import Permission
from vetting.policy import CHECKS_EVIDENCE, READS_ALL, Actor, allows
from vetting.queries.evidence_queue import kinds_for

KINDS = load_evidence_types().documents
ORDINARY, INSURANCE, MONEY, DATA, TAX = "board_roster", "tb_clearance", "budget", "security_plan", "w9"
"""An ordinary document; restricted ones of the three lanes; and one that may hold a personal number."""

LANES_ON = frozenset({Feature.LANES})


def paper(kind: str, *, reviewer: int | None = None) -> SimpleNamespace:
    reviews = [SimpleNamespace(reviewer_id=reviewer, state=ReviewState.IN_PROGRESS)] if reviewer else []
    document = SimpleNamespace(type_key=kind)
    version = SimpleNamespace(document=document, uploaded_by_id=99)
    return SimpleNamespace(version=version, organization_id=1, reviews=reviews)


def opened(actor: Actor, **more: int) -> set[str]:
    return {
        kind
        for kind in (ORDINARY, INSURANCE, MONEY, DATA, TAX)
        if allows(Permission.EVIDENCE_OPEN, actor, paper(kind, **more))
    }


def office(*roles: Role, lanes: tuple[str, ...] = (), features: frozenset[Feature] = LANES_ON) -> Actor:
    return Actor(user_id=5, kind="user", roles=frozenset(roles), lanes=frozenset(lanes), features=features)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ((Role.DIRECTOR,), {ORDINARY, INSURANCE, MONEY, DATA, TAX}),
        ((Role.COORDINATOR,), {ORDINARY, INSURANCE, MONEY, DATA}),
        ((Role.FINANCE,), {ORDINARY, MONEY, TAX}),
        ((Role.RISK,), {ORDINARY, INSURANCE}),
        ((Role.DATA_PRIVACY,), {ORDINARY, DATA}),
        ((Role.AUDITOR,), {ORDINARY}),
        ((Role.RECORDS_OFFICER,), {ORDINARY}),
        ((Role.SYSTEM_ADMIN,), set()),
    ],
)
def test_each_role_opens_what_it_answers_for(roles: tuple[Role, ...], expected: set[str]) -> None:
    assert opened(office(*roles)) == expected


@pytest.mark.parametrize("role", READS_ALL)
def test_whoever_may_not_open_a_document_still_knows_of_it(role: Role) -> None:
    assert all(allows(Permission.EVIDENCE_VIEW, office(role), paper(kind)) for kind in KINDS)


def test_a_reviewer_opens_what_their_lane_and_their_case_give_them() -> None:
    assert opened(office(Role.REVIEWER)) == set(), "without a case there is nothing to read"
    assert opened(office(Role.REVIEWER), reviewer=5) == {ORDINARY}
    assert opened(office(Role.REVIEWER, lanes=("finance",)), reviewer=5) == {ORDINARY, MONEY, TAX}
    # Without lanes whoever reviews the case is the one who reads it, but for personal numbers.
    assert opened(office(Role.REVIEWER, features=frozenset()), reviewer=5) == {ORDINARY, INSURANCE, MONEY, DATA}


def test_an_interest_closes_everything_and_the_sender_always_reads_what_they_sent() -> None:
    walled = Actor(user_id=5, kind="user", roles=frozenset({Role.DIRECTOR}), conflicts=frozenset({1}))
    assert opened(walled) == set()
    own = Actor(user_id=6, kind="user", organizations={1: frozenset({Role.ORG_VIEWER})})
    assert opened(own) == {ORDINARY, INSURANCE, MONEY, DATA, TAX}
    helper = Actor(user_id=99, kind="user", roles=frozenset({Role.COORDINATOR}))
    assert TAX in opened(helper), "whoever took a paper in for somebody on the phone can look at it again"
    assert opened(Actor(user_id=99, kind="user")) == set(), "whoever sent it and left the organization since"


@pytest.mark.parametrize("role", CHECKS_EVIDENCE)
@pytest.mark.parametrize("features", [frozenset(), LANES_ON])
def test_the_pile_holds_exactly_what_its_reader_may_open_and_check(role: Role, features: frozenset[Feature]) -> None:
    for lanes in ((), ("finance",), ("risk", "data_privacy")):
        actor = office(role, lanes=lanes, features=features)
        by_policy = [kind for kind in KINDS if allows(Permission.EVIDENCE_CHECK, actor, paper(kind))]
        assert kinds_for(actor) == by_policy
