"""The dates of a person's organizations, as a calendar shows them: what, when, and whether it is off again.

Only titles, never what an application says. An entry keeps its name for as long as the thing exists, and its sequence
grows with each change, because both come from the thing itself: the versions of its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.clock import local_date
from vetting.data.status import CALENDAR, Situation
from vetting.models import (
    Agreement,
    AgreementState,
    Application,
    ApplicationKind,
    ApplicationState,
    Designation,
    DesignationKind,
    DesignationState,
    Extension,
    ExtensionState,
    InformationRequest,
    Partnership,
    RequestState,
    Round,
    RoundState,
)
from vetting.queries.deadlines import of_round
from vetting.text import N_, Message, say

KEPT = timedelta(days=60)
"""How long what is over or off stays in a calendar, so that a calendar that looks seldom hears of it."""


@dataclass(frozen=True)
class Entry:
    """One date. Either a local day or an instant; ``gone`` when nothing is due any more."""

    kind: str
    key: str
    title: Message
    path: str
    sequence: int
    changed_at: datetime
    on: date | None = None
    at: datetime | None = None
    gone: bool = False

    @property
    def day(self) -> date:
        """The local day it is on."""
        return self.on or local_date(self.at or self.changed_at)


def entries(session: Session, organization_ids: Collection[int], today: date) -> list[Entry]:
    """Everything that is due, or was until lately, for these organizations; the first first."""
    if not organization_ids:
        return []
    since = today - KEPT
    found = [
        *_rounds(session, organization_ids),
        *_requests(session, organization_ids, since),
        *_designations(session, organization_ids, since),
        *_agreements(session, organization_ids, since),
    ]
    return sorted((each for each in found if each.day >= since), key=lambda each: (each.day, each.kind, each.key))


def _rounds(session: Session, organization_ids: Collection[int]) -> Iterable[Entry]:
    """Applications that wait to be sent, each with its own deadline; sent or withdrawn ones are off."""
    rows = session.execute(
        sa.select(Application, Round)
        .join(Round, Round.id == Application.round_id)
        .where(Application.organization_id.in_(organization_ids), Application.kind == ApplicationKind.PORTFOLIO)
        .options(joinedload(Application.program))
        .order_by(Application.id)
    ).all()
    extensions: dict[int, list[Extension]] = {}
    for row in session.scalars(
        sa.select(Extension).where(Extension.application_id.in_([application.id for application, _ in rows]))
    ):
        extensions.setdefault(row.application_id, []).append(row)
    for application, round_ in rows:
        more = extensions.get(application.id, [])
        ends = of_round(round_, [row.ends_at for row in more if row.state is ExtensionState.GIVEN]).shown
        draft = application.state is ApplicationState.DRAFT
        yield Entry(
            kind="round",
            key=application.reference,
            title=say(CALENDAR[Situation.DRAFT], name=application.reference),
            path=f"/apply/{application.reference}",
            # Each state of a draft is one more than the one before; while it is written, its version is left out.
            sequence=round_.version + sum(row.version for row in more) + (0 if draft else 1),
            changed_at=max(round_.updated_at, *(row.updated_at for row in more), application.state_since),
            at=ends,
            gone=not draft or round_.state is RoundState.CANCELLED,
        )


def _requests(session: Session, organization_ids: Collection[int], since: date) -> Iterable[Entry]:
    rows = session.execute(
        sa.select(InformationRequest, Application.reference)
        .join(Application, Application.id == InformationRequest.application_id)
        .where(Application.organization_id.in_(organization_ids))
        .order_by(InformationRequest.application_id, InformationRequest.id)
    ).all()
    numbers: dict[int, int] = {}
    for request, reference in rows:
        number = numbers[request.application_id] = numbers.get(request.application_id, 0) + 1
        if request.due_on >= since:
            yield Entry(
                kind="request",
                key=f"{reference}.{number}",
                title=say(CALENDAR[Situation.ANSWER_NEEDED], name=reference),
                path=f"/apply/{reference}",
                sequence=request.version,
                changed_at=request.updated_at,
                on=request.due_on,
                gone=request.state is not RequestState.OPEN,
            )


def _designations(session: Session, organization_ids: Collection[int], since: date) -> Iterable[Entry]:
    rows = session.scalars(
        sa.select(Designation)
        .where(
            Designation.organization_id.in_(organization_ids),
            Designation.kind.in_((DesignationKind.PARTNER, DesignationKind.PORTFOLIO)),
            Designation.state != DesignationState.SCHEDULED,
            Designation.ends_on >= since,
        )
        .options(joinedload(Designation.organization), joinedload(Designation.program))
        .order_by(Designation.id)
    )
    for row in rows:
        if row.kind is DesignationKind.PARTNER:
            kind, key = "approval", f"{row.organization.reference}.{row.starts_on.isoformat()}"
            title = say(CALENDAR[Situation.APPROVED], name=row.organization.legal_name)
        else:
            program = row.program.reference if row.program is not None else row.organization.reference
            kind, key = "listing", f"{program}.{row.category_key}.{row.starts_on.isoformat()}"
            name = row.program.name if row.program is not None else row.organization.legal_name
            title = say(CALENDAR[Situation.LISTED], name=name)
        yield Entry(
            kind=kind,
            key=key,
            title=title,
            path="/apply",
            sequence=row.version,
            changed_at=row.updated_at,
            on=row.ends_on,
            gone=row.state in {DesignationState.REVOKED, DesignationState.CANCELLED},
        )


def _agreements(session: Session, organization_ids: Collection[int], since: date) -> Iterable[Entry]:
    rows = session.scalars(
        sa.select(Agreement)
        .where(
            Agreement.organization_id.in_(organization_ids),
            Agreement.executed_at.is_not(None),
            Agreement.ends_on >= since,
        )
        .options(joinedload(Agreement.school), joinedload(Agreement.partnership).joinedload(Partnership.program))
        .order_by(Agreement.id)
    )
    for row in rows:
        yield Entry(
            kind="agreement",
            key=row.reference,
            title=say(
                N_("An agreement ends: %(program)s at %(school)s"),
                program=row.partnership.program.name,
                school=row.school.name,
            ),
            path=f"/agreements/{row.reference}",
            sequence=row.version,
            changed_at=row.updated_at,
            on=row.ends_on,
            gone=row.state not in {AgreementState.IN_FORCE, AgreementState.COMPLETED},
        )
