"""Schools, their published numbers per school year, and their Opportunity Index scores."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified


class School(Base, Identified):
    """A public school. The state's id stays the same while names change."""

    __tablename__ = "school"

    dese_id: Mapped[str] = mapped_column(sa.String(8), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200), index=True)
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    zip: Mapped[str] = mapped_column(sa.String(10), default="")
    neighborhood: Mapped[str] = mapped_column(sa.String(80), default="")

    years: Mapped[list[SchoolYear]] = relationship(back_populates="school", order_by="SchoolYear.school_year")
    scores: Mapped[list[IndexScore]] = relationship(back_populates="school", order_by="IndexScore.school_year")

    @property
    def school_id(self) -> int:
        """Lets the policy ask any subject which school it belongs to."""
        return self.id


class SchoolYear(Base, Identified):
    """What the state published about a school for one school year. Absence is in tenths of a percent."""

    __tablename__ = "school_year"
    __table_args__ = (sa.UniqueConstraint("school_id", "school_year"),)

    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    school_year: Mapped[str] = mapped_column(sa.String(7), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    lowest_grade: Mapped[str] = mapped_column(sa.String(2))
    highest_grade: Mapped[str] = mapped_column(sa.String(2))
    enrollment: Mapped[int]
    chronically_absent_tenths: Mapped[int | None]

    school: Mapped[School] = relationship(back_populates="years")


class IndexScore(Base, Identified):
    """An Opportunity Index score in hundredths (1-99, higher means more need)."""

    __tablename__ = "index_score"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "school_year"),
        sa.CheckConstraint("hundredths BETWEEN 1 AND 99", name="range"),
    )

    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    school_year: Mapped[str] = mapped_column(sa.String(7), index=True)
    hundredths: Mapped[int]
    made_up: Mapped[bool] = mapped_column(default=False)
    imported_at: Mapped[datetime]

    school: Mapped[School] = relationship(back_populates="scores")
