"""Who is asking, and whether they may: every route names its permission here, and an unnamed one is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting.extensions import db, read_alone
from vetting.policy import VISITOR, Actor, Permission, allows
from vetting.queries.actors import actor_for
from vetting.queries.at_once import AtOnce
from vetting.views import errors
from vetting.views.account import sessions

P = ParamSpec("P")
R = TypeVar("R")


def actor() -> Actor:
    """The person behind the request with everything they hold now, read once per request."""
    known: Actor | None = g.get("actor")
    if known is None:
        known = g.actor = _load_actor()
    return known


def _load_actor() -> Actor:
    address, agent = _whence()
    if not current_user.is_authenticated:
        return _visitor()
    return actor_for(db.session, current_user, address=address, agent=agent, method=g.get("sign_in_method", "password"))


def _whence() -> tuple[str, str]:
    return request.remote_addr or "", (request.user_agent.string or "")[:300]


def _visitor() -> Actor:
    address, agent = _whence()
    return Actor(kind="visitor", address=address, agent=agent) if address else VISITOR


_UNREAD = object()
"""Stands for a subject that has not been looked for yet."""


def _together(load: AtOnce, values: dict[str, Any]) -> tuple[Actor, Any]:
    """Who asks, with what the address names, in one read; nothing is read for a browser that never signed in."""
    shown = sessions.shown()
    if shown is None:
        g.actor = _visitor()
        return g.actor, _UNREAD
    address, agent = _whence()
    with read_alone() as connection:
        person, subject = load.with_reader(connection, db.session, (shown, values), address=address, agent=agent)
    g.actor = person or _visitor()
    return g.actor, subject if person else _UNREAD


def guarded(
    permission: Permission,
    load: Callable[..., Any] | None = None,
    *,
    sees: Permission | None = None,
) -> Callable[[Callable[..., R]], Callable[..., R | Response]]:
    """Ask the policy before the view runs.

    ``load(session, **url_values)`` finds the subject, which the view gets as its only argument. A subject that the
    person may not see answers 404, exactly like one that does not exist; with ``sees`` given, a person who may see it
    but lacks ``permission`` gets 403. Visitors are sent to sign in first.
    """

    def wrap(view: Callable[..., R]) -> Callable[..., R | Response]:
        @wraps(view)
        def guarded_view(**values: Any) -> R | Response:
            if load is None:
                if not allows(permission, person := actor()):
                    return _turn_away(person)
                return view(**values)
            person, subject = _together(load, values) if isinstance(load, AtOnce) else (actor(), _UNREAD)
            if not person.signed_in and not allows(permission, VISITOR):
                return _sign_in()
            if subject is _UNREAD:
                subject = load(db.session, **values)
            if subject is None or not allows(sees or permission, person, subject):
                abort(404)
            if not allows(permission, person, subject):
                abort(403)
            return view(subject)

        guarded_view.__permission__ = permission  # type: ignore[attr-defined]
        guarded_view.__sees__ = sees  # type: ignore[attr-defined]
        guarded_view.__loads__ = load is not None  # type: ignore[attr-defined]
        return guarded_view

    return wrap


def _turn_away(person: Actor) -> Response:
    if person.signed_in:
        abort(403)
    return _sign_in()


def _sign_in() -> Response:
    if request.method in {"GET", "HEAD"} and not errors.wants_json():
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    return errors.signed_out()


def may(permission: Permission, subject: Any = None) -> bool:
    """Whether the person behind the request holds a permission; for templates that offer a link only where it works."""
    return allows(permission, actor(), subject)
