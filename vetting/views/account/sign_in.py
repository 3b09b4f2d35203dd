"""Sign in by password or by a code sent by e-mail; sign out.

Every answer to a wrong try is the same, whether the account exists or not, and takes as long.
"""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.account import CodeForm, SignInForm
from vetting.policy import Permission
from vetting.queries.people import demo_sign_ins
from vetting.unit_of_work import unit_of_work
from vetting.views.account import attempts, codes, registration, sessions
from vetting.views.account.blueprint import bp, destination, remember_next
from vetting.views.account.entering import enter
from vetting.views.account.passwords import by_email, password_matches
from vetting.views.guard import guarded

CODE_FOR = "code_for"

Answer = str | Response | tuple[str, int]


@bp.route("/sign-in", methods=["GET", "POST"], endpoint="login")
@guarded(Permission.PUBLIC_READ)
def login() -> Answer:
    """One page: address and password, or a code instead."""
    if current_user.is_authenticated and request.method != "POST":
        remember_next()
        return redirect(destination())
    form = SignInForm(next=request.args.get("next", ""))
    if request.method != "POST":
        return _page(form)
    remember_next()
    if "send_code" in request.form:
        return _send_code(form) if form.wants_code() else _page(form, 422)
    if not form.complete():
        return _page(form, 422)
    return _by_password(form)


def _page(form: SignInForm, status: int = 200) -> tuple[str, int]:
    made_up = demo_sign_ins(db.session()) if current_app.config["SETTINGS"].demo else []
    return render_template("security/sign_in.html", form=form, demo_sign_ins=made_up), status


def _by_password(form: SignInForm) -> Answer:
    email = form.email.data or ""
    allowed = attempts.charge("password", email)
    user = by_email(db.session(), email)
    stored = user.password if user is not None and user.active else None
    # The slow check must not hold the write lock.
    db.session.rollback()
    good = password_matches(stored, form.password.data)
    if not allowed or not good or user is None:
        form.form_errors.append(
            _(
                "That address and password do not match an account. Check both, or get a code by e-mail. After several "
                "wrong tries, please wait some minutes."
            )
        )
        return _page(form, 422)
    with unit_of_work(db.session()) as database:
        attempts.forgive(database, email, "password")
        if user.confirmed_at is None:
            registration.send_confirmation(user)
    if user.confirmed_at is None:
        return redirect(url_for("security.check_mail"), code=303)
    return enter(user, "password")


def _send_code(form: SignInForm) -> Response:
    email = form.email.data or ""
    allowed = attempts.charge("mail", email)
    with unit_of_work(db.session()) as database:
        user = by_email(database, email)
        if allowed and user is not None and user.active:
            codes.send(database, user)
    session[CODE_FOR] = email
    return redirect(url_for("security.code"), code=303)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@guarded(Permission.PUBLIC_READ)
def code() -> Answer:
    """Enter the code that was sent."""
    email = session.get(CODE_FOR)
    if not isinstance(email, str):
        return redirect(url_for("security.login"))
    form = CodeForm()
    status = 200
    if form.validate_on_submit():
        allowed = attempts.charge("code", email)
        with unit_of_work(db.session()) as database:
            user = by_email(database, email)
            if allowed and user is not None and user.active and codes.spend(database, user, form.code.data or ""):
                attempts.forgive(database, email, "code", "mail")
                registration.prove(user)
                session.pop(CODE_FOR)
            else:
                user = None
        if user is not None:
            return enter(user, "email_code")
        form.code.errors = [
            _("This code does not work. It may be mistyped, used, or older than ten minutes. You can get a new one.")
        ]
        status = 422
    elif form.is_submitted():
        status = 422
    return render_template("security/code.html", form=form, email=email), status


@bp.post("/sign-in/code/again")
@guarded(Permission.PUBLIC_READ)
def code_again() -> Response:
    """Send a new code to the same address; the former one stops working."""
    email = session.get(CODE_FOR)
    if not isinstance(email, str):
        return redirect(url_for("security.login"), code=303)
    allowed = attempts.charge("mail", email)
    with unit_of_work(db.session()) as database:
        user = by_email(database, email)
        if allowed and user is not None and user.active:
            codes.send(database, user)
    return redirect(url_for("security.code", again="1"), code=303)


@bp.post("/sign-out", endpoint="logout")
@guarded(Permission.PUBLIC_READ)
def logout() -> Response:
    """Sign this browser out. Only by POST, so that no link can do it to somebody."""
    with unit_of_work(db.session()):
        sessions.end_current()
    return redirect(url_for("public.home"), code=303)
