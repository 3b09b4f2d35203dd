"""Pages for development and demonstrations: the mail this copy has sent, every component. Production has neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template, request
from markupsafe import Markup, escape

from vetting.forms.gallery import example_forms
from vetting.policy import Permission
from vetting.views.guard import guarded

bp = Blueprint("development", __name__, url_prefix="/dev")

NEWEST = 200
ADDRESS = re.compile(r"https?://[^\s<>\"]+")

# The frame shows mail as a mail program would: no script, nothing fetched, links open in the whole window.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-top-navigation-by-user-activation allow-popups"
)


@dataclass(frozen=True)
class Spooled:
    """One mail in the spool."""

    name: str
    at: datetime
    message: EmailMessage

    @property
    def to(self) -> str:
        return str(self.message["To"] or "")

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part is not None else ""

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return str(part.get_content()) if part is not None else ""


@bp.before_request
def only_in_development() -> None:
    """Production answers as if these pages did not exist."""
    if current_app.config["SETTINGS"].production:
        abort(404)


def _spool() -> Path:
    folder: Path = current_app.config["SETTINGS"].instance / "mail"
    return folder


def _read(path: Path) -> Spooled:
    message: EmailMessage = message_from_bytes(path.read_bytes(), policy=default)
    return Spooled(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC), message)


def _newest() -> list[Spooled]:
    if not _spool().is_dir():
        return []
    paths = [(path.stat().st_mtime, path.name, path) for path in _spool().glob("*.eml")]
    return [_read(path) for _at, _name, path in sorted(paths, reverse=True)[:NEWEST]]


def _named(name: str) -> Spooled:
    """One mail by the name of its file. The name is looked for, never joined into a path."""
    path = next((path for path in _spool().glob("*.eml") if path.name == name), None)
    if path is None:
        abort(404)
    return _read(path)


def linked(text: str) -> Markup:
    """Plain text with its addresses as links."""
    parts: list[str] = []
    end = 0
    for found in ADDRESS.finditer(text):
        address = escape(found.group().rstrip(".,)"))
        parts += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = found.start() + len(found.group().rstrip(".,)"))
    return Markup("").join([*parts, escape(text[end:])])


@bp.get("/mail")
@guarded(Permission.MAIL_SPOOL_VIEW)
def mail() -> str:
    """Every mail in the local spool, the newest first."""
    found = _newest()
    to = request.args.get("to", "").strip().casefold()[:254]
    shown = [item for item in found if to in item.to.casefold()] if to else found
    return render_template("development/mail.html", messages=shown, to=to, recipients=sorted({m.to for m in found}))


@bp.get("/mail/<name>")
@guarded(Permission.MAIL_SPOOL_VIEW)
def message(name: str) -> str:
    """One mail: its plain text, and how it looks."""
    found = _named(name)
    return render_template("development/message.html", message=found, text=linked(found.text))


@bp.get("/mail/<name>/html")
@guarded(Permission.MAIL_SPOOL_VIEW)
def message_html(name: str) -> Response:
    """The HTML part, for the frame."""
    response = Response(_named(name).html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = FRAME_POLICY + "; frame-ancestors 'self'"
    return response


@bp.route("/components", methods=["GET", "POST"])
@guarded(Permission.PUBLIC_READ)
def components() -> str:
    """Every component in every state. The forms on it keep nothing."""
    return render_template("components/_gallery.html", forms=example_forms())
