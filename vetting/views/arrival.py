"""When a request reached the application: the instant that counts for every deadline.

It is taken before anything is read of the body, so a large file that was on its way in time is in time. What happens
before (a queue in front of the server, the way through the network) is not known here and does not count.
"""

from __future__ import annotations

from datetime import datetime

from flask import Flask, g

from vetting import clock


def arrived() -> datetime:
    """When this request reached us."""
    known: datetime | None = g.get("arrived")
    return known or clock.now()


def register(app: Flask) -> None:
    """Note the arrival of every request, before whatever else looks at it."""

    def note() -> None:
        g.arrived = clock.now()

    app.before_request_funcs.setdefault(None, []).insert(0, note)
