"""Where the demonstration's people act: finds who and what a step needs, and takes it in the past."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import config
from vetting import clock
from vetting.calendar_days import local_moment_utc
from vetting.jobs.demo.papers import Papers
from vetting.jobs.demo.plans import OrganizationPlan, ProgramPlan, dealt, reference
from vetting.models import (
    Document,
    DocumentVersion,
    EvidenceState,
    Organization,
    Program,
    Role,
    RoleGrant,
    School,
    User,
)
from vetting.policy import SYSTEM, Actor
from vetting.queries.actors import actor_for
from vetting.sealing import Sealer
from vetting.storage import Store
from vetting.workflows import engine
from vetting.workflows.registry import workflow_named

# An address from the range that is kept free for documentation.
ADDRESS = "192.0.2.17"
AGENT = "A made-up browser (demonstration)"

CHANGES_RIGHTS = frozenset({"role_grant", "partner", "conflict", "review"})
"""Workflows whose steps may change what somebody holds."""

USABLE = (EvidenceState.RECEIVED, EvidenceState.ACCEPTED)


@dataclass
class House:
    """What every scene shares. ``anchor`` is the instant all days are counted from."""

    store: Store
    settings: config.Settings
    anchor: datetime
    password: str
    papers: Papers = field(init=False)

    def __post_init__(self) -> None:
        self.papers = Papers(self.today)

    @property
    def today(self) -> date:
        return clock.local_date(self.anchor)

    @property
    def sealer(self) -> Sealer:
        return Sealer(self.settings.secret_key, self.settings.secret_keys_before)

    def day(self, offset: int) -> date:
        """The local day ``offset`` days from today; negative is in the past."""
        return self.today + timedelta(days=offset)

    def moment(self, days_ago: int, hour: int = 10, minute: int = 0) -> datetime:
        """A time on a working day at least ``days_ago`` days ago, never after the anchor."""
        day = self.day(-days_ago)
        while days_ago and day.weekday() > 4:
            day -= timedelta(days=1)
        return min(local_moment_utc(day, time(hour, minute)), self.anchor)


class Scene:
    """One unit of work of the demonstration."""

    def __init__(self, session: Session, house: House) -> None:
        self.session = session
        self.house = house
        self._actors: dict[str, Actor] = {}

    def take(
        self, workflow: str, subject: Any, step: str, actor: Actor, at: datetime, *, data: Any = None, reason: str = ""
    ) -> None:
        """One step, as if it were taken at ``at``."""
        engine.run(self.session, workflow_named(workflow), subject, step, actor, data=data, reason=reason, at=at)
        if workflow in CHANGES_RIGHTS:
            self._actors.clear()

    # People

    def person(self, email: str, name: str, title: str, made_at: datetime, *, sign_in: str = "") -> User:
        """A new account with a confirmed address. ``sign_in`` are the words of its line among the sign-ins."""
        user = User(
            reference=reference("PER", email),
            email=email,
            name=name,
            title=title,
            password=self.house.password,
            active=True,
            fs_uniquifier=uuid.uuid4().hex,
            fs_webauthn_user_handle=uuid.uuid4().hex,
            confirmed_at=made_at,
            created_at=made_at,
            preferences={"demo_role": sign_in} if sign_in else {},
        )
        self.session.add(user)
        self.session.flush()
        return user

    def user(self, email: str) -> User:
        return self.session.scalars(sa.select(User).where(User.email == email)).one()

    def known(self, email: str) -> User | None:
        return self.session.scalars(sa.select(User).where(User.email == email)).first()

    def acting(self, email: str) -> Actor:
        """The person at their desk, with what they hold at this point of the story."""
        known = self._actors.get(email)
        if known is None:
            user = self.user(email)
            known = self._actors[email] = actor_for(self.session, user, address=ADDRESS, agent=AGENT, method="password")
        return known

    def grant(
        self,
        user: User,
        role: Role,
        at: datetime,
        *,
        by: Actor = SYSTEM,
        organization: Organization | None = None,
        school: School | None = None,
    ) -> None:
        held = RoleGrant(
            user_id=user.id,
            role=role,
            organization_id=organization.id if organization else None,
            school_id=school.id if school else None,
            granted_by_id=by.user_id,
        )
        self.take("role_grant", held, "grant", by, at)

    # Things

    def school(self, dese_id: str) -> School:
        return self.session.scalars(sa.select(School).where(School.dese_id == dese_id)).one()

    def organization(self, plan: OrganizationPlan) -> Organization:
        return self.session.scalars(
            sa.select(Organization).where(Organization.reference == reference("ORG", plan.key))
        ).one()

    def program(self, plan: ProgramPlan) -> Program:
        return self.session.scalars(sa.select(Program).where(Program.reference == reference("PRG", plan.key))).one()

    def evidence(self, plan: OrganizationPlan, type_key: str, at: datetime, edition: int = 1) -> DocumentVersion:
        """The organization's document of a type: the one it has sent before, or a new one."""
        kept = self._kept(plan, type_key)
        if kept is not None and edition == 1 and kept.versions[-1].state in USABLE:
            return kept.versions[-1]
        organization = self.organization(plan)
        document = kept or Document(
            reference=reference("DOC", f"{plan.key}:{type_key}"),
            organization_id=organization.id,
            organization=organization,
            type_key=type_key,
            created_at=at,
        )
        owner = self.acting(plan.owner_email)
        paper = self.house.papers.paper(plan, type_key, edition)
        stored = self.house.store.put(BytesIO(paper.body), area="evidence")
        version = DocumentVersion(
            document=document,
            number=len(document.versions) + 1,
            filename=paper.filename,
            media_type=paper.media_type,
            size=stored.size,
            sha256=stored.sha256,
            storage_key=stored.key,
            issuer=paper.issuer,
            valid_from=paper.valid_from,
            valid_until=paper.until,
            amount_cents=paper.amount_cents,
            details=dict(paper.details),
            uploaded_by_id=owner.user_id,
            created_at=at,
        )
        self.take("evidence", version, "receive", owner, at)
        return version

    def _kept(self, plan: OrganizationPlan, type_key: str) -> Document | None:
        return self.session.scalars(
            sa.select(Document).where(Document.reference == reference("DOC", f"{plan.key}:{type_key}"))
        ).first()


class Pace:
    """The time of a case as it moves on, step by step."""

    def __init__(self, house: House, days_ago: int, seed: str) -> None:
        self.house = house
        self.seed = seed
        self.now = house.moment(days_ago, 9 + dealt(seed, 3), dealt(f"{seed}:minute", 50))

    def next(self, minutes: int = 4) -> datetime:
        """A few minutes later."""
        self.now = min(self.now + timedelta(minutes=minutes), self.house.anchor)
        return self.now

    def until(self, days_ago: int) -> datetime:
        """The working day ``days_ago`` days ago, unless that is past already."""
        hour = 9 + dealt(f"{self.seed}:{days_ago}", 6)
        self.now = max(self.now + timedelta(minutes=1), self.house.moment(days_ago, hour, dealt(self.seed, 59)))
        self.now = min(self.now, self.house.anchor)
        return self.now
