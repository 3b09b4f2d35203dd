"""Where a district asks for it, two people of one reporting line do not draft and release the same decision."""

from __future__ import annotations

import pytest

from vetting.models import ApplicationState, User
from vetting.unit_of_work import unit_of_work
from vetting.workflows.engine import StepRefused


@pytest.fixture
def separated(make) -> None:
    """A new version of the settings with the separation switched on."""
    make.settings(separation_by_reporting_line=True)


def drafted(make, session, drafter: User, releaser: User, boss: str):
    """A case whose drafter reports to the releaser, or the other way round, or neither."""
    with unit_of_work(session):
        if boss == "releaser":
            drafter.supervisor_id = releaser.id
        elif boss == "drafter":
            releaser.supervisor_id = drafter.id
    return make.decision_drafted(by=drafter)


@pytest.mark.usefixtures("separated")
@pytest.mark.parametrize("boss", ["releaser", "drafter"])
def test_one_line_does_not_do_both(make, session, boss):
    drafter, releaser = make.director("Dan Drafter"), make.director("Rita Releaser")
    case = drafted(make, session, drafter, releaser, boss)

    with pytest.raises(StepRefused, match="reports to the other"):
        make.take("application", case, "release_approval", make.actor(releaser))

    make.take("application", case, "release_approval", make.actor(make.director("Otto Outside")))
    assert case.state is ApplicationState.APPROVED


def test_without_the_setting_a_supervisor_may_release(make, session):
    drafter, releaser = make.director("Dan Drafter"), make.director("Rita Releaser")
    case = drafted(make, session, drafter, releaser, "releaser")

    make.take("application", case, "release_approval", make.actor(releaser))

    assert case.state is ApplicationState.APPROVED


def test_an_administrator_says_to_whom_a_person_reports(make, session, browser_for):
    from vetting.models import Role

    person, boss = make.person("Pat Person"), make.person("Bo Boss")
    browser = browser_for(make.person("Ada Admin", Role.SYSTEM_ADMIN))
    address = f"/admin/people/{person.reference}/supervisor"

    assert browser.post(address, data={"supervisor": boss.email.upper()}).status_code == 303
    session.refresh(person)
    assert person.supervisor_id == boss.id
    session.rollback()

    refused = browser.post(address, data={"supervisor": "nobody@nowhere.example"})
    assert refused.status_code == 409
    assert b"nobody@nowhere.example" in refused.data
    session.refresh(person)
    assert person.supervisor_id == boss.id
