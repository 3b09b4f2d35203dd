"""The second step at sign-in: a code of an authenticator app, or one of the recovery codes."""

from __future__ import annotations

import sqlalchemy as sa
from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import tokens
from vetting.extensions import db
from vetting.forms.account import CodeForm, normal_code
from vetting.models import User
from vetting.policy import Permission
from vetting.unit_of_work import unit_of_work
from vetting.views.account import attempts
from vetting.views.account.binding import security
from vetting.views.account.blueprint import bp, keys
from vetting.views.account.entering import HALF, finish, half_way
from vetting.views.guard import guarded

# One code before and after, for clocks that are a little off.
WINDOW_SECONDS = 30
APP_CODE_LENGTH = 6


@bp.route("/sign-in/second-step", methods=["GET", "POST"])
@guarded(Permission.PUBLIC_READ)
def second_step() -> str | Response | tuple[str, int]:
    """Ask for the second proof of somebody who has given the first a short while ago."""
    found = half_way()
    if found is None:
        flash(_("Please start again."), "info")
        return redirect(url_for("security.login"))
    user, method = found
    form = CodeForm()
    if form.validate_on_submit():
        used = _check(user, normal_code(form.code.data or ""))
        if used:
            session.pop(HALF)
            if used == "recovery_code":
                flash(_("You used a recovery code. %(n)s are left.", n=len(user.mf_recovery_codes or [])), "warning")
            return finish(user, f"{method}+{used}")
        form.code.errors = [_("This code does not work. Wait for the next one in your app and try again.")]
    return render_template("security/second_step.html", form=form), 422 if form.is_submitted() else 200


def _check(user: User, code: str) -> str:
    """Which kind of code it was, or nothing when it is wrong. The row is locked, so that no code works twice."""
    allowed = attempts.charge("second", user.email)
    if not allowed:
        return ""
    with unit_of_work(db.session()) as database:
        database.execute(sa.select(User.id).where(User.id == user.id).with_for_update())
        database.refresh(user)
        if len(code) == APP_CODE_LENGTH:
            used = "app" if user.tf_totp_secret and app_code_is_right(user, user.tf_totp_secret, code) else ""
        else:
            used = "recovery_code" if _spend_recovery_code(user, code) else ""
        if used:
            attempts.forgive(database, user.email, "second")
    return used


def app_code_is_right(user: User, secret: str, code: str) -> bool:
    """Check a code of an app and remember its number, so that the same code does not work again."""
    return bool(security().totp_factory.verify_totp(code, secret, user, window=WINDOW_SECONDS))


def recovery_digest(user: User, code: str, key: str = "") -> str:
    """What is kept of a recovery code, under the secret in use unless another is named."""
    return tokens.keyed([key or keys()[0]], "recovery", f"{user.fs_uniquifier}:{normal_code(code)}")


def _spend_recovery_code(user: User, code: str) -> bool:
    """Use a recovery code up; those made under a former secret still count."""
    kept = list(user.mf_recovery_codes or [])
    spent = next((digest for key in keys() if (digest := recovery_digest(user, code, key)) in kept), None)
    if spent is None:
        return False
    kept.remove(spent)
    user.mf_recovery_codes = kept
    return True
