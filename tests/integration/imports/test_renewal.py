"""A partner that was brought along renews with what the list said already filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.imports.conftest import Loaded, partner, program
from tests.support.client import CheckingClient
from vetting import clock
from vetting.models import Application, Organization, Program, Role, Sheet, User
from vetting.queries import renewals


def test_a_renewal_begins_with_what_the_list_said(
    make: Factory, session: Session, loaded: Loaded, browser_for: Callable[[User], CheckingClient]
) -> None:
    ends = (clock.today() + timedelta(days=30)).isoformat()
    loaded(
        {
            Sheet.PARTNERS: [partner(mission="We build lanterns.", tax_id="04-1234567", partner_until=ends)],
            Sheet.PROGRAMS: [program()],
        }
    )
    organization = session.scalars(sa.select(Organization)).one()
    reference, number = organization.reference, session.scalars(sa.select(Program.id)).one()
    owner = make.person("Olga Owner")
    make.grant(owner, Role.ORG_OWNER, organization=organization)
    browser = browser_for(owner)
    session.rollback()
    answer = browser.post(f"/apply/renew/{reference}")
    assert answer.status_code == 303
    case = session.scalars(sa.select(Application)).one()
    given = renewals.given(case)
    assert given[(0, "mission")] == "We build lanterns."
    assert given[(0, "ein")]["last4"] == "4567"
    assert given[(number, "short_description")] == "Students build lanterns together."
    assert (0, "contact_language") not in given, "the form does not ask for it"
    carried = case.carryover
    assert carried is not None
    assert {"program": 0, "key": "mission"} in carried.to_check, "nobody of the organization has said it yet"
    asked = {place["key"] for place in carried.asked}
    assert {"promise_background_checks", "year_founded"} <= asked
    assert "mission" not in asked
    session.rollback()
    assert "We build lanterns." in browser.get(str(answer.location)).get_data(as_text=True)
