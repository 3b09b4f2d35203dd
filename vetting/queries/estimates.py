"""What history says about how long a case takes, read by one indexed look at what the worker estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from vetting.calendar_days import add_business_days, business_days_between, is_business_day
from vetting.clock import local_date
from vetting.data.status import FEWEST_SIMILAR
from vetting.models import WaitEstimate
from vetting.queries.settings import closures_from


@dataclass(frozen=True, slots=True)
class Expected:
    """Business days from entering a stage until the applicant hears from the office.

    ``half`` and ``nine`` are about all cases like it; ``left_half`` and ``left_nine`` about those that waited as long,
    and empty where too few did. Each may be unknown while many cases are still open.
    """

    half: int
    nine: int | None
    left_half: int | None
    left_nine: int | None
    waited: int

    @property
    def longer(self) -> bool:
        """Whether the case has waited longer than nine in ten cases like it."""
        return self.nine is not None and self.waited > self.nine


def expected(
    half: Sequence[int | None], nine: Sequence[int | None], waited: int, place: int | None = None
) -> Expected | None:
    """What the lists of an estimate say after ``waited`` business days; None where they say nothing.

    ``place`` is the number of days after which a case can at the earliest end from now on (see ``place_of``).
    """
    if not half or half[0] is None:
        return None
    place = waited if place is None else place
    there = place < len(half)
    # What ends on the day it began takes "one business day" in a sentence.
    return Expected(
        max(half[0], 1),
        None if nine[0] is None else max(nine[0], 1),
        half[place] if there else None,
        nine[place] if there else None,
        waited,
    )


def place_of(began: date, today: date) -> int:
    """Business days after which a case that still waits can end at the earliest: on a day without service the next."""
    closures = closures_from(began.year) | closures_from(today.year)
    passed = began != today and not is_business_day(today, closures)
    return business_days_between(began, today, closures) + passed


def waited(since: datetime, today: date) -> int:
    """Full business days that somebody has waited from an instant until a local day; 0 on the day itself."""
    began = local_date(since)
    return business_days_between(began, today, closures_from(began.year) | closures_from(today.year))


def day_after(began: date, days: int) -> date:
    """The local day on which something ends that takes so many business days from ``began``."""
    return add_business_days(began, days, closures_from(began.year)) if days else began


def enough(estimate: WaitEstimate) -> bool:
    """Whether enough similar cases are closed to say how long the whole way takes."""
    return estimate.decision_closed >= FEWEST_SIMILAR and estimate.decision_half is not None
