"""Accounts, the roles they hold, invitations on their way, and signed-in browsers."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from vetting import clock, tokens
from vetting.models import (
    GrantState,
    Invitation,
    InvitationState,
    LoginSession,
    OfferState,
    Organization,
    OwnershipOffer,
    Role,
    RoleGrant,
    School,
    User,
    WebAuthn,
)
from vetting.refs import folded
from vetting.text import N_

PAGE = 50

# Known to everyone on purpose: demonstration accounts open nothing real, and production has none.
DEMO_PASSWORD = "a made up district"  # noqa: S105

ROLE_NAMES: dict[Role, str] = {
    Role.ORG_OWNER: N_("Owner"),
    Role.ORG_EDITOR: N_("Editor"),
    Role.ORG_SIGNER: N_("Authorized signer"),
    Role.ORG_VIEWER: N_("Reader"),
    Role.SCHOOL_LEADER: N_("School leader"),
    Role.SCHOOL_LIAISON: N_("School liaison"),
    Role.REVIEWER: N_("Reviewer"),
    Role.COORDINATOR: N_("Coordinator"),
    Role.DIRECTOR: N_("Director"),
    Role.RISK: N_("Risk and insurance"),
    Role.DATA_PRIVACY: N_("Data privacy"),
    Role.FINANCE: N_("Finance"),
    Role.DISTRICT_SIGNATORY: N_("District signatory"),
    Role.RECORDS_OFFICER: N_("Records officer"),
    Role.SYSTEM_ADMIN: N_("System administrator"),
    Role.AUDITOR: N_("Auditor (reads only)"),
}

ROLE_HINTS: dict[Role, str] = {
    Role.ORG_OWNER: N_("Does everything, and invites people"),
    Role.ORG_EDITOR: N_("Writes and sends applications"),
    Role.ORG_SIGNER: N_("Reads everything and signs agreements"),
    Role.ORG_VIEWER: N_("Reads everything, changes nothing"),
}


@dataclass(frozen=True)
class PeoplePage:
    """One page of people in the order of their names; ``next_after`` is the reference to go on from."""

    people: Sequence[User]
    next_after: str = ""


def people(session: Session, *, search: str = "", role: Role | None = None, after: str = "") -> PeoplePage:
    """Accounts with their roles in force, by name. Three reads, however many people there are."""
    query = sa.select(User).order_by(sa.func.lower(User.name), User.email).limit(PAGE + 1)
    query = query.options(
        selectinload(User.grants.and_(RoleGrant.state == GrantState.ACTIVE)).options(
            selectinload(RoleGrant.organization), selectinload(RoleGrant.school)
        )
    ).execution_options(populate_existing=True)
    for word in folded(search).split()[:5]:
        pattern = f"%{_literal(word)}%"
        query = query.where(
            sa.or_(sa.func.lower(User.name).like(pattern, escape="!"), User.email.like(pattern, escape="!"))
        )
    if role is not None:
        query = query.where(
            sa.exists().where(
                RoleGrant.user_id == User.id, RoleGrant.role == role, RoleGrant.state == GrantState.ACTIVE
            )
        )
    if after:
        last = session.execute(sa.select(sa.func.lower(User.name), User.email).where(User.reference == after)).first()
        if last is not None:
            query = query.where(sa.tuple_(sa.func.lower(User.name), User.email) > sa.tuple_(last[0], last[1]))
    found = list(session.scalars(query))
    return PeoplePage(found[:PAGE], found[PAGE - 1].reference if len(found) > PAGE else "")


def _literal(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def person(session: Session, reference: str) -> User | None:
    """One account by its public reference, with every role it holds or held."""
    return session.scalars(
        sa.select(User)
        .where(User.reference == reference)
        .options(
            selectinload(User.grants).options(selectinload(RoleGrant.organization), selectinload(RoleGrant.school))
        )
    ).first()


def by_email(session: Session, address: str) -> User | None:
    """An account by its address, however it is written."""
    plain = unicodedata.normalize("NFKC", address).casefold()
    return session.scalars(sa.select(User).where(User.email == plain)).first()


def pending_invitations(session: Session, *, organization_id: int | None = None) -> list[Invitation]:
    """Invitations that wait for an answer, newest first: all of them, or those of one organization."""
    query = (
        sa.select(Invitation)
        .where(Invitation.state == InvitationState.PENDING)
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .options(selectinload(Invitation.organization), selectinload(Invitation.school))
    )
    if organization_id is not None:
        query = query.where(Invitation.organization_id == organization_id)
    return list(session.scalars(query.limit(200)))


def invitation_by_token(session: Session, token: str) -> Invitation | None:
    """The invitation a link belongs to, whatever has become of it."""
    return session.scalars(sa.select(Invitation).where(Invitation.token_digest == tokens.digest(token))).first()


def invitation_by_reference(session: Session, reference: str) -> Invitation | None:
    return session.scalars(sa.select(Invitation).where(Invitation.reference == reference)).first()


def members(session: Session, organization_id: int) -> list[RoleGrant]:
    """Roles in force at an organization with their people, by name."""
    return list(
        session.scalars(
            sa.select(RoleGrant)
            .join(RoleGrant.user)
            .where(RoleGrant.organization_id == organization_id, RoleGrant.state == GrantState.ACTIVE)
            .options(selectinload(RoleGrant.user))
            .order_by(sa.func.lower(User.name), RoleGrant.id)
        )
    )


def offer_to(session: Session, organization_id: int, user_id: int | None) -> OwnershipOffer | None:
    """The offer of the organization that waits for this person's answer."""
    return session.scalars(_offers(organization_id).where(OwnershipOffer.to_user_id == user_id)).first()


def open_offer(session: Session, organization_id: int) -> OwnershipOffer | None:
    """The offer of the organization that waits for somebody's answer."""
    return session.scalars(_offers(organization_id)).first()


def _offers(organization_id: int) -> sa.Select[OwnershipOffer]:
    return (
        sa.select(OwnershipOffer)
        .where(OwnershipOffer.organization_id == organization_id, OwnershipOffer.state == OfferState.OFFERED)
        .options(selectinload(OwnershipOffer.from_user), selectinload(OwnershipOffer.to_user))
    )


def roles_of(session: Session, user_id: int) -> list[RoleGrant]:
    """A person's roles in force with where they hold."""
    return list(
        session.scalars(
            sa.select(RoleGrant)
            .where(RoleGrant.user_id == user_id, RoleGrant.state == GrantState.ACTIVE)
            .options(selectinload(RoleGrant.organization), selectinload(RoleGrant.school))
            .order_by(RoleGrant.id)
        )
    )


def browsers(session: Session, user_id: int) -> list[LoginSession]:
    """Browsers in which a person is signed in now, the newest first."""
    return list(
        session.scalars(
            sa.select(LoginSession)
            .where(
                LoginSession.user_id == user_id,
                LoginSession.ended_at.is_(None),
                LoginSession.expires_at > clock.now(),
            )
            .order_by(LoginSession.created_at.desc(), LoginSession.id.desc())
        )
    )


def passkeys(session: Session, user_id: int) -> list[WebAuthn]:
    """A person's passkeys by name."""
    return list(session.scalars(sa.select(WebAuthn).where(WebAuthn.user_id == user_id).order_by(WebAuthn.name)))


def organization_by_reference(session: Session, reference: str) -> Organization | None:
    return session.scalars(sa.select(Organization).where(Organization.reference == reference)).first()


def schools(session: Session) -> list[School]:
    """Every school by name, to choose from."""
    return list(session.scalars(sa.select(School).order_by(School.name, School.dese_id)))


def has_administrator(session: Session) -> bool:
    """Whether anybody who can sign in administers the system."""
    return bool(
        session.scalar(
            sa.select(sa.func.count())
            .select_from(RoleGrant)
            .join(RoleGrant.user)
            .where(RoleGrant.role == Role.SYSTEM_ADMIN, RoleGrant.state == GrantState.ACTIVE, User.active.is_(True))
        )
    )


def demo_sign_ins(session: Session) -> list[tuple[str, str, str]]:
    """Role in words, address and password of each demonstration account, in the order they were made.

    The demonstration marks its accounts by ``preferences["demo_role"]``; elsewhere there are none.
    """
    role = User.preferences["demo_role"].as_string()
    rows = session.execute(
        sa.select(role, User.email).where(role.is_not(None), User.active.is_(True)).order_by(User.id)
    )
    return [(words, email, DEMO_PASSWORD) for words, email in rows]
