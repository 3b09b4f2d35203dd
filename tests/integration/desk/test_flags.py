"""Flags: raised for a named person, handed on, settled in words, raised again; all of it stays readable."""

from __future__ import annotations

import pytest

from tests.factories import Factory
from vetting.models import Flag, FlagState, OutboxMessage, Role


@pytest.fixture
def raised(make: Factory, screening) -> Flag:
    boss = screening.coordinator
    flag = Flag(
        application=screening, reason="The insurance ends in May.", section="", owner_id=boss.id, raised_by_id=boss.id
    )
    make.take("flag", flag, "raise", make.actor(boss))
    return flag


def test_a_flag_goes_to_a_named_person_who_gets_mail(make, browser_for, screening, session, read, sent) -> None:
    owner = make.person("Rita Risk", Role.RISK)
    path, person = f"/desk/cases/{screening.reference}/flags", owner.reference
    browser = browser_for(screening.coordinator)
    form = browser.get(f"{path}/raise")
    data = sent(form) | {"reason": "The insurance ends in May.", "owner": person, "section": "organization"}
    look = browser.post(f"{path}/raise", data=data | {"look": "1"})
    assert "Rita Risk" in read(look)
    assert "Subject: Flag for you" in read(look)
    assert session.query(Flag).count() == 0
    assert browser.post(f"{path}/raise", data=sent(look)).status_code == 303
    page = read(browser.get(path))
    assert "The insurance ends in May." in page
    assert "Waits for: Rita Risk" in page
    session.expire_all()
    assert screening.open_flags == 1
    assert session.query(OutboxMessage).filter(OutboxMessage.topic == "flag.raised").count() == 1
    assert "The insurance ends in May." in read(browser.get(f"/desk/cases/{screening.reference}"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": ""}, "Say what has to be settled"),
        ({"reason": "x" * 1001}, "Shorten this to 1000 characters or fewer"),
        ({"reason": "Student number 1234567 was hurt."}, "information about a single student"),
        ({"owner": ""}, "Choose a person"),
        ({"owner": "nobody"}, "Choose one of the people in the list"),
        ({"section": "nothing"}, "Choose one of the parts in the list"),
    ],
)
def test_a_wrong_flag_is_refused_in_words(wrong, said, browser_for, screening, read, sent) -> None:
    path = f"/desk/cases/{screening.reference}/flags/raise"
    good = {"reason": "Settle this.", "owner": screening.coordinator.reference, "section": ""}
    browser = browser_for(screening.coordinator)
    answer = browser.post(path, data=good | wrong)
    assert answer.status_code == 422
    assert said in read(answer)
    if "reason" not in wrong:
        assert sent(answer)["reason"] == "Settle this."


def test_only_people_who_see_the_case_are_offered(make, browser_for, screening, read) -> None:
    make.reviewer("Una Unassigned")
    member = make.coordinator("Mia Member")
    make.grant(member, Role.ORG_VIEWER, organization=screening.organization)
    page = read(browser_for(screening.coordinator).get(f"/desk/cases/{screening.reference}/flags/raise"))
    assert screening.coordinator.name in page
    assert "Una Unassigned" not in page
    assert "Mia Member" not in page


def test_its_whole_life_is_read_on_one_page(make, browser_for, raised, session, read, sent) -> None:
    case, boss = raised.application, raised.application.coordinator
    path, number, other = f"/desk/cases/{case.reference}/flags", raised.id, make.person("Rita Risk", Role.RISK)
    chosen, colleague = other.reference, browser_for(other)
    browser = browser_for(boss)
    hand = sent(browser.get(f"{path}/{number}/hand")) | {"owner": chosen}
    assert "Rita Risk" in read(browser.post(f"{path}/{number}/hand", data=hand | {"look": "1"}))
    assert browser.post(f"{path}/{number}/hand", data=hand).status_code == 303
    settle = sent(colleague.get(f"{path}/{number}/resolve"))
    assert colleague.post(f"{path}/{number}/resolve", data=settle | {"reason": " "}).status_code == 422
    done = colleague.post(f"{path}/{number}/resolve", data=settle | {"reason": "A new one came."})
    assert done.status_code == 303
    assert colleague.get(f"{path}/{number}/resolve").status_code == 404
    session.expire_all()
    assert (raised.state, raised.application.open_flags) == (FlagState.RESOLVED, 0)
    again = sent(browser.get(f"{path}/{number}/reopen")) | {"reason": "It is the wrong one."}
    assert browser.post(f"{path}/{number}/reopen", data=again).status_code == 303
    page = read(browser.get(path))
    steps = [
        "Flag raised again",
        "It is the wrong one.",
        "Flag resolved",
        "A new one came.",
        "Flag given to somebody else",
    ]
    places = [page.rindex(step) for step in steps]
    assert places == sorted(places)
    session.expire_all()
    assert (raised.state, raised.application.open_flags, raised.owner_id) == (FlagState.RAISED, 1, other.id)


def test_a_flag_is_found_only_in_its_own_case(make, browser_for, raised) -> None:
    other = make.submitted()
    path, number = f"/desk/cases/{other.reference}/flags", raised.id
    browser = browser_for(raised.application.coordinator)
    assert browser.get(f"{path}/{number}/resolve").status_code == 404
    assert browser.get(f"/desk/cases/{raised.application.reference}/flags/{number}/burn").status_code == 404
