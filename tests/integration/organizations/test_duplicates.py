"""Records that look alike are found when an application comes in, and settled before an approval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.events import Event
from vetting.extensions import db
from vetting.jobs import duplicates as job
from vetting.models import Conflict, DuplicatePair, DuplicateState, Organization, OutboxMessage, Role, User
from vetting.queries import duplicates
from vetting.queries.applications import bare_name
from vetting.queries.duplicates import Facts, compare, digits_of, host_of, plain_address
from vetting.refs import folded
from vetting.workflows.engine import StepRefused

BrowserFor = Callable[[User], CheckingClient]


def look(app: Flask, session: Session, application: Any) -> int:
    number = application.id
    session.commit()
    with app.app_context():
        found = job.look(sessionmaker(db.engine), number)
    session.expire_all()
    return found


def pairs(session: Session) -> list[DuplicatePair]:
    session.commit()
    session.expire_all()
    return list(session.scalars(sa.select(DuplicatePair).order_by(DuplicatePair.id)))


def facts(number: int = 1, name: str = "harborstrings", **more: str) -> Facts:
    known = {"tax_id": "", "host": "", "phone": "", "address": "", **more}
    return Facts(number, (name,), **known)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (facts(2, "harborstrings"), {"name"}),
        (facts(2, "harbourstrings"), {"name"}),
        (facts(2, "millpondwriters"), set()),
        (facts(2, "millpondwriters", tax_id="t"), {"tax_id"}),
        (facts(2, "millpondwriters", phone="6175550100"), set()),
        (facts(2, "millpondwriters", phone="6175550100", host="a.example"), {"phone", "website"}),
        (facts(2, "harborstring", address="1 main st"), {"name", "address"}),
        (facts(2, "harborsongs", address="1 main st"), {"address"}),
    ],
)
def test_what_is_enough_to_bring_two_together(other: Facts, expected: set[str]) -> None:
    one = facts(1, "harborstrings", tax_id="t", host="a.example", phone="6175550100", address="1 main st")
    assert {reason["key"] for reason in compare(one, other)} == expected
    assert {reason["key"] for reason in compare(other, one)} == expected


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.Harbor.example/about", "harbor.example"),
        ("harbor.example", "harbor.example"),
        ("https://facebook.com/harbor", ""),
        ("http://[broken", ""),
        ("not a website", ""),
        ("", ""),
    ],
)
def test_a_website_is_compared_by_its_own_host(text: str, host: str) -> None:
    assert host_of(text) == host


def test_numbers_and_addresses_are_compared_as_people_mean_them() -> None:
    assert digits_of("+1 (617) 555-0100") == digits_of("617.555.0100 ext 4") == "6175550100"
    assert digits_of("555-0100") == ""
    assert plain_address("1 Main St., Bóston, MA") == plain_address("1 main st boston MA")


def test_a_look_alike_is_found_once_and_again_only_for_a_new_reason(
    app: Flask, make: Factory, session: Session
) -> None:
    make.organization(name="Harbour Strings, Inc.")
    case = make.submitted(make.registration(make.organization(name="Harbor Strings")))
    asked = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic == Event.DUPLICATES_SOUGHT)).all()
    assert [message.recipient for message in asked] == ["worker"]
    session.commit()
    assert [look(app, session, case), look(app, session, case)] == [1, 0]
    (pair,) = pairs(session)
    assert [reason["key"] for reason in pair.reasons] == ["name"]
    make.take("duplicate_pair", pair, "dismiss", make.actor(make.coordinator()), reason="Another town.")
    assert look(app, session, case) == 0
    assert pairs(session)[0].state is DuplicateState.DIFFERENT
    for organization in session.scalars(sa.select(Organization)):
        organization.phone = "617 555 0100"
    session.commit()
    look(app, session, case)
    (pair,) = pairs(session)
    assert pair.state is DuplicateState.SUSPECTED


TWINS = (
    "H\u0430rb\u043er S\u0442rings",
    "\u041d\u0410RBOR STRINGS",
    "Harbor Str1ngs, Inc.",
    "Harb0r StrIngs",
    "Har\u200bbor\u2060 Str\u00adings",
    "\uff28arbor \U0001d412trings",
    "H\u0251rb\u00f3r Str\u03b9ngs \u0406n\u0441.",
)
"""Each is another name to a computer, and the name of a partner to whoever reads it."""


@pytest.mark.parametrize("twin", TWINS)
def test_a_name_that_only_looks_like_a_partners_is_found(
    twin: str, app: Flask, make: Factory, session: Session, browser_for: BrowserFor
) -> None:
    make.organization(name="Harbor Strings")
    browser = browser_for(make.person())
    facts = {"legal_name": twin, "kind": "community_based_organization", "program_name": "Violins"}
    asked = browser.post("/apply/register", data=facts)
    assert asked.status_code == 422
    assert "very like it" in asked.text
    # Whoever insists comes in, and the office is told.
    newcomer = make.submitted(make.registration(make.organization(name=twin)))
    session.commit()
    assert look(app, session, newcomer) == 1
    assert pairs(session)[0].reasons[0]["likeness"] == "100"


def test_two_newcomers_with_one_tax_id_find_each_other(app: Flask, make: Factory, session: Session) -> None:
    first = make.submitted(make.registration(make.organization(name="Harbor Strings")))
    second = make.submitted(make.registration(make.organization(name="Violins for All")))
    assert first.organization.ein_digest == second.organization.ein_digest is not None
    session.commit()
    assert look(app, session, second) == 1
    assert "tax_id" in {reason["key"] for reason in pairs(session)[0].reasons}


def test_no_approval_leaves_while_a_look_alike_waits(
    app: Flask, make: Factory, session: Session, browser_for: BrowserFor
) -> None:
    make.organization(name="Harbour Strings")
    case = make.decision_drafted(make.registration(make.organization(name="Harbor Strings")))
    session.commit()
    look(app, session, case)
    session.expire_all()
    director = make.director("Rita Releaser")
    with pytest.raises(StepRefused, match="Another organization looks like this one"):
        make.take("application", case, "release_approval", make.actor(director))
    session.rollback()
    (pair,) = pairs(session)
    browser = browser_for(director)
    desk, dismiss = f"/desk/cases/{case.reference}", f"/steps/duplicate_pair/{pair.reference}/dismiss"
    session.commit()
    assert "This may be the same organization twice" in browser.get(desk).text
    assert browser.post(dismiss).status_code == 409
    done = browser.post(dismiss, data={"reason": "One is in Lynn.", "next": "/desk/duplicates"})
    assert done.status_code == 303
    listed = browser.get("/desk/duplicates?state=different").text
    assert "One is in Lynn." in listed
    session.expire_all()
    make.take("application", case, "release_approval", make.actor(director))
    assert case.state.value == "approved"


def test_whoever_has_an_interest_in_one_sees_no_pair(
    app: Flask, make: Factory, session: Session, browser_for: BrowserFor
) -> None:
    other = make.organization(name="Harbour Strings")
    case = make.submitted(make.registration(make.organization(name="Harbor Strings")))
    session.commit()
    look(app, session, case)
    (pair,) = pairs(session)
    walled, member = make.coordinator("Wally Walled"), make.director("Mel Member")
    conflict = Conflict(user_id=walled.id, organization_id=other.id, reason="Board.")
    make.take("conflict", conflict, "declare", make.actor(walled))
    make.grant(member, Role.ORG_VIEWER, organization=other)
    for person in (walled, member):
        browser = browser_for(person)
        assert "Harbour Strings" not in browser.get("/desk/duplicates").text
        assert browser.get(f"/desk/duplicates/{pair.reference}").status_code == 404
        assert browser.get(f"/desk/duplicates/{pair.reference}/merge").status_code == 404
        assert "the same organization twice" not in browser.get(f"/desk/cases/{case.reference}").text
        assert browser.post(f"/steps/duplicate_pair/{pair.reference}/dismiss", data={"reason": "x"}).status_code == 404
    assert duplicates.open_count(session, make.actor(make.coordinator("Free Coordinator"))) == 1
    assert duplicates.open_count(session, make.actor(walled)) == 0


def test_the_office_reports_two_records(make: Factory, session: Session, browser_for: BrowserFor) -> None:
    one, other = make.organization(name="Harbor Strings"), make.organization(name="Violins for All")
    browser = browser_for(make.coordinator())
    for bad in (
        {},
        {"first": one.reference, "second": "ORG-NONE"},
        {"first": one.reference, "second": one.reference},
    ):
        assert browser.post("/desk/duplicates", data=bad).status_code == 422
    answer = browser.post("/desk/duplicates", data={"first": other.reference.lower(), "second": one.reference})
    assert answer.status_code == 303
    (pair,) = pairs(session)
    assert answer.location.endswith(pair.reference)
    shown = browser.get(answer.location).text
    assert "Reported by the office" in shown
    assert "a director merges them" in shown


def test_a_name_is_compared_without_what_many_share() -> None:
    assert folded("Harbór") == "harbor"
    same = compare(facts(1, "harborstrings"), facts(2, "harborstrings"))
    assert same[0]["likeness"] == "100"
    assert bare_name("\u0422he H\u0430rbor \u0421\u043e., Inc.") == bare_name("Harbor")
    assert bare_name("\u0411\u0438\u0431\u043b\u0438\u043e\u0442\u0435\u043a\u0430") != bare_name("Library")
