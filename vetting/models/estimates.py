"""How long cases usually take, as the worker last estimated it from the district's own history."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vetting.models.base import Base, Identified


class WaitEstimate(Base, Identified):
    """What is known of one kind of case in one stage, in business days, up to the day before ``computed_on``.

    ``half`` and ``nine_in_ten`` say how many days such cases spend with the office from entering the stage until the
    applicant hears from it; place *w* is about cases that have spent *w* days already, and the lists end where fewer
    than the least number of closed cases are left to compare with. A place holds nothing where the open cases leave
    it undecided. ``closed`` and ``still_open`` are the cases it was learned from. The ``decision_`` numbers are those
    of the whole way, from sending to the decision.
    """

    __tablename__ = "wait_estimate"
    __table_args__ = (
        sa.UniqueConstraint("kind", "stage"),
        sa.CheckConstraint("closed >= 0 AND still_open >= 0", name="counts"),
    )

    kind: Mapped[str] = mapped_column(sa.String(48))
    stage: Mapped[str] = mapped_column(sa.String(48))
    half: Mapped[list[Any]] = mapped_column(default=list)
    nine_in_ten: Mapped[list[Any]] = mapped_column(default=list)
    closed: Mapped[int]
    still_open: Mapped[int]
    decision_half: Mapped[int | None]
    decision_nine_in_ten: Mapped[int | None]
    decision_closed: Mapped[int]
    decision_still_open: Mapped[int]
    computed_on: Mapped[date]
