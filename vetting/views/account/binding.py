"""Flask-Security with our mail and our memory of used codes, one object for each application."""

from __future__ import annotations

from flask import Flask, current_app
from flask_security import Security, Totp
from flask_security.core import UserMixin
from passlib.totp import TOTP, AppWallet, TotpMatch

from vetting.models import User
from vetting.views.account.datastore import Accounts
from vetting.views.account.mail import OutboxMail


class CountedTotp(Totp):
    """Codes of authenticator apps, each of which works once: the account keeps the number of the last one."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        # The first key encrypts; left to itself the library would take the one whose name sorts last.
        self._totp = TOTP.using(issuer=issuer, wallet=AppWallet(secrets, default_tag=next(iter(secrets))))

    def get_last_counter(self, user: UserMixin) -> int | None:
        return user.tf_last_counter if isinstance(user, User) else None

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        if isinstance(user, User):
            user.tf_last_counter = tmatch.counter


def bind(app: Flask) -> Security:
    """Bind without Flask-Security's own routes: our blueprint has the pages we need, each with its permission."""
    bound = Security(mail_util_cls=OutboxMail, totp_cls=CountedTotp)
    bound.init_app(app, Accounts(), register_blueprint=False)
    # Our guard asks who it is; the library's own permissions, for which everybody would be looked up first, ask nobody.
    bound.principal.identity_loaders.clear()
    return bound


def security() -> Security:
    """The object bound to the application that answers this request."""
    found: Security = current_app.extensions["security"]
    return found
