"""Records that may be one organization: what speaks for it, and the pairs that are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlalchemy.orm import Session, joinedload

from vetting.models import DuplicatePair, DuplicateState, Organization, PartnerState
from vetting.policy import Actor
from vetting.queries.applications import bare_name
from vetting.refs import folded
from vetting.text import N_, Message, say

LOOKS_ALIKE = 90
"""From this likeness of two names on (of 100), they are shown; below it, only another fact brings them together."""

HALF_ALIKE = 70
"""With the same website, phone or address, names this much alike are enough."""

# Hosts on which many organizations have a page each, so that sharing one says nothing.
SHARED_HOSTS = frozenset(
    {
        "facebook.com",
        "instagram.com",
        "linkedin.com",
        "linktr.ee",
        "sites.google.com",
        "twitter.com",
        "x.com",
        "youtube.com",
    }
)

PAGE_SIZE = 50

REASONS: dict[str, str] = {
    "tax_id": N_("The same tax ID"),
    "name": N_("The names look alike (%(likeness)s of 100)"),
    "website": N_("The same website"),
    "phone": N_("The same phone number"),
    "address": N_("The same address"),
}
"""What may speak for two records being one, strongest first."""


@dataclass(frozen=True)
class Facts:
    """What two records are compared by, each in the one form in which equal things are equal."""

    id: int
    names: tuple[str, ...]
    tax_id: str
    host: str
    phone: str
    address: str


@dataclass(frozen=True)
class LookAlike:
    """Another record with what speaks for it being the same organization."""

    id: int
    reasons: tuple[dict[str, str], ...]


def host_of(website: str) -> str:
    """The host of a website without ``www``; empty where it says nothing about whose it is."""
    if not website.strip():
        return ""
    text = website if "//" in website else f"//{website}"
    try:
        host = (urlsplit(text).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return "" if host in SHARED_HOSTS or "." not in host else host


def digits_of(phone: str) -> str:
    """The ten digits of a phone number in this country; empty for anything shorter."""
    digits = re.sub(r"\D", "", phone)
    digits = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    return digits[:10] if len(digits) >= 10 else ""


def plain_address(address: str) -> str:
    """An address without case, accents and punctuation."""
    return " ".join(re.sub(r"[^\w]+", " ", folded(address)).split())


def facts_of(row: Any) -> Facts:
    """The facts of one record, made comparable."""
    id_, legal_name, other_name, tax_id, website, phone, address = row
    names = tuple(dict.fromkeys(bare for name in (legal_name, other_name) if name and (bare := bare_name(name))))
    return Facts(id_, names, tax_id or "", host_of(website), digits_of(phone), plain_address(address))


_COLUMNS = (
    Organization.id,
    Organization.legal_name,
    Organization.doing_business_as,
    Organization.ein_digest,
    Organization.website,
    Organization.phone,
    Organization.address,
)


def compare(one: Facts, other: Facts) -> tuple[dict[str, str], ...]:
    """What speaks for two records being one; nothing when it is not enough."""
    likeness = max((fuzz.ratio(a, b) for a in one.names for b in other.names), default=0.0)
    found: list[dict[str, str]] = []
    if one.tax_id and one.tax_id == other.tax_id:
        found.append({"key": "tax_id"})
    if likeness >= LOOKS_ALIKE:
        found.append({"key": "name", "likeness": str(int(likeness))})
    shared = [
        {"key": key}
        for key, mine, theirs in (
            ("website", one.host, other.host),
            ("phone", one.phone, other.phone),
            ("address", one.address, other.address),
        )
        if mine and mine == theirs
    ]
    # Many small organizations share a house, and some a phone; one such fact alone says too little.
    if found or len(shared) > 1 or (shared and likeness >= HALF_ALIKE):
        found += shared
    return tuple(found)


def look_alikes(session: Session, organization_id: int) -> list[LookAlike]:
    """Every other record that may be the same organization, in the order of their numbers."""
    rows = session.execute(
        sa.select(*_COLUMNS).where(Organization.state != PartnerState.MERGED).order_by(Organization.id)
    )
    own: Facts | None = None
    others: list[Facts] = []
    for row in rows:
        facts = facts_of(row)
        if facts.id == organization_id:
            own = facts
        else:
            others.append(facts)
    if own is None:
        return []
    return [LookAlike(other.id, reasons) for other in others if (reasons := compare(own, other))]


def in_words(reasons: Sequence[dict[str, str]]) -> list[Message]:
    """The reasons of a pair as sentences."""
    return [
        say(REASONS[reason["key"]], **{name: value for name, value in reason.items() if name != "key"})
        for reason in reasons
        if reason["key"] in REASONS
    ]


def known_with(session: Session, organization_id: int) -> dict[int, DuplicatePair]:
    """Pairs there are already, by the number of the other record."""
    pairs = session.scalars(
        sa.select(DuplicatePair).where(
            sa.or_(DuplicatePair.first_id == organization_id, DuplicatePair.second_id == organization_id)
        )
    )
    return {pair.second_id if pair.first_id == organization_id else pair.first_id: pair for pair in pairs}


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    """The twin of the rule that a person stands apart from both records, in SQL."""
    closed = set(actor.conflicts) | set(actor.organizations)
    if not closed:
        return sa.true()
    return sa.and_(DuplicatePair.first_id.not_in(closed), DuplicatePair.second_id.not_in(closed))


_WITH_BOTH = (joinedload(DuplicatePair.first), joinedload(DuplicatePair.second))


def page(session: Session, actor: Actor, state: DuplicateState, after: int = 0) -> tuple[list[DuplicatePair], int]:
    """Pairs in one state that the person may see, newest first, and the number to go on from (0: no more)."""
    query = sa.select(DuplicatePair).where(DuplicatePair.state == state, _visible(actor)).options(*_WITH_BOTH)
    if after:
        query = query.where(DuplicatePair.id < after)
    found = list(session.scalars(query.order_by(DuplicatePair.id.desc()).limit(PAGE_SIZE + 1)))
    more = len(found) > PAGE_SIZE
    return found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if more else 0


def open_count(session: Session, actor: Actor) -> int:
    """How many pairs wait to be looked at, of those the person may see."""
    query = (
        sa.select(sa.func.count())
        .select_from(DuplicatePair)
        .where(DuplicatePair.state == DuplicateState.SUSPECTED, _visible(actor))
    )
    return session.scalar(query) or 0


def of_organization(session: Session, actor: Actor, organization_id: int) -> list[DuplicatePair]:
    """Every pair of an organization that the person may see, those to look at first."""
    query = (
        sa.select(DuplicatePair)
        .where(
            sa.or_(DuplicatePair.first_id == organization_id, DuplicatePair.second_id == organization_id),
            _visible(actor),
        )
        .options(*_WITH_BOTH)
        .order_by(sa.case((DuplicatePair.state == DuplicateState.SUSPECTED, 0), else_=1), DuplicatePair.id.desc())
        .limit(PAGE_SIZE)
    )
    return list(session.scalars(query))


def find(session: Session, reference: str) -> DuplicatePair | None:
    """A pair with both records and what their pages compare."""
    sides = [
        option
        for side in (DuplicatePair.first, DuplicatePair.second)
        for option in (
            joinedload(side).selectinload(Organization.programs),
            joinedload(side).selectinload(Organization.designations),
            joinedload(side).selectinload(Organization.suspensions),
        )
    ]
    return session.scalars(sa.select(DuplicatePair).where(DuplicatePair.reference == reference).options(*sides)).first()


def survivor(session: Session, organization: Organization) -> Organization:
    """Where everything of a record is now: the record itself, or the last of those it was merged into."""
    seen = {organization.id}
    while organization.merged_into_id is not None and organization.merged_into_id not in seen:
        seen.add(organization.merged_into_id)
        following = session.get(Organization, organization.merged_into_id)
        if following is None:
            break
        organization = following
    return organization
