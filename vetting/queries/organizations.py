"""Organizations as the office finds and reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from vetting.models import (
    Agreement,
    Application,
    Conflict,
    ConflictState,
    Designation,
    Document,
    DocumentVersion,
    EvidenceState,
    HistoryEntry,
    Organization,
    PartnerState,
    Program,
    Role,
    Suspension,
)
from vetting.policy import READS_ALL, Actor
from vetting.queries import piles
from vetting.refs import folded

PAGE_SIZE = 50
EVENTS = 50

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class OrganizationPage:
    rows: Sequence[Organization]
    before: str | None
    after: str | None


def visible_organizations(actor: Actor) -> Condition:
    """The twin of the permission ``organization.file`` in SQL."""
    if not actor.roles & {*READS_ALL, Role.REVIEWER}:
        return sa.false()
    closed_to = set(actor.conflicts) | set(actor.organizations)
    return Organization.id.not_in(closed_to) if closed_to else sa.true()


def page(
    session: Session, actor: Actor, *, q: str = "", state: str = "", after: str = "", before: str = ""
) -> OrganizationPage:
    """One page by name. ``after`` and ``before`` are references of the rows beside the page."""
    key, tie = Organization.name_folded, Organization.id
    query = sa.select(Organization).where(visible_organizations(actor))
    if q:
        query = query.where(
            sa.or_(
                Organization.name_folded.contains(folded(q), autoescape=True),
                Organization.reference.contains(q.strip().upper(), autoescape=True),
                Organization.id.in_(
                    sa.select(Program.organization_id).where(
                        sa.func.lower(Program.name).contains(q.strip().lower(), autoescape=True)
                    )
                ),
            )
        )
    if state:
        query = query.where(Organization.state.in_([s for s in PartnerState if s == state]))
    backwards = bool(before)
    if before or after:
        other = aliased(Organization)
        there = other.reference == (before or after)
        name_there = sa.select(other.name_folded).where(there).scalar_subquery()
        id_there = sa.select(other.id).where(there).scalar_subquery()
        if backwards:
            query = query.where(sa.or_(key < name_there, sa.and_(key == name_there, tie < id_there)))
        else:
            query = query.where(sa.or_(key > name_there, sa.and_(key == name_there, tie > id_there)))
    query = query.order_by(key.desc(), tie.desc()) if backwards else query.order_by(key, tie)
    found = list(
        session.scalars(
            query.options(
                selectinload(Organization.programs),
                selectinload(Organization.designations),
                selectinload(Organization.suspensions),
            ).limit(PAGE_SIZE + 1)
        )
    )
    more = len(found) > PAGE_SIZE
    found = found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    return OrganizationPage(
        found,
        found[0].reference if found and (more if backwards else bool(after)) else None,
        found[-1].reference if found and (backwards or more) else None,
    )


def find(session: Session, reference: str) -> Organization | None:
    """An organization with what its page shows."""
    return session.scalars(
        sa.select(Organization)
        .where(Organization.reference == reference)
        .options(
            selectinload(Organization.programs),
            selectinload(Organization.designations).options(
                joinedload(Designation.program), joinedload(Designation.school)
            ),
            selectinload(Organization.suspensions).joinedload(Suspension.imposed_by),
        )
    ).first()


def merged_into(session: Session, organization_id: int) -> Sequence[Organization]:
    """Records that were found to be this organization and were merged into it."""
    return session.scalars(
        sa.select(Organization).where(Organization.merged_into_id == organization_id).order_by(Organization.id)
    ).all()


def applications(session: Session, actor: Actor, organization_id: int) -> Sequence[Application]:
    """The organization's cases that the person may see and know whose they are, newest first."""
    return session.scalars(
        sa.select(Application)
        .where(
            Application.organization_id == organization_id,
            piles.visible_cases(actor),
            ~piles.anonymous(me=actor.user_id),
        )
        .options(joinedload(Application.program), joinedload(Application.round))
        .order_by(Application.id.desc())
        .limit(100)
    ).all()


def documents(session: Session, organization_id: int) -> Sequence[DocumentVersion]:
    """Current versions of the organization's documents, those that run out first on top."""
    return session.scalars(
        sa.select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            Document.organization_id == organization_id,
            DocumentVersion.state.not_in([EvidenceState.REPLACED, EvidenceState.REMOVED, EvidenceState.DISPOSED]),
        )
        .options(joinedload(DocumentVersion.document))
        .order_by(sa.func.coalesce(DocumentVersion.valid_until, date(9999, 12, 31)), DocumentVersion.id)
        .limit(200)
    ).all()


def agreements(session: Session, organization_id: int) -> Sequence[Agreement]:
    """The organization's agreements, newest first."""
    return session.scalars(
        sa.select(Agreement)
        .where(Agreement.organization_id == organization_id)
        .options(joinedload(Agreement.school))
        .order_by(Agreement.id.desc())
        .limit(100)
    ).all()


def history(session: Session, organization_id: int) -> Sequence[HistoryEntry]:
    """The newest events about the organization itself: its path, designations, suspensions and programs."""
    return session.scalars(
        sa.select(HistoryEntry)
        .where(
            # What happened to a record before it was merged stays under its own number.
            HistoryEntry.organization_id.in_(
                sa.select(Organization.id).where(
                    sa.or_(Organization.id == organization_id, Organization.merged_into_id == organization_id)
                )
            ),
            HistoryEntry.subject_type.in_(["partner", "designation", "suspension", "program"]),
        )
        .order_by(HistoryEntry.id.desc())
        .limit(EVENTS)
    ).all()


def own_conflicts(session: Session, user_id: int) -> Sequence[tuple[Conflict, Organization]]:
    """The interests a person has declared and nobody has lifted."""
    found = session.execute(
        sa.select(Conflict, Organization)
        .join(Organization, Organization.id == Conflict.organization_id)
        .where(Conflict.user_id == user_id, Conflict.state == ConflictState.DECLARED)
        .order_by(Conflict.id.desc())
    )
    return [(conflict, organization) for conflict, organization in found]


def others_conflicts(session: Session, actor: Actor) -> Sequence[tuple[Conflict, Organization]]:
    """Interests of other people in organizations that the person behind the request may see."""
    closed_to = set(actor.conflicts) | set(actor.organizations)
    found = session.execute(
        sa.select(Conflict, Organization)
        .join(Organization, Organization.id == Conflict.organization_id)
        .where(
            Conflict.user_id != actor.user_id,
            Conflict.state == ConflictState.DECLARED,
            Organization.id.not_in(closed_to) if closed_to else sa.true(),
        )
        .options(joinedload(Conflict.user))
        .order_by(Conflict.id.desc())
        .limit(200)
    )
    return [(conflict, organization) for conflict, organization in found]
