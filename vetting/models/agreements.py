"""Partnerships and the scope-of-service agreements that govern them."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.organizations import Organization, Program
    from vetting.models.reference import ReferenceVersion
    from vetting.models.schools import School
    from vetting.models.signing import ConsentWithdrawal, SignerDelegation, SigningProof, UnsignedCopy


class PartnershipState(enum.StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    ACTIVE = "active"
    DECLINED = "declined"
    ENDED = "ended"


class AgreementState(enum.StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    OUT_FOR_SIGNATURE = "out_for_signature"
    PARTLY_SIGNED = "partly_signed"
    EXECUTING = "executing"
    IN_FORCE = "in_force"
    COMPLETED = "completed"
    ENDED = "ended"
    SUPERSEDED = "superseded"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"
    SUSPENDED = "suspended"


class AgreementActivity(enum.StrEnum):
    """What is agreed on."""

    SERVICE = "service"
    SPACE = "space"


class AgreementTerms(enum.StrEnum):
    """Whether both sides sign the clauses as they are offered, or change them together."""

    FIXED = "fixed"
    NEGOTIATED = "negotiated"


class AgreementOrigin(enum.StrEnum):
    """Where an agreement comes from: it is the first, it replaces one in force, or it follows one that ends."""

    NEW = "new"
    AMENDMENT = "amendment"
    RENEWAL = "renewal"


class SignerState(enum.StrEnum):
    WAITING = "waiting"
    INVITED = "invited"
    SIGNED = "signed"
    DECLINED = "declined"
    VOIDED = "voided"


class SignerRole(enum.StrEnum):
    PARTNER_SIGNER = "partner_signer"
    SCHOOL_LEADER = "school_leader"
    DISTRICT_SIGNATORY = "district_signatory"


class Partnership(Base, Versioned):
    """A program at a school in a school year. The school's leader confirms it."""

    __tablename__ = "partnership"
    __table_args__ = (
        sa.Index(
            "uq_partnership_live",
            "program_id",
            "school_id",
            "school_year",
            unique=True,
            sqlite_where=sa.text("state IN ('proposed', 'confirmed', 'active')"),
            postgresql_where=sa.text("state IN ('proposed', 'confirmed', 'active')"),
        ),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id"), index=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    school_year: Mapped[str] = mapped_column(sa.String(7))
    state: Mapped[PartnershipState] = mapped_column(choice(PartnershipState), default=PartnershipState.PROPOSED)
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    note: Mapped[str] = mapped_column(sa.Text, default="")

    program: Mapped[Program] = relationship()
    school: Mapped[School] = relationship()
    agreements: Mapped[list[Agreement]] = relationship(back_populates="partnership", order_by="Agreement.id")

    @property
    def organization_id(self) -> int:
        return self.program.organization_id


class Agreement(Base, Versioned):
    """A scope-of-service agreement. Dates are local and inclusive; ``amount_cents`` repeats the current version's.

    ``type_key`` names a row of the pinned version of the kinds of agreement. An amendment names what it replaces
    (``supersedes_id``), a renewal what it follows (``follows_id``). ``ending_on`` is a last day that was decided on
    before the term is over. Where an agreement renews by itself, ``notice_on`` is the day its parties were told, and
    ``objected_at`` when one of them said no. ``sign_until`` is the last local day to sign the newest version,
    where more time was given than the settings give.
    ``on_paper``: at least one signature that counts is on paper.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("amount_cents >= 0", name="amount"),
        sa.CheckConstraint(
            "state NOT IN ('in_force', 'completed', 'superseded') OR executed_at IS NOT NULL", name="executed"
        ),
        sa.Index("ix_agreement_school", "school_id", "state", "ends_on"),
        sa.Index("ix_agreement_organization", "organization_id", "state"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    verify_code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    state: Mapped[AgreementState] = mapped_column(choice(AgreementState), default=AgreementState.DRAFT)
    partnership_id: Mapped[int] = mapped_column(sa.ForeignKey("partnership.id"), index=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    school_year: Mapped[str] = mapped_column(sa.String(7))
    fiscal_year: Mapped[str] = mapped_column(sa.String(8))
    template_version_id: Mapped[int] = mapped_column(sa.ForeignKey("reference_version.id"))
    current_number: Mapped[int] = mapped_column(default=0)
    draft: Mapped[dict[str, Any]] = mapped_column(default=dict)
    amount_cents: Mapped[int] = mapped_column(default=0)
    funding_source: Mapped[str] = mapped_column(sa.String(40), default="none")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    executed_at: Mapped[datetime | None]
    activity: Mapped[AgreementActivity] = mapped_column(choice(AgreementActivity), default=AgreementActivity.SERVICE)
    terms: Mapped[AgreementTerms] = mapped_column(choice(AgreementTerms), default=AgreementTerms.FIXED)
    type_key: Mapped[str] = mapped_column(sa.String(40), default="")
    types_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("reference_version.id"))
    origin: Mapped[AgreementOrigin] = mapped_column(choice(AgreementOrigin), default=AgreementOrigin.NEW)
    supersedes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agreement.id"))
    follows_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agreement.id"))
    ending_on: Mapped[date | None]
    notice_on: Mapped[date | None]
    objected_at: Mapped[datetime | None]
    sign_until: Mapped[date | None]
    on_paper: Mapped[bool] = mapped_column(default=False)

    partnership: Mapped[Partnership] = relationship(back_populates="agreements")
    school: Mapped[School] = relationship()
    organization: Mapped[Organization] = relationship()
    template_version: Mapped[ReferenceVersion] = relationship(foreign_keys=[template_version_id])
    types_version: Mapped[ReferenceVersion | None] = relationship(foreign_keys=[types_version_id])
    versions: Mapped[list[AgreementVersion]] = relationship(
        back_populates="agreement", order_by="AgreementVersion.number"
    )


class AgreementVersion(Base, Identified):
    """The exact text sent for signature. Never changes: a change makes the next version and voids open signatures.

    ``terms_sha256`` is the same for texts that differ in nothing but who, where, when and how much.
    """

    __tablename__ = "agreement_version"
    __table_args__ = (sa.UniqueConstraint("agreement_id", "number"),)

    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    terms_sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    frozen_at: Mapped[datetime]

    agreement: Mapped[Agreement] = relationship(back_populates="versions")
    signers: Mapped[list[Signer]] = relationship(back_populates="agreement_version", order_by="Signer.position")
    unsigned_copy: Mapped[UnsignedCopy | None] = relationship(back_populates="agreement_version")


class Signer(Base, Versioned):
    """Someone who must sign a version, in their place in the order.

    ``left_on`` is the local day on which the office was told that this person no longer holds the role.
    """

    __tablename__ = "signer"
    __table_args__ = (
        sa.UniqueConstraint("agreement_version_id", "position"),
        sa.UniqueConstraint("agreement_version_id", "user_id"),
    )

    agreement_version_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement_version.id"))
    position: Mapped[int]
    role: Mapped[SignerRole] = mapped_column(choice(SignerRole))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    email: Mapped[str] = mapped_column(sa.String(255))
    state: Mapped[SignerState] = mapped_column(choice(SignerState), default=SignerState.WAITING)
    invited_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    decline_reason: Mapped[str] = mapped_column(sa.Text, default="")
    left_on: Mapped[date | None]

    agreement_version: Mapped[AgreementVersion] = relationship(back_populates="signers")
    user: Mapped[User] = relationship()
    consents: Mapped[list[Consent]] = relationship(back_populates="signer", order_by="Consent.id")
    delegations: Mapped[list[SignerDelegation]] = relationship(back_populates="signer", order_by="SignerDelegation.id")
    signature: Mapped[Signature | None] = relationship(back_populates="signer")

    @property
    def consent(self) -> Consent | None:
        """The consent that holds: the newest of the person whose place this is, unless it was taken back."""
        given = [consent for consent in self.consents if consent.user_id == self.user_id]
        return given[-1] if given and given[-1].withdrawal is None else None

    @property
    def delegation(self) -> SignerDelegation | None:
        """Who handed the place on, while it is handed on."""
        return next((one for one in self.delegations if one.ended_at is None), None)

    @property
    def organization_id(self) -> int:
        return self.agreement_version.agreement.organization_id

    @property
    def school_id(self) -> int:
        return self.agreement_version.agreement.school_id


class Consent(Base, Identified):
    """A signer's consent to do business electronically: who, which text, when, from where.

    Given again after it was taken back it is a row of its own. ``opened_copy`` is the SHA-256 of the PDF that the
    person said they could open; empty where none was there yet.
    """

    __tablename__ = "consent"

    signer_id: Mapped[int] = mapped_column(sa.ForeignKey("signer.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    text_version: Mapped[str] = mapped_column(sa.String(40))
    text_sha256: Mapped[str] = mapped_column(sa.String(64))
    given_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    agent: Mapped[str] = mapped_column(sa.String(300), default="")
    opened_copy: Mapped[str] = mapped_column(sa.String(64), default="")

    signer: Mapped[Signer] = relationship(back_populates="consents")
    withdrawal: Mapped[ConsentWithdrawal | None] = relationship(back_populates="consent")


class Signature(Base, Identified):
    """A signature as the server saw it. One per signer; the hash names the exact text that was on the page.

    ``method`` is how the person had signed in, ``proof`` how they showed at the moment of signing that it was them.
    ``authority`` is what they confirmed about their right to sign, word for word.
    """

    __tablename__ = "signature"

    signer_id: Mapped[int] = mapped_column(sa.ForeignKey("signer.id"), unique=True)
    agreement_version_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement_version.id"))
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    typed_name: Mapped[str] = mapped_column(sa.String(200))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    intent: Mapped[str] = mapped_column(sa.Text)
    method: Mapped[str] = mapped_column(sa.String(40))
    signed_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    agent: Mapped[str] = mapped_column(sa.String(300), default="")
    authority: Mapped[str] = mapped_column(sa.Text, default="")
    proof_id: Mapped[int | None] = mapped_column(sa.ForeignKey("signing_proof.id"))

    signer: Mapped[Signer] = relationship(back_populates="signature")
    proof: Mapped[SigningProof | None] = relationship()


class ExecutedDocument(Base, Identified):
    """The one sealed PDF of an executed version, stored under its SHA-256."""

    __tablename__ = "executed_document"

    agreement_version_id: Mapped[int] = mapped_column(sa.ForeignKey("agreement_version.id"), unique=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    size: Mapped[int]
    storage_key: Mapped[str] = mapped_column(sa.String(200))
    seal_fingerprint: Mapped[str] = mapped_column(sa.String(64))
    development_seal: Mapped[bool]
    chain_head: Mapped[str] = mapped_column(sa.String(64))
    sealed_at: Mapped[datetime]

    agreement_version: Mapped[AgreementVersion] = relationship()
