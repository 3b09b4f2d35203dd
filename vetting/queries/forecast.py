"""What runs out in the weeks to come, for the office's pages, with the people who get mail about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.data.evidence_types import Risk
from vetting.lapses.standing import Bites, bites
from vetting.models import (
    OPEN_LAPSES,
    GrantState,
    Lapse,
    LapseState,
    Organization,
    Partnership,
    PartnershipState,
    Program,
    Role,
    RoleGrant,
    School,
    User,
)
from vetting.policy import Actor
from vetting.queries import lapses
from vetting.queries.instead import Item

WEEKS = 13
"""How far the forecast looks: ninety days and the rest of that week."""


@dataclass(frozen=True)
class Ending:
    """A required kind of document that is out on ``day``, or will be; its lapse once the daily round has seen it."""

    organization_id: int
    organization: str
    reference: str
    type_key: str
    risk: Risk
    day: date
    plan: Bites
    lapse: Lapse | None
    schools: tuple[str, ...] = ()


@dataclass(frozen=True)
class Week:
    """How many run out in a local week that begins on a Monday, by risk."""

    monday: date
    high: int = 0
    medium: int = 0
    low: int = 0

    @property
    def number(self) -> int:
        return self.high + self.medium + self.low


@dataclass(frozen=True)
class Told:
    """Who gets mail about an organization's lapse: its owners and editors, and leaders of schools where it works."""

    people: tuple[str, ...]
    leaders: tuple[str, ...]


def not_for(actor: Actor) -> frozenset[int]:
    """Organizations that this person must learn nothing of on lists: those with an interest, and their own."""
    return actor.conflicts | frozenset(actor.organizations)


def endings(
    session: Session, actor: Actor, today: date, *, type_key: str = "", lane: str = "", school: str = ""
) -> list[Ending]:
    """Everything that is out now or will be within the forecast, the first first."""
    last = today + timedelta(days=7 * WEEKS)
    keep = not_for(actor)
    items = {
        item: since
        for item, since in lapses.running_out(session, today, last).items()
        if item[0] not in keep and _wanted(item[1], type_key, lane)
    }
    served = schools_served(session, {organization_id for organization_id, _ in items})
    if school:
        items = {item: since for item, since in items.items() if school in served.get(item[0], {})}
    there = _open(session, {organization_id for organization_id, _ in items})
    names = _names(session, {organization_id for organization_id, _ in items})
    grace = lapses.rules(session).grace
    found = []
    for item, now in lapses.standings(session, items, today).items():
        if now.out_from is None or now.out_from > last:
            continue
        organization_id, key = item
        name, reference = names[organization_id]
        lapse, risk = there.get(item), lapses.risk_of(key)
        plan = Bites(lapse.blocks_on, lapse.hides_on) if lapse else bites(grace[risk], now.out_from, today)
        schools = tuple(served.get(organization_id, {}).values())
        found.append(Ending(organization_id, name, reference, key, risk, now.out_from, plan, lapse, schools))
    return sorted(found, key=lambda one: (one.day, one.organization.casefold(), one.type_key))


def _wanted(key: str, type_key: str, lane: str) -> bool:
    kind = lapses.kind_of(key)
    return (not type_key or key == type_key) and (not lane or (kind is not None and kind.lane == lane))


def weeks(found: Iterable[Ending], today: date) -> list[Week]:
    """The forecast by week, this one first; what is out already is not in it."""
    monday = today - timedelta(days=today.weekday())
    counts: dict[tuple[date, Risk], int] = defaultdict(int)
    for one in found:
        if one.day > today:
            counts[one.day - timedelta(days=one.day.weekday()), one.risk] += 1
    days = [monday + timedelta(weeks=number) for number in range(WEEKS + 1)]
    return [Week(day, counts[day, Risk.HIGH], counts[day, Risk.MEDIUM], counts[day, Risk.LOW]) for day in days]


def biting_soon(session: Session, actor: Actor, today: date, days: int) -> list[Lapse]:
    """Lapses of which something begins within so many days, held off or not, the first first."""
    last = today + timedelta(days=days)
    blocks = sa.and_(Lapse.blocks_on <= last, Lapse.blocking.is_(False))
    hides = sa.and_(Lapse.hides_on <= last, Lapse.hiding.is_(False))
    query = (
        sa.select(Lapse)
        .where(Lapse.state.in_(OPEN_LAPSES), sa.or_(blocks, hides))
        .options(joinedload(Lapse.organization))
    )
    if keep := not_for(actor):
        query = query.where(Lapse.organization_id.not_in(keep))
    first = sa.func.coalesce(sa.case((blocks, Lapse.blocks_on)), Lapse.hides_on)
    return list(session.scalars(query.order_by(first, Lapse.id)))


def biting_now(session: Session, actor: Actor) -> Sequence[Lapse]:
    """Lapses with a consequence in force, the oldest first."""
    query = sa.select(Lapse).where(sa.or_(Lapse.blocking.is_(True), Lapse.hiding.is_(True)))
    if keep := not_for(actor):
        query = query.where(Lapse.organization_id.not_in(keep))
    return session.scalars(query.options(joinedload(Lapse.organization)).order_by(Lapse.out_from, Lapse.id)).all()


def find(session: Session, reference: str) -> Lapse | None:
    """A lapse by its reference."""
    query = sa.select(Lapse).where(Lapse.reference == reference).options(joinedload(Lapse.organization))
    return session.scalars(query).first()


def told(session: Session, organizations: Collection[int]) -> Mapping[int, Told]:
    """Who gets mail when something of these organizations bites."""
    if not organizations:
        return {}
    active = (RoleGrant.state == GrantState.ACTIVE, User.active.is_(True))
    own = (
        sa.select(RoleGrant.organization_id, User.name)
        .join(User, User.id == RoleGrant.user_id)
        .where(*active, RoleGrant.role.in_((Role.ORG_OWNER, Role.ORG_EDITOR)))
        .where(RoleGrant.organization_id.in_(organizations))
        .order_by(User.name)
    )
    leaders = (
        sa.select(Program.organization_id, User.name, School.name)
        .join(Partnership, Partnership.program_id == Program.id)
        .join(School, School.id == Partnership.school_id)
        .join(RoleGrant, RoleGrant.school_id == School.id)
        .join(User, User.id == RoleGrant.user_id)
        .where(*active, RoleGrant.role == Role.SCHOOL_LEADER, Partnership.state == PartnershipState.ACTIVE)
        .where(Program.organization_id.in_(organizations))
        .distinct()
        .order_by(School.name, User.name)
    )
    people: dict[int, list[str]] = defaultdict(list)
    heads: dict[int, list[str]] = defaultdict(list)
    for number, name in session.execute(own):
        people[number or 0].append(name)
    for number, name, school in session.execute(leaders):
        heads[number].append(f"{name} ({school})")
    return {number: Told(tuple(people[number]), tuple(heads[number])) for number in organizations}


def schools_served(session: Session, organizations: Collection[int]) -> dict[int, dict[str, str]]:
    """Schools where each organization works now: state id and name."""
    if not organizations:
        return {}
    query = (
        sa.select(Program.organization_id, School.dese_id, School.name)
        .join(Partnership, Partnership.program_id == Program.id)
        .join(School, School.id == Partnership.school_id)
        .where(Partnership.state == PartnershipState.ACTIVE, Program.organization_id.in_(organizations))
        .distinct()
        .order_by(School.name)
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for number, dese_id, name in session.execute(query):
        found[number][dese_id] = name
    return found


def _open(session: Session, organizations: Collection[int]) -> dict[Item, Lapse]:
    query = sa.select(Lapse).where(Lapse.state.in_(OPEN_LAPSES), Lapse.organization_id.in_(organizations))
    return {(one.organization_id, one.type_key): one for one in session.scalars(query)}


def _names(session: Session, organizations: Collection[int]) -> dict[int, tuple[str, str]]:
    query = sa.select(Organization.id, Organization.legal_name, Organization.reference)
    rows = session.execute(query.where(Organization.id.in_(organizations)))
    return {number: (name, reference) for number, name, reference in rows}


def working_at(school_id: int) -> sa.Select[int]:
    """Organizations with a program that runs at a school now."""
    return (
        sa.select(Program.organization_id)
        .join(Partnership, Partnership.program_id == Program.id)
        .where(Partnership.school_id == school_id, Partnership.state == PartnershipState.ACTIVE)
    )


def out_at_school(session: Session, school_id: int) -> Sequence[Lapse]:
    """What is out now of organizations that work at a school."""
    query = (
        sa.select(Lapse)
        .where(
            Lapse.state.in_((LapseState.IN_GRACE, LapseState.BITING)), Lapse.organization_id.in_(working_at(school_id))
        )
        .options(joinedload(Lapse.organization))
    )
    return session.scalars(query.order_by(Lapse.out_from, Lapse.id)).all()
