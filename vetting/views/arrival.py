"""When a request reached the application: the instant that counts for every deadline.

It is taken before anything is read of the body, so a large file that was on its way in time is in time. What happens
before (a queue in front of the server, the way through the network) is not known here and does not count.
"""

from __future__ import annotations

from datetime import datetime

from flask import Flask, g, request

from vetting import clock

PIECE_TYPE = "application/octet-stream"
PIECE_BYTES = 1024 * 1024
"""The media type and the most bytes of one piece of a file; the only bodies that are no forms."""


def arrived() -> datetime:
    """When this request reached us."""
    known: datetime | None = g.get("arrived")
    return known or clock.now()


def register(app: Flask) -> None:
    """Note the arrival of every request, before whatever else looks at it."""

    def note() -> None:
        g.arrived = clock.now()
        if request.mimetype == PIECE_TYPE:
            # All of it has arrived, or too much has come, before a transaction begins.
            request.max_content_length = PIECE_BYTES
            request.get_data()

    app.before_request_funcs.setdefault(None, []).insert(0, note)
