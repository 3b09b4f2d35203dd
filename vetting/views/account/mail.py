"""Mail about accounts: a row in the outbox, in the transaction that causes it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from flask_babel import gettext as _
from flask_security import MailUtil

from vetting import outbox
from vetting.events import Event
from vetting.extensions import db
from vetting.text import unlinked


@dataclass(frozen=True)
class Letter:
    """One short message: sentences, perhaps one link or one code, and what to do if it came by mistake."""

    kind: str
    subject: str
    sentences: Sequence[str]
    link: str = ""
    link_text: str = ""
    code: str = ""
    closing: Sequence[str] = ()


def _hello(name: str) -> str:
    """Whoever typed the name need not be whose address it is: until that is confirmed, anybody may write there."""
    return str(_("Hello %(name)s,", name=unlinked(name)))


def confirm_address(name: str, link: str) -> Letter:
    return Letter(
        "confirm",
        _("Confirm your e-mail address"),
        [
            _hello(name),
            _("Open this page and press the button, so that we know the address is yours."),
        ],
        link=link,
        link_text=_("Confirm my address"),
        closing=[_("The link works for two days."), _("If you did not ask for an account, do nothing.")],
    )


def already_here(name: str, sign_in: str) -> Letter:
    return Letter(
        "already_here",
        _("You already have an account"),
        [
            _hello(name),
            _("Somebody, perhaps you, asked for an account with this address. You have one, so nothing changed."),
            _("Sign in as before. If you forgot your password, ask for a code by e-mail there."),
        ],
        link=sign_in,
        link_text=_("Go to sign in"),
        closing=[_("If it was not you, do nothing.")],
    )


def sign_in_code(name: str, code: str) -> Letter:
    return Letter(
        "code",
        _("Your sign-in code"),
        [_hello(name), _("Enter this code on the page where you asked for it.")],
        code=code,
        closing=[
            _("It works once, for ten minutes. Nobody from the district will ever ask you for it."),
            _("If you did not ask for it, do nothing."),
        ],
    )


def signing_code(name: str, code: str) -> Letter:
    return Letter(
        "signing_code",
        _("Your code for signing"),
        [
            _hello(name),
            _("You are about to sign an agreement. Enter this code on the page where you asked for it."),
        ],
        code=code,
        closing=[
            _("It works once, for ten minutes, and only for the text that you were reading."),
            _("Nobody from the district will ever ask you for it."),
            _("If you did not ask for it, sign out every other browser on your account page, and write to us."),
        ],
    )


def new_password(name: str, link: str) -> Letter:
    return Letter(
        "new_password",
        _("Set a new password"),
        [_hello(name), _("You asked to set a new password.")],
        link=link,
        link_text=_("Set a new password"),
        closing=[
            _("The link works once, for two hours."),
            _("If you did not ask for it, do nothing. Your password stays."),
        ],
    )


def changed(name: str, what: str, help_email: str) -> Letter:
    return Letter(
        "changed",
        _("Your sign-in has changed"),
        [_hello(name), what],
        closing=[_("If it was not you, write to %(email)s at once.", email=help_email)],
    )


def queue(address: str, letter: Letter) -> None:
    """Queue a letter to one address. The caller's unit of work keeps it."""
    values = {"letter": letter, "settings": current_app.config["SETTINGS"]}
    _record(
        letter.kind,
        address,
        letter.subject,
        render_template("emails/account.txt", **values),
        render_template("emails/account.html", **values),
    )


def _record(kind: str, address: str, subject: str, body: str, html: str) -> None:
    outbox.record(
        db.session(),
        key=f"{Event.ACCOUNT_MAIL}:{kind}:{secrets.token_hex(12)}",
        topic=Event.ACCOUNT_MAIL,
        recipient=f"mail:{address}",
        payload={"template": kind, "subject": subject, "body": body, "html": html},
    )


class OutboxMail(MailUtil):
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
