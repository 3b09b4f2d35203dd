"""The routes of signing in, under the name that Flask-Security and Flask-Login know: ``security``."""

from __future__ import annotations

from flask import Blueprint, current_app, session, url_for

from vetting.views.steps import back_to

bp = Blueprint("security", __name__)

NEXT = "after_sign_in"


def keys() -> tuple[str, ...]:
    """The secret in use and former ones, as ``vetting.tokens`` wants them."""
    settings = current_app.config["SETTINGS"]
    return (settings.secret_key, *settings.secret_keys_before)


def absolute(endpoint: str, **values: str) -> str:
    """An address for mail: built on PUBLIC_URL, whatever name the request used."""
    return str(current_app.config["SETTINGS"].public_url) + url_for(endpoint, _external=False, **values)


def remember_next() -> None:
    """Keep where the person wanted to go while sign-in takes several pages. Only paths of ours count."""
    wanted = back_to("")
    if wanted:
        session[NEXT] = wanted


def destination() -> str:
    """Where to go once signed in; forgets it."""
    wanted = session.pop(NEXT, "")
    return wanted if isinstance(wanted, str) and wanted else url_for("account.start")
