"""What an applicant sees of a case: the case itself, where it stands in plain words, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.models import (
    OPEN_STATES,
    Answer,
    Application,
    ApplicationKind,
    ApplicationState,
    DocumentVersion,
    EvidenceLink,
    GrantState,
    HistoryEntry,
    InformationRequest,
    Organization,
    Program,
    ProgramState,
    RequestState,
    Role,
    RoleGrant,
    Round,
    RoundState,
    User,
)
from vetting.queries.parts import Part, read
from vetting.refs import as_seen, in_our_letters

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
    return with_tasks(session, found) if found is not None else None


def by_reference_to_show(session: Session, reference: str) -> Application | None:
    """A case with what its status page reads. A draft has its task list there, so all of it is read."""
    found = session.scalars(_CASE, {"reference": reference}).first()
    if found is not None and found.state is ApplicationState.DRAFT:
        return with_tasks(session, found)
    if found is not None:
        (_answers, evidence, requests), _programs = _parts()
        read(session, found, evidence, requests)
    return found


def with_tasks(session: Session, application: Application) -> Application:
    """A case that is at hand, with all that its task list is made of."""
    own, programs = _parts()
    read(session, application, *own)
    programs.read(session, application.organization)
    return application


def read_tasks(session: Session, drafts: Iterable[Application]) -> None:
    """Answers and documents of several drafts of organizations that are at hand, in a fixed number of queries."""
    ids = [draft.id for draft in drafts]
    if ids:
        document = selectinload(Application.evidence).joinedload(EvidenceLink.document_version)
        session.scalars(
            sa.select(Application).where(Application.id.in_(ids)).options(selectinload(Application.answers), document)
        ).all()


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
            .options(
                joinedload(Application.program),
                joinedload(Application.round),
                joinedload(Application.form_version),
                joinedload(Application.settings_version),
                selectinload(Application.requests),
            )
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


_PUBLIC = (
    sa.select(HistoryEntry)
    .where(
        HistoryEntry.application_id == sa.bindparam("application", type_=sa.BigInteger),
        sa.or_(
            HistoryEntry.subject_type.in_(("application", "information_request")),
            sa.and_(HistoryEntry.subject_type == "note", HistoryEntry.step.in_(("send", "reply"))),
        ),
    )
    .order_by(HistoryEntry.id.desc())
)


def public_history(session: Session, application: Application) -> list[HistoryEntry]:
    """Changes of the case, of the office's requests, and the messages of both sides, newest first.

    The caller keeps those with public words.
    """
    return list(session.scalars(_PUBLIC, {"application": application.id}))


_TOLD = (
    sa.select(User.id, User.name, User.email)
    .join(RoleGrant, RoleGrant.user_id == User.id)
    .where(
        RoleGrant.organization_id == sa.bindparam("organization", type_=sa.BigInteger),
        RoleGrant.role.in_([Role.ORG_OWNER, Role.ORG_EDITOR]),
        RoleGrant.state == GrantState.ACTIVE,
        User.active.is_(True),
    )
    .distinct()
    .order_by(User.name, User.id)
)


def people_told(session: Session, organization_id: int) -> list[str]:
    """The people of an organization whom the office writes to about its cases, by name or else address."""
    return [name or email for _id, name, email in session.execute(_TOLD, {"organization": organization_id})]


def open_requests(application: Application) -> list[InformationRequest]:
    """What the office still waits for, the first due first."""
    waiting = [request for request in application.requests if request.state is RequestState.OPEN]
    return sorted(waiting, key=lambda request: (request.due_on, request.id))


def request_number(application: Application, request: InformationRequest) -> int:
    """The place of a request in its case, counted from 1; what addresses say instead of a database number."""
    return application.requests.index(request) + 1


EVERYDAY = frozenset({"the", "inc", "incorporated", "llc", "corp", "corporation", "co", "company", "ltd", "foundation"})
_EVERYDAY_SEEN = frozenset(as_seen(word) for word in EVERYDAY)
CANDIDATES = 500


def bare_name(name: str) -> str:
    """A name as it is seen, without punctuation and the words that many names share, to compare look-alikes."""
    letters = "".join(letter if letter.isalnum() else " " for letter in as_seen(name))
    words = letters.split()
    return "".join(word for word in words if word not in _EVERYDAY_SEEN) or "".join(words)


def name_is_taken(session: Session, name: str) -> bool:
    """Whether an organization with this name, or one that only looks different, is known. Says nothing else of it."""
    bare = bare_name(name)
    first = next((word for word in in_our_letters(name).split() if word not in EVERYDAY), "")[:3]
    found = session.scalars(
        sa.select(Organization.legal_name)
        .where(Organization.name_folded.contains(first, autoescape=True))
        .order_by(Organization.id)
        .limit(CANDIDATES)
    )
    return any(bare_name(other) == bare for other in found)
