"""Where a case stands, in the fixed words: for the page of the case, for its card, and as data."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app, jsonify, make_response
from flask_babel import gettext
from werkzeug.wrappers import Response

from vetting import clock
from vetting.extensions import db
from vetting.models import Application
from vetting.policy import Permission
from vetting.queries import standing as facts
from vetting.queries import telling
from vetting.queries.estimates import day_after
from vetting.queries.standing import Standing, Times
from vetting.queries.telling import Speech
from vetting.views.applicant.blueprint import bp, load_to_show, subject_of, title_of
from vetting.views.chrome import localdate
from vetting.views.guard import guarded

VERSION = 1
"""Version of the status as data. Keys are only added; whatever else changes is a new number."""


def speech() -> Speech:
    """How pages speak to the person at hand."""
    site = current_app.config["SETTINGS"]
    return Speech(gettext, localdate, ", ".join(part for part in (site.mail_from, site.help_phone) if part))


def card(standing: Standing, today: date) -> dict[str, Any]:
    """The words of a card or a heading."""
    say = speech()
    return {
        "situation": standing.situation.value,
        "headline": telling.headline(standing, say),
        "who": telling.who_next(standing, say),
        "next": telling.what_next(standing, say),
        "yours": standing.words.who.value == "you",
        "by": standing.by,
        "late": standing.by is not None and standing.by < today and standing.words.who.value == "you",
    }


def shown(application: Application) -> dict[str, Any]:
    """What the page of a sent case says about where it stands and how long it takes."""
    today = clock.today()
    found = facts.read_standing(db.session(), application, today)
    times = facts.times(db.session(), application, today)
    told = telling.told(times, today, speech())
    return {"where": card(found, today), "told": told, "bar": _bar(times)}


def _bar(times: Times) -> dict[str, int] | None:
    """The numbers of the picture: where half are done and where this case is, of the days of nine in ten."""
    found = times.expected
    if found is None or found.nine is None:
        return None
    return {"half": found.half, "nine": found.nine, "waited": found.waited}


@bp.get("/apply/<reference>/status.json")
@guarded(Permission.APPLICATION_VIEW, load_to_show)
def status_json(application: Application) -> Response:
    """The same words and days as the page, for programs; described in docs/status-json.md."""
    answer = make_response(jsonify(_as_data(application)))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _as_data(application: Application) -> dict[str, Any]:
    today, say = clock.today(), speech()
    found = facts.read_standing(db.session(), application, today)
    times = facts.times(db.session(), application, today)
    told = telling.told(times, today, say)
    return {
        "version": VERSION,
        "as_of": today.isoformat(),
        "reference": application.reference,
        "title": title_of(application),
        "about": subject_of(application),
        "situation": found.situation.value,
        "headline": telling.headline(found, say),
        "who_acts_next": found.words.who.value,
        "who_acts_next_words": telling.who_next(found, say),
        "by": _iso(found.by),
        "what_happens_next": telling.what_next(found, say),
        "things_asked": found.count,
        "parts": {"done": found.done, "total": found.total} if found.total else None,
        "waited": {
            "business_days_with_us": times.us,
            "business_days_with_you": times.you,
            "since": _iso(times.since),
            "words": told.shared,
        },
        "how_long": _how_long(times, told),
        "help": say.help,
    }


def _how_long(times: Times, told: telling.Told) -> dict[str, Any] | None:
    if times.target is not None:
        return {
            "basis": "target",
            "business_days": times.target.days,
            "by": _iso(times.target.day),
            "words": [*told.usual, told.source],
        }
    found, since = times.expected, times.since
    if found is None or since is None:
        return None
    return {
        "basis": "history",
        "half_business_days": found.half,
        "nine_in_ten_business_days": found.nine,
        "waited_business_days": found.waited,
        "longer_than_nine_in_ten": found.longer,
        "half_by": _day(since, found.left_half),
        "nine_in_ten_by": _day(since, found.left_nine),
        "sent_to_decision": {
            "half_business_days": times.whole_half,
            "nine_in_ten_business_days": times.whole_nine,
        },
        "similar_closed": times.closed,
        "similar_open": times.still_open,
        "computed_on": _iso(times.computed_on),
        "words": [*told.usual, told.source],
    }


def _day(since: date, days: int | None) -> str | None:
    return _iso(day_after(since, days)) if days is not None else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
