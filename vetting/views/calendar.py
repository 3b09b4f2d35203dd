"""A person's dates: on a page, one by one as a file, and as a calendar under a secret address."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock, tokens
from vetting.extensions import db
from vetting.models import CalendarFeed, User
from vetting.policy import Permission
from vetting.queries import agenda
from vetting.queries.actors import actor_for
from vetting.unit_of_work import unit_of_work
from vetting.views.calendar_file import MEDIA_TYPE, calendar_of
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded

bp = Blueprint("calendar", __name__)


def _keys() -> tuple[str, ...]:
    settings = current_app.config["SETTINGS"]
    return (settings.secret_key, *settings.secret_keys_before)


def _file(found: list[agenda.Entry], filename: str) -> Response:
    settings = current_app.config["SETTINGS"]
    name = _("Partner vetting: %(district)s", district=settings.district_name)
    content = calendar_of(found, name=name, public_url=settings.public_url)
    response = current_app.response_class(content, content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _mine() -> list[agenda.Entry]:
    return agenda.entries(db.session(), list(actor().organizations), clock.today())


@bp.get("/account/calendar")
@guarded(Permission.ACCOUNT_OWN)
def index() -> str:
    """The dates to come, and the address for a calendar program."""
    feed = db.session.scalars(sa.select(CalendarFeed).where(CalendarFeed.user_id == actor().user_id)).first()
    address = ""
    if feed is not None:
        token = tokens.feed_token(_keys(), feed.nonce, feed.token_digest)
        address = current_app.config["SETTINGS"].public_url + url_for("calendar.feed", key=token)
    today = clock.today()
    return render_template(
        "account/calendar.html",
        rows=_rows([entry for entry in _mine() if not entry.gone and entry.day >= today]),
        address=address,
    )


def _rows(found: list[agenda.Entry]) -> list[dict[str, Any]]:
    """One row for each date; dates that read the same on the page stand in one row that says how many they are."""
    rows: dict[tuple[object, ...], dict[str, Any]] = {}
    for entry in found:
        row = {
            "title": translated(entry.title),
            "on": entry.on,
            "at": entry.at,
            "href": entry.path,
            "file": url_for("calendar.entry", kind=entry.kind, key=entry.key),
            "many": 0,
        }
        kept = rows.setdefault((row["title"], entry.on, entry.at, entry.path), row)
        kept["many"] += 1
    return list(rows.values())


@bp.post("/account/calendar")
@guarded(Permission.ACCOUNT_OWN)
def address() -> Response:
    """Make a new address, which ends the old one, or end it."""
    person = actor().user_id
    with unit_of_work(db.session()) as session:
        session.execute(sa.delete(CalendarFeed).where(CalendarFeed.user_id == person))
        if request.form.get("act") == "make":
            nonce = tokens.new_nonce()
            digest = tokens.digest(tokens.feed_token(_keys(), nonce))
            session.add(CalendarFeed(user_id=person, nonce=nonce, token_digest=digest))
    if request.form.get("act") == "make":
        flash(_("Here is your address. Whoever has it sees your dates, so keep it to yourself."), "success")
    else:
        flash(_("The address no longer works."), "success")
    return redirect(url_for("calendar.index"), code=303)


@bp.get("/account/calendar/<kind>/<key>.ics")
@guarded(Permission.ACCOUNT_OWN)
def entry(kind: str, key: str) -> Response:
    """One date as a file. What is not among the person's own dates does not exist."""
    found = [each for each in _mine() if (each.kind, each.key) == (kind, key)]
    if not found:
        abort(404)
    return _file(found, f"{kind}-{key}.ics")


@bp.get("/calendar/feed.ics")
@guarded(Permission.PUBLIC_READ)
def feed() -> Response:
    """Every date of the person whose secret address this is, with what they may see now."""
    key = request.args.get("key", "")
    row = db.session.scalars(sa.select(CalendarFeed).where(CalendarFeed.token_digest == tokens.digest(key))).first()
    person = db.session.get(User, row.user_id) if row is not None and key else None
    if person is None or not person.active:
        abort(404)
    organizations = actor_for(db.session(), person).organizations
    return _file(agenda.entries(db.session(), list(organizations), clock.today()), "partner-vetting.ics")
