"""Set a new password by a link sent to the account's own address."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import tokens
from vetting.extensions import db
from vetting.forms.account import EmailForm, NewPasswordForm
from vetting.models import User
from vetting.policy import Permission
from vetting.unit_of_work import unit_of_work
from vetting.views.account import attempts, mail, registration, sessions
from vetting.views.account.blueprint import absolute, bp, keys
from vetting.views.account.notices import tell_changed
from vetting.views.account.passwords import by_email, hashed
from vetting.views.guard import guarded

RESET_WITHIN = timedelta(hours=2)

Answer = str | Response | tuple[str, int]


@bp.route("/forgot-password", methods=["GET", "POST"])
@guarded(Permission.PUBLIC_READ)
def forgot_password() -> Answer:
    """Ask for the link. The answer is the same for an address without an account."""
    form = EmailForm()
    if not form.validate_on_submit():
        return render_template("security/forgot_password.html", form=form), 422 if form.is_submitted() else 200
    email = form.email.data or ""
    allowed = attempts.charge("mail", email)
    with unit_of_work(db.session()) as database:
        user = by_email(database, email)
        if allowed and user is not None and user.active:
            token = tokens.sign(keys(), "reset", [user.fs_uniquifier, _stamp(user)])
            # To the stored address, never to the typed one, however alike they look.
            mail.queue(user.email, mail.new_password(user.name, absolute("security.reset_password", token=token)))
    return redirect(url_for("security.reset_sent"), code=303)


def _stamp(user: User) -> str:
    """Changes with the password, so that a link works once."""
    return tokens.keyed(keys(), "reset", f"{user.password or ''}:{user.email}")


@bp.get("/forgot-password/sent")
@guarded(Permission.PUBLIC_READ)
def reset_sent() -> str:
    """What happens next; the same for every address."""
    return render_template("security/reset_sent.html")


@bp.route("/reset-password/<token>", methods=["GET", "POST"])
@guarded(Permission.PUBLIC_READ)
def reset_password(token: str) -> Answer:
    """Choose the new password. Every browser is signed out by it, because one of them may be the reason for it."""
    user = _meant(token)
    if user is None:
        return render_template("security/link_dead.html", again=url_for("security.forgot_password")), 410
    form = NewPasswordForm()
    if not form.validate_on_submit():
        page = render_template("security/reset_password.html", form=form, email=user.email)
        return page, 422 if form.is_submitted() else 200
    with unit_of_work(db.session()) as database:
        registration.prove(user)
        user.password = hashed(form.password.data)
        sessions.end_all(database, user.id)
        tell_changed(user, _("The password of your account was set anew. Every browser was signed out."))
    flash(_("Your new password is set. Sign in with it."), "success")
    return redirect(url_for("security.login"), code=303)


def _meant(token: str) -> User | None:
    parts = tokens.read(keys(), "reset", token, RESET_WITHIN)
    if parts is None or len(parts) != 2:
        return None
    user = db.session.scalars(sa.select(User).where(User.fs_uniquifier == parts[0], User.active.is_(True))).first()
    return user if user is not None and _stamp(user) == parts[1] else None
