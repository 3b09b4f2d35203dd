"""What an applicant sees of a case: the case itself, where it stands in plain words, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.calendar_days import add_business_days
from vetting.clock import local_date
from vetting.models import (
    OPEN_STATES,
    Answer,
    Application,
    ApplicationKind,
    ApplicationState,
    DocumentVersion,
    EvidenceLink,
    HistoryEntry,
    InformationRequest,
    Organization,
    Program,
    ProgramState,
    RequestState,
    Round,
    RoundState,
)
from vetting.queries import settings
from vetting.queries.parts import Part, read
from vetting.refs import folded

_CASE = (
    sa.select(Application)
    .where(Application.reference == sa.bindparam("reference", type_=sa.String))
    .options(
        joinedload(Application.organization),
        joinedload(Application.program),
        joinedload(Application.round),
        joinedload(Application.form_version),
        joinedload(Application.settings_version),
    )
)


@cache
def _parts() -> tuple[tuple[Part, ...], Part]:
    """The collections of a case, and the programs of its organization; made when the models are complete."""
    document = joinedload(EvidenceLink.document_version).joinedload(DocumentVersion.document)
    own = Part(Application.answers), Part(Application.evidence, document), Part(Application.requests)
    return own, Part(Organization.programs)


def by_reference(session: Session, reference: str) -> Application | None:
    """A case with everything the applicant's pages read, in a fixed number of queries."""
    found = session.scalars(_CASE, {"reference": reference}).first()
    if found is not None:
        own, programs = _parts()
        read(session, found, *own)
        programs.read(session, found.organization)
    return found


_WITH_VERSION = (
    sa.select(Application)
    .join(EvidenceLink, EvidenceLink.application_id == Application.id)
    .where(
        EvidenceLink.document_version_id == sa.bindparam("version", type_=sa.BigInteger),
        Application.state.in_(sorted(OPEN_STATES)),
    )
    .options(
        joinedload(Application.organization), joinedload(Application.program), joinedload(Application.form_version)
    )
    .order_by(Application.id)
)


def open_with_version(session: Session, version_id: int) -> list[Application]:
    """Open cases that hold a version of a document, with all that their task lists are made of."""
    found = list(session.scalars(_WITH_VERSION, {"version": version_id}))
    (answers, evidence, _requests), programs = _parts()
    for application in found:
        read(session, application, answers, evidence)
        programs.read(session, application.organization)
    return found


def of_organizations(session: Session, organization_ids: Iterable[int]) -> list[Application]:
    """The cases of these organizations, newest first."""
    return list(
        session.scalars(
            sa.select(Application)
            .where(Application.organization_id.in_(list(organization_ids)))
            .options(joinedload(Application.program), joinedload(Application.round), selectinload(Application.requests))
            .order_by(Application.created_at.desc(), Application.id.desc())
        )
    )


def organizations(session: Session, ids: Iterable[int]) -> list[Organization]:
    """These organizations with their programs, by name."""
    return list(
        session.scalars(
            sa.select(Organization)
            .where(Organization.id.in_(list(ids)))
            .options(selectinload(Organization.programs))
            .order_by(Organization.name_folded, Organization.id)
        )
    )


def open_rounds(session: Session, at: datetime) -> list[Round]:
    """Rounds that take applications at an instant, the first to close first."""
    return list(
        session.scalars(
            sa.select(Round)
            .where(Round.state == RoundState.OPEN, Round.opens_at <= at, Round.closes_at >= at)
            .options(joinedload(Round.form_version))
            .order_by(Round.closes_at, Round.id)
        )
    )


def round_named(session: Session, reference: str) -> Round | None:
    """The round with this reference."""
    return session.scalars(sa.select(Round).where(Round.reference == reference)).first()


def approved_programs(session: Session, organization_ids: Iterable[int]) -> list[Program]:
    """Approved programs of these organizations, by name."""
    return list(
        session.scalars(
            sa.select(Program)
            .where(Program.organization_id.in_(list(organization_ids)), Program.state == ProgramState.APPROVED)
            .options(joinedload(Program.organization))
            .order_by(Program.name, Program.id)
        )
    )


def portfolio_cases(session: Session, program_ids: Iterable[int], round_id: int) -> list[Application]:
    """Live applications of these programs in a round."""
    gone = (ApplicationState.WITHDRAWN, ApplicationState.EXPIRED)
    return list(
        session.scalars(
            sa.select(Application)
            .where(
                Application.program_id.in_(list(program_ids)),
                Application.round_id == round_id,
                Application.kind == ApplicationKind.PORTFOLIO,
                Application.state.not_in(gone),
            )
            .order_by(Application.id)
        )
    )


def answers_elsewhere(session: Session, organization_id: int, except_id: int) -> list[Answer]:
    """Answers of the organization's last registration, so that nothing known is asked twice."""
    last = session.scalars(
        sa.select(Application)
        .where(
            Application.organization_id == organization_id,
            Application.kind == ApplicationKind.REGISTRATION,
            Application.id != except_id,
            Application.received_at.is_not(None),
        )
        .options(selectinload(Application.answers))
        .order_by(Application.id.desc())
        .limit(1)
    ).first()
    return list(last.answers) if last else []


def public_history(session: Session, application: Application) -> list[HistoryEntry]:
    """Changes of the case and of the office's requests, newest first. The caller keeps those with public words."""
    return list(
        session.scalars(
            sa.select(HistoryEntry)
            .where(
                HistoryEntry.application_id == application.id,
                HistoryEntry.subject_type.in_(("application", "information_request")),
            )
            .order_by(HistoryEntry.id.desc())
        )
    )


def open_requests(application: Application) -> list[InformationRequest]:
    """What the office still waits for, the first due first."""
    waiting = [request for request in application.requests if request.state is RequestState.OPEN]
    return sorted(waiting, key=lambda request: (request.due_on, request.id))


def request_number(application: Application, request: InformationRequest) -> int:
    """The place of a request in its case, counted from 1; what addresses say instead of a database number."""
    return application.requests.index(request) + 1


OFFICE_STAGES = {
    ApplicationKind.REGISTRATION: ("screening", "registration_review", "decision", "release"),
    ApplicationKind.PORTFOLIO: ("screening", "portfolio_review", "decision", "release"),
}


@dataclass(frozen=True)
class Target:
    """The published aim: business days of the office's work, and the local day they end on, counted from the last time
    the case came to the office. Not a promise, and not a hint at what was decided."""

    days: int
    day: date


def target(application: Application) -> Target | None:
    """The aim for a case that is with the office, under the settings it began with."""
    if application.state not in OPEN_STATES or application.received_at is None:
        return None
    stages = OFFICE_STAGES.get(application.kind, OFFICE_STAGES[ApplicationKind.REGISTRATION])
    days = sum(settings.business_days(application, stage) for stage in stages)
    start = local_date(application.reply_received_at or application.received_at)
    return Target(days, add_business_days(start, days, settings.closures_from(start.year)))


EVERYDAY = frozenset({"the", "inc", "incorporated", "llc", "corp", "corporation", "co", "company", "ltd", "foundation"})
CANDIDATES = 500


def bare_name(name: str) -> str:
    """A name without case, accents, punctuation and the words that many names share, to compare look-alikes."""
    letters = "".join(letter if letter.isalnum() else " " for letter in folded(name))
    words = letters.split()
    return "".join(word for word in words if word not in EVERYDAY) or "".join(words)


def name_is_taken(session: Session, name: str) -> bool:
    """Whether an organization with this name, or one that only looks different, is known. Says nothing else of it."""
    bare = bare_name(name)
    first = next((word for word in folded(name).split() if word not in EVERYDAY), "")[:3]
    found = session.scalars(
        sa.select(Organization.legal_name)
        .where(Organization.name_folded.contains(first, autoescape=True))
        .order_by(Organization.id)
        .limit(CANDIDATES)
    )
    return any(bare_name(other) == bare for other in found)
