"""A school and its partners against the Partnership Effectiveness Framework."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Versioned, choice

if TYPE_CHECKING:
    from vetting.models.reference import ReferenceVersion
    from vetting.models.schools import School


class AssessmentState(enum.StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"


class Assessment(Base, Versioned):
    """A school's own look at its partnerships in a school year. It rates the collaboration, never one partner."""

    __tablename__ = "assessment"
    __table_args__ = (sa.UniqueConstraint("school_id", "school_year"),)

    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    school_year: Mapped[str] = mapped_column(sa.String(7))
    state: Mapped[AssessmentState] = mapped_column(choice(AssessmentState), default=AssessmentState.DRAFT)
    framework_version_id: Mapped[int] = mapped_column(sa.ForeignKey("reference_version.id"))
    started_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    submitted_at: Mapped[datetime | None]

    school: Mapped[School] = relationship()
    framework_version: Mapped[ReferenceVersion] = relationship()
    ratings: Mapped[list[AssessmentRating]] = relationship(back_populates="assessment", order_by="AssessmentRating.id")
    actions: Mapped[list[ActionItem]] = relationship(back_populates="assessment", order_by="ActionItem.id")


class AssessmentRating(Base, Versioned):
    """A level (1-4) on one indicator with the evidence for it."""

    __tablename__ = "assessment_rating"
    __table_args__ = (
        sa.UniqueConstraint("assessment_id", "indicator_key"),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name="level"),
    )

    assessment_id: Mapped[int] = mapped_column(sa.ForeignKey("assessment.id"))
    indicator_key: Mapped[str] = mapped_column(sa.String(40))
    level: Mapped[int]
    note: Mapped[str] = mapped_column(sa.Text, default="")

    assessment: Mapped[Assessment] = relationship(back_populates="ratings")


class ActionItem(Base, Versioned):
    """One thing the school and its partners will do, by whom and by when."""

    __tablename__ = "action_item"

    assessment_id: Mapped[int] = mapped_column(sa.ForeignKey("assessment.id"), index=True)
    indicator_key: Mapped[str] = mapped_column(sa.String(40), default="")
    action: Mapped[str] = mapped_column(sa.Text)
    owner: Mapped[str] = mapped_column(sa.String(200), default="")
    due_on: Mapped[date | None]

    assessment: Mapped[Assessment] = relationship(back_populates="actions")
