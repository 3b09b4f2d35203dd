"""A school with money and a partner, and the people who sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting import clock
from vetting.jobs import agreements as job
from vetting.models import (
    Agreement,
    FundYear,
    IndexScore,
    Organization,
    Role,
    School,
    User,
)
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import GiveConsent, Sign


@contextmanager
def looking(session: Session) -> Iterator[None]:
    """Read with the test's own session and let go at once: on SQLite an open transaction keeps the server waiting."""
    yield
    session.commit()


@dataclass
class Place:
    """Everything one agreement needs."""

    school: School
    leader: User
    organization: Organization
    partner_signer: User
    signatory: User
    fund_year: FundYear


@pytest.fixture
def place(make: Factory, session: Session) -> Place:
    school = make.school("Mather Elementary")
    leader = make.leader(school, "Lee Leader")
    organization = make.partner("Harbor Strings")
    partner_signer = make.person("Kofi Asante", title="Executive director")
    make.grant(partner_signer, Role.ORG_SIGNER, organization=organization)
    signatory = make.person("Wei Chen", Role.DISTRICT_SIGNATORY, title="Chief of Partnerships")
    year = fund_year(make, session, school)
    session.commit()
    return Place(school, leader, organization, partner_signer, signatory, year)


def fund_year(make: Factory, session: Session, school: School, cents: int = 8_412_000) -> FundYear:
    """A published fund year in which the school is the only one with a share."""
    with unit_of_work(session):
        score = IndexScore(
            school_id=school.id, school_year="2025-26", hundredths=70, made_up=True, imported_at=clock.now()
        )
        session.add(score)
    finance = make.actor(make.person("Fin Ance", Role.FINANCE))
    year = FundYear(
        fiscal_year="FY27",
        school_year="2026-27",
        total_cents=cents,
        threshold_hundredths=56,
        enrollment_year="2025-26",
        index_year="2025-26",
        made_up=True,
    )
    make.take("fund_year", year, "draft", finance)
    make.take("fund_year", year, "calculate", finance)
    make.take("fund_year", year, "publish", finance)
    return year


@pytest.fixture
def signed_by_all(make: Factory, session: Session) -> Callable[[Agreement], Agreement]:
    """Sends an agreement and signs it by everyone, through the engine."""

    def sign(agreement: Agreement) -> Agreement:
        leader = make._holder(Role.SCHOOL_LEADER, school=agreement.school)
        assert leader is not None
        make.take("agreement", agreement, "send", make.actor(leader))
        version = agreement.versions[-1]
        for signer in list(version.signers):
            person = make.actor(signer.user, address="203.0.113.7", agent="Firefox", method="password")
            make.take("signer", signer, "consent", person, data=GiveConsent("electronic-records-1", "ab" * 32))
            given = Sign(signer.name, signer.title, "I sign.", version.content_sha256, "Password")
            make.take("signer", signer, "sign", person, data=given)
        return agreement

    return sign


@pytest.fixture
def execute(app: Flask, session: Session) -> Callable[[int], None]:
    """Runs the worker's job for an agreement."""
    from sqlalchemy.orm import sessionmaker

    from vetting.extensions import db

    def run(agreement_id: int) -> None:
        with app.app_context():
            sessions = sessionmaker(db.engine, expire_on_commit=False)
        job.execute(sessions, app.extensions["store"], app.config["SETTINGS"], agreement_id)

    return run
