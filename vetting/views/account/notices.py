"""People are told when the way into their account changes."""

from __future__ import annotations

from flask import current_app

from vetting.models import User
from vetting.views.account import mail


def tell_changed(user: User, what: str) -> None:
    """Queue a notice to the account's address. The caller's unit of work keeps it."""
    mail.queue(user.email, mail.changed(user.name, what, current_app.config["SETTINGS"].mail_from))
