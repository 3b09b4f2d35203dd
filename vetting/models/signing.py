"""What stands around a signature: proof of who was there, consent taken back, places handed on, the unsigned PDF."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.agreements import AgreementVersion, Consent, Signer


class SigningProof(Base, Identified):
    """A person showed who they are in order to sign exactly what has the SHA-256 ``bound_to``.

    ``login_session_id`` is the browser it was shown in; another browser cannot use it. It is a number and no key,
    because a proof that was used outlives the session. A row begins either proven, or as a code that was sent by e-mail
    (``code_digest``, keyed) and is proven by it. It is good until ``expires_at``, and for one act: ``used_at``.
    """

    __tablename__ = "signing_proof"
    __table_args__ = (
        sa.CheckConstraint("proven_at IS NOT NULL OR code_digest <> ''", name="way"),
        sa.CheckConstraint("used_at IS NULL OR proven_at IS NOT NULL", name="used"),
        sa.Index("ix_signing_proof_held", "user_id", "bound_to"),
    )

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    login_session_id: Mapped[int]
    bound_to: Mapped[str] = mapped_column(sa.String(64))
    method: Mapped[str] = mapped_column(sa.String(20))
    code_digest: Mapped[str] = mapped_column(sa.String(64), default="")
    proven_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    agent: Mapped[str] = mapped_column(sa.String(300), default="")


class ConsentWithdrawal(Base, Identified):
    """Consent to do business electronically was taken back: when, why, from where. The consent stays on record."""

    __tablename__ = "consent_withdrawal"

    consent_id: Mapped[int] = mapped_column(sa.ForeignKey("consent.id"), unique=True)
    withdrawn_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    agent: Mapped[str] = mapped_column(sa.String(300), default="")

    consent: Mapped[Consent] = relationship(back_populates="withdrawal")


class SignerDelegation(Base, Identified):
    """One signer's place, handed to somebody else of the same role until a local day, both ends included.

    The names and titles are those of the moment, because people and their titles change. ``ended_at`` is set when the
    place goes back unsigned.
    """

    __tablename__ = "signer_delegation"

    signer_id: Mapped[int] = mapped_column(sa.ForeignKey("signer.id"), index=True)
    from_user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    from_name: Mapped[str] = mapped_column(sa.String(200))
    from_title: Mapped[str] = mapped_column(sa.String(200), default="")
    to_user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    to_name: Mapped[str] = mapped_column(sa.String(200))
    to_title: Mapped[str] = mapped_column(sa.String(200), default="")
    reason: Mapped[str] = mapped_column(sa.Text)
    until: Mapped[date]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    signer: Mapped[Signer] = relationship(back_populates="delegations")
    from_user: Mapped[User] = relationship(foreign_keys=[from_user_id])


class UnsignedCopy(Base, Identified):
    """The PDF of a version before anybody signed it, marked as not signed on each page, stored under its SHA-256."""

    __tablename__ = "unsigned_copy"

    agreement_version_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement_version.id"), unique=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    storage_key: Mapped[str] = mapped_column(sa.String(200))
    made_at: Mapped[datetime]

    agreement_version: Mapped[AgreementVersion] = relationship(back_populates="unsigned_copy")
