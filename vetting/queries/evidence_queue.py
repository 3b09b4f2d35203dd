"""Documents that wait for somebody to look at them: the pile, its filters, and the next one after a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.calendar_days import add_business_days, end_of_local_day_utc
from vetting.clock import local_date
from vetting.data.evidence_types import Sensitivity, load_evidence_types
from vetting.models import (
    OPEN_STATES,
    Application,
    Document,
    DocumentVersion,
    EvidenceLink,
    EvidenceState,
    PaperRecord,
    Review,
    Role,
    Round,
    ScanResult,
)
from vetting.policy import DECIDED, Actor
from vetting.queries.piles import LIVE_REVIEWS
from vetting.queries.settings import closures_from, process_settings
from vetting.rules import keeps_lane, knows_lane

PAGE_SIZE = 50
NO_LANE = "none"
LATE = "late"

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Filters:
    """What the reader asked for; empty: everything. ``age`` is ``late`` or nothing."""

    lane: str = ""
    kind: str = ""
    age: str = ""
    scan: str = ""

    def as_args(self) -> dict[str, Any]:
        """The filters as arguments of an address; those that are not used are left out."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Waiting:
    """A version to look at, the day it came to the office, and the local day by which it is due."""

    version: DocumentVersion
    came_on: date
    due_on: date
    case: str


@dataclass(frozen=True)
class Pile:
    """One page of the pile with the ids of the rows beside it, and how many there are in all by lane."""

    rows: Sequence[Waiting]
    before: int | None
    after: int | None
    by_lane: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_lane.values())


_IN_OPEN_CASE = (
    sa.exists()
    .where(EvidenceLink.document_version_id == DocumentVersion.id)
    .where(EvidenceLink.application_id == Application.id)
    .where(Application.state.in_(OPEN_STATES), Application.received_at.is_not(None))
    .correlate(DocumentVersion)
)
_IN_NO_CASE = ~sa.exists().where(EvidenceLink.document_version_id == DocumentVersion.id).correlate(DocumentVersion)
_SENT_AT = (
    sa.select(sa.func.max(Application.received_at))
    .join(EvidenceLink, EvidenceLink.application_id == Application.id)
    .where(EvidenceLink.document_version_id == DocumentVersion.id)
    .correlate(DocumentVersion)
    .scalar_subquery()
)
_CAME_AT = sa.case(
    (sa.and_(_SENT_AT.is_not(None), DocumentVersion.created_at < _SENT_AT), _SENT_AT),
    else_=DocumentVersion.created_at,
)


def lanes_of(actor: Actor) -> tuple[str, ...]:
    """The lanes whose documents this person may check, documents without one last."""
    lanes = dict.fromkeys(kind.lane for kind in load_evidence_types().documents.values())
    return (*sorted(lane for lane in lanes if lane and keeps_lane(actor, lane)), "")


def kinds_for(actor: Actor) -> list[str]:
    """The kinds of document that this person may open and check: the twin of the table ``OPENS`` of the policy."""
    open_to_lead = actor.roles & {Role.DIRECTOR}
    return [
        kind.key
        for kind in load_evidence_types().documents.values()
        if keeps_lane(actor, kind.lane)
        and (kind.sensitivity is not Sensitivity.HIGH or open_to_lead or knows_lane(actor, kind.lane))
    ]


def kinds_in(lanes: Sequence[str]) -> list[str]:
    """The kinds of document of these lanes, in the order of the list."""
    return [kind.key for kind in load_evidence_types().documents.values() if kind.lane in lanes]


def to_check(actor: Actor) -> Condition:
    """The twin of the permission ``evidence.check`` in SQL, for documents that wait, save for reviewers of a case."""
    walled = sorted(set(actor.conflicts) | set(actor.organizations))
    blind = (
        sa.exists()
        .where(EvidenceLink.document_version_id == DocumentVersion.id)
        .where(Review.application_id == EvidenceLink.application_id, Review.reviewer_id == actor.user_id)
        .where(Review.state.in_(LIVE_REVIEWS), Application.id == EvidenceLink.application_id)
        .where(Application.round_id == Round.id, Round.blind.is_(True), Application.state.not_in(DECIDED))
        .correlate(DocumentVersion)
    )
    return sa.and_(
        DocumentVersion.state == EvidenceState.RECEIVED,
        sa.or_(_IN_OPEN_CASE, _IN_NO_CASE),
        Document.organization_id.not_in(walled) if walled else sa.true(),
        sa.or_(DocumentVersion.uploaded_by_id.is_(None), DocumentVersion.uploaded_by_id != actor.user_id),
        Document.type_key.in_(kinds_for(actor)),
        # The scan of a signed agreement is compared with its text, on pages of its own.
        ~sa.exists().where(PaperRecord.document_version_id == DocumentVersion.id).correlate(DocumentVersion),
        # Whoever reviews a case without knowing who applies does not learn it here.
        ~blind,
    )


def business_days(session: Session) -> int:
    """How many business days looking at a document should take, under the settings in force."""
    return int(process_settings(session).content["due_business_days"]["evidence_check"])


def late_before(session: Session, today: date) -> datetime:
    """Documents that came before this instant are late on ``today``."""
    closures = closures_from(today.year - 1)
    return end_of_local_day_utc(add_business_days(today, -business_days(session) - 1, closures))


def pile(session: Session, actor: Actor, filters: Filters, today: date, *, after: int = 0, before: int = 0) -> Pile:
    """One page, newest first. Three reads, however many there are."""
    query = _filtered(session, actor, filters, today)
    if before:
        query = query.where(DocumentVersion.id > before)
    elif after:
        query = query.where(DocumentVersion.id < after)
    order = DocumentVersion.id.asc() if before else DocumentVersion.id.desc()
    found = list(
        session.execute(
            query.options(joinedload(DocumentVersion.document).joinedload(Document.organization))
            .order_by(order)
            .limit(PAGE_SIZE + 1)
        )
    )
    more = len(found) > PAGE_SIZE
    found = found[:PAGE_SIZE]
    if before:
        found.reverse()
    cases = _cases(session, [version.id for version, _came in found])
    days = business_days(session)
    rows = [_waiting(version, came, days, cases.get(version.id, "")) for version, came in found]
    return Pile(
        rows,
        found[0][0].id if found and (more if before else bool(after)) else None,
        found[-1][0].id if found and (bool(before) or more) else None,
        _by_lane(session, actor, filters, today),
    )


def next_one(session: Session, actor: Actor, filters: Filters, today: date, number: int) -> DocumentVersion | None:
    """The document after this one in the pile; the newest one when it was the last."""
    query = _filtered(session, actor, filters, today).where(DocumentVersion.id != number)
    query = query.options(joinedload(DocumentVersion.document)).order_by(DocumentVersion.id.desc()).limit(1)
    following = session.scalars(query.where(DocumentVersion.id < number)).first()
    return following or session.scalars(query).first()


def one_before(session: Session, actor: Actor, filters: Filters, today: date, number: int) -> DocumentVersion | None:
    """The document before this one in the pile."""
    query = _filtered(session, actor, filters, today).where(DocumentVersion.id > number)
    query = query.options(joinedload(DocumentVersion.document)).order_by(DocumentVersion.id).limit(1)
    return session.scalars(query).first()


def due_of(session: Session, version: DocumentVersion) -> date:
    """The local day by which one document should be looked at."""
    came = session.execute(sa.select(_CAME_AT).where(DocumentVersion.id == version.id)).scalar_one()
    return _due(_instant(came), business_days(session))


def _filtered(session: Session, actor: Actor, filters: Filters, today: date) -> sa.Select[DocumentVersion, datetime]:
    query = (
        sa.select(DocumentVersion, _CAME_AT)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(to_check(actor))
    )
    if filters.lane:
        query = query.where(Document.type_key.in_(kinds_in(["" if filters.lane == NO_LANE else filters.lane])))
    return _narrowed(query, session, filters, today)


def _narrowed(
    query: sa.Select[DocumentVersion, datetime], session: Session, filters: Filters, today: date
) -> sa.Select[DocumentVersion, datetime]:
    if filters.kind:
        query = query.where(Document.type_key == filters.kind)
    if filters.scan:
        query = query.where(DocumentVersion.scan.in_([result for result in ScanResult if result == filters.scan]))
    if filters.age == LATE:
        query = query.where(late_before(session, today) > _CAME_AT)
    return query


def _by_lane(session: Session, actor: Actor, filters: Filters, today: date) -> dict[str, int]:
    """How many wait in each lane under the other filters; documents without a lane under the empty key."""
    whole = (
        sa.select(DocumentVersion, _CAME_AT)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(to_check(actor))
    )
    narrowed = _narrowed(whole, session, filters, today)
    counted = narrowed.with_only_columns(Document.type_key, sa.func.count()).group_by(Document.type_key)
    known = load_evidence_types().documents
    found: Counter[str] = Counter()
    for key, number in session.execute(counted):
        found[known[key].lane] += number
    return dict(found)


def _cases(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        sa.select(EvidenceLink.document_version_id, Application.reference)
        .join(Application, Application.id == EvidenceLink.application_id)
        .where(EvidenceLink.document_version_id.in_(numbers), Application.received_at.is_not(None))
        .order_by(Application.id)
    )
    return {row[0]: row[1] for row in rows}


def _waiting(version: DocumentVersion, came: datetime, days: int, case: str) -> Waiting:
    instant = _instant(came)
    return Waiting(version, local_date(instant), _due(instant, days), case)


def _instant(came: datetime) -> datetime:
    """SQLite forgets the zone of what it computed."""
    return came.replace(tzinfo=UTC) if came.tzinfo is None else came


def _due(came: datetime, days: int) -> date:
    day = local_date(came)
    return add_business_days(day, days, closures_from(day.year))
