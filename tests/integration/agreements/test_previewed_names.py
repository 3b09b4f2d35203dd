"""Mail that is shown before it leaves names nobody whom the reader may not know."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.models import Agreement, Role, User

Browser = Callable[..., CheckingClient]


@pytest.fixture
def running(make: Factory, session: Session) -> Agreement:
    """An agreement in force that renews by itself, so that either side may speak against it."""
    agreement = make.agreement()
    agreement.draft = {**agreement.draft, "renews": True}
    session.commit()
    make.in_force(agreement)
    session.commit()
    return agreement


def looked(browser: CheckingClient, agreement: Agreement) -> str:
    data = {"look": "1", "reason": "We move away.", "version": str(agreement.version)}
    return browser.post(f"/steps/agreement/{agreement.reference}/object", data=data).get_data(as_text=True)


def test_a_partner_reads_who_at_the_school_gets_mail_by_role(
    running: Agreement, make: Factory, session: Session, browser_for: Browser
) -> None:
    signer, leader, _district = (place.user for place in running.versions[-1].signers)
    colleague = make.person("Col League")
    make.grant(colleague, Role.ORG_OWNER, organization=running.organization)
    session.commit()
    browser = browser_for(signer)
    page = looked(browser, running)
    assert f"<summary>School leader, {running.school.name}</summary>" in page
    assert leader.name not in page
    assert leader.email not in page
    assert colleague.email in page, "people of the own organization are no strangers"
    assert f"Hello {colleague.name}," in page


def test_a_colleague_who_works_in_the_office_is_not_shown_as_that(
    running: Agreement, make: Factory, session: Session, browser_for: Browser
) -> None:
    signer = running.versions[-1].signers[0].user
    both = make.person("Bo Both", Role.COORDINATOR)
    make.grant(both, Role.ORG_OWNER, organization=running.organization)
    session.commit()
    page = looked(browser_for(signer), running)
    assert both.email not in page
    assert "The partnerships office" in page


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.SCHOOL_LEADER])
def test_who_works_for_the_district_knows_everybody(
    role: Role, running: Agreement, make: Factory, session: Session, browser_for: Browser
) -> None:
    signer, leader, _district = (place.user for place in running.versions[-1].signers)
    reader: User = leader if role is Role.SCHOOL_LEADER else make.person("Cora Office", role)
    session.commit()
    browser = browser_for(reader)
    page = looked(browser, running)
    assert leader.email in page
    assert signer.email in page
