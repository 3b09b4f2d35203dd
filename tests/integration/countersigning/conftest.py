"""Agreements that wait for the district's last signature, and years that end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory, scope, signature
from tests.support.client import CheckingClient
from vetting.extensions import db
from vetting.models import Agreement, Organization, Role, School, Signer, SignerState, User
from vetting.workflows.commands import GiveConsent

Wait = Callable[..., Agreement]


@pytest.fixture
def dee(make: Factory, session: Session) -> User:
    """The district's only signatory."""
    person = make.person("Dee Signatory", Role.DISTRICT_SIGNATORY, title="Chief of Partnerships")
    session.commit()
    return person


@pytest.fixture
def partner(make: Factory) -> Organization:
    return make.partner("Harbor Strings")


@pytest.fixture
def waits(make: Factory, session: Session, partner: Organization) -> Wait:
    """An agreement that everybody but the district has signed; ``changes`` are other words of its scope."""

    def made(
        organization: Organization | None = None, school: School | None = None, sign: bool = True, **changes: Any
    ) -> Agreement:
        agreement = make.agreement(make.partnership(organization or partner, school))
        leader = make._holder(Role.SCHOOL_LEADER, school=agreement.school)
        assert leader is not None
        if changes:
            written = scope()
            written = replace(written, content={**written.content, **changes})
            make.take("agreement", agreement, "save", make.actor(leader), data=written)
        make.take("agreement", agreement, "send", make.actor(leader))
        for signer in agreement.versions[-1].signers[:-1] if sign else []:
            give(make, signer)
        session.commit()
        return agreement

    return made


def give(make: Factory, signer: Signer) -> None:
    """Consent and signature of one person, through the engine."""
    person = make.actor(signer.user, address="203.0.113.7", agent="Firefox", method="password")
    if signer.consent is None:
        make.take("signer", signer, "consent", person, data=GiveConsent("electronic-records-1", "ab" * 32))
    make.take("signer", signer, "sign", person, data=signature(signer))


def district_place(session: Session, agreement: Agreement) -> Signer:
    """The district's place in the newest version, read anew."""
    session.expire_all()
    place = agreement.versions[-1].signers[-1]
    assert place.state in set(SignerState)
    return place


@pytest.fixture
def sessions(app: Flask) -> sessionmaker[Session]:
    """Sessions as the worker opens them."""
    with app.app_context():
        return sessionmaker(db.engine, expire_on_commit=False)


@pytest.fixture
def at_desk(session: Session, browser_for: Callable[[User], CheckingClient]) -> Callable[[User], CheckingClient]:
    """A browser whose requests never wait for what the test itself has read."""

    def opened(user: User) -> CheckingClient:
        browser = browser_for(user)
        plain = browser.open

        def unhindered(*args: Any, **kwargs: Any) -> Any:
            session.rollback()
            return plain(*args, **kwargs)

        browser.open = unhindered  # type: ignore[method-assign]
        return browser

    return opened
