"""Dates as a calendar file (iCalendar, RFC 5545) that any calendar program reads.

A day stands as a day, an instant in UTC, so nothing depends on the zone a program thinks it is in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from vetting.queries.agenda import Entry
from vetting.views.errors import translated

MEDIA_TYPE = "text/calendar; charset=utf-8"


def calendar_of(found: Iterable[Entry], *, name: str, public_url: str) -> bytes:
    """The file. Entries keep their UID; a changed one has a higher SEQUENCE, one that is off is CANCELLED."""
    host = urlsplit(public_url).hostname or "localhost"
    calendar = Calendar()
    calendar.add("prodid", "-//Partner vetting//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for entry in found:
        calendar.add_component(_event(entry, host, public_url))
    return bytes(calendar.to_ical())


def _event(entry: Entry, host: str, public_url: str) -> Event:
    event = Event()
    event.add("uid", f"{entry.kind}-{entry.key}@{host}")
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("summary", translated(entry.title))
    event.add("dtstart", entry.on if entry.on is not None else (entry.at or entry.changed_at).astimezone(UTC))
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if entry.gone else "CONFIRMED")
    event.add("url", public_url + entry.path)
    return event
