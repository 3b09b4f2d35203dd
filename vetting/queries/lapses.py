"""Which required documents are good on a day, which have run out, and what that means: the one place that is asked.

A kind is required because the application that the approval came from asked for it (``Requirement``). A version counts
from its first to its last good local day, also after a newer one took its place: whoever renews early has no gap. A
waiver counts as its kind while it is in force, and so does what is kept in the place of a document (``instead``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.data.evidence_types import EvidenceType, Risk, load_evidence_types
from vetting.data.process_settings import Counts, LapseRules, lapse_rules_from
from vetting.lapses.standing import DAY, Cover, Standing, standing
from vetting.models import (
    OPEN_LAPSES,
    Application,
    ApplicationKind,
    Designation,
    DesignationState,
    Document,
    DocumentVersion,
    EvidenceState,
    Lapse,
    Organization,
    PartnerState,
    Requirement,
    ScanResult,
    Waiver,
    WaiverState,
)
from vetting.queries import instead, settings
from vetting.queries.instead import Item

WATCHED = (PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED, PartnerState.SUSPENDED)
"""Organizations whose documents are watched; a suspended one comes back to the list by one step."""

COUNTED_WAIVERS = (WaiverState.GIVEN, WaiverState.ENDED, WaiverState.TAKEN_BACK)
"""Waivers that count, or counted, for their days; one that was taken back up to the day before that."""

NO_COVER = (EvidenceState.RETURNED, EvidenceState.REMOVED, EvidenceState.DISPOSED)

_still_rests = sa.or_(
    ~sa.exists()
    .where(Application.id == Requirement.application_id, Application.kind == ApplicationKind.PORTFOLIO)
    .correlate(Requirement),
    Requirement.application_id.in_(
        sa.select(Designation.application_id).where(
            Designation.application_id.is_not(None),
            Designation.state.in_((DesignationState.SCHEDULED, DesignationState.IN_FORCE)),
        )
    ),
)
"""What a listing in the Portfolio asked for is needed as long as the listing lasts."""


@dataclass(frozen=True, slots=True)
class LapsedItem:
    """A required kind of document that is out: since when, and whether new agreements are blocked for it.

    ``lapse`` is where the office deals with it, once the daily round has seen it.
    """

    type_key: str
    name: str
    risk: Risk
    since: date
    blocks: bool
    lapse: Lapse | None


def rules(session: Session) -> LapseRules:
    """What happens when something runs out, under the settings in force."""
    return lapse_rules_from(settings.process_settings(session).content)


def kind_of(type_key: str) -> EvidenceType | None:
    """The kind of document, if the list still has it."""
    return load_evidence_types().documents.get(type_key)


def risk_of(type_key: str) -> Risk:
    """How much hangs on this kind of document; little where the list no longer has it."""
    kind = kind_of(type_key)
    return kind.risk if kind is not None else Risk.LOW


def counted(counts: Counts) -> list[sa.ColumnElement[bool]]:
    """What a version must be like to count for its days.

    One that was replaced counted before; it does so for its own days still, unless it had been returned.
    """
    known = [
        DocumentVersion.state.not_in(NO_COVER),
        sa.or_(DocumentVersion.state != EvidenceState.REPLACED, DocumentVersion.return_reason == ""),
        DocumentVersion.scan != ScanResult.INFECTED,
    ]
    if counts is Counts.ACCEPTED:
        known += [DocumentVersion.checked_at.is_not(None), DocumentVersion.state != EvidenceState.RECEIVED]
    return known


def covers(
    session: Session, organizations: Collection[int], type_keys: Collection[str] = ()
) -> dict[Item, list[Cover]]:
    """Everything that counts for these organizations, and these kinds where some are named; two reads, and one more
    for each thing that may stand in the place of a document."""
    found: dict[Item, list[Cover]] = defaultdict(list)
    if not organizations:
        return found
    found.update(instead.covers(session, organizations, type_keys))
    papers = (
        sa.select(Document.organization_id, Document.type_key, DocumentVersion.valid_from, DocumentVersion.valid_until)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.organization_id.in_(organizations), *counted(rules(session).counts))
    )
    waivers = sa.select(
        Waiver.organization_id, Waiver.type_key, Waiver.starts_on, Waiver.ends_on, Waiver.taken_back_on
    ).where(Waiver.organization_id.in_(organizations), Waiver.state.in_(COUNTED_WAIVERS))
    if type_keys:
        papers = papers.where(Document.type_key.in_(type_keys))
        waivers = waivers.where(Waiver.type_key.in_(type_keys))
    for organization_id, type_key, start, end in session.execute(papers):
        found[organization_id, type_key].append(Cover(start, end))
    for organization_id, type_key, start, end, taken_back_on in session.execute(waivers):
        last = end if taken_back_on is None else min(end, taken_back_on - DAY)
        if start <= last:
            found[organization_id, type_key].append(Cover(start, last, waiver=True))
    return found


def required(session: Session, organizations: Collection[int], *, program_id: int | None = None) -> dict[Item, date]:
    """What these approvals rest on, with the day since which; for one program also what it alone needs.

    Without a program it is everything that is needed anywhere.
    """
    query = sa.select(Requirement.organization_id, Requirement.type_key, sa.func.min(Requirement.since)).where(
        Requirement.organization_id.in_(organizations), _still_rests
    )
    if program_id is not None:
        query = query.where(sa.or_(Requirement.program_id.is_(None), Requirement.program_id == program_id))
    rows = session.execute(query.group_by(Requirement.organization_id, Requirement.type_key))
    return {(organization_id, type_key): since for organization_id, type_key, since in rows}


def watched(session: Session, organizations: Collection[int]) -> list[int]:
    """Those whose documents are watched now."""
    query = sa.select(Organization.id).where(Organization.id.in_(organizations), Organization.state.in_(WATCHED))
    return list(session.scalars(query.order_by(Organization.id)))


def standings(session: Session, items: Mapping[Item, date], day: date) -> dict[Item, Standing]:
    """How each required item stands on a local day."""
    known = covers(session, {organization_id for organization_id, _ in items}, {type_key for _, type_key in items})
    return {item: standing(known.get(item, ()), day, since) for item, since in items.items()}


def in_force(session: Session, organization_id: int, day: date) -> dict[str, Standing]:
    """Everything good that an organization has on a local day, by kind of document, required or not.

    ``until`` of each says until when without a gap, and ``waived`` that it is not there but waived.
    """
    known = covers(session, [organization_id])
    found = {type_key: standing(papers, day, day) for (_, type_key), papers in known.items()}
    return {type_key: one for type_key, one in found.items() if one.in_force}


def lapsed_items(
    session: Session, organization_id: int, program_id: int | None, day: date, risk: Risk | None = None
) -> list[LapsedItem]:
    """Required documents that are out on a local day, for one program or for all; of one risk where it is named."""
    items = standings(session, required(session, [organization_id], program_id=program_id), day)
    out = {type_key: one.out_from for (_, type_key), one in items.items() if not one.in_force and one.out_from}
    lapses = open_lapses(session, organization_id) if out else {}
    found = []
    for type_key, since in sorted(out.items()):
        kind, lapse = kind_of(type_key), lapses.get(type_key)
        if risk is not None and risk_of(type_key) is not risk:
            continue
        name = kind.name if kind is not None else type_key
        found.append(
            LapsedItem(type_key, name, risk_of(type_key), since, lapse is not None and blocks(lapse, day), lapse)
        )
    return found


def standing_of(session: Session, lapse: Lapse, day: date) -> Standing:
    """How the item that a lapse is about stands on a local day."""
    item = (lapse.organization_id, lapse.type_key)
    since = required(session, [lapse.organization_id]).get(item, lapse.out_from)
    return standings(session, {item: since}, day)[item]


def blocks(lapse: Lapse, day: date) -> bool:
    """Whether new agreements are blocked for it on this day."""
    return lapse.blocks_on is not None and lapse.blocks_on <= day and not held(lapse, day)


def held(lapse: Lapse, day: date) -> bool:
    """Whether somebody keeps its consequences off on this day."""
    return lapse.held_until is not None and day <= lapse.held_until


def open_lapses(session: Session, organization_id: int) -> dict[str, Lapse]:
    """What of an organization runs out or ran out, by kind of document."""
    query = sa.select(Lapse).where(Lapse.organization_id == organization_id, Lapse.state.in_(OPEN_LAPSES))
    return {lapse.type_key: lapse for lapse in session.scalars(query.order_by(Lapse.id))}


def hidden(session: Session, organization_id: int) -> bool:
    """Whether something that ran out keeps the organization off the public list now."""
    query = sa.select(Lapse.id).where(Lapse.organization_id == organization_id, Lapse.hiding.is_(True))
    return session.scalars(query.limit(1)).first() is not None


def running_out(session: Session, today: date, last: date, *, organizations: Iterable[int] = ()) -> dict[Item, date]:
    """Required items of watched organizations that no paper covers from today through ``last`` by itself, nor what is
    kept in its place, with the day since which each is required: all that is out by then is among them.

    Papers that go on from each other are among them; ``standings`` tells.
    """
    counts = rules(session).counts
    papers = (
        sa.select(sa.literal(1))
        .select_from(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            Document.organization_id == Requirement.organization_id,
            Document.type_key == Requirement.type_key,
            sa.or_(DocumentVersion.valid_until.is_(None), DocumentVersion.valid_until >= last),
            sa.or_(DocumentVersion.valid_from.is_(None), DocumentVersion.valid_from <= today),
            *counted(counts),
        )
        .correlate(Requirement)
        .exists()
    )
    query = (
        sa.select(Requirement.organization_id, Requirement.type_key, sa.func.min(Requirement.since))
        .join(Organization, Organization.id == Requirement.organization_id)
        .where(Organization.state.in_(WATCHED), _still_rests, ~papers, ~instead.stands_in(last))
        .group_by(Requirement.organization_id, Requirement.type_key)
    )
    some = list(organizations)
    if some:
        query = query.where(Requirement.organization_id.in_(some))
    return {(number, type_key): since for number, type_key, since in session.execute(query)}
