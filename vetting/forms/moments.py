"""A local day and time from a browser as an instant, with the two days a year on which that is not plain."""

from __future__ import annotations

from datetime import date, datetime, time

from flask_babel import format_time
from flask_babel import gettext as _
from wtforms.validators import ValidationError

from vetting.clock import DISTRICT_ZONE
from vetting.deadlines import Occurs, read_local

FIRST_YEAR, LAST_YEAR = 2020, 2100


def instant(day: date | None, at: time | None, *, late: bool = True) -> datetime | None:
    """The instant that is meant; None where something is missing, far off, or a time that the clocks skip.

    Of a time that comes twice it is the later one, or the earlier one for a beginning: whoever has a deadline gains.
    """
    if day is None or at is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    reading = read_local(day, at)
    if reading.occurs is Occurs.NEVER:
        return None
    return reading.later if late else reading.earlier


def check_time(day: date | None, at: time | None) -> None:
    """Refuse a time that does not exist on that day, naming the ones beside it."""
    if day is None or at is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        return
    reading = read_local(day, at)
    if reading.occurs is Occurs.NEVER:
        raise ValidationError(
            _(
                "The clocks skip this time on that day. Enter %(before)s or %(after)s",
                before=clock_words(reading.earlier),
                after=clock_words(reading.later),
            )
        )


def clock_words(moment: datetime) -> str:
    """The time of day in the district with the zone named, such as ``1:30 AM EST``."""
    local = moment.astimezone(DISTRICT_ZONE)
    return f"{format_time(local.time(), 'short', rebase=False)} {local.tzname()}"
