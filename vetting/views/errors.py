"""Pages for everything that goes wrong. What a person typed is always on the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from vetting.extensions import db
from vetting.models import HistoryEntry
from vetting.storage import NO_ROOM, StoreFull, StoreProblem
from vetting.text import Message, size_words
from vetting.unit_of_work import LostRace, lost_race
from vetting.workflows.engine import NotAllowed, NotVisible, StaleVersion, StepRefused
from vetting.workflows.past import said_of

log = structlog.get_logger()

SECRET = frozenset({"csrf_token", "password", "new_password", "code", "token"})
"""Fields that no page ever gives back."""

DATABASE_FULL = frozenset({"SQLITE_FULL", "53100"})
"""What the databases say that have no room."""

RETRY_SECONDS = "60"

HIDDEN = SECRET | {"version", "next"}


def translated(message: Message | str) -> str:
    """A sentence of the core in the reader's language."""
    return message.translated(_) if isinstance(message, Message) else _(message)


def refusal_texts(reasons: Iterable[Message | str]) -> list[dict[str, str]]:
    """Reasons against a step as the error summary takes them."""
    return [{"text": translated(reason)} for reason in reasons]


def kept_text() -> list[dict[str, str]]:
    """What the person typed into the form that could not be taken, to copy or send again."""
    return [
        {"name": name, "value": value}
        for name, values in request.form.lists()
        for value in values
        if name not in HIDDEN and not typed_twice(name) and not name.startswith("seen-") and value.strip()
    ]


def typed_twice(name: str) -> bool:
    """Whether a field is a number that is typed twice because it is never shown: a tax id, and its second typing."""
    return name.endswith("_again") or f"{name}_again" in request.form


def resendable() -> list[tuple[str, str]]:
    """Every field of a form that could not be taken, so that it can be sent again; a tax id is typed anew."""
    return [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name not in SECRET and not typed_twice(name)
    ]


def wants_json() -> bool:
    """Whether a script asks, which shows the answer beside the field."""
    return request.accept_mimetypes.best == "application/json"


def signed_out() -> AnyResponse:
    """A form came from a browser that is no longer signed in: its text goes back to the person, to be sent again."""
    if wants_json():
        answer = jsonify(
            message=_("You are signed out. Sign in in another tab, then come back to this one: your text is kept.")
        )
        answer.status_code = 401
        return answer
    if not kept_text():
        return redirect(url_for("security.login"))
    html = render_template(
        "errors/signed_out.html", fields=resendable(), action=request.full_path.rstrip("?"), kept=kept_text()
    )
    return Response(html, 401)


def described(entry: HistoryEntry) -> dict[str, Any]:
    """A change in words: what, who, when."""
    return {"what": _(said_of(entry.subject_type, entry.step)), "who": entry.actor_name, "at": entry.at}


def register(app: Flask) -> None:
    """Bind every error to its page."""

    @app.errorhandler(StaleVersion)
    def stale(error: StaleVersion) -> tuple[str, int]:
        db.session.rollback()
        changes = [described(entry) for entry in error.since]
        return render_template("errors/conflict.html", changes=changes, kept=kept_text()), 409

    @app.errorhandler(LostRace)
    def lost(error: LostRace) -> tuple[str, int]:
        return render_template("errors/conflict.html", changes=[], kept=kept_text()), 409

    @app.errorhandler(StepRefused)
    def refused(error: StepRefused) -> tuple[str, int]:
        db.session.rollback()
        reasons = [translated(reason) for reason in error.reasons]
        return render_template("errors/refused.html", reasons=reasons, kept=kept_text()), 409

    @app.errorhandler(NotVisible)
    def invisible(error: NotVisible) -> tuple[str, int]:
        db.session.rollback()
        return page(404)

    @app.errorhandler(NotAllowed)
    def forbidden(error: NotAllowed) -> tuple[str, int]:
        db.session.rollback()
        return page(403)

    _register_web_errors(app)


def _register_web_errors(app: Flask) -> None:
    @app.errorhandler(CSRFError)
    def csrf(error: CSRFError) -> tuple[str | Response, int]:
        # The form is shown again with a fresh token, so that a token that went out of date costs one click, no text.
        # A script gets the token itself: other sites cannot read the answer.
        if wants_json():
            return jsonify(csrf_token=generate_csrf()), 400
        return render_template("errors/send_again.html", fields=resendable(), action=request.full_path.rstrip("?")), 400

    @app.errorhandler(SecurityError)
    def unknown_host(error: SecurityError) -> Response:
        # No page: its links would be built on the name that is not ours.
        return Response(_("This service does not answer under this name."), 400, mimetype="text/plain")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int] | HTTPException:
        if error.code is None or error.code < 400:
            return error
        return page(error.code)

    @app.errorhandler(StoreProblem)
    def store(error: StoreProblem) -> tuple[str, int, dict[str, str]]:
        db.session.rollback()
        log.error("store_problem", incident=g.get("request_id", ""), problem=f"{type(error).__name__}: {error}")
        html, status = page(507 if isinstance(error, StoreFull) else 503, advice=error.plain)
        return html, status, {"Retry-After": RETRY_SECONDS}

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str, int]:
        db.session.rollback()
        if no_room(error):
            # The statement that failed carries what people typed, and that belongs in no log.
            log.error("no_room", incident=g.get("request_id", ""), problem=str(getattr(error, "orig", error)))
            return page(507)
        if isinstance(error, OperationalError) and lost_race(error):
            # The database had no turn for this request in time; trying again is all it takes.
            log.warning("no_turn_in_time", incident=g.get("request_id", ""))
            return page(503)
        log.error("unexpected_error", incident=g.get("request_id", ""), exc_info=error)
        return page(500)


WORDS = {
    400: ("We could not read what your browser sent", "Go back and try again."),
    403: (
        "You cannot do this",
        "Your account does not have the role for it. If you need it, ask the partnerships office.",
    ),
    404: ("We cannot find this page", "Check the address, or start from the home page."),
    405: ("This page does not work that way", "Start from the home page."),
    410: ("This is no longer here", "Start from the home page."),
    413: (
        "That is too large",
        (
            "All files of one form may have %(limit)s together. Go back: most browsers still hold what you typed. "
            "Then choose smaller files, or send them one after the other."
        ),
    ),
    429: ("Too many tries", "Wait a few minutes, then try again."),
    500: ("Something went wrong on our side", "Nothing was lost that we told you was saved. Try again in a minute."),
    503: ("We are not ready yet", "Try again in a minute."),
    507: ("There is no room on our side right now", "Nothing was saved. Tell the office, and try again later."),
}


def no_room(error: Exception) -> bool:
    """Whether a disk is full, be it ours or the database's."""
    if isinstance(error, DBAPIError):
        said = {getattr(error.orig, "sqlite_errorname", ""), getattr(error.orig, "sqlstate", "")}
        return not said.isdisjoint(DATABASE_FULL)
    return isinstance(error, OSError) and error.errno in NO_ROOM


def page(code: int, advice: str = "") -> tuple[str, int]:
    """The page for a status code, with an ``advice`` (a marked sentence) instead of the usual one."""
    title, usual = WORDS.get(code, WORDS[400 if code < 500 else 500])
    advice = advice or usual
    incident = g.get("request_id", "") if code >= 500 else ""
    # What is too large is not read, so nothing of it can be shown.
    kept = kept_text() if request.method == "POST" and code not in {404, 413} else []
    limit = size_words(current_app.config["MAX_UPLOAD_BYTES"])
    what_to_do = [_(advice) % {"limit": limit} if "%(limit)s" in advice else _(advice)]
    html = render_template("errors/error.html", title=_(title), what_to_do=what_to_do, incident_id=incident, kept=kept)
    return html, code
