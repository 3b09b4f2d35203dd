"""Mail about accounts: a row in the outbox, in the transaction that causes it."""

from __future__ import annotations

import secrets
from typing import Any

from flask import current_app, render_template
from flask_security import MailUtil

from vetting import outbox
from vetting.events import Event
from vetting.extensions import db


def queue(template: str, address: str, subject: str, **values: Any) -> None:
    """Queue one mail to one address from ``emails/<template>.txt`` and ``.html``. The unit of work keeps it."""
    values = {"subject": subject, "settings": current_app.config["SETTINGS"], **values}
    _record(
        template,
        address,
        subject,
        render_template(f"emails/{template}.txt", **values),
        render_template(f"emails/{template}.html", **values),
    )


def _record(template: str, address: str, subject: str, body: str, html: str) -> None:
    outbox.record(
        db.session,
        key=f"{Event.ACCOUNT_MAIL}:{template}:{secrets.token_hex(12)}",
        topic=Event.ACCOUNT_MAIL,
        recipient=f"mail:{address}",
        payload={"template": template, "subject": subject, "body": body, "html": html},
    )


class OutboxMail(MailUtil):  # type: ignore[misc]
    """Whatever Flask-Security sends by itself goes the same way."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        address = recipient if isinstance(recipient, str) else recipient[1]
        _record(template, address, str(subject), body or "", html or "")
