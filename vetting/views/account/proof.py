"""Acts that change the way into an account, or that bind somebody, ask again who is there after half an hour."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.account import CodeForm, ProveForm
from vetting.policy import Permission
from vetting.unit_of_work import unit_of_work
from vetting.views.account import attempts, codes, sessions
from vetting.views.account.own import bp
from vetting.views.account.passwords import password_matches
from vetting.views.guard import guarded
from vetting.views.steps import back_to

P = ParamSpec("P")
R = TypeVar("R")

PROVE_NEXT = "prove_next"
CODE_SENT = "prove_code_sent"


def fresh_first(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Ask who is there before the view, unless that was proved a short while ago. Stands below ``guarded``."""

    @wraps(view)
    def fresh_view(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        if sessions.fresh():
            return view(*args, **kwargs)
        # A form that was sent comes back empty-handed rather than being repeated behind the person's back.
        wanted = request.full_path.rstrip("?") if request.method == "GET" else url_for("account.security")
        return redirect(url_for("account.prove", next=wanted), code=303)

    return fresh_view


@bp.route("/its-you", methods=["GET", "POST"])
@guarded(Permission.ACCOUNT_OWN)
def prove() -> Response | tuple[str, int]:
    """Prove who is there, by the password or by a code sent by mail."""
    wanted = back_to(url_for("account.security"))
    form, code_form = ProveForm(), CodeForm()
    sent = bool(session.get(CODE_SENT))
    tried = code_form if "code" in request.form else form
    if request.method == "POST" and tried.validate() and (_code(code_form) if tried is code_form else _password(form)):
        with unit_of_work(db.session()):
            sessions.prove_again()
        session.pop(CODE_SENT, None)
        return redirect(wanted, code=303)
    page = render_template(
        "account/prove.html",
        form=form,
        code_form=code_form,
        tried=tried if request.method == "POST" else None,
        sent=sent,
        wanted=wanted,
        has_password=current_user.password is not None,
    )
    return page, 422 if request.method == "POST" else 200


def _password(form: ProveForm) -> bool:
    allowed = attempts.charge("password", current_user.email)
    stored = current_user.password
    db.session.rollback()
    if allowed and password_matches(stored, form.password.data):
        with unit_of_work(db.session()) as database:
            attempts.forgive(database, current_user.email, "password")
        return True
    form.password.errors = [_("This is not your password. After several wrong tries, please wait some minutes.")]
    return False


def _code(form: CodeForm) -> bool:
    allowed = attempts.charge("code", current_user.email)
    with unit_of_work(db.session()) as database:
        if allowed and codes.spend(database, current_user, form.code.data or ""):
            attempts.forgive(database, current_user.email, "code", "mail")
            return True
    form.code.errors = [_("This code does not work. It may be mistyped, used, or older than ten minutes.")]
    return False


@bp.post("/its-you/code")
@guarded(Permission.ACCOUNT_OWN)
def prove_code() -> Response:
    """Send the code."""
    allowed = attempts.charge("mail", current_user.email)
    if allowed:
        with unit_of_work(db.session()) as database:
            codes.send(database, current_user)
        session[CODE_SENT] = True
        flash(_("We have sent a code to %(email)s.", email=current_user.email), "info")
    else:
        flash(_("You asked several times. Please wait some minutes."), "warning")
    return redirect(url_for("account.prove", next=back_to("")), code=303)
