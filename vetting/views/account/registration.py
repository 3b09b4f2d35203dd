"""Create an account and prove that the address is one's own. The answer is the same for an address that has one."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting import clock, tokens
from vetting.extensions import db
from vetting.forms.account import EmailForm, RegisterForm
from vetting.models import User
from vetting.policy import Permission
from vetting.unit_of_work import unit_of_work
from vetting.views.account import attempts, mail
from vetting.views.account.blueprint import absolute, bp, destination, keys, remember_next
from vetting.views.account.entering import enter
from vetting.views.account.passwords import by_email, hashed, new_user
from vetting.views.guard import guarded

CONFIRM_WITHIN = timedelta(days=2)
REGISTERED = "registered"

Answer = str | Response | tuple[str, int]


@bp.route("/create-account", methods=["GET", "POST"], endpoint="register")
@guarded(Permission.PUBLIC_READ)
def register() -> Answer:
    """Ask for an account. Nothing is signed in before the address is confirmed."""
    if current_user.is_authenticated and request.method != "POST":
        return redirect(destination())
    form = RegisterForm(next=request.args.get("next", ""))
    if not form.validate_on_submit():
        return render_template("security/create_account.html", form=form), 422 if form.is_submitted() else 200
    remember_next()
    email, name, password = form.email.data or "", form.name.data or "", form.password.data
    allowed = attempts.charge("mail", email)
    # Hashed whether or not it is used, so that the answer takes as long.
    kept_password = hashed(password) if password else None
    with unit_of_work(db.session()) as database:
        user = by_email(database, email)
        if allowed and user is not None and user.confirmed_at is not None:
            mail.queue(user.email, mail.already_here(user.name, absolute("security.login")))
        elif allowed:
            if user is None:
                user = new_user(email, name)
                database.add(user)
            # Nobody has proved the address yet, so the last one to ask may say what the account is called.
            user.name, user.password = name, kept_password
            database.flush()
            send_confirmation(user)
    session[REGISTERED] = _mark(kept_password)
    return redirect(url_for("security.check_mail"), code=303)


def _mark(password: str | None) -> str:
    return tokens.keyed(keys(), "registered", password or "")


def send_confirmation(user: User) -> None:
    """Queue the mail that proves an address. The caller's unit of work keeps it."""
    token = tokens.sign(keys(), "confirm", [user.fs_uniquifier, user.email])
    mail.queue(user.email, mail.confirm_address(user.name, absolute("security.confirm_email", token=token)))


def prove(user: User) -> None:
    """Somebody read mail at the account's address: it is theirs.

    A password that was set before that, in another browser, may be somebody else's: it is dropped.
    """
    if user.confirmed_at is None:
        user.confirmed_at = clock.now()
        if user.password is not None and session.get(REGISTERED) != _mark(user.password):
            user.password = None


@bp.get("/create-account/check-mail")
@guarded(Permission.PUBLIC_READ)
def check_mail() -> str:
    """What happens next; the same for every address."""
    return render_template("security/check_mail.html")


@bp.route("/confirm", methods=["GET", "POST"], endpoint="send_confirmation")
@guarded(Permission.PUBLIC_READ)
def confirm_again() -> Answer:
    """Ask for the confirmation mail once more."""
    form = EmailForm()
    if not form.validate_on_submit():
        return render_template("security/confirm_again.html", form=form), 422 if form.is_submitted() else 200
    email = form.email.data or ""
    allowed = attempts.charge("mail", email)
    with unit_of_work(db.session()) as database:
        user = by_email(database, email)
        if allowed and user is not None and user.active:
            if user.confirmed_at is None:
                send_confirmation(user)
            else:
                mail.queue(user.email, mail.already_here(user.name, absolute("security.login")))
    return redirect(url_for("security.check_mail"), code=303)


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@guarded(Permission.PUBLIC_READ)
def confirm_email(token: str) -> Answer:
    """A page with one button. Programs that open every link in a mail confirm nothing by that."""
    user = _meant(token)
    if user is None:
        return render_template("security/link_dead.html", again=url_for("security.send_confirmation")), 410
    if user.confirmed_at is not None:
        flash(_("This address is confirmed already. Sign in."), "info")
        return redirect(url_for("security.login"), code=303)
    if request.method != "POST":
        return render_template("security/confirm.html", email=user.email)
    had_password = user.password is not None
    with unit_of_work(db.session()):
        prove(user)
    if had_password and user.password is None:
        flash(
            _(
                "Your address is confirmed. The password came from another browser, so we did not keep it. "
                "You can set a new one under “Sign-in and security”."
            ),
            "success",
        )
    else:
        flash(_("Your address is confirmed and you are signed in."), "success")
    return enter(user, "email_link")


def _meant(token: str) -> User | None:
    parts = tokens.read(keys(), "confirm", token, CONFIRM_WITHIN)
    if parts is None or len(parts) != 2:
        return None
    return db.session.scalars(
        sa.select(User).where(User.fs_uniquifier == parts[0], User.email == parts[1], User.active.is_(True))
    ).first()
