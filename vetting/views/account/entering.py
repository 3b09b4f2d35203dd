"""From the first proof of who somebody is to a signed-in browser, with a second step in between where one is set."""

from __future__ import annotations

import sqlalchemy as sa
from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from vetting import clock
from vetting.extensions import db
from vetting.models import User
from vetting.unit_of_work import unit_of_work
from vetting.views.account import sessions
from vetting.views.account.blueprint import NEXT, destination

HALF = "half"
HALF_LIFE_SECONDS = 600


def enter(user: User, method: str) -> Response:
    """Sign in, or ask for the second step first. ``method`` says how the first proof was given."""
    if user.tf_primary_method:
        session[HALF] = {"user": user.fs_uniquifier, "method": method, "at": int(clock.now().timestamp())}
        return redirect(url_for("security.second_step"), code=303)
    return finish(user, method)


def finish(user: User, method: str) -> Response:
    """Sign this browser in and go where the person wanted to go."""
    wanted = session.get(NEXT)
    with unit_of_work(db.session()):
        sessions.begin(user, method)
    if wanted:
        session[NEXT] = wanted
    return redirect(destination(), code=303)


def half_way() -> tuple[User, str] | None:
    """Who has given the first proof in this browser and how, while the second is awaited."""
    half = session.get(HALF)
    if not isinstance(half, dict) or half.get("at", 0) < clock.now().timestamp() - HALF_LIFE_SECONDS:
        return None
    user = db.session.scalars(
        sa.select(User).where(User.fs_uniquifier == half.get("user"), User.active.is_(True))
    ).first()
    return (user, str(half.get("method"))) if user is not None else None
