"""Organizations, their programs, and the dated facts that place them on the partner path."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.accounts import User
    from vetting.models.clearances import Clearance
    from vetting.models.schools import School


class PartnerState(enum.StrEnum):
    """Where an organization stands on the partner path; always the highest designation in force."""

    POTENTIAL = "potential"
    PARTNER = "partner"
    PORTFOLIO = "portfolio"
    FUNDED = "funded"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    EXITED = "exited"
    MERGED = "merged"


class ProgramState(enum.StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    HIDDEN = "hidden"
    ARCHIVED = "archived"


class DesignationKind(enum.StrEnum):
    PARTNER = "partner"
    PORTFOLIO = "portfolio"
    FUNDED = "funded"


class DesignationState(enum.StrEnum):
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    ENDED = "ended"
    REVOKED = "revoked"
    CANCELLED = "cancelled"


class SuspensionState(enum.StrEnum):
    AWAITING_REVIEW = "awaiting_review"
    CONFIRMED = "confirmed"
    LIFTED = "lifted"


class Organization(Base, Versioned):
    """An applicant or partner. The tax id is stored encrypted, with a keyed digest to find duplicates.

    ``fiscal_sponsor_id`` is a registered sponsor that confirmed it; ``fiscal_sponsor_name`` any sponsor named,
    confirmed or not. ``merged_into_id`` is where everything went when this record turned out to be another's double.
    """

    __tablename__ = "organization"
    __table_args__ = (sa.Index("ix_organization_legal_name_folded", "name_folded"),)

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[PartnerState] = mapped_column(choice(PartnerState), default=PartnerState.POTENTIAL, index=True)
    legal_name: Mapped[str] = mapped_column(sa.String(200))
    name_folded: Mapped[str] = mapped_column(sa.String(200))
    doing_business_as: Mapped[str] = mapped_column(sa.String(200), default="")
    kind: Mapped[str] = mapped_column(sa.String(60))
    nonprofit: Mapped[bool] = mapped_column(default=False)
    ein_encrypted: Mapped[bytes | None]
    ein_digest: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    ein_last4: Mapped[str | None] = mapped_column(sa.String(4))
    mission: Mapped[str] = mapped_column(sa.Text, default="")
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    email: Mapped[str] = mapped_column(sa.String(255), default="")
    address: Mapped[str] = mapped_column(sa.String(400), default="")
    listed: Mapped[bool] = mapped_column(default=False, index=True)
    made_up: Mapped[bool] = mapped_column(default=False)
    exited_on: Mapped[date | None]
    fiscal_sponsor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    fiscal_sponsor_name: Mapped[str] = mapped_column(sa.String(200), default="")
    sign_off_required: Mapped[bool] = mapped_column(default=False)
    # The number under which the city pays it; where there is one, no tax form is kept.
    vendor_number: Mapped[str] = mapped_column(sa.String(20), default="")
    # The local day on which the number was taken away, while there is no other.
    vendor_number_gone_on: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    # How the office's own list calls it; set when it was brought along from there.
    import_key: Mapped[str | None] = mapped_column(sa.String(60), unique=True)

    fiscal_sponsor: Mapped[Organization | None] = relationship(
        remote_side="Organization.id", foreign_keys=[fiscal_sponsor_id]
    )
    merged_into: Mapped[Organization | None] = relationship(
        remote_side="Organization.id", foreign_keys=[merged_into_id]
    )
    programs: Mapped[list[Program]] = relationship(back_populates="organization", order_by="Program.id")
    designations: Mapped[list[Designation]] = relationship(
        back_populates="organization", order_by="Designation.id", foreign_keys="Designation.organization_id"
    )
    suspensions: Mapped[list[Suspension]] = relationship(back_populates="organization", order_by="Suspension.id")
    clearances: Mapped[list[Clearance]] = relationship(back_populates="organization", order_by="Clearance.id")

    @property
    def organization_id(self) -> int:
        """Lets the policy ask any subject which organization it belongs to."""
        return self.id


class Program(Base, Versioned):
    """One ongoing, direct service of an organization. ``profile`` is the approved, public answers.

    ``came_from_id`` is the record it was registered under, when that one was merged into this organization.
    """

    __tablename__ = "program"

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    state: Mapped[ProgramState] = mapped_column(choice(ProgramState), default=ProgramState.DRAFT, index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.String(600), default="")
    category_key: Mapped[str] = mapped_column(sa.String(60), default="")
    subcategory_key: Mapped[str] = mapped_column(sa.String(60), default="")
    grade_from: Mapped[int | None]
    grade_to: Mapped[int | None]
    profile: Mapped[dict[str, Any]] = mapped_column(default=dict)
    approved_at: Mapped[datetime | None]
    came_from_id: Mapped[int | None]

    organization: Mapped[Organization] = relationship(back_populates="programs")
    facets: Mapped[list[ProgramFacet]] = relationship(cascade="all, delete-orphan")


class ProgramFacet(Base):
    """One public, filterable fact of a program: facet ``language`` with value ``vietnamese``, and so on."""

    __tablename__ = "program_facet"
    __table_args__ = (sa.Index("ix_program_facet_lookup", "facet", "value", "program_id"),)

    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id", ondelete="CASCADE"), primary_key=True)
    facet: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)


class Designation(Base, Versioned):
    """A dated, scoped fact. Both dates are local and inclusive; no end date means open-ended.

    Portfolio is scoped to program x category x round, Funded to school x fiscal year.
    """

    __tablename__ = "designation"
    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("kind <> 'portfolio' OR (program_id IS NOT NULL AND category_key <> '')", name="portfolio"),
        sa.CheckConstraint("kind <> 'funded' OR (school_id IS NOT NULL AND fiscal_year <> '')", name="funded"),
        sa.Index("ix_designation_due", "state", "starts_on", "ends_on"),
    )

    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    kind: Mapped[DesignationKind] = mapped_column(choice(DesignationKind))
    state: Mapped[DesignationState] = mapped_column(choice(DesignationState), default=DesignationState.SCHEDULED)
    program_id: Mapped[int | None] = mapped_column(sa.ForeignKey("program.id"))
    category_key: Mapped[str] = mapped_column(sa.String(60), default="")
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    fiscal_year: Mapped[str] = mapped_column(sa.String(8), default="")
    application_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application.id"))
    agreement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agreement.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    organization: Mapped[Organization] = relationship(back_populates="designations", foreign_keys=[organization_id])
    program: Mapped[Program | None] = relationship()
    school: Mapped[School | None] = relationship()


class Suspension(Base, Versioned):
    """An emergency stop: one person imposes it at once, another reviews it within two business days."""

    __tablename__ = "suspension"

    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    state: Mapped[SuspensionState] = mapped_column(choice(SuspensionState), default=SuspensionState.AWAITING_REVIEW)
    reason: Mapped[str] = mapped_column(sa.Text)
    imposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    imposed_at: Mapped[datetime]
    review_due_on: Mapped[date]
    reviewed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    lifted_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship(back_populates="suspensions")
    imposed_by: Mapped[User] = relationship(foreign_keys=[imposed_by_id])


class ScreeningAnswer(Base, Identified):
    """A visitor's three screening answers, kept without a name so the office can see who is turned away and why."""

    __tablename__ = "screening_answer"

    answers: Mapped[dict[str, Any]]
    outcome: Mapped[str] = mapped_column(sa.String(40))
