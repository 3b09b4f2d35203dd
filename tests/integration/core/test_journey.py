"""The whole path through the engine alone, on a real database."""

from __future__ import annotations

from vetting.models import ApplicationState, DesignationKind, OutboxMessage, PartnerState
from vetting.workflows.verify import check


def test_an_organization_becomes_a_portfolio_partner(make, session):
    organization = make.partner("Harbor Strings")
    assert organization.state is PartnerState.PARTNER
    assert organization.listed

    application = make.approved(make.portfolio(organization))

    assert application.state is ApplicationState.APPROVED
    assert organization.state is PartnerState.PORTFOLIO
    assert [d.kind for d in organization.designations] == [DesignationKind.PARTNER, DesignationKind.PORTFOLIO]
    assert list(check(session)) == []


def test_each_event_is_queued_once_per_recipient(make, session):
    make.approved()
    keys = [key for (key,) in session.query(OutboxMessage.key)]
    assert len(keys) == len(set(keys)) > 0
