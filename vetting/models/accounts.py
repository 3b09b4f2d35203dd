"""People, what they may act as, how they were invited, and the sessions they hold.

The account is the one model that knows Flask-Login, through the mixins Flask-Security asks for.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_security import UserMixin, WebAuthnMixin
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified, Versioned, choice
from vetting.refs import new_reference

if TYPE_CHECKING:
    from vetting.models.organizations import Organization
    from vetting.models.schools import School


class Role(enum.StrEnum):
    """What a person may act as. Organization roles name an organization, school roles a school, others neither."""

    ORG_OWNER = "org_owner"
    ORG_EDITOR = "org_editor"
    ORG_SIGNER = "org_signer"
    ORG_VIEWER = "org_viewer"
    SCHOOL_LEADER = "school_leader"
    SCHOOL_LIAISON = "school_liaison"
    REVIEWER = "reviewer"
    COORDINATOR = "coordinator"
    DIRECTOR = "director"
    RISK = "risk"
    DATA_PRIVACY = "data_privacy"
    FINANCE = "finance"
    DISTRICT_SIGNATORY = "district_signatory"
    RECORDS_OFFICER = "records_officer"
    SYSTEM_ADMIN = "system_admin"
    AUDITOR = "auditor"


ORGANIZATION_ROLES = frozenset({Role.ORG_OWNER, Role.ORG_EDITOR, Role.ORG_SIGNER, Role.ORG_VIEWER})
SCHOOL_ROLES = frozenset({Role.SCHOOL_LEADER, Role.SCHOOL_LIAISON})
OFFICE_ROLES = frozenset(Role) - ORGANIZATION_ROLES - SCHOOL_ROLES

_SCOPE_CHECK = (
    "(role LIKE 'org\\_%' ESCAPE '\\' AND organization_id IS NOT NULL AND school_id IS NULL) OR "
    "(role LIKE 'school\\_%' ESCAPE '\\' AND school_id IS NOT NULL AND organization_id IS NULL) OR "
    "(role NOT LIKE 'org\\_%' ESCAPE '\\' AND role NOT LIKE 'school\\_%' ESCAPE '\\' "
    "AND school_id IS NULL AND organization_id IS NULL)"
)


class GrantState(enum.StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


class InvitationState(enum.StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


class User(Base, Identified, UserMixin):
    """An account of one human being."""

    __tablename__ = "account"

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_reference("PER"))
    email: Mapped[str] = mapped_column(sa.String(255), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    username: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    tf_primary_method: Mapped[str | None] = mapped_column(sa.String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(sa.String(255))
    tf_last_counter: Mapped[int | None]
    tf_phone_number: Mapped[str | None] = mapped_column(sa.String(128))
    us_totp_secrets: Mapped[str | None] = mapped_column(sa.Text)
    us_phone_number: Mapped[str | None] = mapped_column(sa.String(128), unique=True)
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(sa.String(64), unique=True)  # type: ignore[assignment]
    mf_recovery_codes: Mapped[list[Any] | None] = mapped_column(MutableList.as_mutable(sa.JSON))
    supervisor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    language: Mapped[str] = mapped_column(sa.String(10), default="en")
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)

    webauthn: Mapped[list[WebAuthn]] = relationship(back_populates="user", cascade="all, delete")  # type: ignore[assignment]
    grants: Mapped[list[RoleGrant]] = relationship(back_populates="user", foreign_keys="RoleGrant.user_id")

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        """Flask-Security's own roles stay unused; rights come from grants through the policy table."""
        return []


class WebAuthn(Base, Identified, WebAuthnMixin):
    """A passkey of an account."""

    __tablename__ = "passkey"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary(1024), unique=True, index=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int | None] = mapped_column(default=0)  # type: ignore[assignment]
    transports: Mapped[list[Any] | None] = mapped_column(MutableList.as_mutable(sa.JSON))
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(sa.String(64))
    extensions: Mapped[str | None] = mapped_column(sa.String(255))
    lastuse_datetime: Mapped[datetime]
    name: Mapped[str] = mapped_column(sa.String(64))
    usage: Mapped[str] = mapped_column(sa.String(64))

    user: Mapped[User] = relationship(back_populates="webauthn")


def _held_once(name: str, *place: str, where: str = "") -> sa.Index:
    """An index rather than one over an expression, which the migration tool does not see on SQLite."""
    live = sa.text("state = 'active'" + (f" AND {where}" if where else ""))
    columns = ("user_id", "role", *place)
    return sa.Index(f"uq_role_grant_{name}", *columns, unique=True, sqlite_where=live, postgresql_where=live)


class RoleGrant(Base, Versioned):
    """A role a person holds, perhaps at one organization or one school, until it is ended."""

    __tablename__ = "role_grant"
    __table_args__ = (
        sa.CheckConstraint(_SCOPE_CHECK, name="scope"),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        # Nobody holds the same role at the same place twice. An office role has no place.
        _held_once("organization", "organization_id"),
        _held_once("school", "school_id"),
        _held_once("office", where="organization_id IS NULL AND school_id IS NULL"),
        sa.Index("ix_role_grant_role", "role", "state", "user_id"),
    )

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    state: Mapped[GrantState] = mapped_column(choice(GrantState), default=GrantState.ACTIVE)
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="grants", foreign_keys=[user_id])
    organization: Mapped[Organization | None] = relationship()
    school: Mapped[School | None] = relationship()


class Invitation(Base, Versioned):
    """An offer of a role to an e-mail address.

    The token of its link is made from the nonce and the program's secret, and only its digest is kept; each resend
    makes a new one.
    """

    __tablename__ = "invitation"
    __table_args__ = (sa.CheckConstraint(_SCOPE_CHECK, name="scope"),)

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_reference("INV"))
    email: Mapped[str] = mapped_column(sa.String(255), index=True)
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    role: Mapped[Role] = mapped_column(choice(Role))
    # In which language the mail is written; who has an account reads their own.
    language: Mapped[str] = mapped_column(sa.String(10), default="en")
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    state: Mapped[InvitationState] = mapped_column(choice(InvitationState), default=InvitationState.PENDING)
    nonce: Mapped[str] = mapped_column(sa.String(32))
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    expires_at: Mapped[datetime]
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    organization: Mapped[Organization | None] = relationship()
    school: Mapped[School | None] = relationship()


class LoginSession(Base, Identified):
    """A signed-in browser. Ending the row signs that browser out at its next request."""

    __tablename__ = "login_session"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    method: Mapped[str] = mapped_column(sa.String(40))
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    agent: Mapped[str] = mapped_column(sa.String(300), default="")
    authenticated_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class OneTimeCode(Base, Identified):
    """A code sent by e-mail to sign in with: a keyed digest, one per account, gone once it is used or guessed at."""

    __tablename__ = "one_time_code"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    code_digest: Mapped[str] = mapped_column(sa.String(64))
    expires_at: Mapped[datetime]


class SignInAttempts(Base):
    """Failed tries against one account or from one address, shared by every server process.

    Kept for an hour after the last one; each failure beyond the free ones makes the pause before the next try longer.
    """

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]


class SetupLink(Base, Identified):
    """The one-time link that makes the first administrator of an empty district."""

    __tablename__ = "setup_link"

    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
