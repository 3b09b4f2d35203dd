"""The retention schedule, what it says of each file, what is held, and the runs that removed files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.calendar_days import add_months, end_of_local_day_utc
from vetting.clock import local_date
from vetting.data.process_settings import load_process_settings
from vetting.lapses.keeping import CLEARANCE, NOT_SELECTED, SELECTED, Due, Use, due
from vetting.models import (
    OPEN_STATES,
    Application,
    ApplicationState,
    Decision,
    DecisionState,
    Designation,
    DesignationState,
    Disposal,
    Document,
    DocumentVersion,
    EvidenceLink,
    EvidenceState,
    HoldState,
    LegalHold,
    RetentionSchedule,
    ScheduleState,
)

ALIVE = (DesignationState.SCHEDULED, DesignationState.IN_FORCE)
FOR_GOOD = date.max
"""The end of a designation that does not end."""


@dataclass(frozen=True)
class DueFile:
    """A file whose time is over, or will be."""

    version: DocumentVersion
    due: Due
    held: bool


def approved(session: Session) -> RetentionSchedule | None:
    """The schedule in force; None while no records officer has approved one."""
    query = sa.select(RetentionSchedule).where(RetentionSchedule.state == ScheduleState.APPROVED)
    return session.scalars(query.order_by(RetentionSchedule.number.desc()).limit(1)).first()


def proposed(session: Session) -> RetentionSchedule | None:
    """The schedule that waits for a records officer."""
    query = sa.select(RetentionSchedule).where(RetentionSchedule.state == ScheduleState.PROPOSED)
    return session.scalars(query.order_by(RetentionSchedule.number.desc()).limit(1)).first()


def schedules(session: Session) -> Sequence[RetentionSchedule]:
    """Every version, the newest first."""
    query = sa.select(RetentionSchedule).options(
        joinedload(RetentionSchedule.proposed_by), joinedload(RetentionSchedule.decided_by)
    )
    return session.scalars(query.order_by(RetentionSchedule.number.desc())).all()


def shipped() -> dict[str, Any]:
    """The periods that ship with the program; nothing is removed under them until they are approved."""
    kept = load_process_settings().retention
    return {key: {"years": row.years, "from": row.start, "verified": row.verified} for key, row in kept.items()}


def next_number(session: Session) -> int:
    """The number of the next version."""
    return (session.scalar(sa.select(sa.func.max(RetentionSchedule.number))) or 0) + 1


def runs(session: Session) -> Sequence[Disposal]:
    """Runs, the newest first."""
    query = sa.select(Disposal).options(joinedload(Disposal.planned_by), joinedload(Disposal.schedule))
    return session.scalars(query.order_by(Disposal.id.desc()).limit(50)).all()


def holds_of(session: Session, organization_id: int, application_id: int | None = None) -> Sequence[LegalHold]:
    """Holds in force on an organization; with a case, those on all of it and on this case."""
    query = sa.select(LegalHold).where(
        LegalHold.organization_id == organization_id, LegalHold.state == HoldState.IN_FORCE
    )
    if application_id is not None:
        query = query.where(sa.or_(LegalHold.application_id.is_(None), LegalHold.application_id == application_id))
    return session.scalars(query.options(joinedload(LegalHold.placed_by)).order_by(LegalHold.id)).all()


def holds(session: Session, without: Collection[int]) -> Sequence[LegalHold]:
    """Every hold, those in force first; not those on organizations in ``without``."""
    query = sa.select(LegalHold).options(
        joinedload(LegalHold.organization), joinedload(LegalHold.application), joinedload(LegalHold.placed_by)
    )
    if without:
        query = query.where(LegalHold.organization_id.not_in(without))
    return session.scalars(query.order_by(LegalHold.state, LegalHold.id.desc()).limit(200)).all()


def under_hold() -> sa.Select[int]:
    """Organizations of which anything is held. Copies of what is theirs stay too, whatever they were made from."""
    return sa.select(LegalHold.organization_id).where(LegalHold.state == HoldState.IN_FORCE)


def held_hashes(session: Session) -> frozenset[str]:
    """The SHA-256 of every document of such an organization, by which its drawn pages are kept."""
    query = (
        sa.select(DocumentVersion.sha256)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.organization_id.in_(under_hold()))
    )
    return frozenset(session.scalars(query))


def held(session: Session, versions: Collection[int]) -> frozenset[int]:
    """Which of these files a hold on their organization, or on a case they serve in, keeps."""
    if not versions:
        return frozenset()
    in_case = (
        sa.select(sa.literal(1))
        .select_from(EvidenceLink)
        .where(EvidenceLink.document_version_id == DocumentVersion.id)
        .where(EvidenceLink.application_id == LegalHold.application_id)
        .correlate(DocumentVersion, LegalHold)
        .exists()
    )
    query = (
        sa.select(DocumentVersion.id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(LegalHold, LegalHold.organization_id == Document.organization_id)
        .where(
            DocumentVersion.id.in_(versions),
            LegalHold.state == HoldState.IN_FORCE,
            sa.or_(LegalHold.application_id.is_(None), in_case),
        )
    )
    return frozenset(session.scalars(query))


def due_files(
    session: Session, schedule: RetentionSchedule, day: date, *, only: int | None = None, without: Collection[int] = ()
) -> list[DueFile]:
    """Files that may go on ``day`` under a schedule, those first that are due longest; held ones are marked.

    ``without`` are organizations whose files the reader must not know of.
    """
    query = (
        sa.select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.state != EvidenceState.DISPOSED)
        .options(joinedload(DocumentVersion.document).joinedload(Document.organization))
    )
    if only is not None:
        query = query.where(DocumentVersion.id == only)
    else:
        # Nothing younger than the shortest period of the schedule can be due.
        years = min((int(row["years"]) for row in schedule.content.values()), default=0)
        query = query.where(DocumentVersion.created_at < _years_before(day, years))
    if without:
        query = query.where(Document.organization_id.not_in(without))
    versions = session.scalars(query.order_by(DocumentVersion.id)).all()
    uses = _uses(session, versions)
    found = [(version, due(uses[version.id], schedule.content)) for version in versions]
    over = [(version, when) for version, when in found if when is not None and when.day <= day]
    kept = held(session, [version.id for version, _ in over])
    rows = [DueFile(version, when, version.id in kept) for version, when in over]
    return sorted(rows, key=lambda row: (row.due.day, row.version.id))


def _years_before(day: date, years: int) -> datetime:
    return end_of_local_day_utc(add_months(day, -12 * years))


def _uses(session: Session, versions: Iterable[DocumentVersion]) -> dict[int, list[Use]]:
    """What each file was used for."""
    found: dict[int, list[Use]] = defaultdict(list)
    numbers = []
    for version in versions:
        numbers.append(version.id)
        if version.document.type_key == CLEARANCE:
            replaced = version.state is EvidenceState.REPLACED
            found[version.id].append(Use(CLEARANCE, local_date(version.updated_at) if replaced else None))
    ends = (
        sa.select(
            Designation.application_id.label("application_id"),
            sa.func.max(sa.func.coalesce(Designation.ends_on, FOR_GOOD)).label("ends_on"),
            sa.func.max(sa.case((Designation.state.in_(ALIVE), 1), else_=0)).label("alive"),
        )
        .group_by(Designation.application_id)
        .subquery()
    )
    decided = (
        sa.select(Decision.application_id.label("application_id"), sa.func.max(Decision.released_at).label("at"))
        .where(Decision.state == DecisionState.RELEASED)
        .group_by(Decision.application_id)
        .subquery()
    )
    query = (
        sa.select(EvidenceLink.document_version_id, Application.state, ends.c.ends_on, ends.c.alive, decided.c.at)
        .join(Application, Application.id == EvidenceLink.application_id)
        .outerjoin(ends, ends.c.application_id == Application.id)
        .outerjoin(decided, decided.c.application_id == Application.id)
    )
    for start in range(0, len(numbers), 500):
        some = query.where(EvidenceLink.document_version_id.in_(numbers[start : start + 500]))
        for number, state, ends_on, alive, at in session.execute(some):
            found[number].append(_use(state, ends_on, bool(alive), local_date(at) if at is not None else None))
    return found


def _use(state: ApplicationState, ends_on: date | None, alive: bool, decided_on: date | None) -> Use:
    if state is ApplicationState.APPROVED:
        return Use(SELECTED, None if alive or ends_on is None or ends_on == FOR_GOOD else ends_on)
    if state is ApplicationState.NOT_SELECTED:
        return Use(NOT_SELECTED, decided_on)
    if state in OPEN_STATES or state is ApplicationState.DRAFT:
        return Use(SELECTED, None)
    # Withdrawn and unsent applications have no row of their own in the schedule, so nothing says that they may go.
    return Use("", None)
