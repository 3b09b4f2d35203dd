"""What has a date that people are reminded of: one table, a row for each kind of thing.

To add a row: write a function that finds the things whose local day lies between two days (``Dated`` for each), an
event with its words in ``notifications/words.py`` and its facts in ``notifications/facts.py``, and put it into
``MILESTONES``. Everything else follows: ``jobs/reminders.py`` writes one outbox message per thing, day, milestone and
reader, so that nothing is sent twice; a day that moves has milestones of its own; of several that were missed only the
nearest is sent; and a thing that is no longer found (answered, renewed, ended) is not reminded of, also when its mail
was waiting already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from vetting.clock import local_date
from vetting.data.process_settings import Reminders
from vetting.events import Event
from vetting.models import (
    OPEN_STATES,
    Agreement,
    AgreementState,
    AgreementVersion,
    Application,
    ApplicationKind,
    ApplicationState,
    Clearance,
    ClearanceState,
    Designation,
    DesignationKind,
    DesignationState,
    Document,
    DocumentVersion,
    EvidenceState,
    InformationRequest,
    Invitation,
    InvitationState,
    Organization,
    PartnerState,
    RequestState,
    Round,
    RoundState,
    Signer,
    SignerState,
)
from vetting.queries import deadlines
from vetting.queries.signing_days import days_to_sign


@dataclass(frozen=True)
class Dated:
    """A thing with its local day. ``told`` is the local day on which its people learned of that day.

    Who is reminded: the owners and editors of ``organization_id`` (or the owners only), the leaders of ``school_id``,
    one person, or whoever reads mail at ``address``.
    """

    subject_id: int
    day: date
    told: date | None = None
    organization_id: int | None = None
    school_id: int | None = None
    user_id: int | None = None
    address: str = ""
    owners_only: bool = False


Find = Callable[[Session, date, date, int | None], Iterable[Dated]]
"""Things with a day between two days, both inclusive; only the one with this id, where one is given."""


@dataclass(frozen=True)
class Milestone:
    """A row: the workflow of its subjects, the event of its mail, on how many days before, and how they are found."""

    subject: str
    event: Event
    days: Callable[[Reminders], tuple[int, ...]]
    find: Find


GOOD_STANDING = (PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED)
ALIVE = (DesignationState.IN_FORCE, DesignationState.SCHEDULED)
USABLE = (EvidenceState.RECEIVED, EvidenceState.ACCEPTED)


def _designations(kind: DesignationKind, *same: str) -> Find:
    """Designations in force that end, unless the same one goes on or its renewal is with the office."""

    def find(session: Session, first: date, last: date, only: int | None) -> Iterable[Dated]:
        later = aliased(Designation)
        goes_on = sa.exists().where(
            later.organization_id == Designation.organization_id,
            later.kind == kind,
            later.state.in_(ALIVE),
            later.id != Designation.id,
            sa.or_(later.ends_on.is_(None), later.ends_on > Designation.ends_on),
            *(getattr(later, name) == getattr(Designation, name) for name in same),
        )
        being_renewed = sa.exists().where(
            Application.organization_id == Designation.organization_id,
            Application.kind == ApplicationKind.RENEWAL,
            Application.state.in_(sorted(OPEN_STATES)),
        )
        query = sa.select(
            Designation.id, Designation.ends_on, Designation.organization_id, Designation.starts_on
        ).where(
            Designation.kind == kind,
            Designation.state == DesignationState.IN_FORCE,
            Designation.ends_on.between(first, last),
            ~goes_on,
        )
        if kind is DesignationKind.PARTNER:
            query = query.where(~being_renewed)
        for number, ends_on, organization_id, starts_on in session.execute(_one(query, Designation.id, only)):
            yield Dated(number, ends_on, starts_on, organization_id)

    return find


def _documents(session: Session, first: date, last: date, only: int | None) -> Iterable[Dated]:
    """The newest usable document of its type that an organization in good standing has, and no other is good longer."""
    other, kept = aliased(DocumentVersion), aliased(Document)
    good_longer = (
        sa.select(other.id)
        .join(kept, kept.id == other.document_id)
        .where(
            kept.organization_id == Document.organization_id,
            kept.type_key == Document.type_key,
            other.state.in_(USABLE),
            other.id != DocumentVersion.id,
            sa.or_(
                other.valid_until.is_(None),
                other.valid_until > DocumentVersion.valid_until,
                sa.and_(other.valid_until == DocumentVersion.valid_until, other.id > DocumentVersion.id),
            ),
        )
        .exists()
    )
    query = (
        sa.select(DocumentVersion.id, DocumentVersion.valid_until, Document.organization_id, DocumentVersion.created_at)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Organization, Organization.id == Document.organization_id)
        .where(
            DocumentVersion.state.in_(USABLE),
            DocumentVersion.valid_until.between(first, last),
            Organization.state.in_(GOOD_STANDING),
            ~good_longer,
        )
    )
    for number, valid_until, organization_id, since in session.execute(_one(query, DocumentVersion.id, only)):
        yield Dated(number, valid_until, local_date(since), organization_id)


def _checks(session: Session, first: date, last: date, only: int | None) -> Iterable[Dated]:
    """The person of each organization whose next check is due first; one mail names everybody whose turn comes soon."""
    query = (
        sa.select(Clearance.id, Clearance.next_due_on, Clearance.organization_id, Clearance.attested_at)
        .join(Organization, Organization.id == Clearance.organization_id)
        .where(
            Clearance.state == ClearanceState.LISTED,
            Clearance.next_due_on.between(first, last),
            Organization.state.not_in((PartnerState.EXITED, PartnerState.MERGED)),
        )
        .order_by(Clearance.next_due_on)
    )
    seen: set[int] = set()
    for number, due, organization_id, since in session.execute(_one(query, Clearance.id, only)):
        if organization_id not in seen:
            seen.add(organization_id)
            yield Dated(number, due, local_date(since), organization_id, owners_only=True)


def _agreements(session: Session, first: date, last: date, only: int | None) -> Iterable[Dated]:
    """Agreements in force that end, unless the same partnership has one that goes on longer."""
    later = aliased(Agreement)
    goes_on = sa.exists().where(
        later.partnership_id == Agreement.partnership_id,
        later.id != Agreement.id,
        later.state.in_((AgreementState.IN_FORCE, AgreementState.EXECUTING)),
        later.ends_on > Agreement.ends_on,
    )
    query = sa.select(
        Agreement.id, Agreement.ends_on, Agreement.organization_id, Agreement.school_id, Agreement.executed_at
    ).where(Agreement.state == AgreementState.IN_FORCE, Agreement.ends_on.between(first, last), ~goes_on)
    for number, ends_on, organization_id, school_id, since in session.execute(_one(query, Agreement.id, only)):
        yield Dated(number, ends_on, local_date(since) if since else None, organization_id, school_id)


def _drafts(session: Session, first: date, last: date, only: int | None) -> Iterable[Dated]:
    """Applications that are not sent, by the local day on which their own deadline is."""
    query = (
        sa.select(Application.id, Application.organization_id, Application.created_at, Round)
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.kind == ApplicationKind.PORTFOLIO,
            Application.state == ApplicationState.DRAFT,
            Round.state.in_((RoundState.OPEN, RoundState.CLOSED)),
        )
    )
    rows = session.execute(_one(query, Application.id, only)).all()
    extended = deadlines.given(session, [row[0] for row in rows])
    for number, organization_id, since, round_ in rows:
        day = local_date(deadlines.of_round(round_, extended.get(number, [])).shown)
        if first <= day <= last:
            yield Dated(number, day, local_date(since), organization_id)


def _requests(session: Session, first: date, last: date, only: int | None) -> Iterable[Dated]:
    """What the office waits for. A row changes only when its day does, so that is when people were told."""
    query = (
        sa.select(
            InformationRequest.id,
            InformationRequest.due_on,
            Application.organization_id,
            InformationRequest.updated_at,
        )
        .join(Application, Application.id == InformationRequest.application_id)
        .where(InformationRequest.state == RequestState.OPEN, InformationRequest.due_on.between(first, last))
    )
    for number, due_on, organization_id, since in session.execute(_one(query, InformationRequest.id, only)):
        yield Dated(number, due_on, local_date(since), organization_id)


def _signatures(session: Session, first: date, last: date, only: int | None) -> Iterable[Dated]:
    """Signatures whose turn it is, by the last local day before the agreement lapses unsigned."""
    days = timedelta(days=days_to_sign(session))
    query = (
        sa.select(
            Signer.id,
            AgreementVersion.frozen_at,
            Signer.user_id,
            Signer.invited_at,
            Agreement.organization_id,
            Agreement.sign_until,
        )
        .join(AgreementVersion, AgreementVersion.id == Signer.agreement_version_id)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .where(
            Signer.state == SignerState.INVITED,
            Agreement.state.in_((AgreementState.OUT_FOR_SIGNATURE, AgreementState.PARTLY_SIGNED)),
        )
    )
    rows = session.execute(_one(query, Signer.id, only))
    for number, frozen_at, user_id, invited_at, organization_id, sign_until in rows:
        usual = local_date(frozen_at + days)
        day = max(usual, sign_until) if sign_until is not None else usual
        if first <= day <= last:
            told = local_date(invited_at) if invited_at else None
            yield Dated(number, day, told, organization_id, user_id=user_id)


def _invitations(session: Session, first: date, last: date, only: int | None) -> Iterable[Dated]:
    """Invitations that nobody took up yet. Sending one again changes the row, so that is when the person was told."""
    query = sa.select(Invitation.id, Invitation.expires_at, Invitation.email, Invitation.updated_at).where(
        Invitation.state == InvitationState.PENDING
    )
    for number, expires_at, email, since in session.execute(_one(query, Invitation.id, only)):
        day = local_date(expires_at)
        if first <= day <= last:
            yield Dated(number, day, local_date(since), address=email)


def _one(query: Any, column: Any, only: int | None) -> Any:
    return (query if only is None else query.where(column == only)).order_by(column)


MILESTONES: tuple[Milestone, ...] = (
    Milestone(
        "designation",
        Event.REGISTRATION_ENDING,
        lambda reminders: reminders.expiry_days,
        _designations(DesignationKind.PARTNER),
    ),
    Milestone(
        "designation",
        Event.LISTING_ENDING,
        lambda reminders: reminders.expiry_days,
        _designations(DesignationKind.PORTFOLIO, "program_id", "category_key"),
    ),
    Milestone("evidence", Event.DOCUMENT_ENDING, lambda reminders: reminders.document_days, _documents),
    Milestone("clearance", Event.CHECKS_DUE, lambda reminders: reminders.check_days, _checks),
    Milestone("agreement", Event.AGREEMENT_ENDING, lambda reminders: reminders.expiry_days, _agreements),
    Milestone("application", Event.ROUND_CLOSING, lambda reminders: reminders.round_days, _drafts),
    Milestone(
        "information_request", Event.REQUEST_DUE, lambda reminders: reminders.information_request_days, _requests
    ),
    Milestone("signer", Event.SIGNATURE_WAITING, lambda reminders: reminders.signature_days, _signatures),
    Milestone("invitation", Event.INVITATION_WAITING, lambda reminders: reminders.invitation_days, _invitations),
)

BY_EVENT: Mapping[Event, Milestone] = {milestone.event: milestone for milestone in MILESTONES}
REMINDERS = frozenset(BY_EVENT)
"""Events that remind of a date."""


def still_due(session: Session, event: Event, subject_id: int, day: date) -> Dated | None:
    """The thing with its people, while it is still to be reminded of for this day."""
    return next(iter(BY_EVENT[event].find(session, day, day, subject_id)), None)
