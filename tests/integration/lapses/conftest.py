"""A partner that needs documents, papers with dates of their own, and the worker's days."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from vetting import refs
from vetting.calendar_days import local_moment_utc
from vetting.extensions import db
from vetting.jobs import calendar_day
from vetting.models import (
    Application,
    Designation,
    DesignationKind,
    Document,
    DocumentVersion,
    Organization,
    Requirement,
    User,
)
from vetting.policy import SYSTEM
from vetting.unit_of_work import unit_of_work

ATTESTATION, TAX_FORM = "clearance_attestation", "w9"
GENERAL, FILING, ROSTER = "coi_general_liability", "state_charity_filing", "board_roster"


def noon(day: date) -> datetime:
    """Noon of a local day."""
    return local_moment_utc(day, time(12))


class World:
    """Partners without the years of work that made them partners."""

    def __init__(self, make: Factory, session: Session, sessions: Any) -> None:
        self.make, self.session, self.sessions = make, session, sessions
        self.count = itertools.count(1)
        self.basis: Application | None = None

    def partner(self, since: date, *needs: str, owner: User | None = None) -> Organization:
        """A listed partner whose approval rests on these kinds of document."""
        organization = self.make.organization(owner)
        program = organization.programs[0]
        take, at = self.make.take, noon(since)
        take("program", program, "send_to_review", at=at)
        take("program", program, "approve", at=at)
        if self.basis is None:
            self.basis = self.make.registration(self.make.organization())
        designation = Designation(organization=organization, kind=DesignationKind.PARTNER, starts_on=since)
        take("designation", designation, "schedule", at=at)
        take("designation", designation, "begin", at=at)
        # Somebody was heard of on that day, or the partner itself would lapse for want of news.
        person = self.make.actor(self.make.owner_of(organization))
        take("program", program, "hide", person, at=at)
        take("program", program, "show", person, at=at)
        with unit_of_work(self.session) as session:
            for type_key in needs:
                session.add(
                    Requirement(
                        organization_id=organization.id, type_key=type_key, application_id=self.basis.id, since=since
                    )
                )
        return organization

    def paper(
        self, organization: Organization, type_key: str, start: date | None, end: date | None, on: date
    ) -> DocumentVersion:
        """A version of the organization's document of this kind, received on a day."""
        document = (
            self.session.query(Document).filter_by(organization_id=organization.id, type_key=type_key).first()
        ) or Document(reference=refs.new_reference("DOC"), organization=organization, type_key=type_key)
        number = next(self.count)
        version = DocumentVersion(
            document=document,
            number=len(document.versions) + 1,
            filename="paper.pdf",
            media_type="application/pdf",
            size=1,
            sha256=f"{number:064d}",
            storage_key=f"evidence/{number}",
            valid_from=start,
            valid_until=end,
        )
        self.make.take("evidence", version, "receive", SYSTEM, at=noon(on))
        return version

    def night(self, day: date, at: time = time(0, 1)) -> None:
        """What the worker does when a local day has begun."""
        self.session.rollback()
        calendar_day.settle(self.sessions, local_moment_utc(day, at))
        self.session.expire_all()


@pytest.fixture
def world(app: Flask, make: Factory, session: Session) -> World:
    with app.app_context():
        return World(make, session, sessionmaker(db.engine, expire_on_commit=False))
