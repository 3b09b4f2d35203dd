"""The one place time enters the program.

Instants are timezone-aware UTC. Dates of validity are dates in the district's own zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from vetting import calendar_days

DISTRICT_ZONE = ZoneInfo(calendar_days.DISTRICT_ZONE)


def now() -> datetime:
    """The current instant in UTC."""
    return datetime.now(UTC)


def local_date(instant: datetime) -> date:
    """The calendar day an instant falls on in the district's zone."""
    return calendar_days.local_date(instant)


def today() -> date:
    """The current calendar day in the district's zone."""
    return local_date(now())
