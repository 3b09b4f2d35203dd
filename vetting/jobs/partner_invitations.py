"""Invitations to the contacts of organizations that were brought along: planned, shown, then sent one by one.

Each contact is one unit of work with its own result, so that whenever a worker dies a contact is invited once, or not
yet. Somebody who has an account is given the role and told; nobody is ever offered the same organization twice at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock, tokens
from vetting.models import (
    BroughtAlong,
    GrantState,
    Invitation,
    InvitationBatch,
    InvitationBatchItem,
    InvitationBatchState,
    InvitationResult,
    InvitationState,
    Organization,
    PartnerImport,
    PartnerImportItem,
    PartnerState,
    Role,
    RoleGrant,
    RowResult,
    Sheet,
    User,
)
from vetting.policy import SYSTEM, Actor
from vetting.queries import imports as found_imports
from vetting.refs import new_reference
from vetting.text import N_
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.workflows import engine
from vetting.workflows.accounts import INVITATION, ROLE_GRANT
from vetting.workflows.definition import Context
from vetting.workflows.effects.imports import offered
from vetting.workflows.import_commands import SendAgain
from vetting.workflows.imports import INVITATION_BATCH

ATTEMPTS = 5
GONE = frozenset({PartnerState.EXITED, PartnerState.MERGED})

Sessions = sessionmaker[Session]

SAID: Mapping[InvitationResult, str] = {
    InvitationResult.INVITED: N_("Invited by mail."),
    InvitationResult.SENT_AGAIN: N_("An invitation was waiting already. It was sent again."),
    InvitationResult.GRANTED: N_("Has an account here: got the role, and a mail that says so."),
    InvitationResult.MEMBER_ALREADY: N_("Acts for this organization already. Nothing was sent."),
    InvitationResult.REFUSED: N_("The organization is not with us any more. Nothing was sent."),
}

log = structlog.get_logger()


def contacts(session: Session, import_id: int) -> Sequence[tuple[Organization, BroughtAlong]]:
    """Organizations that an import loaded, changed or found as they were, with what the list says of them."""
    rows = session.execute(
        sa.select(Organization, BroughtAlong)
        .join(BroughtAlong, sa.and_(BroughtAlong.organization_id == Organization.id, BroughtAlong.program_id.is_(None)))
        .where(
            Organization.id.in_(
                sa.select(PartnerImportItem.organization_id).where(
                    PartnerImportItem.import_id == import_id,
                    PartnerImportItem.sheet == Sheet.PARTNERS,
                    PartnerImportItem.result.in_([RowResult.CREATED, RowResult.UPDATED, RowResult.LEFT]),
                )
            ),
            Organization.state.not_in(GONE),
        )
        .order_by(Organization.name_folded, Organization.id)
    )
    return [(organization, record) for organization, record in rows]


def has_people(session: Session, import_id: int) -> frozenset[int]:
    """Of these organizations, those somebody acts for already."""
    query = sa.select(RoleGrant.organization_id).where(
        RoleGrant.state == GrantState.ACTIVE,
        RoleGrant.role == Role.ORG_OWNER,
        RoleGrant.organization_id.in_(
            sa.select(PartnerImportItem.organization_id).where(PartnerImportItem.import_id == import_id)
        ),
    )
    return frozenset(number for number in session.scalars(query) if number is not None)


def plan(session: Session, actor: Actor, upload: PartnerImport) -> InvitationBatch:
    """Keep whom to invite: the contact of every organization that nobody acts for yet. Flushed, not committed."""
    batch = InvitationBatch(reference=new_reference("INB"), import_id=upload.id, made_by_id=actor.user_id)
    engine.run(session, INVITATION_BATCH, batch, "plan", actor)
    served = has_people(session, upload.id)
    seen: set[tuple[str, int]] = set()
    for organization, record in contacts(session, upload.id):
        email = str(record.answers.get("contact_email") or "").strip().lower()
        if not email or organization.id in served or (email, organization.id) in seen:
            continue
        seen.add((email, organization.id))
        session.add(
            InvitationBatchItem(
                batch_id=batch.id,
                position=len(seen),
                organization_id=organization.id,
                email=email,
                name=str(record.answers.get("contact_name") or ""),
                language=str(record.answers.get("contact_language") or "en"),
            )
        )
    session.flush()
    return batch


def new_link(keys: Sequence[str]) -> tuple[str, str]:
    """A nonce, and the digest of the link made from it."""
    nonce = tokens.new_nonce()
    return nonce, tokens.digest(tokens.invitation_token(keys, nonce))


def work(sessions: Sessions, keys: Sequence[str], batch_id: int, enough: Callable[[], bool]) -> bool:
    """Send a batch until it is over, or until ``enough`` says so. True when nothing is left to do."""
    while not enough():
        item_id = _next(sessions, batch_id)
        if item_id is None:
            return _finish(sessions, batch_id)
        _settle(sessions, keys, item_id)
    return False


def _next(sessions: Sessions, batch_id: int) -> int | None:
    with sessions() as session:
        return session.scalars(
            sa.select(InvitationBatchItem.id)
            .join(InvitationBatch, InvitationBatch.id == InvitationBatchItem.batch_id)
            .where(
                InvitationBatchItem.batch_id == batch_id,
                InvitationBatchItem.result.is_(None),
                InvitationBatch.state == InvitationBatchState.RUNNING,
            )
            .order_by(InvitationBatchItem.position)
            .limit(1)
        ).first()


def _settle(sessions: Sessions, keys: Sequence[str], item_id: int) -> None:
    for _attempt in range(ATTEMPTS):
        try:
            with sessions() as session, unit_of_work(session):
                item = _waiting(session, item_id)
                if item is not None:
                    settle(session, keys, item)
        except LostRace:
            continue
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("invitation_failed", item=item_id)
            why = str(error) if isinstance(error, engine.StepError) else N_("Something went wrong. Nothing was sent.")
            _refuse(sessions, item_id, why)
        return
    _refuse(sessions, item_id, N_("Other people kept changing this organization. Try again."))


def _refuse(sessions: Sessions, item_id: int, why: str) -> None:
    with sessions() as session, unit_of_work(session):
        item = _waiting(session, item_id)
        if item is not None:
            item.result, item.outcome, item.settled_at = InvitationResult.REFUSED, why, clock.now()


def _waiting(session: Session, item_id: int) -> InvitationBatchItem | None:
    item = session.get(InvitationBatchItem, item_id, with_for_update={"of": InvitationBatchItem})
    if item is None or item.result is not None or item.batch.state is not InvitationBatchState.RUNNING:
        return None
    return item


def settle(session: Session, keys: Sequence[str], item: InvitationBatchItem) -> None:
    """Invite, or give the role, and note the result. Raises ``StepError``."""
    item.result = _reach(session, keys, item)
    item.outcome = SAID[item.result]
    item.settled_at = clock.now()
    session.flush()


def _reach(session: Session, keys: Sequence[str], item: InvitationBatchItem) -> InvitationResult:
    if item.organization.state in GONE:
        return InvitationResult.REFUSED
    person = session.scalars(sa.select(User).where(sa.func.lower(User.email) == item.email)).first()
    if person is not None and _member(session, person, item):
        return InvitationResult.MEMBER_ALREADY
    reason = f"Contact of import {item.batch.upload.reference}"
    cause = engine.last_entry(session, "invitation_batch", item.batch_id)
    if person is not None and person.active and person.confirmed_at is not None:
        grant = RoleGrant(
            user_id=person.id,
            role=Role.ORG_OWNER,
            organization_id=item.organization_id,
            granted_by_id=item.batch.made_by_id,
        )
        engine.run(session, ROLE_GRANT, grant, "bring_along", SYSTEM, reason=reason, cause=cause)
        return InvitationResult.GRANTED
    nonce, digest = new_link(keys)
    waiting = session.scalars(
        sa.select(Invitation).where(
            sa.func.lower(Invitation.email) == item.email,
            Invitation.organization_id == item.organization_id,
            Invitation.state == InvitationState.PENDING,
        )
    ).first()
    if waiting is not None:
        link = SendAgain(item.id, nonce, digest)
        engine.run(session, INVITATION, waiting, "resend", SYSTEM, data=link, reason=reason, cause=cause)
        item.invitation_id = waiting.id
        return InvitationResult.SENT_AGAIN
    context = Context(session=session, actor=SYSTEM, now=clock.now())
    invitation = offered(item.batch, item, nonce, digest, context)
    engine.run(session, INVITATION, invitation, "bring_along", SYSTEM, reason=reason, cause=cause)
    item.invitation_id = invitation.id
    return InvitationResult.INVITED


def _member(session: Session, person: User, item: InvitationBatchItem) -> bool:
    query = sa.select(RoleGrant.id).where(
        RoleGrant.user_id == person.id,
        RoleGrant.organization_id == item.organization_id,
        RoleGrant.state == GrantState.ACTIVE,
    )
    return session.scalars(query.limit(1)).first() is not None


def _finish(sessions: Sessions, batch_id: int) -> bool:
    try:
        with sessions() as session, unit_of_work(session):
            batch = session.get_one(InvitationBatch, batch_id)
            if batch.state is InvitationBatchState.RUNNING:
                engine.run(session, INVITATION_BATCH, batch, "finish", SYSTEM)
    except LostRace:
        return True
    return True


def rehearsal(
    batch_id: int, actor: Actor, keys: Sequence[str], most: int, *, after: int = 0
) -> Callable[[Session], None]:
    """So many contacts of a batch that a person may read about, from a position on, as an act to be rehearsed."""

    def act(session: Session) -> None:
        waiting = (
            sa.select(InvitationBatchItem)
            .where(
                InvitationBatchItem.batch_id == batch_id,
                InvitationBatchItem.result.is_(None),
                InvitationBatchItem.position > after,
                found_imports.line_open_to(actor),
            )
            .order_by(InvitationBatchItem.position)
            .limit(most)
        )
        for item in session.scalars(waiting).all():
            settle(session, keys, item)

    return act
